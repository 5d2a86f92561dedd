"""Data sets: an uploaded file, byte for byte, with what was found out about it in dataset.json."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.eda import csv_table
from core.errors import DataNotReadable, NotFound, StorageFailed
from core.storage import Storage, os_reason, slug

if TYPE_CHECKING:
    import pandas as pd  # a second and a half, which a list of data sets need not wait for

BLOCK = 1 << 22
PREVIEW_BYTES = 1 << 22  # as much of a file as its first rows are looked for in
MAX_BROKEN_SHARE = 0.5  # a file with more broken rows than this is no table


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set; `key` is the CSV's storage key, `columns` are {"name", "type"} as sniffed."""

    name: str
    file: str
    key: str
    bytes: int
    sha256: str
    rows: int
    broken: int  # rows set aside: too few or too many cells, a quote that does not end
    dialect: dict[str, Any]
    columns: tuple[dict[str, str], ...]

    @property
    def folder(self) -> str:
        return f"datasets/{self.name}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def sniffed(self) -> csv_table.Sniffed:
        columns = tuple((column["name"], column["type"]) for column in self.columns)
        return csv_table.Sniffed(csv_table.Dialect(**self.dialect), columns)


def add(
    storage: Storage,
    source: Path,
    name: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Dataset:
    """Copy `source` into the workspace and describe it; the same bytes again are the same data set.

    `name` is made safe; a taken one gets `-2`. `progress` is told the share done, 0 to 1.
    Raises DataNotReadable, StorageFailed; nothing is left behind then.
    """
    tell = progress or (lambda share: None)
    source = Path(source)
    file = safe_file_name(source.name)
    base = slug(name or Path(file).stem) or "dataset"
    sniffed, rows, broken = describe(source)
    sha256 = _sha256(source, lambda share: tell(0.4 * share))
    known = {dataset.name: dataset for dataset in list_datasets(storage)}
    for dataset in known.values():
        if dataset.sha256 == sha256 and (name is None or dataset.name.startswith(base)):
            tell(1.0)
            return dataset
    free, number = base, 1
    while free in known or storage.exists(f"datasets/{free}"):
        number += 1
        free = f"{base}-{number}"
    try:
        dataset = _keep(storage, source, f"datasets/{free}/{file}", sniffed, rows, broken, sha256, tell)
    except BaseException:
        _forget(storage, f"datasets/{free}")
        raise
    tell(1.0)
    return dataset


def _keep(
    storage: Storage,
    source: Path,
    key: str,
    sniffed: csv_table.Sniffed,
    rows: int,
    broken: int,
    sha256: str,
    tell: Callable[[float], None],
) -> Dataset:
    """Copy, check the copy, and write dataset.json last: a folder without one is no data set."""
    copied = _copy(storage, source, key, lambda share: tell(0.4 + 0.6 * share))
    if copied != sha256:
        raise DataNotReadable(file=source.name, reason="The file changed while it was read.")
    _, name, file = key.split("/")
    dataset = Dataset(
        name=name,
        file=file,
        key=key,
        bytes=storage.size(key),
        sha256=sha256,
        rows=rows,
        broken=broken,
        dialect=sniffed.dialect.as_dict(),
        columns=tuple({"name": column, "type": kind} for column, kind in sniffed.columns),
    )
    storage.write_json(f"{dataset.folder}/dataset.json", dataset.as_dict())
    return dataset


def _forget(storage: Storage, folder: str) -> None:
    """Leave nothing behind, not even the folder, which would keep the name taken."""
    with contextlib.suppress(StorageFailed):
        storage.delete(folder)


def load(storage: Storage, name: str) -> Dataset:
    """The data set `name`. Raises NotFound."""
    key = f"datasets/{name}/dataset.json"
    if slug(name, 80) != name or not storage.exists(key):
        raise NotFound(thing="data set", name=name, listing="the Configuration page")
    facts = storage.read_json(key)
    return Dataset(**facts | {"columns": tuple(facts["columns"])})


def list_datasets(storage: Storage) -> list[Dataset]:
    """All data sets by name; a folder whose upload never ended is none."""
    names = storage.folders("datasets")
    return [load(storage, name) for name in names if storage.exists(f"datasets/{name}/dataset.json")]


def preview(storage: Storage, name: str, rows: int = 50) -> pd.DataFrame:
    """The first `rows` rows, text as in the file, blanks missing; broken rows left out."""
    dataset = load(storage, name)
    with storage.local(dataset.key, first=PREVIEW_BYTES) as path, closing(csv_table.connect()) as connection:
        call = csv_table.read_csv_call(path, dataset.sniffed().as_text())
        return csv_table.run(connection, path, f"SELECT * FROM {call} LIMIT {int(rows)}").df()


def safe_file_name(name: str) -> str:
    """A file name of letters, digits, dots, hyphens and underscores, ending in .csv."""
    stem = Path(name).stem if Path(name).suffix.lower() in (".csv", ".tsv", ".txt") else Path(name).name
    return (re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._")[:100] or "data") + ".csv"


def describe(path: Path) -> tuple[csv_table.Sniffed, int, int]:
    """(dialect and columns, rows, broken rows) of a CSV file. Raises DataNotReadable, StorageFailed."""
    connection = csv_table.connect()
    try:
        sniffed = csv_table.sniff(connection, path)
        query = f"SELECT count(*) FROM {csv_table.read_csv_call(path, sniffed.as_text())}"
        rows = int(
            csv_table.run(connection, path, query).fetchall()[0][0]
        )  # to the end: only then are rejects told
        broken = len(csv_table.rejects(connection, path, sniffed.dialect.quote)[1])
    finally:
        connection.close()
    if rows == 0 and not broken:
        raise DataNotReadable(file=path.name, reason="It has a header line and nothing below it.")
    if broken > MAX_BROKEN_SHARE * (rows + broken):
        raise DataNotReadable(
            file=path.name,
            reason=f"{broken:,} of its {rows + broken:,} rows do not have the {len(sniffed.columns)} cells "
            "that its first line names.",
        )
    return sniffed, rows, broken


def _blocks(source: Path, tell: Callable[[float], None]) -> Any:
    try:
        total = source.stat().st_size or 1
        done = 0
        with source.open("rb") as file:
            while block := file.read(BLOCK):
                yield block
                done += len(block)
                tell(min(1.0, done / total))
    except OSError as error:
        raise StorageFailed(action="read", key=source.name, reason=os_reason(error)) from error


def _sha256(source: Path, tell: Callable[[float], None]) -> str:
    digest = hashlib.sha256()
    for block in _blocks(source, tell):
        digest.update(block)
    return digest.hexdigest()


def _copy(storage: Storage, source: Path, key: str, tell: Callable[[float], None]) -> str:
    """Copy and answer the sha256 of what was written."""
    digest = hashlib.sha256()
    # Half of the way is the copy on this machine; the other half is told by a storage that is far.
    with (
        storage.writing(key, lambda share: tell(0.5 + share / 2)) as temporary,
        temporary.open("wb") as target,
    ):
        for block in _blocks(source, lambda share: tell(share / 2)):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()
