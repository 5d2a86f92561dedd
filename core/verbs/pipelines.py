"""The verbs over pipelines that are kept: look at them, run them with other data if need be, stop and delete them.

`core/verbs/pipeline_saving.py` makes one of a finished run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from core import hyperparameters, metric_words, person
from core.backends.base import Backend, Estimate, together
from core.backends.pipelines import (
    Execution,
    ExecutionRequest,
    ExecutionStatus,
    ExecutionStep,
    Pipeline,
    StepStatus,
)
from core.backends.schedules import BY_MACHINE, Task, all_of
from core.configuration import Configuration
from core.errors import (
    Failure,
    JobNotReady,
    ModelRefused,
    NotFound,
    ReportedFailure,
    SenderoError,
    StillInUse,
)
from core.language import joined, mark, tr
from core.names import new_token
from core.numbers import number
from core.pipelines import definition as parts
from core.pipelines.errors import BadParameter
from core.pipelines.expressions import Scope, all_hold, resolve
from core.pipelines.scheduled import owner_of
from core.pipelines.steps import CONDITION, Parameter, parameters, values
from core.pipelines.steps import steps as steps_of
from core.verbs import audit, launching, origins
from core.verbs.training import evaluation_of

LISTING = "pipeline list"
UNCHANGED = mark("Steps whose inputs are unchanged are taken from an earlier run of the last 30 days.")
# Which models become a version.
MORE = mark(
    "A model becomes a version only if, on the test split, the lower end of the 95% interval of {label} is at least"
    " {threshold}."
)
LESS = mark(
    "A model becomes a version only if, on the test split, the upper end of the 95% interval of {label} is at most"
    " {threshold}."
)


# --- looking ------------------------------------------------------------------------------------------------


def pipelines(backend: Backend) -> list[Pipeline]:
    """Return all pipelines that people have saved, the last one first. Raises what the backend refuses."""
    return [each for each in backend.pipelines() if not owner_of(each.definition)]


def find(backend: Backend, name: str) -> Pipeline:
    """Return a pipeline. Raises NotFound."""
    return backend.pipeline(name)


def executions(backend: Backend, name: str = "") -> list[Execution]:
    """Return the executions of a pipeline, or of all, newest first. Raises NotFound of a pipeline that is not there."""
    if name:
        backend.pipeline(name)
    return backend.executions(name)


def find_execution(backend: Backend, name: str, run: str = "") -> Execution:
    """Return an execution of a pipeline, the newest one where none is named. Raises NotFound."""
    if run:
        return backend.execution(name, run)
    newest = next(iter(executions(backend, name)), None)
    if newest is None:
        raise NotFound(thing=tr("run of a pipeline"), name=name, listing=f"pipeline show {name}")
    return newest


def steps(backend: Backend, execution: Execution) -> list[ExecutionStep]:
    """Return the steps of an execution, a condition with what was compared."""
    found = backend.execution_steps(execution.pipeline, execution.id)
    return [_told(backend, execution, step, found) for step in found]


def _told(
    backend: Backend, execution: Execution, step: ExecutionStep, others: Sequence[ExecutionStep]
) -> ExecutionStep:
    """Return a step; a condition that says nothing of itself, as SageMaker's, with what it compared."""
    if step.type != CONDITION or not step.outcome or step.message:
        return step
    trained = next((each.job for each in others if each.name == parts.TRAIN), "")
    with suppress(SenderoError, KeyError, StopIteration):
        definition = backend.pipeline(execution.pipeline).definition
        condition = next(each for each in steps_of(definition) if each.name == step.name)
        scope = Scope(
            values(definition, execution.parameters),
            {},
            {},
            lambda name, file: evaluation_of(backend, trained),
        )
        return replace(step, message=all_hold(condition.arguments["Conditions"], scope)[1])
    return step


def failure_of(execution: Execution, found: Sequence[ExecutionStep]) -> Failure | None:
    """Return why an execution has failed; where its condition refused the model, with what was compared."""
    failure = execution.failure
    compared = next((each.message for each in found if each.outcome == "False"), "")
    if failure and failure.kind == ModelRefused.__name__ and compared:
        return replace(failure, why=joined([parts.refused(failure.why), compared]))
    return failure


def asked_of(pipeline: Pipeline) -> list[Parameter]:
    """Return the parameters that a person may choose at a start."""
    return [each for each in parameters(pipeline.definition) if each.name not in parts.OF_THE_PLACE]


def given_to(execution: Execution) -> dict[str, str]:
    """Return what an execution was started with that says something to a person: the data set, and what was changed."""
    ours = (*parts.OF_THE_PLACE, parts.GROUP)
    return {name: value for name, value in execution.parameters.items() if name not in ours}


def bar(pipeline: Pipeline) -> str:
    """Return in a sentence what a model has to reach; "" where the definition does not say it."""
    known = pipeline.definition.get("Metadata", {})
    default = next(
        (each.default for each in parameters(pipeline.definition) if each.name == parts.THRESHOLD), None
    )
    if default is None or "metric" not in known:
        return ""
    words = LESS if known.get("worse_end") == "high" else MORE
    return tr(words, label=metric_words.label(known["metric"]), threshold=number(default))


# --- running ------------------------------------------------------------------------------------------------


def run(backend: Backend, name: str, given: Mapping[str, str] | None = None, token: str = "") -> Execution:
    """Start an execution with `given` parameters instead of the defaults; return at once.

    What is asked is checked first: the data set and its columns, the numbers, the hyperparameters. Equal requests that
    follow each other within a moment are one. Raises NotFound, NoSuchColumn, BadParameter, BadHyperparameter, and what
    the backend refuses.
    """
    pipeline = backend.pipeline(name)
    if owner_of(pipeline.definition):  # a schedule's own, which asks for nothing
        asked = parts.of_place(backend.place())
    else:
        asked = _checked(backend, pipeline, given or {})
    request = ExecutionRequest(name, asked, token or new_token(), person.name())
    with backend.launching():
        for other in backend.executions(name):
            if other.status.active and other.parameters == asked and launching.is_just_started(other):
                return other
        execution = backend.start_execution(request)
    data = (
        {"dataset": asked[parts.DATASET], "dataset_sha256": asked[parts.DIGEST]}
        if parts.DATASET in asked
        else {}
    )
    audit.record(backend, "ran", "pipeline", name, execution=execution.id, **data)
    return execution


def _checked(backend: Backend, pipeline: Pipeline, given: Mapping[str, str]) -> dict[str, str]:
    """Return all that an execution is started with beside the defaults."""
    from core import datasets

    known = [each.name for each in asked_of(pipeline)]
    for name in given:
        if name not in known:
            raise BadParameter(
                name=name,
                reason=tr("It is none that can be set; these can: {names}.", names=", ".join(known)),
            )
    place = backend.place()
    held = values(pipeline.definition, given)
    dataset = datasets.load(backend.storage, str(held[parts.DATASET]))
    _configuration(backend, pipeline, dataset.name).checked(dataset, backend.storage)
    train = next(each for each in steps_of(pipeline.definition) if each.name == parts.TRAIN)
    asked = resolve(train.arguments["HyperParameters"], Scope(held, {}))
    hyperparameters.check({name: str(value) for name, value in asked.items()})
    group = str(held[parts.GROUP]).removesuffix(place.group_ending)
    ours = {
        parts.DATASET: dataset.name,
        parts.DIGEST: dataset.sha256,
        parts.GROUP: group + place.group_ending,
    }
    return {**given, **parts.of_place(place), **ours}


def _configuration(backend: Backend, pipeline: Pipeline, dataset: str) -> Configuration:
    """Return what the EDA step asks of a data set. Raises StorageFailed, StorageDamaged."""
    eda = next(each for each in steps_of(pipeline.definition) if each.name == parts.EDA)
    place = parts.of_place(backend.place())
    scope = Scope({**values(pipeline.definition, {}), **place}, {"PipelineExecutionId": ""})
    inputs = {each["InputName"]: each["S3Input"]["S3Uri"] for each in eda.arguments["ProcessingInputs"]}
    key = resolve(inputs[parts.CONFIG], scope).removeprefix(f"{place[parts.ROOT]}/").strip("/")
    asked = backend.storage.read_json(f"{key}/{parts.CONFIG_FILE}")
    return Configuration.from_json(asked | {"dataset": dataset})


def wait(backend: Backend, execution: Execution, tell: Callable[[str], None]) -> Execution:
    """Follow an execution until it ends, tell of each step, and log its model to MLflow.

    Raises ReportedFailure where it did not succeed.
    """
    told: set[tuple[str, str]] = set()
    while True:
        current = backend.execution(execution.pipeline, execution.id)
        found = steps(backend, current)
        for step in found:
            said = (step.name, step.status)
            if said not in told and step.status not in (StepStatus.pending, StepStatus.starting):
                told.add(said)
                tell(line_of(step))
        if not current.status.active:
            break
        time.sleep(min(backend.capabilities.poll_seconds, 1.0))
    _track(backend, found, tell)
    if current.status == ExecutionStatus.succeeded:
        return current
    raise _ended_badly(current, found)


def _track(backend: Backend, found: Sequence[ExecutionStep], tell: Callable[[str], None]) -> None:
    """Log the model of an execution that has ended to MLflow, where a server is named, and tell what came of it."""
    from core.verbs.tracking import track_quietly  # late: few name one

    for step in found:
        trained = step.name == parts.TRAIN and step.status == StepStatus.succeeded
        if trained and (said := track_quietly(backend, step.job)):
            tell(said)


def line_of(step: ExecutionStep) -> str:
    """Return a step in one line: how it stands, by which job, from which run it was taken, and what it found."""
    words = [f"{step.name}: {step.status}"]
    if step.job:
        words.append(step.job)
    if step.cached_from:
        words.append(tr("inputs unchanged, from {execution}", execution=step.cached_from))
    words += [text for text in (step.message, step.failure) if text]
    return ", ".join(words)


def _ended_badly(execution: Execution, found: Sequence[ExecutionStep]) -> SenderoError:
    """Return why an execution did not succeed."""
    if failure := failure_of(execution, found):
        return ReportedFailure(**failure.as_dict())
    return JobNotReady(name=execution.id, status=execution.status)


def estimate(backend: Backend, pipeline: Pipeline, given: Mapping[str, str] | None = None) -> Estimate:
    """Return what an execution will cost if every step is done. Raises BadParameter."""
    held = values(pipeline.definition, given or {})
    machine = {"instance_type": str(held[parts.EDA_INSTANCE])}
    if owner_of(pipeline.definition):
        return backend.estimate("processing", machine, 0)
    size = int(origins.dataset_facts(backend, str(held[parts.DATASET])).get("bytes", 0))
    jobs = [
        backend.estimate("processing", machine, size),
        backend.estimate("training", {"instance_type": str(held[parts.TRAIN_INSTANCE])}, size),
    ]
    return together(jobs, tr("EDA, training and evaluation, if no step is taken from an earlier run."))


def objection(backend: Backend, pipeline: Pipeline, given: Mapping[str, str] | None = None) -> str:
    """Return why the backend would refuse a step's machine, as far as that is known; "" where it would not.

    Raises BadParameter.
    """
    held = values(pipeline.definition, given or {})
    machines = {"processing": parts.EDA_INSTANCE, "training": parts.TRAIN_INSTANCE}
    found = [backend.objection(kind, {"instance_type": str(held[name])}) for kind, name in machines.items()]
    return " ".join(filter(None, found))


def stop(backend: Backend, name: str, run: str = "") -> Execution:
    """Ask an execution of a pipeline to stop, the newest one where none is named. Raises NotFound, CannotStop."""
    execution = find_execution(backend, name, run)
    stopped = backend.stop_execution(name, execution.id)
    audit.record(backend, "stopped", "pipeline", name, execution=execution.id)
    return stopped


def export(backend: Backend, name: str) -> bytes:
    """Return the definition as the file that SageMaker takes. Raises NotFound."""
    definition = backend.pipeline(name).definition
    return json.dumps(definition, indent=1, ensure_ascii=False).encode()


def delete(backend: Backend, name: str) -> list[str]:
    """Delete a pipeline with the records of its executions; return what is gone. Its jobs and versions stay.

    Raises NotFound, StillInUse where a run of it goes on, or a schedule would start it again.
    """
    for schedule in all_of(backend.storage):
        is_started = schedule.task == Task.pipeline or schedule.started_by != BY_MACHINE
        if is_started and schedule.pipeline == name:
            reason = tr("The schedule {name} runs it.", name=schedule.name)
            raise StillInUse(
                name=name,
                reason=reason,
                advice=tr("Remove that first: schedule remove {name}.", name=schedule.name),
            )
    gone = backend.delete_pipeline(name)
    audit.record(backend, "deleted", "pipeline", name)
    return gone
