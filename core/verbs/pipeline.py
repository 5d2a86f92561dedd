"""The verbs over jobs and endpoints, whichever face asks and whichever backend does it.

The verbs over rows (predict) are in `core.verbs.predict`. Every verb takes a `Backend` first, returns frozen
data and raises `core.errors.SenderoError`. Pages and the command line render the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from core import configuration as configurations
from core import hyperparameters
from core.backends.base import (
    Backend,
    Endpoint,
    EndpointRequest,
    Job,
    JobKind,
    JobStatus,
    ProcessingRequest,
    TrainingRequest,
    TuningRequest,
    jsonable,
)
from core.backends.checked import checked_trials
from core.configuration import Configuration
from core.errors import BadSetting, JobNotReady, NotFound, StorageDamaged
from core.provenance import check_model
from core.report.report_json import read_report
from core.report.schema import Report
from core.resources import checked_resources, cluster_of, engine_for
from core.storage import Storage, checked_name, new_name

if TYPE_CHECKING:
    from core.encoding.contract import Contract

# DuckDB, pandas and narwhals are imported within the verbs that need them: `jobs` and `endpoints` do not.

LONGEST_LIFE = 365 * 86400  # seconds of an endpoint


# --- EDA ----------------------------------------------------------------------------------------------


def launch_eda(
    backend: Backend,
    configuration: Configuration,
    token: str = "",
    resources: Mapping[str, str] | None = None,
) -> Job:
    """Start the Processing Job that profiles, splits and writes the feature contract.

    The configuration is saved as well: what was launched last is what every page and tab then shows.
    `resources` say where it runs, as far as `Backend.choices` offers a choice.
    Raises NotFound, NoSuchColumn, BadSplit, BadExpression, BadSetting, StorageFailed.
    """
    from core import datasets

    dataset = datasets.load(backend.storage, configuration.dataset)
    engine = engine_for(backend, configuration, dataset.bytes).engine
    request = ProcessingRequest(
        name=new_name(f"eda-{dataset.name}", token),
        script="eda_script.py",
        config=configuration.checked(dataset, backend.storage).job_config(),
        inputs={"input": f"datasets/{dataset.name}"},
        resources=checked_resources(backend, "processing", resources),
        cluster=cluster_of(backend, engine),
    )
    configurations.save(backend.storage, configuration)
    return backend.launch(request)


def report(backend: Backend, job: str) -> Report:
    """Return the report of an EDA job. Raises NotFound, JobNotReady, StorageFailed, StorageDamaged."""
    _completed(backend, job, JobKind.processing)
    key = f"processing/{job}/output/report/report.json"
    try:
        return read_report(backend.storage.read_bytes(key))
    except ValueError as error:
        raise StorageDamaged(key=key, reason=str(error)) from error


def contract_of(backend: Backend, eda_job: str) -> Contract:
    """The feature contract that an EDA job fitted. Raises StorageFailed, StorageDamaged."""
    return read_contract(backend.storage, f"processing/{eda_job}/output/contract/contract.json")


def read_contract(storage: Storage, key: str) -> Contract:
    """The contract in `key`. Raises StorageFailed, StorageDamaged."""
    from core.encoding.contract import Contract

    value = storage.read_json(key)
    try:
        return Contract.from_json(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StorageDamaged(key=key, reason=f"It is no contract of this version: {error!r}.") from error


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """One output of a job: what its manifest promises and what storage holds now."""

    file: str
    state: str  # ok, missing, changed, unexpected
    bytes: int | None
    sha256: str | None


def verify(backend: Backend, job: str) -> list[VerifiedFile]:
    """Every output that the job's manifest names against storage, read again and hashed again.

    Raises NotFound, JobNotReady.
    """
    found = backend.job(job)
    if found.status.active:
        raise JobNotReady(name=job, status=found.status)
    folder = f"{found.kind}/{job}"
    promised = backend.storage.read_json(f"{folder}/job.json").get("manifest") or {}
    held = {f"output/{file}": facts for file, facts in backend.storage.manifest(f"{folder}/output").items()}
    promised = {file.removeprefix(f"{folder}/"): facts for file, facts in promised.items()}
    rows = []
    for file in sorted({*promised, *held}):
        facts = held.get(file) or promised[file]
        state = "missing" if file not in held else "unexpected" if file not in promised else "ok"
        if state == "ok" and held[file]["sha256"] != promised[file]["sha256"]:
            state = "changed"
        rows.append(VerifiedFile(file, state, facts["bytes"], facts["sha256"]))
    return rows


# --- training -------------------------------------------------------------------------------------------


def trainable(backend: Backend) -> list[Job]:
    """Completed EDA jobs whose training split is in storage, newest first: a promoted one has none."""
    jobs = [job for job in backend.jobs(JobKind.processing) if job.status == JobStatus.completed]
    return [job for job in jobs if backend.storage.exists(f"processing/{job.name}/output/train")]


def launch_training(
    backend: Backend,
    eda_job: str,
    preset: str = hyperparameters.DEFAULT_PRESET,
    given: Mapping[str, str] | None = None,
    token: str = "",
    resources: Mapping[str, str] | None = None,
) -> Job:
    """Check hyperparameters and the channels' bytes, then start the Training Job."""
    return backend.launch(_training_request(backend, eda_job, preset, given, token, resources))


def launch_tuning(
    backend: Backend,
    eda_job: str,
    max_jobs: int,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    preset: str = hyperparameters.DEFAULT_PRESET,
    given: Mapping[str, str] | None = None,
    token: str = "",
    resources: Mapping[str, str] | None = None,
) -> Job:
    """Train `max_jobs` times over `ranges` (the default: four that matter most) and keep the best."""
    ranges = hyperparameters.checked_ranges(ranges or hyperparameters.DEFAULT_RANGES)
    training = _training_request(backend, eda_job, preset, given, token, resources, ranges)
    objective, maximize = hyperparameters.early_stopping_metric(training.hyperparameters)
    request = TuningRequest(
        name=training.name.replace("train-", "tune-", 1),
        training=training,
        ranges=ranges,
        objective=objective,
        maximize=maximize,
        max_jobs=max_jobs,
        seed=0,
    )
    return backend.launch(request)


def _training_request(
    backend: Backend,
    eda_job: str,
    preset: str,
    given: Mapping[str, str] | None,
    token: str,
    resources: Mapping[str, str] | None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> TrainingRequest:
    from core.channels import check_split

    _completed(backend, eda_job, JobKind.processing)
    contract, output = contract_of(backend, eda_job), f"processing/{eda_job}/output"
    problem, classes = contract.label.problem, len(contract.label.classes)
    values = hyperparameters.resolve(preset, problem, classes, given)
    read = [
        check_split(backend.storage, channel, f"{output}/{channel}", problem, classes, len(contract.features))
        for channel in ("train", "validation", "test")
    ]
    for tried in (values, *hyperparameters.extremes(values, ranges or {})):
        hyperparameters.avoid_traps(tried, problem, classes, read[:2], tuned=ranges is not None)
    return TrainingRequest(
        name=new_name(f"train-{stem(eda_job)}", token),
        hyperparameters=values,
        channels={"train": f"{output}/train", "validation": f"{output}/validation"},
        contract=f"{output}/contract/contract.json",
        test=f"{output}/test",
        processing_job=eda_job,
        resources=checked_resources(backend, "training", resources),
    )


def evaluation(backend: Backend, job: str) -> dict[str, Any] | None:
    """The test split's evaluation of a Training Job, or None where there is none."""
    key = f"training/{job}/output/evaluation.json"
    return backend.storage.read_json(key) if backend.storage.exists(key) else None


def tuning_result(backend: Backend, job: str) -> dict[str, Any] | None:
    """{"trials": [{"training_job", "values", "objective", "status"}], "best": one of them}, or None as yet."""
    key = f"tuning/{job}/output/tuning.json"
    return checked_trials(backend.storage.read_json(key), key) if backend.storage.exists(key) else None


# --- endpoints -----------------------------------------------------------------------------------------


def deployable(backend: Backend) -> list[Job]:
    """Training Jobs whose model is in storage, newest first."""
    jobs = backend.jobs(JobKind.training)
    return [job for job in jobs if not job.status.active and _has_model(backend, job.name)]


def model_of(backend: Backend, training_job: str) -> Job:
    """The Training Job, if its model is in storage. Raises NotFound, JobNotReady."""
    job = _of_kind(backend, training_job, JobKind.training)
    if not _has_model(backend, job.name):
        raise JobNotReady(name=training_job, status=job.status)
    return job


def _has_model(backend: Backend, training_job: str) -> bool:
    return backend.storage.exists(f"training/{training_job}/output/model.tar.gz")


def endpoint_name(training_job: str, token: str = "") -> str:
    """The name that an endpoint gets where none is given: the data set's and a token."""
    return new_name(stem(training_job), token)


def deploy(
    backend: Backend,
    training_job: str,
    name: str = "",
    expires_in: str = "2h",
    token: str = "",
    resources: Mapping[str, str] | None = None,
) -> Endpoint:
    """Create an endpoint for a Training Job's model; it ends itself after `expires_in` ("90m", "2h").

    Without `name` one is made, with `token` in it; an equal endpoint that was made a moment ago is then
    answered instead of a second one, so look at the answer's name.
    Raises JobNotReady, StorageDamaged, BadName, NameTaken, BadSetting.
    """
    check_model(backend.storage, model_of(backend, training_job).name)
    chosen = checked_name(name, "endpoint") if name else endpoint_name(training_job, token)
    where = checked_resources(backend, "endpoint", resources)
    return backend.deploy(
        EndpointRequest(chosen, training_job, seconds_of(expires_in), made=not name, resources=where)
    )


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an endpoint is gone: what was deleted, when, and how long it had run."""

    endpoint: str
    deleted: tuple[str, ...]
    at: datetime
    ran_seconds: float
    kept: tuple[str, ...] = ()  # what stays, and why

    def as_dict(self) -> dict[str, Any]:
        return jsonable({name: getattr(self, name) for name in self.__slots__})


def delete(backend: Backend, endpoint: str) -> Receipt:
    """Delete endpoint, endpoint config and model, checked. Raises NotFound."""
    found = backend.endpoint(endpoint)
    deleted = backend.delete_endpoint(endpoint)
    now = datetime.now(UTC)
    return Receipt(endpoint, tuple(deleted), now, (now - found.created).total_seconds())


# --- within ---------------------------------------------------------------------------------------------


def seconds_of(text: str) -> float:
    """ "90m" -> 5400.0; units s, m, h, d; from ten seconds to a year. Raises BadSetting."""
    source = "--expires-in, SENDERO_EXPIRES_IN, or the field Expires after"
    match = re.fullmatch(r"(\d{1,12}(?:\.\d+)?)\s*([smhd])", text.strip())
    if not match:
        reason = f"'{text}' is not a duration such as 30m, 2h or 1d."
        raise BadSetting(name="expires-in", reason=reason, source=source)
    seconds = float(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]
    if not 10 <= seconds <= LONGEST_LIFE:
        reason = f"'{text}' is not between 10s and 365d."
        raise BadSetting(name="expires-in", reason=reason, source=source)
    return seconds


def stem(job: str) -> str:
    """The data set's name in a job's: "eda-flights-20261123-101500-ab12" -> "flights"."""
    return re.sub(r"^(eda|train|tune)-|-\d{8}-\d{6}-.*$", "", job)


def _of_kind(backend: Backend, name: str, kind: JobKind) -> Job:
    job = backend.job(name)
    if job.kind != kind:
        raise NotFound(thing=f"{kind} job", name=name, listing=f"jobs ({name} is a {job.kind} job)")
    return job


def _completed(backend: Backend, name: str, kind: JobKind) -> Job:
    job = _of_kind(backend, name, kind)
    if job.status != JobStatus.completed:
        raise JobNotReady(name=name, status=job.status)
    return job
