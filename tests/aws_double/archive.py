"""model.tar.gz, packed and unpacked as SageMaker does: plain files and folders."""

from __future__ import annotations

import tarfile
import zlib
from pathlib import Path


class BadArchive(Exception):
    """It is no archive, or one that would leave its folder."""


def pack(folder: Path, target: Path) -> None:
    with tarfile.open(target, "w:gz") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.add(path, str(path.relative_to(folder)))


def unpack(file: Path, target: Path) -> None:
    """Raises BadArchive."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(target, filter="data")
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise BadArchive(f"{file.name}: {error}") from error
