"""Moving files in and out of a job: links in, and whole-or-absent out."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import tarfile
import zlib
from pathlib import Path

from core.errors import StorageFailed
from core.storage import Storage, os_reason


def stage(workspace: Path, key: str, target: Path) -> int:
    """Link the file or folder at `key` into the folder `target`; answers how many bytes that are.

    Hard links, so that the job goes on seeing the bytes it was launched on when a data set is replaced,
    and so that nothing the job creates in its input appears in storage. Raises StorageFailed.
    """
    source = Storage(workspace).path(key)
    if not source.exists():
        raise StorageFailed(
            action="read the input", key=key, reason="It is not in storage: deleted or renamed."
        )
    target.mkdir(parents=True, exist_ok=True)
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
    total = 0
    for file in files:
        place = target / (file.name if source.is_file() else file.relative_to(source))
        if any(part.startswith(".") for part in place.relative_to(target).parts):
            continue  # a write that is still going on
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, place)
        except OSError:  # another file system, or one without hard links
            os.symlink(file, place)
        total += file.stat().st_size
    return total


def put_whole(folder: Path, workspace: Path, key: str) -> None:
    """Move a finished folder into storage in one rename. Raises StorageFailed."""
    target = Storage(workspace).path(key)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, target)
    except OSError as error:
        raise StorageFailed(action="upload", key=key, reason=os_reason(error)) from error


def clear(ml: Path, *, failed: bool) -> None:
    """Take staged inputs back, and what was half made: links would keep a deleted data set on the disk."""
    remove(ml / "processing", ml / "input" / "data", ml / "evaluation")
    if failed:
        remove(ml / "upload")


def remove(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def pack_model(model: Path, target: Path) -> None:
    """model.tar.gz of a model folder; the same files give the same bytes."""
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in sorted(p for p in model.rglob("*") if p.is_file() and not p.is_symlink()):
            member = tarfile.TarInfo(str(path.relative_to(model)))
            member.size, member.mode, member.mtime = path.stat().st_size, 0o644, 0
            with path.open("rb") as file:
                archive.addfile(member, file)


def unpack_model(archive_path: Path, target: Path) -> None:
    """Unpack plain files and folders only: a link, a device, an absolute or a parent path is refused."""
    try:
        with gzip.open(archive_path) as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                path = Path(member.name)
                if path.is_absolute() or ".." in path.parts:
                    raise StorageFailed(
                        action="unpack", key=archive_path.name, reason=f"'{member.name}' leaves the folder."
                    )
                if member.isdir():
                    (target / path).mkdir(parents=True, exist_ok=True)
                    continue
                if not member.isreg():
                    raise StorageFailed(
                        action="unpack", key=archive_path.name, reason=f"'{member.name}' is not a plain file."
                    )
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                with (target / path).open("wb") as file:
                    shutil.copyfileobj(archive.extractfile(member) or io.BytesIO(), file)
            while stream.read(2**20):  # tarfile stops before gzip's checksum, which only its end verifies
                continue
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise StorageFailed(
            action="unpack", key=archive_path.name, reason=f"It is damaged ({error})."
        ) from error
    except OSError as error:
        raise StorageFailed(action="unpack", key=archive_path.name, reason=os_reason(error)) from error
