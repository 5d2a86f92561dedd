"""A job, read back from what was written down of it (`<kind>/<job>/job.json`, or a runner's status)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any

from core.backends.base import EndpointStatus, Job, JobKind, JobStatus
from core.errors import Failure, StorageDamaged, brief


def job_of(status: dict[str, Any], request: dict[str, Any]) -> Job:
    """The job that a status or a record tells of."""
    return Job(
        name=status["name"],
        kind=JobKind(status["kind"]),
        status=JobStatus(status["status"]),
        phase=status.get("phase") or status["status"],
        created=time_of(status["created"]),
        started=time_of(status.get("started")),
        ended=time_of(status.get("ended")),
        progress=status.get("progress"),
        message=status.get("message") or "",
        unjudged=status.get("unjudged") or "",
        failure=failure_of(status),
        exit_code=status.get("exit_code"),
        peak_memory_bytes=status.get("peak_memory_bytes"),
        request=request,
    )


def checked_record(record: Any, key: str, name: str) -> dict[str, Any]:
    """`record` if it tells of the job or endpoint `name`: every field of it as it should be. Raises StorageDamaged."""
    if not isinstance(record, dict):
        raise StorageDamaged(key=key, reason="It is JSON, but no object.")
    if odd := [field for field, fits in _FIELDS.items() if not fits(record.get(field))]:
        raise StorageDamaged(key=key, reason=f"It holds what cannot be its {', '.join(odd)}.")
    if record["name"] != name:
        raise StorageDamaged(key=key, reason=f"It tells of another one: {record['name'][:63]}.")
    return record


def checked_trials(result: dict[str, Any], key: str) -> dict[str, Any]:
    """`result` if it is what a tuning job writes of its trials. Raises StorageDamaged."""
    trials = result.get("trials")
    if (
        not isinstance(trials, list)
        or not all(map(_is_trial, trials))
        or result.get("best") not in (None, *trials)
    ):
        raise StorageDamaged(key=key, reason="Its trials are not what a tuning job writes.")
    return {"best": None} | result


def _is_trial(trial: Any) -> bool:
    return (
        isinstance(trial, dict)
        and all(isinstance(trial.get(field), str) for field in ("training_job", "status"))
        and isinstance(trial.get("values"), dict)
        and isinstance(trial.get("objective", ""), int | float | None)
    )


def _is_time(value: Any) -> bool:
    with contextlib.suppress(ValueError, TypeError):
        return datetime.fromisoformat(value).tzinfo is not None
    return False


def _is_failure(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == _FAILURE
        and all(isinstance(text, str) for text in value.values())
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63


def _or_none(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or fits(value)


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


_FAILURE = {field.name for field in fields(Failure)}
_STATUSES = {*JobStatus, *EndpointStatus}
_KINDS = {*JobKind, "endpoint"}
# Field -> whether a value may stand there; what else a record holds is nobody's to read here.
_FIELDS: dict[str, Callable[[Any], bool]] = {
    "name": _is(str),
    "kind": lambda value: value is None or (isinstance(value, str) and value in _KINDS),
    "status": lambda value: value is None or (isinstance(value, str) and value in _STATUSES),
    "created": _is_time,
    **dict.fromkeys(("started", "ended", "expires"), _or_none(_is_time)),
    **dict.fromkeys(("phase", "message", "unjudged", "url", "training_job"), _or_none(_is(str))),
    **dict.fromkeys(
        ("progress", "exit_code", "peak_memory_bytes", "pid", "server_pid", "port"), _or_none(_is_number)
    ),
    "failure": _or_none(_is_failure),
    "request": _or_none(_is(dict)),
    "manifest": _or_none(_is(dict)),
}


def failure_of(status: dict[str, Any]) -> Failure | None:
    """Its failure, if it has one."""
    failure = status.get("failure")
    # Brief here too: a record of an earlier version holds the container's whole traceback.
    return Failure(**failure | {"why": brief(failure["why"])}) if failure else None


def time_of(text: str | None) -> Any:
    """ISO 8601 to a datetime; None stays None."""
    return datetime.fromisoformat(text) if text else None
