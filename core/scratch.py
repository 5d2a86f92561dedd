"""Folders for the while: their paths are plain to DuckDB, and what a killed process left of them is swept.

DuckDB reads syntax into paths: `[ ] * ?` are a pattern, `key=value` is a column, a backslash escapes, `?` cuts a
database's name, and a name that is no UTF-8 is no string at all. Escaping does not help, because DuckDB also stumbles
over the names beside the one that is meant. So it is only ever given paths of harmless signs: of a file that has
another one, a link to it.

The lock on a folder is its process's: whoever makes the next one removes those that nobody holds any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path

from core.errors import StorageFailed
from core.language import tr
from core.storage import storage_errors

PREFIX = ".sendero-scratch-"
_PLAIN = re.compile(r"/[\w /.,+@-]*")  # \w has the letters of every script, and no undecodable byte


class Scratch:
    """A folder of its own, there until `close`, the end of its `with` block or of its process.

    It is made below `beside` where that path is plain, else in the temporary folder. Raises StorageFailed.
    """

    def __init__(self, what: str, beside: Path | None = None) -> None:
        base = _base(beside)
        sweep(base)
        with storage_errors("write", tr("the temporary folder")):
            self.path, self._lock = _made(base, what)
        self._end = weakref.finalize(self, _remove, self.path, self._lock)

    def close(self) -> None:
        self._end()

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *error: object) -> None:
        self.close()


def plain_path(path: Path, folder: Path) -> Path:
    """Return `path` as DuckDB can be given it: itself, or a link in `folder`, a Scratch's. Raises StorageFailed."""
    whole = os.path.abspath(path)
    if _is_plain(whole):
        return Path(whole)
    link = folder / f"link-{secrets.token_hex(4)}"
    with storage_errors("write", tr("the temporary folder")):
        link.symlink_to(whole)
    return link


def sweep(base: Path) -> None:
    """Remove the folders in `base` whose processes ended without doing so."""
    for folder in _ours(base):
        with contextlib.suppress(OSError):  # somebody else's, held, or gone meanwhile
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def _ours(base: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError), os.scandir(base) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_dir(follow_symlinks=False):
                yield Path(entry.path)


def _made(base: Path, what: str) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{what}-", dir=base))
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # swept between its making and its lock
        with contextlib.suppress(OSError):  # a file system without locks: nobody can sweep there either
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def _is_plain(path: str) -> bool:
    return _PLAIN.fullmatch(path) is not None


def _base(beside: Path | None) -> Path:
    candidates = [*([beside] if beside else []), tempfile.gettempdir(), "/tmp", "/var/tmp"]
    for base in map(
        os.path.realpath, candidates
    ):  # the real one, because DuckDB names a database's files by it
        if _is_plain(base) and os.access(base, os.W_OK | os.X_OK):
            return Path(base)
    reason = tr(
        "The path of the temporary folder ({folder}) has signs that DuckDB takes for syntax.",
        folder=tempfile.gettempdir(),
    )
    advice = tr("Set TMPDIR to a folder whose path is made of letters, digits, hyphens and dots.")
    raise StorageFailed(action="write", key=tr("the temporary folder"), reason=reason, advice=advice)
