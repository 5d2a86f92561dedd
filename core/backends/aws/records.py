"""`<kind>/<job>/job.json` in S3: what was asked, what SageMaker calls it, how it ended and what came out."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from core.backends.aws.storage import S3Storage
from core.backends.base import JobStatus, Request, jsonable
from core.backends.versions import fingerprint, versions
from core.errors import Failure

ENDED = frozenset({JobStatus.completed.value, JobStatus.failed.value, JobStatus.stopped.value})


def key_of(kind: str, name: str) -> str:
    """The key of a job's record."""
    return f"{kind}/{name}/job.json"


def plain(request: Request) -> dict[str, Any]:
    """A request as JSON holds it."""
    return json.loads(json.dumps(jsonable(asdict(request))))


def first(request: Request, aws_name: str) -> dict[str, Any]:
    """The record of a job that is about to be created."""
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


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC."""
    return jsonable(moment)
