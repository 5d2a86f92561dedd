"""Pipelines on this machine: definitions in storage, and executions as processes that launch ordinary jobs.

The record of an execution, run.json, is written by its program, step by step; whether that still lives, its lock says.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import keys
from core.backends.local.launch import launch_lock, start_runner
from core.backends.local.programs import Programs
from core.backends.local.runtime import Runtime
from core.backends.pipelines import (
    EXECUTION,
    Execution,
    ExecutionRequest,
    ExecutionStatus,
    ExecutionStep,
    Pipeline,
    PipelineRequest,
    Place,
    StepStatus,
    keep_definition,
)
from core.backends.records import failure_of, now, optional_time
from core.backends.versions import sendero_version
from core.errors import CannotStop, ExecutionLost, Failure, NotFound, SenderoError, StillInUse, StorageDamaged
from core.language import tr
from core.names import checked_name, is_name, new_name
from core.pipelines.steps import steps
from core.storage import DiskStorage, storage_errors

if TYPE_CHECKING:
    from core.backends.record_types import RunnerInput, Status

LISTING = "pipeline list"
FIELDS = ("pipeline", "run", "status", "created", "definition", "steps")
NO_ROLE = "arn:aws:iam::000000000000:role/none"  # of the form that a definition takes; no job here has one
NO_IMAGE = "sagemaker-xgboost:3.2-0"  # which core/container stands for
# How a runner that has ended says it, in the words of an execution.
ENDED = {
    "Completed": ExecutionStatus.failed,
    "Failed": ExecutionStatus.failed,
    "Stopped": ExecutionStatus.stopped,
}


def place_of(storage: DiskStorage) -> Place:
    """Return what a definition has to know of this machine, where instance types and a role mean nothing."""
    from core.settings import Settings  # late: a runner has the standard library alone

    usual = {name: str(field.default) for name, field in Settings.model_fields.items()}
    return Place(
        root=Path(storage.root).as_uri(),
        role=NO_ROLE,
        image=NO_IMAGE,
        code=f"code/{sendero_version()}",
        processing_instance=usual["processing_instance"],
        training_instance=usual["training_instance"],
    )


# --- definitions --------------------------------------------------------------------------------------------


def put(storage: DiskStorage, request: PipelineRequest) -> Pipeline:
    """Keep a definition over the one that its writer saw. Raises BadName, PipelineChanged, StorageFailed."""
    name = checked_name(request.name, "pipeline")
    there = pipeline(storage, name).definition if storage.exists(keys.pipeline_definition(name)) else None
    keep_definition(storage, request, there)
    return pipeline(storage, name)


def pipeline(storage: DiskStorage, name: str) -> Pipeline:
    """Return a pipeline. Raises NotFound, StorageDamaged."""
    key = keys.pipeline_definition(name)
    if not is_name(name) or not storage.exists(key):
        raise NotFound(thing="pipeline", name=name, listing=LISTING)
    definition: dict[str, Any] = storage.read_json(key, "Steps")
    with storage_errors("read", key):
        written = storage.path(key).stat().st_mtime
    return Pipeline(name, definition, datetime.fromtimestamp(written, UTC))


def pipelines(storage: DiskStorage) -> list[Pipeline]:
    """Return those that can be read, the one that was saved last first."""
    found: list[Pipeline] = []
    for name in storage.folders(keys.PIPELINES):
        with suppress(NotFound, StorageDamaged):
            found.append(pipeline(storage, name))
    return sorted(found, key=lambda each: (each.updated, each.name), reverse=True)


def delete(storage: DiskStorage, name: str) -> list[str]:
    """Delete a pipeline with its executions; return what is gone. Raises NotFound, StillInUse, StorageFailed."""
    pipeline(storage, name)
    listed = executions(storage, name)
    for each in listed:
        if each.status.active:
            stop = tr("Stop it first: pipeline stop {name}.", name=name)
            raise StillInUse(name=name, reason=tr("Its run {run} goes on.", run=each.id), advice=stop)
    for each in listed:
        with storage_errors("delete", each.id):
            _runtime(storage, each.id).remove()
    storage.delete(keys.pipeline(name))
    return [tr("pipeline {pipeline}", pipeline=name), *(tr("run {run}", run=each.id) for each in listed)]


# --- executions ---------------------------------------------------------------------------------------------


def start(storage: DiskStorage, request: ExecutionRequest, programs: Programs) -> Execution:
    """Start an execution, or return the one of the same token. Raises NotFound, StorageFailed, BadDefinition."""
    definition = pipeline(storage, request.pipeline).definition
    name = new_name(f"pipe-{request.pipeline}", request.token)
    key = keys.execution_record(request.pipeline, name)
    with launch_lock(Path(storage.root)):
        if not storage.exists(key):
            created = now()
            listed = [ExecutionStep(step.name, step.type).as_dict() for step in steps(definition)]
            record: dict[str, object] = {
                "pipeline": request.pipeline,
                "run": name,
                "status": ExecutionStatus.executing,
                "created": created,
                "who": request.who,
                "parameters": dict(request.parameters),
                "definition": definition,
                "steps": listed,
            }
            storage.write_json(key, record)
            try:
                _run(storage, request.pipeline, name, created, programs)
            except BaseException:
                storage.delete(keys.execution(request.pipeline, name))
                raise
    return execution(storage, request.pipeline, name)


def _run(storage: DiskStorage, pipeline_name: str, name: str, created: str, programs: Programs) -> None:
    given: RunnerInput = {
        "request": {"name": name, "pipeline": pipeline_name},
        "programs": programs.as_dict(),
        "created": created,
    }
    status: Status = {
        "name": name,
        "kind": EXECUTION,
        "status": "InProgress",
        "phase": "Starting",
        "created": created,
    }
    start_runner(_runtime(storage, name), given, status)


def executions(storage: DiskStorage, pipeline_name: str = "") -> list[Execution]:
    """Return the executions of a pipeline, or of all, that can be read, newest first."""
    found: list[Execution] = []
    for name in [pipeline_name] if pipeline_name else storage.folders(keys.PIPELINES):
        for each in storage.folders(keys.executions(name)):
            with suppress(NotFound, StorageDamaged):
                found.append(execution(storage, name, each))
    return sorted(found, key=lambda each: (each.created, each.id), reverse=True)


def execution(storage: DiskStorage, pipeline_name: str, execution_id: str) -> Execution:
    """Return an execution as it truly is now. Raises NotFound, StorageDamaged."""
    # The process first: it writes the end before it ends.
    status = _runtime(storage, execution_id).status() if is_name(execution_id) else None
    now_is = Execution.of(_record(storage, pipeline_name, execution_id))
    if not now_is.status.active:
        return now_is
    if status is None or status["status"] in ENDED:
        reason = tr("It was killed, or the machine restarted.")
        lost = ExecutionLost(name=execution_id, pipeline=pipeline_name, reason=reason).failure
        return _ended(now_is, status, lost)
    if status["status"] == "Stopping":
        return replace(now_is, status=ExecutionStatus.stopping)
    return now_is


def _ended(execution: Execution, status: Status | None, lost: Failure) -> Execution:
    """Return an execution whose process has ended without writing it down."""
    word = ENDED[status["status"]] if status else ExecutionStatus.failed
    failure = (failure_of(status.get("failure")) if status else None) or lost
    ended = optional_time(status.get("ended")) if status else execution.created
    stopped = word == ExecutionStatus.stopped
    return replace(execution, status=word, ended=ended, failure=None if stopped else failure)


def execution_steps(storage: DiskStorage, pipeline_name: str, execution_id: str) -> list[ExecutionStep]:
    """Return the steps of an execution as they are now. Raises NotFound, StorageDamaged."""
    whole = execution(storage, pipeline_name, execution_id)
    record = _record(storage, pipeline_name, execution_id)
    return [_true(ExecutionStep.of(each), whole) for each in record["steps"]]


def _true(step: ExecutionStep, whole: Execution) -> ExecutionStep:
    """Return a step that is in progress as its execution is: its process may have ended within it."""
    if not step.status.active or whole.status == ExecutionStatus.executing:
        return step
    if whole.status == ExecutionStatus.stopping:
        return replace(step, status=StepStatus.stopping)
    if whole.status == ExecutionStatus.stopped:
        return replace(step, status=StepStatus.stopped, ended=whole.ended)
    reason = whole.failure.what if whole.failure else ""
    return replace(step, status=StepStatus.failed, ended=whole.ended, failure=reason)


def stop(storage: DiskStorage, pipeline_name: str, execution_id: str) -> Execution:
    """Ask an execution to stop. Raises NotFound, CannotStop, StorageFailed."""
    now_is = execution(storage, pipeline_name, execution_id)
    if not now_is.status.active:
        raise CannotStop(name=execution_id, status=now_is.status.value)
    with storage_errors("stop", execution_id):
        _runtime(storage, execution_id).ask_to_stop()
    return execution(storage, pipeline_name, execution_id)


def _record(storage: DiskStorage, pipeline_name: str, execution_id: str) -> dict[str, Any]:
    key = keys.execution_record(pipeline_name, execution_id)
    if not (is_name(pipeline_name) and is_name(execution_id) and storage.exists(key)):
        raise NotFound(
            thing="run of a pipeline",
            name=execution_id,
            listing=f"pipeline show {pipeline_name}",
        )
    record: dict[str, Any] = storage.read_json(key, *FIELDS)
    try:
        Execution.of(record)
        [ExecutionStep.of(each) for each in record["steps"]]
    except (KeyError, TypeError, ValueError, AttributeError, SenderoError) as error:
        raise StorageDamaged(key=key, reason=tr("It is no record of an execution.")) from error
    return record


def _runtime(storage: DiskStorage, execution_id: str) -> Runtime:
    return Runtime.of(Path(storage.root), EXECUTION, execution_id)
