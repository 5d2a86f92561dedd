"""The evaluation of a trained model on the test split: a Processing Job of its own, on which nothing else depends.

Whatever prevents it (a quota, a permission, a network), the training job is Completed; its record says why the model
has no evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.jobs import processing
from core.backends.aws.jobs.description import describe
from core.backends.aws.jobs.processing import Tuned
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.codes import MISSING, TAKEN, refused_as
from core.backends.aws.session.refusals import ON_THE_WAY
from core.backends.metrics import start_of
from core.backends.records import change_job
from core.errors import CannotJudge, SenderoError
from core.language import tr
from core.names import new_token

if TYPE_CHECKING:
    from core.backends.metrics import TuningResult
    from core.backends.record_types import JobRecord

LONGEST_NAME = 63


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an evaluation ended: `why` the model has none, or nothing; `ended`, where there was a job."""

    why: str = ""
    ended: datetime | None = None


def name_of(training_job: str, token: str = "") -> str:
    """Return the name of the Processing Job that evaluates a Training Job; with a token, of one more."""
    tail = f"-{token}" if token else ""
    stem = f"eval-{training_job.removeprefix('train-')}"[: LONGEST_NAME - len(tail)].rstrip("-")
    return f"{stem}{tail}"


def instance_of(storage: S3Storage, eda_job: str) -> str:
    """Return the instance type of the EDA job, which the account has then; else the setting's."""
    key = keys.job_record("processing", eda_job)
    if eda_job and storage.exists(key):
        record: JobRecord = storage.read_json(key)
        resources = record.get("where") or (record.get("request") or {}).get("resources") or {}
        if resources.get("instance_type"):
            return resources["instance_type"]
    return storage.session.settings.processing_instance


def splits_of(storage: S3Storage, record: JobRecord) -> dict[str, str]:
    """Return the keys of the test split of a Training Job, and of validation where it is there. Raises CannotJudge."""
    request, test, validation = record["request"], "", ""
    if "hyperparameters" in request:
        test = request.get("test") or keys.eda_output(request.get("processing_job"), "test")
        validation = keys.unweighted(request["channels"].get("validation", ""))
    if not test or not storage.exists(test):
        raise CannotJudge(name=record["name"], reason=tr("The test split of its EDA job is not in storage."))
    if not validation or not storage.exists(validation):  # a promoted model has none
        return {"test": test}
    return {"test": test, "validation": validation}


def beside_start(storage: S3Storage, record: JobRecord) -> Tuned | None:
    """Return what to compare the best trial of a tuning job with; None for any other model, or where nothing beats
    the given values.
    """
    request = record["request"]
    job = request.get("tuning_job", "") if "hyperparameters" in request else ""
    if not job or not storage.exists(keys.tuning_result(job)):
        return None
    result: TuningResult = storage.read_json(keys.tuning_result(job))
    start, best = start_of(result["trials"]), result["best"]
    if (
        not start
        or not best
        or best["training_job"] != record["name"]
        or start["training_job"] == record["name"]
    ):
        return None
    tried = sum(trial["objective"] is not None for trial in result["trials"]) - 1  # beside the start
    return Tuned(job, start["training_job"], result["objective"].partition(":")[2], tried)


def begin(storage: S3Storage, record: JobRecord, name: str) -> None:
    """Start the Processing Job `name` that evaluates the model of a Training Job. Raises what refuses it."""
    request = record["request"]
    instance = instance_of(storage, request.get("processing_job", ""))
    splits = splits_of(storage, record)
    tuned = beside_start(storage, record) if "validation" in splits else None
    parameters = processing.evaluation_request(storage, name, record["name"], splits, instance, tuned)
    try:
        storage.session.call("sagemaker", "create_processing_job", **parameters)
    except SenderoError as error:
        if not refused_as(error, TAKEN):  # another tab was faster
            raise


def again(storage: S3Storage, record: JobRecord) -> None:
    """Start one more evaluation of a Training Job's model, unless one goes on. Raises what refuses it."""
    name = name_of(record["name"], new_token())
    if claim(storage, record, name):
        try:
            begin(storage, record, name)
        except BaseException:
            change_job(storage, record, lambda now: _without(now, name))
            raise


def claim(storage: S3Storage, record: JobRecord, name: str) -> bool:
    """Write down that the job `name` judges a model again, unless another one does; return whether it does.

    Before that job is made: of two people who ask at once only one has it made, and what is missing `outcome` starts.
    """

    def claimed(now: JobRecord) -> JobRecord:
        return now if now.get("judging") else {**now, "judging": name}

    return change_job(storage, record, claimed).get("judging") == name


def _without(record: JobRecord, judging: str) -> JobRecord:
    if record.get("judging") == judging:
        record.pop("judging", None)
    return record


def outcome(storage: S3Storage, record: JobRecord, name: str) -> Outcome | None:
    """Return how the evaluation by the job `name` ended, which is started if it was not; None while it goes on.

    Raises only what says nothing of this job: no network, a sign-in that has expired.
    """
    try:
        return _outcome(storage, record, name)
    except ON_THE_WAY:
        raise
    except SenderoError as error:
        return Outcome(f"{error.failure.what} {error.failure.why}")


def _outcome(storage: S3Storage, record: JobRecord, name: str) -> Outcome | None:
    try:
        job = describe(storage.session, "processing", name)
    except SenderoError as error:
        if not refused_as(error, MISSING):
            raise
        begin(storage, record, name)
        return None
    if job.active:
        return None
    if job.status != "Completed":
        return Outcome(
            job.failure.why if job.failure else tr("It was {status}.", status=job.status), job.ended
        )
    # evaluation.json last: who sees it finds the predictions that it was computed from.
    for key in (keys.predictions(record["name"]), keys.evaluation(record["name"])):
        storage.copy(keys.arrived(record["name"], key), key)
    _put_gain(storage, record)
    return Outcome(ended=job.ended)


def _put_gain(storage: S3Storage, record: JobRecord) -> None:
    """Add to tuning.json by how much the best trial beats the given values, where the job has measured it."""
    tuned, key = beside_start(storage, record), keys.gain(record["name"])
    if tuned and storage.exists(key):
        result = keys.tuning_result(tuned.tuning_job)
        storage.write_json(result, {**storage.read_json(result), "gain": storage.read_json(key)})
