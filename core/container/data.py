"""Reading a channel's files into a DMatrix, with the image's checks and messages.

CSV and libsvm go through XGBoost's own text parser, as in the image: what it makes of a header row, a text cell or a
short row is therefore the same. Label in column 0; with csv_weights the weight in column 1.
"""

from __future__ import annotations

import csv
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from core.container.channels import CSV, LIBSVM
from core.container.errors import UserError
from core.container.lean_xgboost import xgb

log = logging.getLogger(__name__)

_DEEPEST = 3
_PLAIN = re.compile(r"[\w /.,+@-]+")
_NO_LABELS = (
    "Got input data without labels. Please check the input data set. "
    "If training job is running on multiple instances, please switch "
    "to using single instance if number of records in the data set "
    "is less than number of workers (16 * number of instance) in the cluster."
)


def channel_size(folder: Path) -> int:
    """Return the bytes of a channel's files, 0 when the folder does not exist.

    Raises:
        UserError: a file's name starts with a dot.
    """
    if not folder.exists():
        log.info("Path %s does not exist!", folder)
        return 0
    total = 0
    for root, _, files in os.walk(folder):
        for name in files:
            if name.startswith("."):
                raise UserError("Hidden file found in the data path! Remove that before training.")
            total += os.path.getsize(os.path.join(root, name))
    return total


def warn_of_duplicates(train: Path, validation: Path) -> None:
    """Log a warning for files of the same name and size in both channels.

    Raises:
        UserError: one of the folders does not exist.
    """
    if not train.exists():
        raise UserError("training data's path is not existed")
    if not validation.exists():
        raise UserError("validation data's path is not existed")
    sizes = {file.name: file.stat().st_size for file in train.iterdir() if file.is_file()}
    for file in validation.iterdir():
        if file.is_file() and sizes.get(file.name) == file.stat().st_size:
            log.warning(
                "Suspected identical files found: %s is in both channels, with %d bytes. Duplicate data in the "
                "training set and validation set can impair the validity of the validation score.",
                file.name,
                file.stat().st_size,
            )


def check_format(folder: Path, data_format: str) -> None:
    """Look at the first line of every file of the first folder that has no folders in it.

    Raises:
        UserError: no delimiter can be told (CSV), or it is not libsvm.
    """
    leaf = next(Path(root) for root, folders, _ in os.walk(folder) if not folders)
    for file in sorted(leaf.iterdir()):
        if _is_data(file):
            with file.open(encoding="utf-8", errors="ignore") as lines:
                if data_format == CSV:
                    sniff_delimiter(lines.readline())
                elif data_format == LIBSVM:
                    _check_libsvm(lines, file.name)


def read_matrix(folders: list[Path], data_format: str, csv_weights: int = 0) -> xgb.DMatrix:
    """Read all files of the folders, up to three levels deep, as one DMatrix.

    Raises:
        UserError: XGBoost cannot read them, or there is no label.
        UnicodeDecodeError: the beginning of the first CSV file is not UTF-8.
    """
    files = [file for folder in folders for file in _files(folder)]
    with tempfile.TemporaryDirectory(prefix="channel-") as folder:
        names = [_plain_path(file, Path(folder) / str(number)) for number, file in enumerate(files)]
        query = f"format={data_format}"
        if data_format == CSV:
            with files[0].open(encoding="utf-8") as lines:
                delimiter = sniff_delimiter(lines.readline())
            query += f"&label_column=0&delimiter={delimiter}" + (
                "&weight_column=1" if csv_weights == 1 else ""
            )
        try:
            matrix = xgb.DMatrix(f"{';'.join(names)}?{query}")
        except Exception as error:
            raise UserError(f"Failed to load {data_format} data with exception:\n{error}") from error
    if matrix.get_label().size == 0:
        raise UserError(_NO_LABELS)
    return matrix


def _plain_path(file: Path, other: Path) -> str:
    """Return the path of a file, or `other`, the same file, where XGBoost, which takes a URI, would see syntax in it.

    A symbolic link would not do: XGBoost asks where it leads, and reads that.
    """
    path = str(file.resolve())
    if _PLAIN.fullmatch(path):
        return path
    try:
        os.link(path, other)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(path, other)
    return str(other)


def sniff_delimiter(line: str) -> str:
    """Return the delimiter of a CSV line.

    Raises:
        UserError: it cannot be told.
    """
    try:
        delimiter = csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise UserError(f"Could not determine delimiter on line {line[:50]}:\n{error}") from error
    log.info("Determined delimiter of CSV input is '%s'", delimiter)
    return delimiter


def _is_data(file: Path) -> bool:
    if not file.is_file() or file.name.startswith((".", "_")):
        return False
    return not (".cache" in file.name and ("dtrain" in file.name or "dval" in file.name))


def _files(folder: Path, depth: int = 1) -> Iterator[Path]:
    """Yield the files of a folder in a fixed order: data first, so that a `_SUCCESS` is not the one sniffed."""
    if depth > _DEEPEST:
        log.warning("Folders deeper than %d are not read: %s", _DEEPEST, folder)
        return
    entries = sorted(folder.iterdir())
    yield from (entry for entry in entries if _is_data(entry))
    yield from (entry for entry in entries if entry.is_file() and not _is_data(entry))
    for entry in entries:
        if entry.is_dir():
            yield from _files(entry, depth + 1)


def _check_libsvm(lines: Iterator[str], name: str) -> None:
    for line in lines:
        features = _libsvm_features(line)
        if features < 0:
            raise UserError(
                f"First line '{line[:50]}...' of file '{name}' is not 'LIBSVM' format. "
                "Please ensure the file is in 'LIBSVM' format."
            )
        if features > 1:
            return
    log.warning(
        "File %s is not an invalid LIBSVM file but has no features. Accepting simple validation.", name
    )


def _libsvm_features(line: str) -> int:
    """Return how many `index:value` follow the label, -1 when the line is not libsvm."""
    label, *features = line.split(" ")
    try:
        parts = [float(part) for part in label.split(":")]
    except ValueError:
        return -1
    if len(parts) > 2 or any(":" not in feature for feature in features):
        return -1
    # Only the first feature's shape is looked at, as in the image; XGBoost reads the rest.
    return -1 if features and len(features[0].split(":")) != 2 else len(features)
