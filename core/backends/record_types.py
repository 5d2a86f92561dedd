"""The records of jobs and endpoints as JSON: types for what `records.py` reads and writes.

`<kind>/<job>/job.json` and `endpoints/<endpoint>/endpoint.json` have the same form on every backend, so that a
trained model can move to another one. `Status` is what a runner on this machine says of itself meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, final

if TYPE_CHECKING:
    from core.errors import FailureJson
    from core.storage import FileFacts

# --- requests: the dataclasses of requests.py as JSON holds them ------------------------------------------------


class ClusterJson(TypedDict):
    """`requests.Cluster` as JSON holds it."""

    image: dict[str, str]
    entrypoint: list[str]
    arguments: list[str]
    packages: list[str]
    instances: int


@final
class ProcessingRequestJson(TypedDict):
    """`requests.ProcessingRequest` as JSON holds it."""

    name: str
    script: str
    config: dict[str, object]
    inputs: dict[str, str]
    resources: NotRequired[dict[str, str]]
    cluster: NotRequired[ClusterJson | None]
    twin_of: NotRequired[str]
    without: NotRequired[list[str]]
    kind: NotRequired[Literal["processing"]]


@final
class TrainingRequestJson(TypedDict):
    """`requests.TrainingRequest` as JSON holds it."""

    name: str
    hyperparameters: dict[str, str]
    channels: dict[str, str]
    contract: str
    test: str | None
    processing_job: str
    resources: NotRequired[dict[str, str]]
    more_rows: NotRequired[str]
    all_rows_of: NotRequired[str]
    twin_of: NotRequired[str]
    fold_of: NotRequired[str]
    fold: NotRequired[int]
    kind: NotRequired[Literal["training"]]
    tuning_job: NotRequired[str]  # of a trial: whose it is
    trial: NotRequired[int]  # its number, where its name has another one


@final
class TuningRequestJson(TypedDict):
    """`requests.TuningRequest` as JSON holds it."""

    name: str
    training: TrainingRequestJson
    ranges: dict[str, tuple[float, float]]  # in JSON a list of two
    objective: str
    maximize: bool
    max_jobs: int
    seed: int
    max_seconds: NotRequired[int]
    parent: NotRequired[str]
    kind: NotRequired[Literal["tuning"]]


@final
class TransformRequestJson(TypedDict):
    """`requests.TransformRequest` as JSON holds it."""

    name: str
    training_job: str
    rows: str
    file: NotRequired[str]
    resources: NotRequired[dict[str, str]]
    reading: NotRequired[dict[str, Any]]
    kind: NotRequired[Literal["transform"]]


@final
class PredictionRequestJson(TypedDict):
    """`requests.PredictionRequest` as JSON holds it."""

    name: str
    endpoint: str
    training_job: str
    rows: str
    file: NotRequired[str]
    guard: NotRequired[bool]
    output: NotRequired[str]
    columns: NotRequired[Sequence[str]]
    reading: NotRequired[dict[str, Any]]
    kind: NotRequired[Literal["prediction"]]


@final
class NoRequest(TypedDict):
    """What is known of the request of a job whose record is damaged: nothing."""


# Which of them it is, a key tells: `if "hyperparameters" in request`.
JobRequestJson = (
    ProcessingRequestJson
    | TrainingRequestJson
    | TuningRequestJson
    | TransformRequestJson
    | PredictionRequestJson
)
RequestJson = JobRequestJson | NoRequest


@final
class EndpointRequestJson(TypedDict):
    """`requests.EndpointRequest` as JSON holds it."""

    name: str
    training_job: str
    expires_in: float  # seconds
    made: bool  # EndpointRequest.name_generated


@final
class ExecutionRequestJson(TypedDict):
    """What the runner of a pipeline's execution is given."""

    name: str  # of the execution
    pipeline: str


# --- statuses and records -----------------------------------------------------------------------------------


class State(TypedDict):
    """How a job or endpoint stands. Times are ISO 8601 in UTC."""

    name: str
    kind: str  # a JobKind, "endpoint" or "execution"
    status: str
    created: str
    phase: NotRequired[str | None]
    started: NotRequired[str | None]
    ended: NotRequired[str | None]
    progress: NotRequired[float | None]
    message: NotRequired[str | None]
    unjudged: NotRequired[str | None]  # why there is no evaluation of a model
    written: NotRequired[dict[str, object]]  # what its texts for people were written from
    kept_rounds: NotRequired[int | None]  # of a stopped Training Job's model, where the job knows
    failure: NotRequired[FailureJson | None]
    exit_code: NotRequired[int | None]
    peak_memory_bytes: NotRequired[int | None]
    execution: NotRequired[str]  # whose step a job was, of a pipeline: <pipeline>/<execution>


class Status(State, total=False):
    """status.json of a runner on this machine."""

    pid: int
    server_pid: int
    port: int
    url: str | None
    training_job: str
    expires: str | None
    previous: str  # the training job whose model the endpoint served before
    model_sha256: str  # of the model.tar.gz that it has unpacked
    replaced: str  # the last request for another model that was seen to
    unreplaced: FailureJson | None  # why that one is not served
    lost: bool  # the runner was killed, and that is not written down yet; never in the file


class JobEnd(TypedDict, total=False):
    """How a job ended, as its record says it."""

    status: str
    started: str | None
    ended: str | None
    failure: FailureJson | None
    message: str | None
    unjudged: str | None
    written: dict[str, object]
    kept_rounds: int | None
    exit_code: int | None
    peak_memory_bytes: int | None


class StatusChange(JobEnd, total=False):
    """What a runner says of itself from moment to moment."""

    phase: str
    progress: float
    expires: str | None  # an endpoint's
    server_pid: int
    port: int
    url: str
    training_job: str  # whose model it serves now
    previous: str
    model_sha256: str
    replaced: str
    unreplaced: FailureJson | None


class RunnerInput(TypedDict):
    """request.json: what a runner on this machine is given."""

    request: JobRequestJson | EndpointRequestJson | ExecutionRequestJson
    programs: ProgramsJson
    created: NotRequired[str]
    fingerprint: NotRequired[str]  # a job's
    asks: NotRequired[
        dict[str, object]
    ]  # a Prediction Job's: the settings of the backend that it asks, if another
    training_job: NotRequired[str]  # an endpoint's, as is its expiry
    expires: NotRequired[str]


class ProgramsJson(TypedDict, total=False):
    """`core.backends.local.programs.Programs` as JSON holds it."""

    scripts: str
    container: list[str]
    evaluation: list[str]
    gain: list[str]
    prediction: list[str]
    execution: list[str]
    grace: float
    ping_deadline: float


# Where a job came from that ran on another backend: its storage's root is `from`, a word that Python keeps.
Promotion = TypedDict("Promotion", {"backend": str, "from": str, "at": str})


class JobRecord(State):
    """job.json: what was requested, with which versions, how it ended and what came out."""

    request: RequestJson
    backend: NotRequired[str]
    versions: NotRequired[dict[str, str]]
    manifest: NotRequired[dict[str, FileFacts] | None]  # path below the job's folder -> bytes and SHA-256
    promoted: NotRequired[Promotion]
    # On AWS:
    aws_name: NotRequired[str]
    fingerprint: NotRequired[str]  # of the request, see versions.py
    where: NotRequired[dict[str, str]]  # Choice.name -> value, as they were at the launch
    judging: NotRequired[str]  # the Processing Job that judges the model once more


class EndpointRecord(TypedDict):
    """endpoint.json: what was deployed, and until when."""

    name: str
    training_job: str
    expires_in: float
    made: bool
    contract: str
    instance: str
    backend: str
    created: str
    expires: str
    versions: dict[str, str]
    previous: NotRequired[str]  # the training job whose model it served before


class AwsEndpointRecord(EndpointRecord):
    """endpoint.json of an endpoint on SageMaker."""

    where: dict[str, str]  # Choice.name -> value, as they were at the deployment
    ends_by: str  # who ends it at its expiry
    ending: NotRequired[str]  # since when it is to be deleted
    version: NotRequired[int]  # of the model and endpoint config that it answers by, from 1
    made_versions: NotRequired[int]  # how many there have been
    replacing: NotRequired[str]  # the training job of the last of them, while it is to take over
    replacing_since: NotRequired[str]  # when that was asked for
    model_sha256: NotRequired[
        str
    ]  # of the model.tar.gz that it answers by, as it was when SageMaker was given it
    replacing_sha256: NotRequired[str]  # of the one that is to take over
    unreplaced: NotRequired[FailureJson | None]  # why the last one did not
