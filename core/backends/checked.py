"""Records and statuses as they come from a disk that others write to as well: whole, or said to be damaged.

A runner reads them too, and is up in tens of milliseconds: only the standard library is imported here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any

from core.errors import Failure, StorageDamaged


def checked_record(record: dict[str, Any], key: str, kind: str, name: str) -> dict[str, Any]:
    """`record` of the job or endpoint that its place names, if each field is as it should be. Raises StorageDamaged."""
    odd = [field for field, fits in _FIELDS.items() if not fits(record.get(field))]
    status = record.get("status")
    if status is not None and status not in (_OF_ENDPOINTS if kind == "endpoint" else _OF_JOBS):
        odd.append("status")
    if odd:
        raise StorageDamaged(key=key, reason=f"It holds what cannot be its {', '.join(odd)}.")
    return record | {"name": name, "kind": kind}


def checked_trials(result: dict[str, Any], key: str) -> dict[str, Any]:
    """`result` if it is what a tuning job writes of its trials. Raises StorageDamaged."""
    trials = result.get("trials")
    if (
        not isinstance(trials, list)
        or not all(map(_is_trial, trials))
        or not _is_best(result.get("best"), trials)
    ):
        raise StorageDamaged(key=key, reason="Its trials are not what a tuning job writes.")
    return {"best": None} | result


def _is_best(best: Any, trials: list[dict[str, Any]]) -> bool:
    """Is it none, or what `metrics.best_trial` tells of one of the trials: its main fields?"""
    if not isinstance(best, dict) or "training_job" not in best:
        return best is None
    return any(best.items() <= trial.items() for trial in trials)


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
_OF_JOBS = ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
_OF_ENDPOINTS = ("Creating", "InService", "Deleting", "Failed", "Stopped", "Expired")
# Field -> whether a value may stand there; what else a record holds is nobody's to read here.
_FIELDS: dict[str, Callable[[Any], bool]] = {
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
