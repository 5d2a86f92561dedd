"""Executions of pipelines with their steps, and the records of the jobs that those made.

SageMaker makes the jobs, whoever started the execution: a person here, one in the console, or a schedule. So whoever
looks at one next writes the records, from what SageMaker says of the jobs alone, and from then on they are jobs as all
others are. What an execution was is kept once it has ended, and is not asked for again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from core import keys
from core.backends.aws.jobs import evaluation
from core.backends.aws.jobs.description import OPERATIONS, describe
from core.backends.aws.jobs.evaluation import Outcome
from core.backends.aws.resources import pipelines, records, registry, schedules
from core.backends.aws.resources.instances import RUNTIMES
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import Answer
from core.backends.aws.session.errors import explain_failure
from core.backends.aws.session.failures import AccessDenied
from core.backends.aws.session.refusals import ON_THE_WAY
from core.backends.pipelines import (
    Execution,
    ExecutionRequest,
    ExecutionStatus,
    ExecutionStep,
    Pipeline,
    PipelineRequest,
    StepStatus,
)
from core.backends.records import create_job, new_job, read_job, timestamp
from core.backends.requests import ProcessingRequest, TrainingRequest, request_json
from core.backends.versions import fingerprint
from core.errors import (
    CannotStop,
    Failure,
    ModelRefused,
    NotFound,
    SenderoError,
    StepFailed,
    StillInUse,
    StorageDamaged,
    StorageFailed,
)
from core.language import mark, tr
from core.pipelines.definition import GROUP
from core.pipelines.steps import FAIL, REGISTER, Step, parameters, steps
from core.values import parse_duration

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord

KINDS = {
    "ProcessingJob": "processing",
    "TrainingJob": "training",
}  # of jobs that steps make, as a step names them
FIELDS = ("pipeline", "run", "status", "created")  # of run.json
AT_ONCE = 16  # executions read side by side, where a page lists many
UNJUDGED = mark("The execution of its pipeline ended before it was judged.")


@dataclass(frozen=True, slots=True)
class Made:
    """A job that a step made: `name` is ours. An evaluation has no record; it is that of the Training Job `name`."""

    kind: str
    name: str
    aws_name: str
    answer: Answer
    judges: bool = False


# --- executions ---------------------------------------------------------------------------------------------


def put(storage: S3Storage, request: PipelineRequest) -> Pipeline:
    """Create a pipeline, or update it; it can be started from anywhere then. Raises BadName, NameTaken, and what AWS
    refuses.
    """
    _make_group(storage, request.definition)
    return pipelines.put(storage, request)


def start(storage: S3Storage, request: ExecutionRequest) -> Execution:
    """Start an execution, or return the one that this very request has started. Raises what AWS refuses."""
    _make_group(storage, pipelines.find(storage, request.pipeline).definition, request.parameters)
    identity = pipelines.start(storage, request.pipeline, dict(request.parameters), request.token)
    begun: dict[str, object] = {
        "pipeline": request.pipeline,
        "run": identity,
        "status": ExecutionStatus.executing.value,
        "created": timestamp(datetime.now(UTC)),
        "parameters": dict(request.parameters),
        "who": request.who,
    }
    key = keys.execution_record(request.pipeline, identity)
    storage.create(key, json.dumps(begun, indent=1, ensure_ascii=False).encode())
    return execution(storage, request.pipeline, identity)


def _make_group(
    storage: S3Storage, definition: Mapping[str, Any], given: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Make the group of the versions to come: a step adds to one that is there."""
    usual = {each.name: each.default for each in parameters(definition)}
    if group := given.get(GROUP) or usual.get(GROUP):
        registry.make_group(storage.session, str(group))


def listed(storage: S3Storage, pipeline: str = "") -> list[Execution]:
    """Return the executions of a pipeline, or of all of them, newest first; their jobs have records from now on."""

    def read(name: str, row: Answer) -> Execution | None:
        with suppress(NotFound):
            return execution(storage, name, pipelines.execution_id(row["PipelineExecutionArn"]))
        return None

    names = [pipeline] if pipeline else pipelines.names(storage)
    rows = [(name, row) for name in names for row in pipelines.executions(storage, name)]
    with ThreadPoolExecutor(AT_ONCE) as readers:
        found = [each for each in readers.map(lambda pair: read(*pair), rows) if each]
    return sorted(found, key=lambda each: (each.created, each.id), reverse=True)


def execution(storage: S3Storage, pipeline: str, identity: str) -> Execution:
    """Return an execution as it is now, whose jobs have records. Raises NotFound."""
    return Execution.of(_now(storage, pipeline, identity))


def steps_of(storage: S3Storage, pipeline: str, identity: str) -> list[ExecutionStep]:
    """Return the steps of an execution in the definition's order, those to come as well. Raises NotFound."""
    return [ExecutionStep.of(each) for each in _now(storage, pipeline, identity)["steps"]]


def stop(storage: S3Storage, pipeline: str, identity: str) -> Execution:
    """Ask an active execution to stop. Raises NotFound, CannotStop."""
    now = execution(storage, pipeline, identity)
    if not now.status.active:
        raise CannotStop(name=identity, status=now.status.value)
    pipelines.stop(storage, pipeline, identity)
    return execution(storage, pipeline, identity)


def delete(storage: S3Storage, pipeline: str) -> list[str]:
    """Delete a pipeline with what is kept of its executions; return what is gone. Raises NotFound, StillInUse."""
    if pipeline not in pipelines.names(storage):
        raise NotFound(thing="pipeline", name=pipeline, listing=pipelines.LISTING)
    found = listed(storage, pipeline)
    for each in found:
        if each.status.active:
            advice = tr("Stop it first: pipeline stop {name}.", name=pipeline)
            raise StillInUse(name=pipeline, reason=tr("Its run {run} goes on.", run=each.id), advice=advice)
    pipelines.delete(storage, pipeline)
    return [tr("pipeline {pipeline}", pipeline=pipeline), *(tr("run {run}", run=each.id) for each in found)]


def _now(storage: S3Storage, pipeline: str, identity: str) -> Mapping[str, Any]:
    record = _record(storage, pipeline, identity)
    return record if record and _has_ended(record) else _current(storage, pipeline, identity, record or {})


def _record(storage: S3Storage, pipeline: str, identity: str) -> dict[str, Any] | None:
    key = keys.execution_record(pipeline, identity)

    def read() -> dict[str, Any] | None:
        with suppress(StorageFailed, StorageDamaged):  # it was started elsewhere
            return storage.read_json(key, *FIELDS)
        return None

    return storage.cache.get(("run", key), read, keep=_has_ended, factor=math.inf)


def _has_ended(record: Mapping[str, Any] | None) -> bool:
    return record is not None and "steps" in record and not _status(record["status"]).active


def _current(storage: S3Storage, pipeline: str, identity: str, begun: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of an execution with what SageMaker says now, kept for good once it has ended."""
    answer = pipelines.execution(storage, pipeline, identity)
    status = _status(answer["PipelineExecutionStatus"])
    if not status.active:  # what was read of it before may lack its last steps
        pipelines.forget(storage, pipeline)
    rows = pipelines.steps(storage, pipeline, identity)
    defined = steps(pipelines.find(storage, pipeline).definition)
    found = [_step(storage, step, rows, f"{pipeline}/{identity}") for step in defined]
    failure = None if status != ExecutionStatus.failed else _failure(pipeline, found, answer)
    schedule = schedules.started_by(answer)
    record = {
        "pipeline": pipeline,
        "run": identity,
        "status": status.value,
        "created": timestamp(answer["CreationTime"]),
        "ended": None if status.active else timestamp(answer["LastModifiedTime"]),
        "parameters": begun.get("parameters") or pipelines.parameters(storage, pipeline, identity),
        "who": begun.get("who") or (f"the schedule {schedule}" if schedule else _who(answer)),
        "schedule": schedule,
        "outside": "who" not in begun,
        "failure": failure.as_kept() if failure else None,
        "steps": [step.as_dict() for step in found],
    }
    if not status.active:
        with suppress(AccessDenied):
            _judge_again(storage, rows, f"{pipeline}/{identity}")
            storage.write_json(keys.execution_record(pipeline, identity), record)
    return record


def _status(word: str) -> ExecutionStatus:
    with suppress(ValueError):
        return ExecutionStatus(word)
    return ExecutionStatus.failed  # CompletedWithFailures


def _who(answer: Answer) -> str:
    """Return who started an execution, as far as SageMaker says so."""
    return registry.person_in(answer.get("CreatedBy", {}))


def _failure(pipeline: str, found: list[ExecutionStep], answer: Answer) -> Failure:
    failed = next((step for step in found if step.status == StepStatus.failed), None)
    if failed is None:
        return explain_failure(answer.get("FailureReason", ""))
    trained = next((step.job for step in found if step.type == "Training"), None)
    if failed.type == FAIL and trained is not None:
        return ModelRefused(pipeline=pipeline, training_job=trained, reason=failed.failure).failure
    return StepFailed(step=failed.name, pipeline=pipeline, reason=failed.failure).failure


# --- steps --------------------------------------------------------------------------------------------------


def _step(storage: S3Storage, step: Step, rows: list[Answer], execution_name: str) -> ExecutionStep:
    row = next((each for each in reversed(rows) if each["StepName"] == step.name), None)
    if row is None:
        return ExecutionStep(step.name, step.type)
    metadata = row.get("Metadata", {})
    made = _adopted(storage, row, execution_name)
    return ExecutionStep(
        name=step.name,
        type=step.type,
        status=StepStatus(row["StepStatus"]),
        started=row.get("StartTime"),
        ended=row.get("EndTime"),
        job=made.name if made else "",
        cached_from=pipelines.execution_id(
            row.get("CacheHitResult", {}).get("SourcePipelineExecutionArn", "")
        ),
        outcome=metadata.get("Condition", {}).get("Outcome", ""),
        message=_registered(storage, metadata) if step.type == REGISTER else "",
        failure=_why(storage, row, made),
    )


def _registered(storage: S3Storage, metadata: Answer) -> str:
    _, _, name = metadata.get("RegisterModel", {}).get("Arn", "").partition(":model-package/")
    group, _, number = name.rpartition("/")
    version = f"{group.removesuffix(f'-{registry.suffix(storage.session.settings)}')}/{number}"
    return tr("It is {version}, and waits for approval.", version=version) if name else ""


def _why(storage: S3Storage, row: Answer, made: Made | None) -> str:
    """Return in a sentence why a step failed: the reason of its job, where it made one."""
    if row["StepStatus"] != "Failed":
        return ""
    reason = row.get("FailureReason", "")
    job = (made.kind, made.aws_name) if made else _job_of(row)
    if job is None:
        return reason.removeprefix("ClientError: ")
    failure = describe(storage.session, *job).failure or explain_failure(reason)
    return f"{failure.what} {failure.why}"


def _job_of(row: Answer) -> tuple[str, str] | None:
    """Return the kind and the name of the job that a step made, ours or not; None where it made none."""
    for field, kind in KINDS.items():
        if arn := row.get("Metadata", {}).get(field, {}).get("Arn", ""):
            return kind, arn.rpartition("/")[2]
    return None


# --- the jobs that they made --------------------------------------------------------------------------------


def judge_of(storage: S3Storage, record: JobRecord) -> str:
    """Return what SageMaker calls the job that judges the model of a Training Job that an execution made, or nothing
    before there is one. Raises what AWS refuses.
    """
    pipeline, _, identity = record.get("execution", "").partition("/")
    for row in pipelines.steps(storage, pipeline, identity) if identity else ():
        made = _made(storage, row)
        if made and made.judges and made.name == record["name"]:
            return made.aws_name
    return ""


def judged(storage: S3Storage, record: JobRecord) -> Outcome | None:
    """Return how the evaluation of a Training Job that an execution made ended; None while it is still to come.

    Raises only what says nothing of this job: no network, a sign-in that has expired.
    """
    pipeline, _, identity = record.get("execution", "").partition("/")
    try:
        active = execution(storage, pipeline, identity).status.active  # first: then its steps are all there
        judge = judge_of(storage, record)
    except ON_THE_WAY:
        raise
    except SenderoError as error:
        return Outcome(f"{error.failure.what} {error.failure.why}")
    if judge:
        return evaluation.outcome(storage, record, judge)
    return None if active else Outcome(tr(UNJUDGED))


def _made(storage: S3Storage, row: Answer) -> Made | None:
    """Return the job that a step made, which its output tells; None where it made none, or none of ours."""
    job = _job_of(row)
    if job is None:
        return None
    answer = storage.cache.get(  # what it was asked for, which never changes
        ("made", *job), lambda: describe(storage.session, *job).answer, factor=math.inf
    )
    return _of(storage, job[0], answer)


def _of(storage: S3Storage, kind: str, answer: Answer) -> Made | None:
    aws_name = answer[OPERATIONS[kind].name]  # its ARN has small letters only
    if kind == "training":
        return Made(kind, aws_name, aws_name, answer)
    for output in answer["ProcessingOutputConfig"]["Outputs"]:
        folder, name, part = [*_key(storage, output["S3Output"]["S3Uri"]).split("/"), "", "", ""][:3]
        if (folder, part) == ("processing", "output"):
            return Made(kind, name, aws_name, answer)
        if folder == "training" and keys.evaluation_folder(name) == f"{folder}/{name}/{part}":
            return Made(kind, name, aws_name, answer, judges=True)
    return None


def _key(storage: S3Storage, uri: str) -> str:
    """Return the storage key that a URI stands for; "" where it is not below our root."""
    below = f"{storage.root}/"
    return uri.removeprefix(below).strip("/") if uri.startswith(below) else ""


def _adopted(storage: S3Storage, row: Answer, execution_name: str) -> Made | None:
    """Return the job that a step made, which has a record from now on; a result taken again has its first one's."""
    made = _made(storage, row)
    if made and not made.judges and not storage.exists(keys.job_record(made.kind, made.name)):
        again = "CacheHitResult" in row
        with suppress(AccessDenied):  # whoever may only look leaves that to somebody who may write
            _write_record(storage, made, execution_name if not again else "")
    return made


def _write_record(storage: S3Storage, made: Made, execution_name: str) -> None:
    if made.kind == "training":
        request = _training(storage, made)
        if storage.exists(request.contract):  # beside the model: no model is served without it
            storage.copy(request.contract, keys.model_contract(made.name))
    else:
        request = _processing(storage, made)
    plain = request_json(request)
    record = new_job(
        made.kind,
        plain,
        backend="aws",
        created=timestamp(made.answer["CreationTime"]),
        aws_name=made.aws_name,
        fingerprint=fingerprint(plain),
        resource_config=request.resources,
        execution=execution_name,
    )
    create_job(storage, record)


def _processing(storage: S3Storage, made: Made) -> ProcessingRequest:
    inputs = {
        each["InputName"]: _key(storage, each["S3Input"]["S3Uri"]) for each in made.answer["ProcessingInputs"]
    }
    config: dict[str, object] = storage.read_json(f"{inputs['config']}/config.json")
    cluster = made.answer["ProcessingResources"]["ClusterConfig"]
    where = {"instance_type": cluster["InstanceType"], **_longest(storage, made.answer)}
    return ProcessingRequest(made.name, "eda_script.py", config, {"input": inputs["input"]}, where)


def _training(storage: S3Storage, made: Made) -> TrainingRequest:
    channels = {
        each["ChannelName"]: _key(storage, each["DataSource"]["S3DataSource"]["S3Uri"])
        for each in made.answer["InputDataConfig"]
    }
    eda_job = [*channels["train"].split("/"), ""][1]
    machines = made.answer["ResourceConfig"]
    where = {
        "instance_type": machines["InstanceType"],
        "instance_count": str(machines["InstanceCount"]),
        "spot": "yes" if made.answer.get("EnableManagedSpotTraining") else "no",
        **_longest(storage, made.answer),
    }
    return TrainingRequest(
        name=made.name,
        hyperparameters=made.answer["HyperParameters"],
        channels=channels,
        contract=keys.fitted_contract(eda_job),
        test=keys.eda_output(eda_job, "test"),
        processing_job=eda_job,
        resources=where,
    )


def _longest(storage: S3Storage, answer: Answer) -> dict[str, str]:
    """Return when a job is stopped, as it is chosen: `2h`, so that whoever trains again by its settings may."""
    seconds = answer.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
    if not seconds:
        return {}
    offered = (storage.session.settings.max_runtime, *RUNTIMES)
    return {"max_runtime": next((each for each in offered if parse_duration(each) == seconds), f"{seconds}s")}


def _judge_again(storage: S3Storage, rows: list[Answer], execution_name: str) -> None:
    """Let a model that an earlier execution has trained have the evaluation that this one has made of it."""
    for row in rows:
        made = _made(storage, row)
        if not made or not made.judges or "CacheHitResult" in row:
            continue
        with suppress(NotFound, StorageFailed, StorageDamaged):
            record = read_job(storage, "training", made.name, "status")
            if record.get("execution") != execution_name and not records.unfinished(record):
                evaluation.claim(storage, record, made.aws_name)
