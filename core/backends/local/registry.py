"""The model registry on this machine: a file a version, which holds every word that approved or rejected it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from core import keys
from core.backends.local.launch import launch_lock
from core.backends.records import now, time_of
from core.backends.registry import Approval, ModelVersion, VersionRequest, check_unchanged
from core.errors import NotFound, StorageDamaged, StorageFailed
from core.language import tr
from core.storage import DiskStorage

FIELDS = ("group", "number", "training_job", "model_sha256", "created", "facts", "verdicts")


def register(workspace: Path, request: VersionRequest) -> ModelVersion:
    """Return the version that this model is in its group, made if there was none. Raises StorageFailed."""
    storage = DiskStorage(workspace)
    with launch_lock(workspace, "registry"):
        versions = versions_in(storage, request.group)
        for version in versions:
            if (version.training_job, version.model_sha256) == (request.training_job, request.model_sha256):
                return version
        number = 1 + max(_numbers(storage, request.group), default=0)
        record: dict[str, object] = {**asdict(request), "number": number, "created": now(), "verdicts": []}
        storage.write_json(keys.version(request.group, number), record)
    return _read(storage, request.group, number)


def versions(storage: DiskStorage) -> list[ModelVersion]:
    """Return all versions that can be read, newest first."""
    found = [each for group in storage.folders(keys.REGISTRY) for each in versions_in(storage, group)]
    return sorted(found, key=lambda version: (version.created, version.number), reverse=True)


def versions_in(storage: DiskStorage, group: str) -> list[ModelVersion]:
    """Return the versions of a group that can be read."""
    found: list[ModelVersion] = []
    for number in _numbers(storage, group):
        with suppress(StorageFailed, StorageDamaged):
            found.append(_read(storage, group, number))
    return found


def set_approval(
    storage: DiskStorage, seen: ModelVersion, approval: Approval, who: str, why: str
) -> ModelVersion:
    """Write a word on a version after those that were `seen`. Raises NotFound, VersionChanged, StorageFailed."""
    key = keys.version(seen.group, seen.number)

    def said(was: bytes | None) -> bytes:
        if was is None:
            raise NotFound(thing="version", name=seen.name, listing="versions")
        record = json.loads(was)
        check_unchanged(_version(key, record), seen)
        record["verdicts"].append({"approval": approval.value, "who": who, "at": now(), "why": why})
        return json.dumps(record, indent=1, ensure_ascii=False).encode()

    storage.update(key, said)
    return _read(storage, seen.group, seen.number)


def _numbers(storage: DiskStorage, group: str) -> list[int]:
    names = [Path(key).name.removesuffix(".json") for key in storage.files(f"{keys.REGISTRY}/{group}")]
    return sorted(int(name) for name in names if name.isdigit())


def _read(storage: DiskStorage, group: str, number: int) -> ModelVersion:
    key = keys.version(group, number)
    return _version(key, storage.read_json(key, *FIELDS))


def _version(key: str, record: dict[str, Any]) -> ModelVersion:
    """Return the version that a record describes. Raises StorageDamaged."""
    last = record["verdicts"][-1] if record["verdicts"] else {"approval": Approval.pending}
    at: datetime | None = time_of(last["at"]) if "at" in last else None
    try:
        return ModelVersion(
            str(record["group"]),
            int(record["number"]),
            str(record["training_job"]),
            str(record["model_sha256"]),
            time_of(record["created"]),
            Approval(last["approval"]),
            {str(name): str(value) for name, value in record["facts"].items()},
            str(last.get("who", "")),
            at,
            str(last.get("why", "")),
        )
    except (TypeError, ValueError, AttributeError) as error:
        raise StorageDamaged(key=key, reason=tr("It is no version of a model.")) from error
