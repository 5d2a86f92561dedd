"""The same keys on a disk and in S3: whole writes, manifests, and names that never become paths unchecked.

`Storage.root` is any object with pathlib's interface: a `pathlib.Path` here, a cloud path on another backend.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import BadName, StorageDamaged, StorageFailed

# SageMaker's rule for job, model and endpoint names (API reference, CreateTrainingJob).
NAME_RULE = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


def checked_name(name: str, thing: str = "job") -> str:
    """`name` if it follows SageMaker's rule, so that it is safe as a folder too. Raises BadName."""
    if not NAME_RULE.fullmatch(name):
        raise BadName(name=name, thing=thing, suggestion=slug(name) or f"my-{thing}")
    return name


def slug(text: str, length: int = 40) -> str:
    """`text` as a part of a name: lower case letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:length].strip("-")


def new_token() -> str:
    """UTC time and four random hex digits: names made with it sort by time. A form holds one per launch."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def new_name(prefix: str, token: str = "") -> str:
    """`<prefix>-<token>`: the same token gives the same name, so that two clicks name one job."""
    return f"{slug(prefix, 40)}-{token or new_token()}"


def sha256_of(path: Any) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Storage:
    """Files below one root, addressed by key (`processing/<job>/output/report/report.json`)."""

    root: Any

    def path(self, key: str) -> Any:
        """The path of `key`. Raises StorageFailed for a key that leaves the root."""
        if ".." in Path(key).parts or Path(key).is_absolute():
            raise StorageFailed(action="open", key=key, reason="The key leaves the workspace.")
        return self.root / key

    def exists(self, key: str) -> bool:
        return self.path(key).exists()

    def read_json(self, key: str, *fields: str) -> Any:
        """The JSON object in `key`, which must have `fields`. Raises StorageFailed, StorageDamaged."""
        try:
            value = json.loads(self.read_text(key))
        except (ValueError, RecursionError) as error:
            raise StorageDamaged(key=key, reason=f"It is not JSON: {error}.") from error
        if not isinstance(value, dict):
            raise StorageDamaged(key=key, reason="It is JSON, but no object.")
        if lacks := [name for name in fields if name not in value]:
            raise StorageDamaged(key=key, reason=f"It lacks {', '.join(lacks)}.")
        return value

    def read_text(self, key: str) -> str:
        try:
            return self.read_bytes(key).decode("utf-8")
        except UnicodeDecodeError as error:
            raise StorageDamaged(key=key, reason=f"It is not text: {error}.") from error

    def read_bytes(self, key: str) -> bytes:
        with storage_errors("read", key):
            return self.path(key).read_bytes()

    def write_json(self, key: str, value: Any) -> None:
        self.write_bytes(key, json.dumps(value, indent=1, ensure_ascii=False).encode())

    def write_bytes(self, key: str, data: bytes) -> None:
        """Whole or absent: a temporary name beside the target, then a rename."""
        with self.writing(key) as temporary:
            temporary.write_bytes(data)

    @contextmanager
    def writing(self, key: str) -> Iterator[Any]:
        """A temporary path to fill, which becomes `key` when the block ends well and is removed otherwise."""
        path = self.path(key)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
        with storage_errors("write", key):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                yield temporary
                os.replace(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)

    def files(self, prefix: str) -> list[str]:
        """Keys of all files below `prefix`, sorted; temporary names left out."""
        start = self.path(prefix)
        if not start.exists():
            return []
        found = (p for p in start.rglob("*") if p.is_file() and not p.name.startswith("."))
        return sorted(str(p.relative_to(self.root)) for p in found)

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders directly below `prefix`, sorted."""
        start = self.path(prefix)
        return sorted(p.name for p in start.iterdir() if p.is_dir()) if start.exists() else []

    def manifest(self, prefix: str) -> dict[str, dict[str, Any]]:
        """{key relative to prefix: {"bytes": n, "sha256": hex}} of every file below `prefix`."""
        keys = {key: self.path(key) for key in self.files(prefix)}
        base = len(prefix.rstrip("/")) + 1
        return {
            key[base:]: {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
            for key, path in keys.items()
        }


@contextmanager
def storage_errors(action: str, key: str) -> Iterator[None]:
    """Turn an OSError into StorageFailed with a reason that a person understands."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(action=action, key=key, reason=os_reason(error)) from error


def os_reason(error: OSError) -> str:
    """An OSError in words, with what matters most first."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full."
    if error.errno == errno.ENOENT:
        return "It is not there: never made, moved, or gone meanwhile."
    if error.errno == errno.EISDIR:
        return "It is a folder, not a file."
    if error.errno == errno.ENOTDIR:
        return "A file stands where a folder belongs."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "This user may not do that there (permission denied)."
    return f"{error.strerror or error}."
