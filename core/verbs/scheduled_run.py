"""One run of a schedule: alone, whatever else is started meanwhile; told where it fails; and kept with how it ended.

Who runs holds a lock in storage that says so every few seconds. One that was cut off is free again after minutes.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core import keys, person
from core.backends.base import Backend
from core.backends.records import now, time_of
from core.backends.schedules import BY_MACHINE, RunStatus, Schedule, ScheduleRun, Task
from core.errors import Failure, SenderoError, StorageFailed
from core.names import new_token
from core.new_files import Say, is_data, predict_each_once
from core.numbers import count, integer
from core.reading.dialect import Overrides
from core.scratch import Scratch
from core.storage import Storage
from core.verbs import audit, schedules

BEAT = 20.0  # seconds between two signs of life
LOST = timedelta(minutes=3)  # without one: the run was cut off
WHOLE = timedelta(seconds=5)  # that a file has to have been left alone: it may be on its way


@dataclass(frozen=True, slots=True)
class Ran:
    """A run, and the error that it ended with, if it did."""

    run: ScheduleRun
    error: SenderoError | None = None


def run(backend: Backend, name: str, say: Say) -> Ran:
    """Do what a schedule says, unless another run of it goes on; return how it ended.

    Raises NotFound, StorageDamaged, StorageFailed.
    """
    schedule = schedules.find(backend, name)
    who = f"{person.name()} on {socket.gethostname()}"
    begun = ScheduleRun(name, new_token(), RunStatus.running, time_of(now()), who=who)
    with _alone(backend.storage, schedule.name, who) as busy:
        if other := busy or _goes_on(backend, schedule):
            return Ran(_write(backend, _ended(begun, RunStatus.skipped, other)))
        _write(backend, begun)
        audit.record(backend, "began a run of", "schedule", name, target=schedule.target)
        try:
            message = _TASKS[schedule.task](backend, schedule, begun, say)
        except SenderoError as error:
            failed = _ended(
                begun, RunStatus.failed, f"{error.failure.what} {error.failure.why}", error.failure
            )
            return Ran(_write(backend, _told(backend, schedule, failed)), error)
        except BaseException:
            _write(backend, _ended(begun, RunStatus.failed, "It was interrupted from outside."))
            raise
        return Ran(_write(backend, _ended(begun, RunStatus.completed, message)))


def _ended(run: ScheduleRun, status: RunStatus, message: str, failure: Failure | None = None) -> ScheduleRun:
    said = failure.as_kept() if failure else None
    return replace(run, status=status, ended=time_of(now()), message=message, failure=said)


def _write(backend: Backend, run: ScheduleRun) -> ScheduleRun:
    backend.storage.write_json(keys.schedule_run(run.schedule, run.id), run.as_dict())
    return run


def _told(backend: Backend, schedule: Schedule, run: ScheduleRun) -> ScheduleRun:
    """Mail that a run has failed, where a topic is set; what comes of that is added to its message."""
    subject = f"Sendero: the schedule {schedule.name} has failed"
    text = f"{schedule.when.words}: {schedule.words}.\n\n{run.message}\n\n{backend.capabilities.label}, {run.who}"
    try:
        told = backend.tell(subject, text)
    except SenderoError as error:
        told = f"Nobody could be told: {error.failure.why}"
    return replace(run, message=f"{run.message} {told}".strip())


# --- one at a time ----------------------------------------------------------------------------------------


@contextmanager
def _alone(storage: Storage, name: str, who: str) -> Iterator[str]:
    """Yield nothing where this run is alone, and keeps others off; else in a sentence who runs."""
    key, token, found = keys.schedule_lock(name), new_token(), ""

    def take(before: bytes | None) -> bytes:
        nonlocal found
        found = ""
        there = _lock(before)
        if there and datetime.now(UTC) - time_of(there["beat"]) < LOST:
            found = f"Not run: the run by {there['who']}, begun at {there['since']}, still goes on."
            return before or b""
        return json.dumps({"token": token, "who": who, "since": now(), "beat": now()}).encode()

    storage.merge(key, take)
    if found:
        yield found
        return
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            with suppress(SenderoError):
                storage.update(key, lambda before: _beaten(before, token))

    heart = threading.Thread(target=beat, daemon=True)
    heart.start()
    try:
        yield ""
    finally:
        ended.set()
        heart.join()
        with suppress(SenderoError):
            if _lock(storage.read_bytes(key)).get("token") == token:
                storage.delete(key)


def _lock(data: bytes | None) -> dict[str, str]:
    with suppress(ValueError):
        found = json.loads(data or b"{}")
        if isinstance(found, dict) and {"token", "who", "since", "beat"} <= found.keys():
            return {str(name): str(value) for name, value in found.items()}
    return {}


def _beaten(before: bytes | None, token: str) -> bytes:
    there = _lock(before)
    if there.get("token") != token:  # another run took this one for lost
        raise StorageFailed(action="go on with", key="the lock of a schedule", reason="Another run holds it.")
    return json.dumps({**there, "beat": now()}).encode()


# --- what it does -----------------------------------------------------------------------------------------


def _goes_on(backend: Backend, schedule: Schedule) -> str:
    """Return in a sentence which run of its pipeline goes on, whoever started that; nothing where none does."""
    if schedule.task == Task.pipeline or schedule.started_by != BY_MACHINE:
        for execution in backend.executions(schedule.pipeline):
            if execution.status.active:
                who = execution.who or "somebody"
                return (
                    f"Not run: the run {execution.id} of {schedule.pipeline}, begun by {who}, still goes on."
                )
    return ""


def _pipeline(backend: Backend, schedule: Schedule, run: ScheduleRun, say: Say) -> str:
    """Start an execution of a pipeline and follow it. Raises what its failure says, and what refuses it."""
    from core.verbs import pipelines  # late: narwhals

    execution = pipelines.run(backend, schedule.target, schedule.parameters, run.id)
    say(f"Run {execution.id}")
    pipelines.wait(backend, execution, say)
    return f"The run {execution.id} of {schedule.target} has succeeded."


def _predict(backend: Backend, schedule: Schedule, run: ScheduleRun, say: Say) -> str:
    """Predict each file of a folder that was not predicted yet."""
    storage, waiting = backend.storage, 0

    def fetched() -> Iterator[tuple[str, Path]]:
        nonlocal waiting
        for address in _files(backend, schedule.files):
            with storage.fetched(address) as file:
                if "://" not in address and _is_fresh(file):
                    waiting += 1
                    continue
                yield address.rstrip("/").rpartition("/")[2], file

    def predict(file: Path, called: str, key: str) -> str:
        return _predicted(backend, schedule.target, file, called, key, say)

    done = predict_each_once(storage, schedule.name, run.id, fetched(), storage.exists, predict, say)
    later = f" {count(waiting, 'file', 'files')} changed a moment ago: next time." if waiting else ""
    return done + later


def _predicted(backend: Backend, target: str, file: Path, called: str, key: str, say: Say) -> str:
    """Predict one file, through an endpoint or by a job with a model alone, into storage; return what came of it."""
    from core.verbs import predict, renames, transform  # late: numpy
    from core.verbs.waiting import wait

    reading = renames.reading_for(backend, Overrides(), {})  # as was said of earlier files of its source
    with Scratch("scheduled") as scratch:
        output = scratch / "predictions.csv"
        if schedules.is_endpoint(backend, target):
            made = predict.predict_file(backend, target, file, output, file=called, reading=reading)
        else:
            job = transform.launch_transform(backend, target, file, reading=reading)
            wait(backend, job.name, say)
            made = transform.collect(backend, job.name, output)
        backend.storage.write_bytes(key, output.read_bytes())
    return f"{called}: {count(made.rows, 'row', 'rows')}, {integer(made.rejected)} rejected, written to {key}"


def _files(backend: Backend, address: str) -> list[str]:
    """Return the files of a folder here or in S3 that can hold rows, by name. Raises StorageFailed."""
    if "://" in address:
        found = [entry.address for entry in backend.storage.browse(f"{address.rstrip('/')}/")]
    else:
        folder = Path(address).expanduser()
        if not folder.is_dir():
            raise StorageFailed(action="read", key=address, reason="There is no such folder.")
        found = [str(path) for path in folder.iterdir() if path.is_file()]
    return sorted(each for each in found if is_data(each))


def _is_fresh(file: Path) -> bool:
    return datetime.now(UTC) - datetime.fromtimestamp(file.stat().st_mtime, UTC) < WHOLE


def _drift(backend: Backend, schedule: Schedule, run: ScheduleRun, say: Say) -> str:
    """Look at the files that were predicted since the last run. Raises HasChanged where columns that matter have."""
    from core.population import check_unchanged  # late: numpy
    from core.verbs import watching

    before = [each for each in schedules.runs(backend, schedule.name) if each.ended and each.id != run.id]
    looked = [each for each in before if each.status != RunStatus.skipped]
    since = max((each.started for each in looked), default=datetime.min.replace(tzinfo=UTC))
    files = [each for each in watching.watch(backend, schedule.target).files if time_of(each.at) >= since]
    return check_unchanged(schedule.target, files)


_TASKS: dict[Task, Callable[[Backend, Schedule, ScheduleRun, Say], str]] = {
    Task.pipeline: _pipeline,
    Task.predict: _predict,
    Task.drift: _drift,
}
