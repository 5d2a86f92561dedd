"""The verbs over jobs and endpoints, whichever face asks and whichever backend does it.

The verbs over rows (predict) are in `core.inference`. Every verb takes a `Backend` first, returns frozen
data and raises `core.errors.SenderoError`. Pages and the command line render the same answers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core import datasets, hyperparameters
from core.backends.base import (
    Backend,
    Endpoint,
    EndpointRequest,
    EndpointStatus,
    Job,
    JobKind,
    JobStatus,
    ProcessingRequest,
    TrainingRequest,
    TuningRequest,
    jsonable,
)
from core.channels import check_channel
from core.configuration import Configuration
from core.contract import Contract
from core.errors import BadSetting, EndpointGone, JobFailed, JobNotReady, NotFound
from core.storage import checked_name, new_name

# --- EDA ----------------------------------------------------------------------------------------------


def launch_eda(backend: Backend, configuration: Configuration, token: str = "") -> Job:
    """Start the Processing Job that profiles, splits and writes the feature contract."""
    dataset = datasets.load(backend.storage, configuration.dataset)
    request = ProcessingRequest(
        name=new_name(f"eda-{dataset.name}", token),
        script="eda_script.py",
        config=configuration.checked(dataset).job_config(),
        inputs={"input": f"datasets/{dataset.name}"},
    )
    return backend.launch(request)


def report(backend: Backend, job: str) -> dict[str, Any]:
    """The EDA report of `job` as data (schema: core/eda/README.md). Raises NotFound, JobNotReady."""
    _completed(backend, job, JobKind.processing)
    return backend.storage.read_json(f"processing/{job}/output/report/report.json")


def contract_of(backend: Backend, eda_job: str) -> Contract:
    return Contract.read(backend.storage.path(f"processing/{eda_job}/output/contract/contract.json"))


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """One output of a job: what its manifest promises and what storage holds now."""

    file: str
    state: str  # ok, missing, changed, unexpected
    bytes: int | None
    sha256: str | None


def verify(backend: Backend, job: str) -> list[VerifiedFile]:
    """Every output that the job's manifest names against storage, read again and hashed again."""
    found = backend.job(job)
    folder = f"{found.kind}/{job}"
    promised = backend.storage.read_json(f"{folder}/job.json").get("manifest") or {}
    held = {f"output/{file}": facts for file, facts in backend.storage.manifest(f"{folder}/output").items()}
    promised = {_below(file, folder): facts for file, facts in promised.items()}
    rows = []
    for file in sorted({*promised, *held}):
        facts = held.get(file) or promised[file]
        state = "missing" if file not in held else "unexpected" if file not in promised else "ok"
        if state == "ok" and held[file]["sha256"] != promised[file]["sha256"]:
            state = "changed"
        rows.append(VerifiedFile(file, state, facts["bytes"], facts["sha256"]))
    return rows


def _below(key: str, folder: str) -> str:
    return key.removeprefix(f"{folder}/")


# --- training -------------------------------------------------------------------------------------------


def launch_training(
    backend: Backend,
    eda_job: str,
    preset: str = hyperparameters.DEFAULT_PRESET,
    given: Mapping[str, str] | None = None,
    token: str = "",
) -> Job:
    """Check hyperparameters and the channels' bytes, then start the Training Job."""
    return backend.launch(_training_request(backend, eda_job, preset, given, token))


def launch_tuning(
    backend: Backend,
    eda_job: str,
    max_jobs: int,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    preset: str = hyperparameters.DEFAULT_PRESET,
    given: Mapping[str, str] | None = None,
    token: str = "",
) -> Job:
    """Train `max_jobs` times over `ranges` (the default: four that matter most) and keep the best."""
    training = _training_request(backend, eda_job, preset, given, token)
    objective, maximize = hyperparameters.early_stopping_metric(training.hyperparameters)
    request = TuningRequest(
        name=training.name.replace("train-", "tune-", 1),
        training=training,
        ranges=hyperparameters.checked_ranges(ranges or hyperparameters.DEFAULT_RANGES),
        objective=objective,
        maximize=maximize,
        max_jobs=max_jobs,
        seed=0,
    )
    return backend.launch(request)


def _training_request(
    backend: Backend, eda_job: str, preset: str, given: Mapping[str, str] | None, token: str
) -> TrainingRequest:
    _completed(backend, eda_job, JobKind.processing)
    contract, output = contract_of(backend, eda_job), f"processing/{eda_job}/output"
    problem, classes = contract.label.problem, len(contract.label.classes)
    values = hyperparameters.resolve(preset, problem, classes, given)
    hyperparameters.fits(values, problem)
    for channel in ("train", "validation", "test"):
        file = backend.storage.path(f"{output}/{channel}/{channel}.csv")
        check_channel(channel, file, problem, classes, len(contract.features))
    return TrainingRequest(
        name=new_name(f"train-{_stem(eda_job)}", token),
        hyperparameters=values,
        channels={"train": f"{output}/train", "validation": f"{output}/validation"},
        contract=f"{output}/contract/contract.json",
        test=f"{output}/test",
        processing_job=eda_job,
    )


def evaluation(backend: Backend, job: str) -> dict[str, Any] | None:
    """The test split's evaluation of a Training Job, or None where there is none."""
    key = f"training/{job}/output/evaluation.json"
    return backend.storage.read_json(key) if backend.storage.exists(key) else None


def tuning_result(backend: Backend, job: str) -> dict[str, Any] | None:
    """{"trials": [{"training_job", "values", "objective", "status"}], "best": one of them}, or None as yet."""
    key = f"tuning/{job}/output/tuning.json"
    return backend.storage.read_json(key) if backend.storage.exists(key) else None


# --- endpoints -----------------------------------------------------------------------------------------


def deployable(backend: Backend) -> list[Job]:
    """Training Jobs whose model is in storage, newest first."""
    jobs = backend.jobs(JobKind.training)
    return [job for job in jobs if not job.status.active and _has_model(backend, job.name)]


def _has_model(backend: Backend, training_job: str) -> bool:
    return backend.storage.exists(f"training/{training_job}/output/model.tar.gz")


def endpoint_name(training_job: str, token: str = "") -> str:
    """The name that an endpoint gets where none is given: the data set's and a token."""
    return new_name(_stem(training_job), token)


def deploy(backend: Backend, training_job: str, name: str = "", expires_in: str = "2h") -> Endpoint:
    """Create an endpoint for a Training Job's model; it ends itself after `expires_in` ("90m", "2h").

    Raises JobNotReady, BadName, NameTaken, BadSetting.
    """
    job = backend.job(training_job)
    if job.kind != JobKind.training or not _has_model(backend, job.name):
        raise JobNotReady(name=training_job, status=job.status)
    name = checked_name(name, "endpoint") if name else endpoint_name(training_job)
    return backend.deploy(EndpointRequest(name, training_job, seconds_of(expires_in)))


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an endpoint is gone: what was deleted, when, and how long it had run."""

    endpoint: str
    deleted: tuple[str, ...]
    at: datetime
    ran_seconds: float

    def as_dict(self) -> dict[str, Any]:
        return jsonable({name: getattr(self, name) for name in self.__slots__})


def delete(backend: Backend, endpoint: str) -> Receipt:
    """Delete endpoint, endpoint config and model, checked. Raises NotFound."""
    found = backend.endpoint(endpoint)
    deleted = backend.delete_endpoint(endpoint)
    now = datetime.now(UTC)
    return Receipt(endpoint, tuple(deleted), now, (now - found.created).total_seconds())


# --- waiting --------------------------------------------------------------------------------------------


def wait(backend: Backend, job: str, on_log: Callable[[str], None] | None = None, every: float = 0.2) -> Job:
    """Follow a job until it ends. Raises JobFailed with the job's own reason, also when it was stopped."""
    token = ""
    while True:
        now = backend.job(job)
        chunk = backend.log(job, token)
        token = chunk.token
        if on_log and chunk.text:
            on_log(chunk.text)
        if not now.status.active:
            break
        time.sleep(every)
    if now.status == JobStatus.completed:
        return now
    why = f"{now.failure.what} {now.failure.why}" if now.failure else f"It was {now.status}."
    raise JobFailed(name=job, reason=why)


def wait_in_service(backend: Backend, endpoint: str, every: float = 0.2) -> Endpoint:
    """Wait until an endpoint answers. Raises EndpointGone with the reason that it does not."""
    while True:
        now = backend.endpoint(endpoint)
        if now.status == EndpointStatus.in_service:
            return now
        if now.status != EndpointStatus.creating:
            why = now.failure.why if now.failure else f"Its status is {now.status}."
            raise EndpointGone(name=endpoint, reason=why)
        time.sleep(every)


def seconds_of(text: str) -> float:
    """ "90m" -> 5400.0; units s, m, h, d; at least ten seconds. Raises BadSetting."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", text.strip())
    if not match:
        reason = f"'{text}' is not a duration such as 30m, 2h or 1d."
        raise BadSetting(name="expires-in", reason=reason, source="--expires-in, or the field Expires after")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


def _stem(job: str) -> str:
    """The data set's name in a job's: "eda-flights-20261123-101500-ab12" -> "flights"."""
    return re.sub(r"^(eda|train|tune)-|-\d{8}-\d{6}-.*$", "", job)


def _completed(backend: Backend, name: str, kind: JobKind) -> Job:
    job = backend.job(name)
    if job.kind != kind:
        raise NotFound(thing=f"{kind} job", name=name, listing=f"jobs ({name} is a {job.kind} job)")
    if job.status != JobStatus.completed:
        raise JobNotReady(name=name, status=job.status)
    return job
