"""The same keys on a disk and in S3: whole writes, manifests, and names that never become paths unchecked.

`Storage` is what the product asks, `DiskStorage` answers it on this machine; a backend brings another one.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import random
import secrets
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from core import claims
from core.claims import CLAIM
from core.errors import (
    BRING_BACK,
    FIX_PERMISSIONS,
    FREE_SPACE,
    MOVE_ASIDE,
    TRY_AGAIN,
    StorageDamaged,
    StorageFailed,
)
from core.language import joined, mark, tr


def sha256_of(path: Path) -> str:
    """Return the file's sha256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


MERGES = 50  # times that a change is made anew because somebody else was faster
PAUSE = 0.02  # seconds that two who were too slow are apart, times their tries

FileFacts = TypedDict("FileFacts", {"bytes": int, "sha256": str})  # noqa: UP013  what a manifest says of a file


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of `Storage.browse`: the whole address, and bytes; a folder's address ends with a slash."""

    address: str
    bytes: int = 0


class Storage(ABC):
    """Files below one root, addressed by key (`processing/<job>/output/report/report.json`).

    What differs between a disk and S3 is abstract here. Every method may raise StorageFailed.
    """

    root: Any  # where the keys begin: a folder, or `s3://bucket/prefix`
    schemes: tuple[str, ...] = ()  # of addresses that `fetched` takes beside paths of this machine, e.g. s3

    @abstractmethod
    def exists(self, key: str) -> bool:
        """Return whether there is a file `key`, or anything below it."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Return the bytes of the file `key`."""

    @abstractmethod
    def read_bytes(self, key: str) -> bytes: ...

    @abstractmethod
    def create(self, key: str, data: bytes) -> bool:
        """Create `key` only if it does not exist.

        Return True if this call created it; of concurrent calls exactly one does.
        """

    @abstractmethod
    def update(self, key: str, change: Callable[[bytes | None], bytes]) -> bool:
        """Write what `change` makes of what stands in `key` (None: nothing), as nobody else writes it meanwhile.

        Return False, and write nothing, where somebody did. What `change` raises is raised, and nothing written.
        """

    def merge(self, key: str, change: Callable[[bytes | None], bytes]) -> None:
        """Write what `change` makes of `key`, and where somebody writes meanwhile of what he has written.

        What `change` raises is raised, and nothing written. Raises StorageFailed where others never cease to write.
        """
        for tried in range(MERGES):
            if self.update(key, change):
                return
            time.sleep(PAUSE * tried * random.random())
        raise StorageFailed(action="write", key=key, reason=tr("Others go on changing it at this moment."))

    @abstractmethod
    def append(self, log: str, line: bytes) -> None:
        """Add a line at the end of the log in the folder `log`, whole, whoever else adds one; none is ever changed."""

    @abstractmethod
    def lines(self, log: str, last: int | None = None) -> list[bytes]:
        """Return the lines of the log in the folder `log`, the oldest first; with `last` that many of the newest."""

    @contextmanager
    def claimed(self, folder: str, whole: str) -> Iterator[bool]:
        """Make `folder`, alone: yield whether it is ours. It is removed unless its last file, `whole`, is made."""
        claim = f"{folder}/{CLAIM}"
        if self.exists(folder) or not self.create(claim, secrets.token_bytes(16)):
            yield False
            return
        if self.exists(f"{folder}/{whole}"):  # made by another one between our look and our claim
            self.delete(claim)
            yield False
            return
        with Storage.making(self, folder, whole):
            yield True
        self.delete(claim)

    @contextmanager
    def making(self, folder: str, whole: str) -> Iterator[None]:
        """Remove what was made of `folder` if the block ends without its last file. Several may make the same."""
        try:
            yield
        except BaseException:
            with suppress(StorageFailed):  # the first error is the one to tell
                if not self.exists(f"{folder}/{whole}"):
                    self.delete(folder)
            raise

    def sweep(self, prefix: str, whole: str) -> None:
        """Remove the folders below `prefix` that a killed process left unfinished, where that can be known."""
        return

    @abstractmethod
    def writing(
        self, key: str, progress: Callable[[float], None] | None = None
    ) -> AbstractContextManager[Path]:
        """Yield a temporary path to fill, which becomes `key` when the block ends well and is removed otherwise.

        `progress` is told the share that has been sent, 0 to 1, where the file has to travel.
        """

    @abstractmethod
    def local(self, key: str, first: int | None = None) -> AbstractContextManager[Path]:
        """Yield a path of this machine with the file or the folder `key`, to be read within the block.

        Where storage is far it is fetched, and with `first` only the whole lines within that many bytes.
        """

    @abstractmethod
    def at_hand(self, key: str) -> Path:
        """Return a path of this machine with the file `key` as it is now, to be read over and over.

        Where storage is far it is fetched once for each of its states, and stays while the process lives.
        """

    @abstractmethod
    def files(self, prefix: str) -> list[str]:
        """Return the keys of all files below `prefix`, sorted; unfinished writes left out."""

    @abstractmethod
    def folders(self, prefix: str) -> list[str]:
        """Return the names of the folders directly below `prefix`, sorted."""

    @abstractmethod
    def sha256(self, key: str) -> str: ...

    @abstractmethod
    def delete(self, prefix: str) -> None:
        """Remove the file `prefix` or everything below it; nothing there is no error."""

    @contextmanager
    def fetched(self, address: str) -> Iterator[Path]:
        """Yield a file that stands anywhere (a path, or an address of `schemes`) as one of this machine.

        Raises StorageFailed.
        """
        if "://" in address:
            reason = tr("This backend reads files of this machine only.")
            advice = tr("Give a path, or choose Amazon SageMaker on the Configuration page to read from S3.")
            raise StorageFailed(action="read", key=address, reason=reason, advice=advice)
        yield Path(address).expanduser()

    def browse(self, address: str) -> list[Entry]:
        """Return what is below an address of `schemes`, folders first; nothing where there are none."""
        return []

    def read_text(self, key: str) -> str:
        try:
            return self.read_bytes(key).decode("utf-8")
        except UnicodeDecodeError as error:
            raise StorageDamaged(key=key, reason=tr("It is not text: {error}.", error=error)) from error

    def read_json(self, key: str, *fields: str) -> Any:
        """Read the JSON object in `key`, which must have `fields`. Raises StorageFailed, StorageDamaged."""
        try:
            value = json.loads(self.read_text(key))
        except (ValueError, RecursionError) as error:
            raise StorageDamaged(key=key, reason=tr("It is not JSON: {error}.", error=error)) from error
        if not isinstance(value, dict):
            raise StorageDamaged(key=key, reason=tr("It is JSON, but no object."))
        if lacks := [name for name in fields if name not in value]:
            raise StorageDamaged(key=key, reason=tr("It lacks {fields}.", fields=", ".join(lacks)))
        return value

    def write_json(self, key: str, value: object) -> None:
        self.write_bytes(key, json.dumps(value, indent=1, ensure_ascii=False).encode())

    def write_bytes(self, key: str, data: bytes) -> None:
        """Write it whole or not at all."""
        with self.writing(key) as temporary:
            temporary.write_bytes(data)

    def manifest(self, prefix: str) -> dict[str, FileFacts]:
        """Return {key relative to prefix: {"bytes": n, "sha256": hex}} of every file below `prefix`, read again."""
        base = len(prefix.rstrip("/")) + 1
        return {
            key[base:]: {"bytes": self.size(key), "sha256": self.sha256(key)} for key in self.files(prefix)
        }


def checked_key(key: str) -> str:
    """Return `key`, unless it leaves the root. Raises StorageFailed."""
    # Asked of every job at every look: what is cheap comes first.
    if os.path.isabs(key) or (".." in key and ".." in Path(key).parts):
        raise StorageFailed(action="open", key=key, reason=tr("The key leaves the workspace."))
    return key


def _locked(path: Path) -> int:
    """Make the folder `path` and lock it; return its descriptor. Raises OSError."""
    while True:
        path.mkdir(parents=True, exist_ok=True)
        try:
            folder = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # removed by one who wrote nothing in it
            continue
        fcntl.flock(folder, fcntl.LOCK_EX)
        # While we waited it may have been removed, and made anew: the lock of that one would be another.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(folder), path.stat()):
                return folder
        os.close(folder)


@dataclass(frozen=True, slots=True)
class DiskStorage(Storage):
    """Storage in a folder of this machine."""

    root: Path

    def path(self, key: str) -> Path:
        """Return the path of `key`. Raises StorageFailed for a key that leaves the root."""
        return self.root / checked_key(key)

    def exists(self, key: str) -> bool:
        return self.path(key).exists()

    def size(self, key: str) -> int:
        with storage_errors("read", key):
            return self.path(key).stat().st_size

    def read_bytes(self, key: str) -> bytes:
        with storage_errors("read", key):
            return self.path(key).read_bytes()

    def sha256(self, key: str) -> str:
        with storage_errors("read", key):
            return sha256_of(self.path(key))

    def append(self, log: str, line: bytes) -> None:
        """Add it to the file of this month, `<yyyy-mm>.jsonl`, under a lock that dies with its process."""
        key = f"{log}/{datetime.now(UTC):%Y-%m}.jsonl"
        path = self.path(key)
        with storage_errors("write", key):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab+") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                end = file.seek(0, os.SEEK_END)
                file.seek(max(0, end - 1))
                cut = file.read(1) not in (b"", b"\n")  # by a killed process, or a full disk
                data = (b"\n" if cut else b"") + line + b"\n"
                if os.write(file.fileno(), data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def lines(self, log: str, last: int | None = None) -> list[bytes]:
        found: list[bytes] = []
        for key in reversed(self.files(log)):
            found = [*self.read_bytes(key).splitlines(), *found]
            if last is not None and len(found) >= last:
                return found[len(found) - last :]
        return found

    @contextmanager
    def claimed(self, folder: str, whole: str) -> Iterator[bool]:
        with storage_errors("write", folder):
            lock = claims.take(self.path(folder), whole)
        if lock is None:
            yield False
            return
        try:
            with Storage.making(self, folder, whole):
                yield True
        finally:
            claims.release(self.path(folder), lock)

    @contextmanager
    def making(self, folder: str, whole: str) -> Iterator[None]:
        with self.claimed(folder, whole):
            yield

    def sweep(self, prefix: str, whole: str) -> None:
        for name in claims.unfinished(self.path(prefix), whole):
            with self.claimed(f"{prefix}/{name}", whole) as ours:
                if ours:
                    self.delete(f"{prefix}/{name}")

    def create(self, key: str, data: bytes) -> bool:
        with self._alone(key) as path:
            if path.exists():
                return False
            self.write_bytes(key, data)  # whole: whoever looks meanwhile finds nothing, or all of it
        return True

    def update(self, key: str, change: Callable[[bytes | None], bytes]) -> bool:
        with self._alone(key) as path:
            self.write_bytes(key, change(path.read_bytes() if path.exists() else None))
        return True

    @contextmanager
    def _alone(self, key: str) -> Iterator[Path]:
        """Hold off whoever creates or updates a file of the same folder, until the block or its process ends."""
        path = self.path(key)
        with storage_errors("write", key):
            folder = _locked(path.parent)
            try:
                yield path
            finally:
                with suppress(OSError):  # there is something in it, unless nothing was written after all
                    path.parent.rmdir()
                os.close(folder)

    @contextmanager
    def writing(self, key: str, progress: Callable[[float], None] | None = None) -> Iterator[Path]:
        """Yield a temporary name beside the target, and rename it then."""
        path = self.path(key)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        with storage_errors("write", key):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                yield temporary
                os.replace(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)

    @contextmanager
    def local(self, key: str, first: int | None = None) -> Iterator[Path]:
        yield self.path(key)

    def at_hand(self, key: str) -> Path:
        with storage_errors("read", key):
            self.path(key).stat()
        return self.path(key)

    def files(self, prefix: str) -> list[str]:
        start = self.path(prefix)
        if not start.exists():
            return []
        files = (p for p in start.rglob("*") if p.is_file() and not p.name.startswith("."))
        return sorted(str(p.relative_to(self.root)) for p in files)

    def folders(self, prefix: str) -> list[str]:
        try:
            with os.scandir(self.path(prefix)) as entries:
                return sorted(entry.name for entry in entries if entry.is_dir())
        except FileNotFoundError:
            return []

    def delete(self, prefix: str) -> None:
        path = self.path(prefix)
        with storage_errors("delete", prefix):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def storage_errors(action: str, key: str) -> Iterator[None]:
    """Turn an OSError into StorageFailed with a reason that a person understands."""
    try:
        yield
    except OSError as error:
        raise os_failure(action, key, error) from error


def os_failure(action: str, key: str, error: OSError, note: str = "") -> StorageFailed:
    """Return the StorageFailed that says what the system refused and what to do; `note` goes behind the reason."""
    reason = joined([os_reason(error), note])
    return StorageFailed(action=action, key=key, reason=reason, advice=_os_advice(error))


def os_reason(error: OSError) -> str:
    """Return an OSError in words, with what matters most first."""
    return tr(_OS_REASONS.get(error.errno or 0, ("", ""))[0]) or f"{error.strerror or error}."


def _os_advice(error: OSError) -> str:
    return _OS_REASONS.get(error.errno or 0, ("", TRY_AGAIN))[1]


DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL = (mark("The disk is full."), FREE_SPACE)
_REFUSED = (mark("This user may not do that there (permission denied)."), FIX_PERMISSIONS)
_OS_REASONS = {
    **dict.fromkeys(DISK_FULL, _FULL),
    errno.ENOENT: (mark("It is not there: never made, moved, or gone meanwhile."), BRING_BACK),
    errno.EISDIR: (mark("It is a folder, not a file."), MOVE_ASIDE),
    errno.ENOTDIR: (mark("A file stands where a folder belongs."), MOVE_ASIDE),
    errno.EACCES: _REFUSED,
    errno.EPERM: _REFUSED,
    errno.EROFS: _REFUSED,
}  # errno: reason, advice
