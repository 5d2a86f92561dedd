"""`<kind>/<job>/job.json` in S3: what was asked, what SageMaker calls it, how it ended and what came out."""

from __future__ import annotations

import contextlib
import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from core.backends.aws.resources.storage import S3Storage
from core.backends.base import JobKind, JobStatus, Request, jsonable
from core.backends.checked import checked_record
from core.backends.versions import fingerprint, versions
from core.errors import BadName, Failure, NotFound, StorageDamaged, StorageFailed
from core.storage import checked_name

AT_ONCE = 16  # records read side by side, where a page lists many
ENDED = frozenset({JobStatus.completed.value, JobStatus.failed.value, JobStatus.stopped.value})


def key_of(kind: str, name: str) -> str:
    """The key of a job's record."""
    return f"{kind}/{name}/job.json"


def plain(request: Request) -> dict[str, Any]:
    """A request as JSON holds it."""
    return json.loads(json.dumps(jsonable(asdict(request))))


def first(request: Request, aws_name: str, where: dict[str, str]) -> dict[str, Any]:
    """The record of a job that is about to be created; `where` it will run, whatever the settings say later."""
    asked = plain(request)
    return {
        "name": request.name,
        "kind": request.kind.value,
        "backend": "aws",
        "aws_name": aws_name,
        "status": "InProgress",
        "created": stamp(datetime.now(UTC)),
        "versions": versions(),
        "fingerprint": fingerprint(asked),
        "request": asked,
        "where": where,
    }


def close(
    storage: S3Storage,
    record: dict[str, Any],
    status: str,
    *,
    started: datetime | None = None,
    ended: datetime | None = None,
    failure: Failure | None = None,
    message: str = "",
    manifest: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Write how a job ended and the manifest of its output; answers the whole record."""
    record = record | {
        "status": status,
        "started": stamp(started) if started else None,
        "ended": stamp(ended or datetime.now(UTC)),
        "failure": failure.as_dict() if failure else None,
        "message": message,
        "manifest": {f"output/{path}": facts for path, facts in (manifest or {}).items()},
    }
    storage.write_json(key_of(record["kind"], record["name"]), record)
    return record


def open_(record: dict[str, Any]) -> bool:
    """Is there still something to look at: a job in progress, or a model that is judged again?"""
    return record["status"] not in ENDED or bool(record.get("judging"))


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC."""
    return jsonable(moment)


class Book:
    """The records of all jobs, read from storage; one of a job that has ended changes no more, and is read once."""

    def __init__(self, storage: S3Storage) -> None:
        self.storage = storage

    def find(self, name: str) -> dict[str, Any]:
        """The record of the job `name`. Raises NotFound."""
        with contextlib.suppress(BadName):  # a name that cannot be one is not found either
            checked_name(name)
            for kind in JobKind:
                if self.storage.exists(key_of(kind.value, name)):
                    return self._read(kind, name)
        raise NotFound(thing="job", name=name, listing="jobs")

    def of(self, kind: JobKind) -> list[dict[str, Any]]:
        """The records of all jobs of a kind."""

        def read(name: str) -> dict[str, Any] | None:
            with contextlib.suppress(StorageFailed, StorageDamaged):  # vanished, or no record of ours
                return self._read(kind, name)
            return None

        with ThreadPoolExecutor(AT_ONCE) as readers:
            return [record for record in readers.map(read, self.storage.folders(kind.value)) if record]

    def _read(self, kind: JobKind, name: str) -> dict[str, Any]:
        key = key_of(kind.value, name)
        return self.storage.cache.get(
            ("record", key),
            lambda: checked_record(
                self.storage.read_json(key, "name", "kind", "created", "request", "status"),
                key,
                kind.value,
                name,
            ),
            keep=lambda record: not open_(record),
            factor=math.inf,
        )
