"""The verbs over schedules: keep one, list them with their runs, take one away with a receipt.

A schedule is a record in storage. EventBridge Scheduler starts what the backend lets it start; for the others a machine
needs a line for cron, or a task of Windows, which `core/verbs/schedule_lines.py` writes. `core/verbs/scheduled_run.py`
is what then runs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from core import keys, locales, person
from core.backends.base import Backend, JobStatus
from core.backends.pipelines import Execution, ExecutionStatus
from core.backends.records import now, time_of
from core.backends.requests import JobKind
from core.backends.schedules import (
    BY_MACHINE,
    RunStatus,
    Schedule,
    ScheduleRun,
    Task,
    When,
    all_of,
    is_zone,
    read,
)
from core.errors import BadSchedule, NotFound, ScheduleTaken, SenderoError, StorageDamaged, StorageFailed
from core.language import joined, mark, tr
from core.names import checked_name
from core.numbers import number
from core.verbs import audit
from core.verbs.receipt import Receipt
from core.verbs.training import model_of

PILE = mark(
    "A run of {name} can take up to {hours} hours, by when its jobs are stopped, and {starter} does not ask whether"
    " the one before still goes on: they would pile up. Save the pipeline again with a lower SENDERO_MAX_RUNTIME, let"
    " it run less often, or let a machine start it, which asks."
)
EMPTY = mark(
    "There is no file in {files} yet. There has to be one, and to stay one, where the backend starts it: no job begins"
    " with an empty folder. Files that were predicted may stay, and are not predicted again."
)
TOLD = "run.json"  # in the folder of a run that the backend has started: how it ended
RUNS = 50  # of the newest that are shown


def here() -> str:
    """Return the time zone of this machine's clock, by which its cron goes; UTC where that is not to be known."""
    with suppress(OSError):
        linked = os.readlink("/etc/localtime").partition("zoneinfo/")[2].removeprefix("Etc/")
        for name in (os.environ.get("TZ", ""), linked):
            if name and is_zone(name):
                return name
    return "UTC"


def add(
    backend: Backend,
    name: str,
    task: Task,
    target: str,
    when: When,
    files: str = "",
    parameters: Mapping[str, str] | None = None,
) -> Schedule:
    """Keep a schedule, and have AWS start it where the backend can; or answer the equal one that is kept already.

    Raises BadName, ScheduleTaken, BadSchedule, NotFound, and what the backend refuses.
    """
    from core.verbs import schedule_pipelines  # late: Home draws with this module

    checked_name(name, "schedule")
    schedule = Schedule(
        name, task, target, when, files, dict(parameters or {}), who=person.name(), at=time_of(now())
    )
    _check(backend, schedule)
    schedule = replace(schedule, started_by=_starter(backend, schedule))
    schedule = replace(schedule, per_month=_per_month(backend, schedule))
    made = backend.storage.create(keys.schedule_record(name), _bytes(schedule))
    if not made:
        kept = read(backend.storage, name)
        if replace(kept, who=schedule.who, at=schedule.at, per_month=schedule.per_month) != schedule:
            raise ScheduleTaken(
                name=name, words=tr("{when}: it {does}", when=kept.when.words, does=kept.words)
            )
        schedule = kept  # a second click; or the first one was cut off before the backend knew of it
    try:
        schedule_pipelines.put(backend, schedule)
        backend.put_schedule(schedule)
    except BaseException:
        if made:
            schedule_pipelines.take_back(backend, schedule)
            with suppress(SenderoError):
                backend.storage.delete(keys.schedule(name))
        raise
    if made:
        with locales.for_everybody():  # it is kept
            audit.record(backend, "made", "schedule", name, task=task.value, target=target, when=when.words)
    return schedule


def schedules(backend: Backend) -> list[Schedule]:
    """Return the schedules that can be read, by name. Raises StorageFailed."""
    return all_of(backend.storage)


def find(backend: Backend, name: str) -> Schedule:
    """Return a schedule. Raises NotFound, StorageDamaged."""
    key = keys.schedule_record(checked_name(name, "schedule"))
    if not backend.storage.exists(key):
        raise NotFound(thing="schedule", name=name, listing="schedule list")
    return read(backend.storage, name)


def runs(backend: Backend, name: str) -> list[ScheduleRun]:
    """Return the last runs of a schedule, the newest first: those by a machine, and those that the backend itself has
    started, as it tells of them. Raises StorageFailed, and what the backend refuses.
    """
    found: list[ScheduleRun] = []
    kept = [key for key in backend.storage.files(keys.schedule_runs(name)) if not key.endswith(f"/{TOLD}")]
    for key in kept[-RUNS:]:
        with suppress(StorageDamaged, StorageFailed, KeyError, TypeError, ValueError):
            found.append(ScheduleRun.of(backend.storage.read_json(key)))
    with suppress(StorageDamaged, StorageFailed):  # it was removed a moment ago
        schedule = read(backend.storage, name)
        if schedule.started_by != BY_MACHINE:
            own = schedule.task != Task.pipeline
            started = [each for each in backend.executions(schedule.pipeline) if own or each.schedule == name]
            found += [_told_run(backend, name, each) for each in started[:RUNS]]
    return sorted(found, key=lambda run: run.started, reverse=True)  # names tell no two of one second apart


def _told_run(backend: Backend, name: str, execution: Execution) -> ScheduleRun:
    """Return a run that the backend has started, as its job has told of it, if it came to that."""
    key = f"{keys.schedule_told(name, execution.id)}/{TOLD}"
    with suppress(StorageDamaged, StorageFailed, KeyError, TypeError, ValueError):
        return ScheduleRun.of(backend.storage.read_json(key))
    return replace(_run_of(execution), schedule=name)


def _run_of(execution: Execution) -> ScheduleRun:
    """Return an execution that the backend has started as a run of its schedule."""
    run, failure = {"run": execution.id, "pipeline": execution.pipeline}, execution.failure
    status, message = {
        ExecutionStatus.succeeded: (
            RunStatus.completed,
            tr("The run {run} of {pipeline} has succeeded.", **run),
        ),
        ExecutionStatus.stopped: (RunStatus.failed, tr("The run {run} of {pipeline} was stopped.", **run)),
        ExecutionStatus.failed: (RunStatus.failed, tr("The run {run} of {pipeline} has failed.", **run)),
    }.get(execution.status, (RunStatus.running, tr("The run {run} of {pipeline} goes on.", **run)))
    return ScheduleRun(
        execution.schedule,
        execution.id,
        status,
        execution.created,
        execution.ended,
        joined([message, failure.what, failure.why]) if failure else message,
        failure.as_dict() if failure else None,
        execution.who,
    )


def remove(backend: Backend, name: str) -> Receipt:
    """Delete a schedule with what is known of its runs, at AWS first; what they have predicted stays.

    Raises NotFound, StorageFailed, and what the backend refuses.
    """
    schedule = find(backend, name)
    done = backend.delete_resource(schedule.resource)
    audit.record(backend, "deleted", "schedule", name)
    moment = datetime.now(UTC)
    ran = (moment - schedule.at).total_seconds() if schedule.at else 0.0
    return Receipt(name, done.deleted, moment, ran, kept=done.kept)


def targets(backend: Backend, task: Task) -> list[str]:
    """Return what a task can be scheduled for: pipelines, endpoints, or endpoints and trained models."""
    if task == Task.pipeline:
        from core.verbs import pipelines  # late: Home draws with this module

        return [each.name for each in pipelines.pipelines(backend)]
    there = [each.name for each in backend.endpoints() if each.status.active]
    if task == Task.drift:
        return there
    return there + [job.name for job in backend.jobs(JobKind.training) if job.status == JobStatus.completed]


def needs_no_machine(backend: Backend, task: Task) -> bool:
    """Return whether the backend itself can start a task, new files to predict where they are below its root."""
    return bool(backend.starts(task, f"{backend.storage.root}/"))


def started_by(backend: Backend, task: Task, files: str = "") -> str:
    """Return who starts a task, which may be to predict `files`: the backend's own scheduler, or a machine."""
    return backend.starts(task, files) or BY_MACHINE


# --- within -----------------------------------------------------------------------------------------------


def is_endpoint(backend: Backend, name: str) -> bool:
    """Return whether there is an endpoint of that name."""
    with suppress(NotFound):
        backend.endpoint(name)
        return True
    return False


def _starter(backend: Backend, schedule: Schedule) -> str:
    """Return who starts it: the backend's own scheduler, or a machine."""
    starter = started_by(backend, schedule.task, schedule.files)
    if starter == BY_MACHINE and schedule.when.zone != here() and schedule.when.every != "hour":
        reason = tr(
            "A machine's cron goes by its own clock, which is {here} here: leave the time zone out.",
            here=here(),
        )
        raise BadSchedule(reason=reason)
    if starter != BY_MACHINE and schedule.task == Task.pipeline:
        _check_apart(backend, schedule, starter)
    if starter != BY_MACHINE and schedule.task == Task.predict:
        folder = f"{schedule.files.rstrip('/')}/"
        if all(entry.address.endswith("/") for entry in backend.storage.browse(folder)):
            raise BadSchedule(reason=tr(EMPTY, files=folder))
    return starter


def _check_apart(backend: Backend, schedule: Schedule, starter: str) -> None:
    """Refuse a pipeline whose runs could pile up, where nobody asks whether the one before goes on."""
    from core.pipelines.steps import longest  # late: Home draws with this module

    takes = longest(backend.pipeline(schedule.target).definition)
    if takes > schedule.when.apart:
        hours = number(round(takes.total_seconds() / 3600, 1))
        raise BadSchedule(reason=tr(PILE, name=schedule.target, hours=hours, starter=tr(starter)))


def _check(backend: Backend, schedule: Schedule) -> None:
    """Refuse what could never run. Raises NotFound, BadSchedule, JobNotReady, StorageFailed."""
    if bool(schedule.files) != (schedule.task == Task.predict):
        raise BadSchedule(
            reason=tr("New files are what is predicted: a folder goes with that, and with that alone.")
        )
    if schedule.task == Task.drift:
        backend.endpoint(schedule.target)
    elif schedule.task == Task.predict:
        if not is_endpoint(backend, schedule.target):
            model_of(backend, schedule.target)
        if "://" not in schedule.files and not Path(schedule.files).expanduser().is_dir():
            raise BadSchedule(reason=tr("There is no folder {files} here.", files=schedule.files))
    else:
        from core.pipelines.definition import GROUP
        from core.verbs import pipelines  # late: Home draws with this module

        asked = pipelines.asked_of(pipelines.find(backend, schedule.target))
        known = [each.name for each in asked if each.name != GROUP]  # that is the pipeline's own
        if unknown := [name for name in schedule.parameters if name not in known]:
            reason = tr(
                "The pipeline has no parameter {unknown}; it has {known}.",
                unknown=unknown[0],
                known=", ".join(known),
            )
            raise BadSchedule(reason=reason)


def _per_month(backend: Backend, schedule: Schedule) -> float | None:
    """Return what its runs cost in a month in USD, at most; None where that cannot be known before."""
    if not backend.capabilities.costs_money:
        return 0.0
    if schedule.task != Task.pipeline and schedule.started_by != BY_MACHINE:
        high = backend.estimate("processing", {}, 0).high
        return None if high is None else round(high * schedule.when.a_month, 4)
    if schedule.task == Task.drift:
        return 0.0
    if schedule.task == Task.predict and is_endpoint(backend, schedule.target):
        return 0.0  # what the endpoint costs is the endpoint's
    if schedule.task == Task.pipeline:
        from core.verbs import pipelines  # late, as above

        found = pipelines.find(backend, schedule.target)
        high = pipelines.estimate(backend, found, schedule.parameters).high
    else:
        high = backend.estimate("transform", {}, 0).high
    return None if high is None else round(high * schedule.when.a_month, 4)


def _bytes(schedule: Schedule) -> bytes:
    return json.dumps(schedule.as_dict(), indent=1, ensure_ascii=False).encode()
