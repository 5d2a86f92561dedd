"""The pipeline that a schedule has of its own: one job that predicts the new files of a folder, or looks for drift.

Sendero makes it with the schedule and deletes it with it. Its job tells how the run ended, and arrives with what it has
made in any case; a condition on that fails the execution, of whose end SageMaker tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core import keys
from core.backends.pipelines import Place
from core.backends.schedules import Schedule, Task
from core.language import mark
from core.names import slug
from core.pipelines.definition import (
    EDA_INSTANCE,
    LONGEST_PREFIX,
    ML,
    ROOT,
    declared,
    join,
    merged,
    parameter,
    processing,
    property_of,
    told_of_place,
)
from core.pipelines.expressions import GET, JSON_GET
from core.pipelines.rules import VERSION
from core.pipelines.steps import CONDITION, FAIL, PROCESSING, TO_BEGIN

RUN, CHECK, REFUSE = "Run", "Check", "Refuse"
TOLD, RECORD = "told", "run.json"  # output with how the run ended, and property file in it
OWNER = "schedule"  # in the Metadata: the schedule whose pipeline it is
SAYS = "The schedule {name} says why: schedule show {name}, or on the page Pipelines."


@dataclass(frozen=True, slots=True)
class Served:
    """The model that predicts, and the endpoint that stands for it; of a look for drift the endpoint alone."""

    endpoint: str = ""
    training_job: str = ""
    eda_job: str = ""  # with the report that drift is told by; "" where there is none any more
    objective: str = ""
    half_width: float | None = None  # of the range around a number


def owner_of(definition: Mapping[str, Any]) -> str:
    """Return the schedule whose own pipeline a definition is; "" of one that somebody has saved."""
    return str(definition.get("Metadata", {}).get(OWNER, ""))


def definition_of(schedule: Schedule, served: Served, place: Place) -> dict[str, Any]:
    """Return the definition, as SageMaker takes it. Nothing is taken from an earlier execution: files have come."""
    given: dict[str, tuple[object, str]] = {
        EDA_INSTANCE: (place.processing_instance, mark("The instance type of the job.")),
        **told_of_place(place),
    }
    return {
        "Version": VERSION,
        "Metadata": {OWNER: schedule.name},
        "Parameters": declared(given),
        "Steps": [_run(schedule, served, place), _check(schedule)],
    }


def _run(schedule: Schedule, served: Served, place: Place) -> dict[str, Any]:
    execution = {GET: "Execution.PipelineExecutionId"}
    program: list[object] = [
        *("-m", "core.scheduled_job", schedule.task.value, "--place", ML, "--schedule", schedule.name),
        *("--run", execution, "--target", schedule.target),
    ]
    below = lambda key: join(parameter(ROOT), f"/{key}/")  # noqa: E731
    inputs: dict[str, object] = {"known": below(keys.scheduled_files(schedule.name))}
    if served.endpoint:
        inputs["endpoint"] = below(keys.endpoint(served.endpoint))
        program += ["--endpoint", served.endpoint]
    if schedule.task == Task.predict:
        inputs["new"] = f"{schedule.files.rstrip('/')}/"
        inputs["model"] = below(keys.training_output(served.training_job))
        if served.eda_job:
            inputs["report"] = below(keys.eda_output(served.eda_job, "report"))
        program += ["--training-job", served.training_job]
        program += ["--objective", served.objective] if served.objective else []
        program += [] if served.half_width is None else ["--half-width", repr(served.half_width)]
    told = join(parameter(ROOT), f"/{keys.schedule_runs(schedule.name)}/", execution)
    arguments = processing(place, program, inputs, {"output": parameter(ROOT), TOLD: told})
    stops = {"StoppingCondition": {"MaxRuntimeInSeconds": _seconds(schedule, place)}}
    arguments["ProcessingJobName"] = slug(f"run-{schedule.name}", LONGEST_PREFIX)
    return {
        "Name": RUN,
        "Type": PROCESSING,
        "PropertyFiles": [{"PropertyFileName": TOLD, "OutputName": TOLD, "FilePath": RECORD}],
        "Arguments": merged(arguments, stops),
    }


def _seconds(schedule: Schedule, place: Place) -> int:
    """Return after how many seconds the job is stopped: before the next one begins, so that runs never pile up."""
    apart = schedule.when.apart - TO_BEGIN
    usual = place.processing.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
    return int(min(apart, timedelta(seconds=usual) if usual else apart).total_seconds())


def _check(schedule: Schedule) -> dict[str, Any]:
    status = {JSON_GET: {"PropertyFile": property_of(RUN, f"PropertyFiles.{TOLD}"), "Path": "status"}}
    refuse = {
        "Name": REFUSE,
        "Type": FAIL,
        "Arguments": {"ErrorMessage": SAYS.format(name=schedule.name)},
    }
    return {
        "Name": CHECK,
        "Type": CONDITION,
        "DependsOn": [RUN],
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": status, "RightValue": "Completed"}],
            "IfSteps": [],
            "ElseSteps": [refuse],
        },
    }
