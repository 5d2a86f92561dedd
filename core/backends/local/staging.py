"""Moving files in and out of a job: links in, and whole-or-absent out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from core.errors import BRING_BACK, StorageFailed
from core.language import tr
from core.storage import DiskStorage, os_failure


def stage(workspace: Path, key: str, target: Path) -> int:
    """Link the file or folder at `key` into the folder `target`; return how many bytes that are.

    Hard links, so that the job goes on seeing the bytes it was launched on when a data set is replaced,
    and so that nothing the job creates in its input appears in storage. Raises StorageFailed.
    """
    source = DiskStorage(workspace).path(key)
    if not source.exists():
        reason = tr("It is not in storage: deleted or renamed.")
        raise StorageFailed(action="read the input", key=key, reason=reason, advice=BRING_BACK)
    target.mkdir(parents=True, exist_ok=True)
    files = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file())
    total = 0
    for file in files:
        path = target / (file.name if source.is_file() else file.relative_to(source))
        if any(part.startswith(".") for part in path.relative_to(target).parts):
            continue  # a write that is still going on
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, path)
        except OSError:  # another file system, or one without hard links
            os.symlink(file, path)
        total += file.stat().st_size
    return total


def put_whole(folder: Path, workspace: Path, key: str) -> None:
    """Move a finished folder into storage in one rename. Raises StorageFailed."""
    target = DiskStorage(workspace).path(key)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(folder, target)
    except OSError as error:
        raise os_failure("upload", key, error) from error


def clear(ml: Path, *, failed: bool) -> None:
    """Take staged inputs back, and what was half made: links would keep a deleted data set on the disk."""
    remove(ml / "processing", ml / "input" / "data", ml / "evaluation")
    if failed:
        remove(ml / "upload")


def remove(*folders: Path) -> None:
    """Delete folders with all that is in them, where they are there."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
