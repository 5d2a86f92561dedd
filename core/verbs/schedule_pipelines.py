"""The pipeline that a schedule has of its own, where the backend starts it: made with it, and following its model."""

from __future__ import annotations

from contextlib import suppress

from core import keys
from core.backends.base import Backend
from core.backends.pipelines import PipelineRequest, mark_of
from core.backends.schedules import BY_MACHINE, Schedule, Task, all_of
from core.errors import BadSchedule, NotFound, SenderoError
from core.language import tr
from core.pipelines import rules
from core.pipelines.scheduled import Served, definition_of, owner_of
from core.verbs import model_description, renames

BEGUN = "begun.json"  # beside the marks of the files that were predicted: a job begins with no empty input


def has_own(schedule: Schedule) -> bool:
    """Return whether a schedule has a pipeline that was made for it."""
    return schedule.task != Task.pipeline and schedule.started_by != BY_MACHINE


def put(backend: Backend, schedule: Schedule) -> None:
    """Make the pipeline of a schedule, or have it go by the model that its endpoint serves now, if it `has_own`.

    Raises BadSchedule where somebody has saved another one under its name, and what the backend refuses.
    """
    if not has_own(schedule):
        return
    storage, name, before = backend.storage, schedule.pipeline, None
    with suppress(NotFound):
        before = backend.pipeline(name)
    if before and owner_of(before.definition) != schedule.name:
        raise BadSchedule(
            reason=tr("It needs a pipeline {name}, and there is another one of that name.", name=name)
        )
    definition = definition_of(schedule, served_by(backend, schedule), backend.place())
    rules.check(definition)
    known = {"renames": renames.remembered(backend)}
    storage.write_json(f"{keys.scheduled_files(schedule.name)}/{BEGUN}", known)
    if before is None or before.definition != definition:
        seen = mark_of(storage, name, before.definition if before else None)
        backend.put_pipeline(PipelineRequest(name, definition, seen))


def take_back(backend: Backend, schedule: Schedule) -> None:
    """Delete the pipeline of a schedule that could not be made, as far as there is one."""
    if has_own(schedule):
        with suppress(SenderoError):
            if owner_of(backend.pipeline(schedule.pipeline).definition) == schedule.name:
                backend.delete_pipeline(schedule.pipeline)


def follow(backend: Backend, endpoint: str) -> None:
    """Have the schedules that predict with an endpoint go by the model that it serves now.

    One that cannot says so itself, when it is run.
    """
    with suppress(SenderoError):
        for schedule in all_of(backend.storage):
            if schedule.task == Task.predict and schedule.target == endpoint:
                with suppress(SenderoError):
                    put(backend, schedule)


def served_by(backend: Backend, schedule: Schedule) -> Served:
    """Return the model that a schedule goes by now. Raises NotFound, StorageFailed, StorageDamaged."""
    if schedule.task == Task.drift:
        return Served(endpoint=schedule.target)
    endpoint, training_job = "", schedule.target
    with suppress(NotFound):
        training_job = backend.endpoint(schedule.target).training_job
        endpoint = schedule.target
    model = model_description.describe_model(backend, training_job)
    eda_job = model_description.recorded_request(backend, training_job)["processing_job"]
    if not backend.storage.exists(keys.report(eda_job)):
        eda_job = ""  # it was deleted: nobody can tell drift
    return Served(endpoint, training_job, eda_job, model.objective, model.half_width)
