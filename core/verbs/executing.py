"""The steps of a pipeline as this machine does them: each is the ordinary job that its request describes.

A step whose request asks for what an earlier execution did takes that one's job. What is known of an execution is in
its record, written at every change, so that it can be read whoever is killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from core import hyperparameters, keys
from core.backends.base import Backend, Job, JobStatus
from core.backends.pipelines import ExecutionStatus, StepStatus
from core.backends.records import now, time_of
from core.backends.requests import Request
from core.configuration import Configuration
from core.errors import CannotStop, ModelRefused, SenderoError, StepFailed
from core.language import joined, mark, tr
from core.names import token_of
from core.pipelines import definition as names
from core.pipelines.errors import BadDefinition
from core.pipelines.expressions import Scope, all_hold, resolve
from core.pipelines.steps import (
    CONDITION,
    ELSE,
    FAIL,
    IF,
    PROCESSING,
    REGISTER,
    TRAINING,
    Step,
    cache_key,
    steps,
    values,
)
from core.retelling import kept
from core.verbs import jobs, launching, registry, runs, training
from core.verbs.eda import eda_request
from core.verbs.jobs import existing_job

LOOK = 0.3  # seconds between two looks at a job
NOT_OURS = mark("This job was started by somebody else and goes on: the run had only waited for it.")
EDA_SCRIPT = "scripts/eda_script.py"  # the programs that this machine knows
JUDGING = {"core.registration", "core.evaluation"}  # pipelines that were saved long ago have the latter


class Stopped(Exception):
    """Somebody asked the execution to stop, and the job that it has started has ended."""


@dataclass(slots=True)
class RunningExecution:
    """An execution under way, as its program holds it: `record` is run.json, `stopped` tells whether it was asked to
    stop, `say` logs.
    """

    backend: Backend
    record: dict[str, Any]
    stopped: Callable[[], bool]
    say: Callable[[str], None]
    results: dict[str, dict[str, Any]] = field(
        default_factory=dict[str, dict[str, Any]]
    )  # step -> what it says

    @property
    def pipeline(self) -> str:
        """Return whose execution it is."""
        return self.record["pipeline"]

    @property
    def name(self) -> str:
        """Return what the records of its jobs call it."""
        return f"{self.pipeline}/{self.record['run']}"

    @property
    def token(self) -> str:
        """Return what the names of its jobs end with, so that whoever repeats a step finds the same job."""
        return token_of(self.record["run"])

    @property
    def scope(self) -> Scope:
        """Return what references can reach by now."""
        known = {"PipelineName": self.pipeline, "PipelineExecutionId": self.record["run"]}
        parameters = values(self.record["definition"], self.record["parameters"])
        return Scope(parameters, known, self.results, self.evaluation)

    def evaluation(self, step: str, file: str) -> Any:
        """Return evaluation.json of the model that a step has judged."""
        return self.backend.storage.read_json(keys.evaluation(self.step(step)["job"]))

    def step(self, name: str) -> dict[str, Any]:
        """Return what the record says of a step."""
        return next(each for each in self.record["steps"] if each["name"] == name)

    def tell(self, name: str, **facts: object) -> None:
        """Write down what is new of a step."""
        step = self.step(name)
        texts = {part: kept(text) for part, text in facts.items() if part in ("message", "failure")}
        step.update(facts, written={**step.get("written", {}), **texts})
        self.save()

    def save(self) -> None:
        """Write the record, whole."""
        self.backend.storage.write_json(keys.execution_record(self.pipeline, self.record["run"]), self.record)

    def end(self, status: ExecutionStatus, failure: SenderoError | None = None) -> None:
        """Write down how it ended."""
        told = failure.failure.as_kept() if failure else None
        self.record.update(status=status.value, ended=now(), failure=told)
        self.save()


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a step: its job, what other steps may ask of it, and what it found."""

    job: str = ""
    says: Mapping[str, Any] = field(default_factory=dict[str, Any])
    message: str = ""
    outcome: str = ""


def execute(execution: RunningExecution) -> None:
    """Do all steps of an execution, to its end. Raises Stopped, and what a step fails by."""
    try:
        for step in steps(execution.record["definition"]):
            if _taken(execution, step):
                _step(execution, step)
    except Stopped:
        execution.end(ExecutionStatus.stopped)
        raise
    except SenderoError as error:
        execution.end(ExecutionStatus.failed, error)
        raise
    execution.end(ExecutionStatus.succeeded)


def _taken(execution: RunningExecution, step: Step) -> bool:
    """Return whether a step runs: one of a branch if its condition has said so."""
    if not step.condition:
        return True
    return {IF: "True", ELSE: "False"}[step.branch] == execution.step(step.condition).get("outcome")


def _step(execution: RunningExecution, step: Step) -> None:
    if execution.stopped():
        raise Stopped
    execution.say(f"Step {step.name}")
    execution.tell(step.name, status=StepStatus.executing.value, started=now())
    try:
        done = _do(execution, step)
    except Stopped:
        execution.tell(step.name, status=StepStatus.stopped.value, ended=now())
        raise
    except (StepFailed, ModelRefused) as error:
        execution.tell(step.name, status=StepStatus.failed.value, ended=now(), failure=error.failure.why)
        raise
    except SenderoError as error:
        reason = joined([error.failure.what, error.failure.why])
        execution.tell(step.name, status=StepStatus.failed.value, ended=now(), failure=reason)
        raise StepFailed(step=step.name, pipeline=execution.pipeline, reason=reason) from error
    execution.results[step.name] = dict(done.says)
    told = {"job": done.job, "message": done.message, "outcome": done.outcome}
    execution.tell(step.name, status=StepStatus.succeeded.value, ended=now(), **told)
    if done.message:
        execution.say(done.message)


def _do(execution: RunningExecution, step: Step) -> Done:
    if step.type == CONDITION:
        return _condition(execution, step)
    if step.type == REGISTER:
        return _register(execution, step)
    if step.type == FAIL:
        words = resolve(step.arguments["ErrorMessage"], execution.scope)
        judged = execution.step(names.TRAIN)["job"]
        raise ModelRefused(pipeline=execution.pipeline, training_job=judged, reason=words)
    arguments = resolve(step.arguments, execution.scope)
    key = cache_key(step.type, arguments)
    kept = _kept(execution, step, key) if step.cached else None
    execution.tell(step.name, key=key, cached_from=kept[0] if kept else "")
    if kept:
        execution.say(f"Its inputs are unchanged: {kept[1]} of {kept[0]} is taken.")
    return _job(execution, step, arguments, kept[1] if kept else "")


def _job(execution: RunningExecution, step: Step, arguments: Mapping[str, Any], kept: str) -> Done:
    """Do what a Processing or a Training step asks, unless the job `kept` has done it."""
    root = f"{execution.scope.parameters[names.ROOT]}/"
    if step.type == TRAINING:
        job = kept or _train(execution, step, arguments, root)
        model = f"{root}{keys.model(job)}"
        return Done(job, {"TrainingJobName": job, "ModelArtifacts": {"S3ModelArtifacts": model}})
    program = arguments.get("AppSpecification", {}).get("ContainerArguments", ())
    if step.type == PROCESSING and EDA_SCRIPT in program:
        job = kept or _profile(execution, step, arguments, root)
        folders = {names.OUTPUT: keys.eda_output(job), names.MANIFEST: keys.eda_manifest_folder(job)}
    elif step.type == PROCESSING and not JUDGING.isdisjoint(program):
        job = kept or _judge(execution, step, arguments, root)
        folders = {names.EVALUATION: keys.training_output(job)}
    else:
        raise BadDefinition(
            reason=tr(
                "This machine does not know what the step {name} ({kind}) asks for.",
                name=step.name,
                kind=step.type,
            )
        )
    outputs = {name: {"S3Output": {"S3Uri": f"{root}{folder}"}} for name, folder in folders.items()}
    return Done(job, {"ProcessingJobName": job, "ProcessingOutputConfig": {"Outputs": outputs}})


def _profile(execution: RunningExecution, step: Step, arguments: Mapping[str, Any], root: str) -> str:
    backend, given = execution.backend, _inputs(arguments, root)
    asked = backend.storage.read_json(f"{given[names.CONFIG]}/{names.CONFIG_FILE}")
    configuration = Configuration.from_json(asked | {"dataset": keys.dataset_name(given["input"])})
    return _launch(execution, step, eda_request(backend, configuration, execution.token, None))


def _train(execution: RunningExecution, step: Step, arguments: Mapping[str, Any], root: str) -> str:
    channels = {
        each["ChannelName"]: _key(each["DataSource"]["S3DataSource"]["S3Uri"], root)
        for each in arguments["InputDataConfig"]
    }
    asked: dict[str, str] = {name: str(value) for name, value in arguments["HyperParameters"].items()}
    eda_job = channels["train"].split("/")[1]
    preset = runs.nearest_preset(asked)
    usual = dict.fromkeys(hyperparameters.PRESETS[preset].values, "")
    # What says that the rows have weights, whoever checks the values adds himself.
    given = {name: value for name, value in asked.items() if name not in hyperparameters.WEIGHTED}
    request = training.training_request(
        execution.backend, eda_job, preset, usual | given, execution.token, None
    )
    # What was asked, to the letter; the next step judges the model.
    exact = replace(request, hyperparameters=asked, channels=channels, test=None)
    return _launch(execution, step, exact)


def _judge(execution: RunningExecution, step: Step, arguments: Mapping[str, Any], root: str) -> str:
    job = _inputs(arguments, root)["model"].split("/")[1]
    execution.tell(step.name, job=job)
    training.evaluate(execution.backend, job)
    return job


def _inputs(arguments: Mapping[str, Any], root: str) -> dict[str, str]:
    """Return {name: storage key} of what a Processing step reads."""
    return {each["InputName"]: _key(each["S3Input"]["S3Uri"], root) for each in arguments["ProcessingInputs"]}


def _key(address: str, root: str) -> str:
    if not address.startswith(root):
        raise BadDefinition(
            reason=tr(
                "{address} is not below {root}, where this machine keeps everything.",
                address=address,
                root=root,
            )
        )
    return address.removeprefix(root).strip("/")


def _launch(execution: RunningExecution, step: Step, request: Request) -> str:
    """Launch a job and wait for its end; return its name. Raises StepFailed, Stopped."""
    job = launching.launch(execution.backend, request, execution.name)
    ours = (
        job.name == request.name
    )  # else somebody has started the same already, and goes on whatever becomes of us
    execution.say(f"{job.kind} job {job.name}")
    execution.tell(step.name, job=job.name)
    asked = False
    while job.status.active:
        if execution.stopped() and not ours:
            execution.tell(step.name, message=tr(NOT_OURS))
            raise Stopped
        if execution.stopped() and not asked:
            asked = True
            with suppress(CannotStop):  # it has just ended
                jobs.stop(execution.backend, job.name)
        time.sleep(LOOK)
        job = execution.backend.job(job.name)
    if asked:
        raise Stopped
    if job.status != JobStatus.completed:
        raise StepFailed(step=step.name, pipeline=execution.pipeline, reason=_why(job))
    return job.name


def _why(job: Job) -> str:
    if job.failure:
        return joined([job.failure.what, job.failure.why])
    return tr("The job {name} was {status}.", name=job.name, status=job.status)


def _condition(execution: RunningExecution, step: Step) -> Done:
    hold, sentence = all_hold(step.arguments["Conditions"], execution.scope)
    return Done(outcome=str(hold), message=sentence)


def _register(execution: RunningExecution, step: Step) -> Done:
    scope, backend = execution.scope, execution.backend
    group = str(resolve(step.arguments["ModelPackageGroupName"], scope))
    (container,) = step.arguments["InferenceSpecification"]["Containers"]
    model = _key(resolve(container["ModelDataUrl"], scope), f"{scope.parameters[names.ROOT]}/")
    job = model.split("/")[1]
    version = registry.register(backend, job, group.removesuffix(backend.place().group_ending))
    return Done(job, {"ModelPackageName": version.name}, version.verdict)


# --- results that hold ---------------------------------------------------------------------------------------


def _kept(execution: RunningExecution, step: Step, key: str) -> tuple[str, str] | None:
    """Return (execution, job) of the last one that did the very same, if it holds and is still there; else None."""
    backend = execution.backend
    for each in backend.executions(execution.pipeline):
        with suppress(SenderoError, StopIteration, KeyError):
            record = backend.storage.read_json(keys.execution_record(each.pipeline, each.id))
            earlier = next(one for one in record["steps"] if one["name"] == step.name)
            if each.id != execution.record["run"] and _holds(backend, step, earlier, key):
                return each.id, earlier["job"]
    return None


def _holds(backend: Backend, step: Step, earlier: Mapping[str, Any], key: str) -> bool:
    if earlier.get("key") != key or earlier["status"] != StepStatus.succeeded or earlier.get("cached_from"):
        return False
    if step.holds_for and datetime.now(UTC) - time_of(earlier["ended"]) > step.holds_for:
        return False
    job = existing_job(backend, earlier["job"])
    if job is None or job.status != JobStatus.completed:
        return False
    return step.name != names.EVALUATE or backend.storage.exists(keys.evaluation(job.name))
