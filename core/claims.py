"""A folder in the making on this machine: a lock that dies with its process, so that the next one sweeps the rest."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from pathlib import Path

CLAIM = ".claim"  # in a folder that is not whole yet


def take(folder: Path, whole: str) -> int | None:
    """Lock `folder`, emptied of what a killed process left; return None where somebody makes it, or it is whole.

    `whole` is the file that is written last. A folder with neither a claim nor that file is somebody else's.
    """
    claim = folder / CLAIM
    if folder.exists() and not claim.exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = os.open(claim, os.O_RDWR | os.O_CREAT, 0o644)
    except FileNotFoundError:  # given up, with its folder, a moment ago
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.fstat(lock).st_ino == claim.stat().st_ino and not (folder / whole).exists()
    except (BlockingIOError, FileNotFoundError):
        ours = False
    if not ours:
        os.close(lock)
        return None
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        elif left != claim:
            left.unlink()
    return lock


def release(folder: Path, lock: int) -> None:
    """Let go of a folder that is whole, or gone."""
    with contextlib.suppress(OSError):
        (folder / CLAIM).unlink()
    os.close(lock)


def unfinished(parent: Path, whole: str) -> list[str]:
    """Return the names of the folders in `parent` that bear a claim, and are not whole."""
    if not parent.is_dir():
        return []
    return [each.name for each in parent.iterdir() if (each / CLAIM).exists() and not (each / whole).exists()]
