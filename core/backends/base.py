"""The seam: what a backend does, and the plain data that it returns.

Nothing above this module knows which backend it has; what differs between two is data
(`Backend.capabilities`). Keys are storage keys below `Backend.storage.root`, the same on a disk and in S3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from core.backends.inventory import BillableResource, Deletion, Inventory
from core.backends.pipelines import (
    Execution,
    ExecutionRequest,
    ExecutionStep,
    Pipeline,
    PipelineRequest,
    Place,
)
from core.backends.record_types import JobRecord, NoRequest, RequestJson, Status
from core.backends.records import failure_of, jsonable, optional_time, time_of
from core.backends.registry import Approval, ModelVersion, VersionRequest
from core.backends.requests import EndpointRequest, JobKind, Request
from core.backends.schedules import Mail, Schedule, Task
from core.errors import Failure
from core.language import mark, tr
from core.numbers import fixed
from core.retelling import told
from core.storage import DiskStorage, Storage


class JobStatus(StrEnum):
    """SageMaker's own words for ProcessingJobStatus and TrainingJobStatus."""

    in_progress = "InProgress"
    completed = "Completed"
    failed = "Failed"
    stopping = "Stopping"
    stopped = "Stopped"

    @property
    def active(self) -> bool:
        return self in (JobStatus.in_progress, JobStatus.stopping)


class EndpointStatus(StrEnum):
    """SageMaker's own words for EndpointStatus, as far as Sendero meets them."""

    creating = "Creating"
    in_service = "InService"
    deleting = "Deleting"
    failed = "Failed"
    expired = "Expired"  # ours: it ended itself at its expiry; SageMaker would answer "not found"

    @property
    def active(self) -> bool:
        return self in (EndpointStatus.creating, EndpointStatus.in_service, EndpointStatus.deleting)


@dataclass(frozen=True, slots=True)
class Job:
    """One Processing, Training or Tuning Job, as either backend reports it. Times are UTC."""

    name: str
    kind: JobKind
    status: JobStatus
    phase: str  # SageMaker's SecondaryStatus: Starting, Downloading, Training, Uploading, ...
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    progress: float | None = None  # 0..1 where the job can tell
    message: str = ""  # what it is doing now, in a few words
    failure: Failure | None = None
    exit_code: int | None = None
    peak_memory_bytes: int | None = None
    unjudged: str = (
        ""  # why there is no evaluation of a Training Job's model; empty where there is one, or to be none
    )
    kept_rounds: int = 0  # of a stopped Training Job's model, where the job knows
    execution: str = ""  # of a pipeline for whose step the backend made it by itself: <pipeline>/<execution>
    request: RequestJson = field(default_factory=lambda: NoRequest())

    @property
    def seconds(self) -> float:
        """Return the wall clock from launch to the end, or until now while it is active."""
        return ((self.ended or datetime.now(UTC)) - self.created).total_seconds()

    @property
    def busy(self) -> bool:
        """Return whether it changes by itself: in progress, or Completed and judged once more."""
        return self.status.active or self.phase == "Evaluating"

    @property
    def hyperparameters(self) -> dict[str, str]:
        """Return those that a Training Job was given; none of any other, or where its record is damaged."""
        return self.request.get("hyperparameters", {})

    @property
    def resources(self) -> dict[str, str]:
        """Return what was chosen about where it, or a tuning job's trials, run, as Choice.name -> value."""
        if "max_jobs" in self.request:
            return self.request["training"].get("resources", {})
        return self.request.get("resources", {})

    @classmethod
    def of(cls, state: Status | JobRecord, request: RequestJson) -> Job:
        """Return the job that a runner's status or a record describes."""
        return cls(
            name=state["name"],
            kind=JobKind(state["kind"]),
            status=JobStatus(state["status"]),
            phase=state.get("phase") or state["status"],
            created=time_of(state["created"]),
            started=optional_time(state.get("started")),
            ended=optional_time(state.get("ended")),
            progress=state.get("progress"),
            # A step's own words are English, and in the catalogue.
            message=tr(told(state, "message")) if state.get("message") else "",
            unjudged=told(state, "unjudged") if state.get("unjudged") else "",
            kept_rounds=state.get("kept_rounds") or 0,
            execution=state.get("execution") or "",
            failure=failure_of(state.get("failure")),
            exit_code=state.get("exit_code"),
            peak_memory_bytes=state.get("peak_memory_bytes"),
            request=request,
        )

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return _json_object(self) | {"seconds": round(self.seconds, 3)}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint, with what it costs to forget it: its age and its expiry. Times are UTC."""

    name: str
    status: EndpointStatus
    training_job: str
    created: datetime
    expires: datetime | None = None
    url: str | None = None  # local only: the address that answers /invocations
    failure: Failure | None = None
    instance: str = "local"  # local, serverless, or an instance type
    per_hour: float | None = 0.0  # USD while nobody asks it; None where the price is not known
    per_second: float | None = 0.0  # USD a second of work, where that is what is billed; None: not known
    sleeps: bool = False  # while nobody asks it; the next request wakes it, and takes longer
    ends_by: str = mark("its own process")  # who ends it at its expiry
    replacing: str = ""  # the training job whose model is about to take over
    previous: str = ""  # the training job whose model it served before, to go back to
    model_sha256: str = ""  # of the model.tar.gz that it serves; empty where that was not written down
    region: str = ""  # where it is, on AWS
    at_a_time: int = 1  # requests that it answers beside each other
    request: EndpointRequest | None = (
        None  # what it was made for, each choice with its value; None where damaged
    )

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it, without its request."""
        return {name: value for name, value in _json_object(self).items() if name != "request"}


@dataclass(frozen=True, slots=True)
class Traffic:
    """What an endpoint was asked since a moment (UTC); a percentile is None where nothing was."""

    since: datetime
    requests: int
    errors: int
    latency_ms: Mapping[str, float | None]  # p50, p90, p99: the model's, without the way to it or its waking
    worked: float = 0.0  # seconds that its requests took it, all together, where they are billed
    wakings: int = 0  # of a serverless endpoint
    waking_ms: float | None = None  # that one of them took, on average


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose about where work runs, for a face to ask."""

    name: str  # e.g. instance_type
    label: str
    default: str
    values: tuple[str, ...]  # all that may be chosen; empty: anything
    help: str = ""
    notes: Mapping[str, str] = field(
        default_factory=dict[str, str]
    )  # value -> what is known of it, e.g. its quota
    proposed: str = ""  # instead of the default, where that would be refused


@dataclass(frozen=True, slots=True)
class Estimate:
    """What something will cost in USD, said before it starts; None where no price is known."""

    low: float | None
    high: float | None
    per_hour: float | None  # while it runs
    basis: str  # how it was reckoned, in a sentence
    source: str = ""  # whose prices, of which date

    @property
    def amount(self) -> str:
        """Return how much it is, in a few words."""
        if self.high is None:
            return tr("not known")
        if self.high == 0:
            return tr("nothing")
        low, high = fixed(self.low or 0, 2), fixed(self.high, 2)
        return (
            tr("about {usd} USD", usd=high) if low == high else tr("{low} to {high} USD", low=low, high=high)
        )

    @property
    def text(self) -> str:
        """Return the estimate in words: how much, how it was reckoned, and whose prices they are."""
        return " ".join(part for part in (f"{self.amount}.", self.basis, self.source) if part)


def together(parts: Sequence[Estimate], what: str) -> Estimate:
    """Return what several things will cost in all: `what` they are, in a sentence, and how each was reckoned."""
    known = all(part.high is not None for part in parts)
    return Estimate(
        sum(part.low or 0.0 for part in parts) if known else None,
        sum(part.high or 0.0 for part in parts) if known else None,
        None,
        " ".join([what, *dict.fromkeys(part.basis for part in parts)]),
        " ".join(dict.fromkeys(part.source for part in parts)),
    )


TAIL = "tail"  # the token with which a log begins near its end


@dataclass(frozen=True, slots=True)
class LogChunk:
    """Log text since a token, and the token to go on from."""

    text: str
    token: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What differs between backends, as data for the faces to show."""

    label: str  # "This machine"
    costs_money: bool
    poll_seconds: float = 1.0  # how often to ask for something that is active
    clusters: bool = False  # can it run a job on several instances?
    others_act: bool = False  # are jobs, runs of pipelines and approvals also made without Sendero?
    keeps: tuple[str, ...] = ()  # what stays of a job that is deleted, in words


class Backend(Protocol):
    """Jobs, endpoints and storage. Every method may raise a `core.errors.SenderoError`."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def storage(self) -> Storage: ...

    @property
    def desk(self) -> DiskStorage:
        """Return where Prediction Jobs are kept: on this machine, for they run beside the app on every backend."""
        ...

    def launching(self) -> AbstractContextManager[None]:
        """Hold off all other launches and deployments here, as far as the backend can, while a block runs."""
        ...

    def launch(self, request: Request, execution: str = "") -> Job:
        """Start a job, or return the one that this very request has started. Raises NameTaken.

        `execution`: <pipeline>/<execution>, if it is a step of one.
        """
        ...

    def job(self, name: str) -> Job:
        """Return the job as it truly is now. Raises NotFound."""
        ...

    def jobs(self, kind: JobKind | None = None) -> list[Job]:
        """Return all jobs, newest first."""
        ...

    def log(self, name: str, token: str = "") -> LogChunk:
        """Return the job's (or endpoint's) log since `token`; with `TAIL` for a token, its last lines."""
        ...

    def metrics(self, name: str) -> list[dict[str, float]]:
        """Return one dict a round: {"round": 0, "train-logloss": 0.6, "validation-logloss": 0.61}."""
        ...

    def stop(self, name: str) -> Job:
        """Ask an active job to stop: Stopping, then Stopped. Raises CannotStop."""
        ...

    def delete_job(self, name: str) -> None:
        """Delete the record, the files and the log of a job that has ended. Raises NotFound, StillInUse."""
        ...

    def evaluate(self, name: str) -> Job:
        """Judge the model of a Training Job that has ended; return the job, whose phase may be Evaluating."""
        ...

    def deploy(self, request: EndpointRequest) -> Endpoint:
        """Create an endpoint, or return the one of that name for the same model. Raises NameTaken."""
        ...

    def endpoint(self, name: str) -> Endpoint:
        """Return the endpoint as it truly is now. Raises NotFound."""
        ...

    def endpoints(self) -> list[Endpoint]:
        """Return all endpoints that are there or ended without being deleted, newest first."""
        ...

    def invoke(
        self, name: str, body: bytes, content_type: str = "text/csv", accept: str = "text/csv"
    ) -> bytes:
        """Send one request to the endpoint; return its answer. Raises EndpointGone, EndpointRefused."""
        ...

    def set_expiry(self, name: str, expires: datetime) -> Endpoint:
        """Let an endpoint that is in service end at `expires`. Raises NotFound, EndpointGone."""
        ...

    def traffic(self, name: str) -> Traffic:
        """Return what an endpoint that is in service was asked. Raises NotFound, EndpointGone."""
        ...

    def replace_model(self, name: str, training_job: str) -> Endpoint:
        """Let an endpoint that is in service answer by the model of another Training Job, refusing no request.

        It is `replacing` until it does; it keeps its model, and has a failure, where the other one cannot be served.
        Raises NotFound, EndpointGone.
        """
        ...

    def delete_endpoint(self, name: str) -> list[str]:
        """Delete endpoint, endpoint config and model, checked; return what is gone."""
        ...

    def register(self, request: VersionRequest) -> ModelVersion:
        """Make a model a version in a group, where it waits for approval; return the version that it is already."""
        ...

    def versions(self) -> list[ModelVersion]:
        """Return the versions of all groups, newest first."""
        ...

    def set_approval(self, seen: ModelVersion, approval: Approval, who: str, why: str) -> ModelVersion:
        """Approve or reject a version, and return it as it then is.

        Raises NotFound, VersionChanged (somebody has said something else of it since it was `seen`).
        """
        ...

    def place(self) -> Place:
        """Return what the definition of a pipeline has to know of this backend."""
        ...

    def put_pipeline(self, request: PipelineRequest) -> Pipeline:
        """Keep a pipeline, over the one that its writer saw. Raises BadName, PipelineChanged."""
        ...

    def pipelines(self) -> list[Pipeline]:
        """Return all pipelines, the one that was saved last first."""
        ...

    def pipeline(self, name: str) -> Pipeline:
        """Return a pipeline. Raises NotFound."""
        ...

    def start_execution(self, request: ExecutionRequest) -> Execution:
        """Start an execution of a pipeline, or return the one that this very request has started. Raises NotFound."""
        ...

    def executions(self, pipeline: str = "") -> list[Execution]:
        """Return the executions of a pipeline, or of all of them, newest first."""
        ...

    def execution(self, pipeline: str, execution_id: str) -> Execution:
        """Return an execution as it truly is now. Raises NotFound."""
        ...

    def execution_steps(self, pipeline: str, execution_id: str) -> list[ExecutionStep]:
        """Return the steps of an execution as they are now, in their order, those to come as well. Raises NotFound."""
        ...

    def stop_execution(self, pipeline: str, execution_id: str) -> Execution:
        """Ask an active execution to stop, and the job that it has started. Raises NotFound, CannotStop."""
        ...

    def delete_pipeline(self, name: str) -> list[str]:
        """Delete a pipeline with the records of its executions; return what is gone. Its jobs and versions stay.

        Raises NotFound, StillInUse.
        """
        ...

    def starts(self, task: Task, files: str = "") -> str:
        """Return what starts a scheduled task, which may be to predict `files`, in the place of a machine, in words;
        nothing where a machine has to.
        """
        ...

    def put_schedule(self, schedule: Schedule) -> None:
        """Have the backend itself start a schedule, if it `starts` its task. Raises NameTaken, what it refuses."""
        ...

    def tell(self, subject: str, text: str) -> str:
        """Mail that something has failed, where the settings say to whom; return what was done, in a sentence."""
        ...

    def mail(self) -> Mail | None:
        """Return whether what has ended is mailed, and by which topic; None where nothing ever is."""
        ...

    def set_mail(self, on: bool) -> None:
        """Have what has ended mailed from now on, or no more. Raises NameTaken, and what the backend refuses."""
        ...

    def choices(self, kind: str) -> tuple[Choice, ...]:
        """Return what may be chosen about where a job of `kind` (a JobKind, or "endpoint") runs; often nothing."""
        ...

    def offers(self, kind: str) -> tuple[Choice, ...]:
        """Return the same for a face that may wait a moment: with what the account allows of each value."""
        ...

    def objection(self, kind: str, resources: Mapping[str, str], jobs: int = 1) -> str:
        """Return why the backend will refuse a job and what to do, as far as that is known; else nothing."""
        ...

    def estimate(
        self, kind: str, resources: Mapping[str, str], size: int, jobs: int = 1, eda_job: str = ""
    ) -> Estimate:
        """Return what `jobs` jobs of `kind` (or an endpoint) will cost with `size` bytes of data.

        A training's `eda_job` says which machine will judge the model; the kind "evaluation" is that alone.
        """
        ...

    def sweep(self) -> Inventory:
        """Return everything of the whole account or machine that costs or is left over, ours or not."""
        ...

    def delete_resource(self, item: BillableResource) -> Deletion:
        """Delete an endpoint or a schedule of an inventory; what it starts is started no more.

        Raises NotFound, CannotSweep.
        """
        ...


def _json_object(value: Job | Endpoint) -> dict[str, object]:
    return {name: jsonable(each) for name, each in asdict(value).items()}
