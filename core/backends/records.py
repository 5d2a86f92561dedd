"""The one reader and the one writer of what storage keeps of jobs and endpoints, on every backend.

Others write to storage as well: records are whole, or said to be damaged. A runner reads and
writes them too and is up in tens of milliseconds: only the standard library is imported here.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeGuard, TypeVar, cast

from core import keys
from core.backends.versions import versions
from core.errors import Failure, FailureJson, NotFound, StorageDamaged
from core.language import Text, tr
from core.retelling import in_english, kept

if TYPE_CHECKING:
    from core.backends.record_types import (
        EndpointRecord,
        JobEnd,
        JobRecord,
        JobRequestJson,
        Status,
    )
    from core.storage import FileFacts, Storage

S = TypeVar("S", bound="Status | JobEnd")
R = TypeVar("R", bound="EndpointRecord | JobRecord")
ENDPOINT = "endpoint"  # the kind of a record or status that is no job's


# --- jobs ---------------------------------------------------------------------------------------------------


def read_job(storage: Storage, kind: str, name: str, *required: str) -> JobRecord:
    """Read the record of a job, which has to have the fields `required` too. Raises StorageFailed, StorageDamaged."""
    key = keys.job_record(kind, name)
    record = storage.read_json(key, "name", "kind", "created", "request", *required)
    return checked_job(record, key, kind, name)


def new_job(
    kind: str,
    request: JobRequestJson,
    *,
    backend: str,
    created: str,
    aws_name: str = "",
    fingerprint: str = "",
    resource_config: dict[str, str] | None = None,
    execution: str = "",
) -> JobRecord:
    """Return the record of a job about to start; a step of a pipeline's `execution` says so.

    Without `aws_name` it has neither that nor a fingerprint nor `where`, which are AWS's.
    """
    record: JobRecord = {
        "name": request["name"],
        "kind": kind,
        "backend": backend,
        "aws_name": aws_name,
        "status": "InProgress",
        "created": created,
        "versions": versions(),
        "fingerprint": fingerprint,
        "request": request,
        "where": resource_config or {},
    }
    if not aws_name:
        del record["aws_name"], record["fingerprint"], record["where"]
    if execution:
        record["execution"] = execution
    return record


def close_job(
    storage: Storage,
    record: JobRecord,
    end: JobEnd,
    manifest: Mapping[str, FileFacts] | None = None,
    judging: str = "",
) -> JobRecord:
    """Write how a job ended and the manifest of its output; return the whole record.

    What others have written into it meanwhile stays, the end of whoever was first too. `judging`: which evaluation of
    its model has ended by that. Raises StorageFailed, StorageDamaged.
    """
    files = {f"output/{path}": facts for path, facts in (manifest or {}).items()}

    said = with_written(end)

    def closed(now: JobRecord) -> JobRecord:
        if now.get("ended") and not record.get("ended"):
            return now
        whole: JobRecord = {**now, **record, **said, "manifest": files}
        if "written" not in said:  # of an earlier end
            whole.pop("written", None)
        begun = now.get("judging", "")
        if begun and begun != judging:  # since that
            whole["judging"] = begun
        else:
            whole.pop("judging", None)
        return whole

    return change_job(storage, record, closed)


def change_job(storage: Storage, record: JobRecord, change: Callable[[JobRecord], JobRecord]) -> JobRecord:
    """Write what `change` makes of a job's record as it is now, of `record` where it is gone; return what it made.

    Raises StorageFailed, StorageDamaged.
    """
    return _change(storage, keys.job_record(record["kind"], record["name"]), change, lambda: record)


def write_job(storage: Storage, record: JobRecord) -> None:
    """Write a job's record, whole or not at all. Raises StorageFailed."""
    storage.write_json(keys.job_record(record["kind"], record["name"]), record)


def create_job(storage: Storage, record: JobRecord) -> bool:
    """Write a job's record unless there is one; return whether this call did. Raises StorageFailed."""
    return storage.create(keys.job_record(record["kind"], record["name"]), _bytes(record))


# --- endpoints ----------------------------------------------------------------------------------------------


def read_endpoint(storage: Storage, name: str, *required: str) -> EndpointRecord:
    """Read the record of an endpoint, which has to have the fields `required`. Raises StorageFailed, StorageDamaged."""
    key = keys.endpoint_record(name)
    record = storage.read_json(key, "name", "training_job", "created", "expires", *required)
    return cast("EndpointRecord", {**_checked(record, key, ENDPOINT), "name": name})


def write_endpoint(storage: Storage, record: EndpointRecord) -> None:
    """Write an endpoint's record, whole or not at all. Raises StorageFailed."""
    storage.write_json(keys.endpoint_record(record["name"]), record)


def create_endpoint(storage: Storage, record: EndpointRecord) -> bool:
    """Write an endpoint's record unless there is one; return whether this call did. Raises StorageFailed."""
    return storage.create(keys.endpoint_record(record["name"]), _bytes(record))


def change_endpoint(storage: Storage, name: str, change: Callable[[R], R]) -> R:
    """Write what `change` makes of an endpoint's record as it is now, whoever else changes it; return what it made.

    What `change` raises is raised, and nothing written. Raises NotFound where it was deleted, StorageFailed,
    StorageDamaged.
    """

    def gone() -> R:
        raise NotFound(thing="endpoint", name=name, listing="endpoints")

    return _change(storage, keys.endpoint_record(name), change, gone)


def _change(storage: Storage, key: str, change: Callable[[R], R], gone: Callable[[], R]) -> R:
    """Write what `change` makes of the record in `key` as it is now, of what `gone` returns where there is none."""
    made: list[R] = []

    def changed(before: bytes | None) -> bytes:
        try:
            now: R = gone() if before is None else json.loads(before)
        except ValueError as error:
            raise StorageDamaged(key=key, reason=tr("It is not JSON: {error}.", error=error)) from error
        made.append(change(now))
        return _bytes(made[-1])

    storage.merge(key, changed)
    return made[-1]


def _bytes(record: Mapping[str, object]) -> bytes:
    return json.dumps(record, indent=1, ensure_ascii=False).encode()


# --- times and failures -------------------------------------------------------------------------------------


def timestamp(moment: datetime) -> str:
    """Return a time as records hold it: ISO 8601, UTC, milliseconds, trailing Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    """Return this moment as records hold it."""
    return timestamp(datetime.now(UTC))


def time_of(text: str) -> datetime:
    """Read a record's time."""
    return datetime.fromisoformat(text)


def optional_time(text: str | None) -> datetime | None:
    """Read a record's time; None where it has none."""
    return datetime.fromisoformat(text) if text else None


def failure_of(failure: FailureJson | None) -> Failure | None:
    """Read a record's failure; None where it has none."""
    return Failure.from_dict(failure) if failure else None


def jsonable(value: object) -> object:
    """Return what `asdict` gives of a dataclass as JSON holds it: times as ISO 8601 in UTC with a trailing Z."""
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in cast("dict[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in cast("Sequence[object]", value)]
    return value


# --- what a record must be ----------------------------------------------------------------------------------


def checked_job(record: Mapping[str, object], key: str, kind: str, name: str) -> JobRecord:
    """Return `record` as that of the job that its key names. Raises StorageDamaged where a field cannot be one."""
    whole = {**_checked(record, key, kind), "name": name, "kind": kind}
    return cast("JobRecord", {**whole, "request": record.get("request") or {}})


def checked_status(status: Mapping[str, object], file: str, kind: str, name: str) -> Status:
    """Return `status` as that of the job or endpoint that its folder names. Raises StorageDamaged."""
    return cast("Status", {**_checked(status, file, kind), "name": name, "kind": kind})


def _checked(record: Mapping[str, object], key: str, kind: str) -> Mapping[str, object]:
    """Return `record` if each field is as a job's or an endpoint's should be. Raises StorageDamaged."""
    odd = [field for field, fits in _FIELDS.items() if not fits(record.get(field))]
    status = record.get("status")
    if status is not None and status not in (_OF_ENDPOINTS if kind == ENDPOINT else _OF_JOBS):
        odd.append("status")
    if odd:
        raise StorageDamaged(key=key, reason=tr("It holds what cannot be its {odd}.", odd=", ".join(odd)))
    return record


def _is_time(value: object) -> bool:
    with contextlib.suppress(ValueError):
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    return False


def _is_failure(value: object) -> bool:
    if not is_object(value) or set(value) - {"written"} != _FAILURE:
        return False
    return all(isinstance(value[name], str) for name in _FAILURE) and is_object(value.get("written", {}))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63


def with_written(state: S) -> S:
    """Return how a job stands as a file holds it: its texts in English, beside them what they were written from."""
    texts = {part: text for part in _TEXTS if isinstance(text := state.get(part), Text)}
    if not texts:
        return state
    english = {part: in_english(text) for part, text in texts.items()}
    written = {part: kept(text) for part, text in texts.items()}
    return cast("S", {**state, **english, "written": written})


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    """Return whether a value from JSON is an object."""
    return isinstance(value, dict)


def _or_none(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or fits(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


_TEXTS = ("message", "unjudged")
_FAILURE = {field.name for field in fields(Failure)}
_OF_JOBS = ("InProgress", "Completed", "Failed", "Stopping", "Stopped")
_OF_ENDPOINTS = ("Creating", "InService", "Deleting", "Failed", "Stopped", "Expired")
# Field -> whether a value may stand there; what else a record holds is nobody's to read here.
_FIELDS: dict[str, Callable[[object], bool]] = {
    "created": _is_time,
    **dict.fromkeys(("started", "ended", "expires", "replacing_since"), _or_none(_is_time)),
    **dict.fromkeys(
        ("phase", "message", "unjudged", "url", "training_job", "previous", "model_sha256", "replaced"),
        _or_none(_is_text),
    ),
    **dict.fromkeys(
        ("progress", "kept_rounds", "exit_code", "peak_memory_bytes", "pid", "server_pid", "port"),
        _or_none(_is_number),
    ),
    **dict.fromkeys(("failure", "unreplaced"), _or_none(_is_failure)),
    "request": _or_none(is_object),
    "manifest": _or_none(is_object),
}
