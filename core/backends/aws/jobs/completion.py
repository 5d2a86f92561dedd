"""Completion of a job that has ended at SageMaker: its record, its evaluation, its trials.

Nobody waits in the background for that moment: whoever reads the job next does it. Every step can be done twice, by
two tabs or two machines, and ends the same.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.jobs import evaluation
from core.backends.aws.jobs.description import JobDescription
from core.backends.aws.jobs.logs import rows_of
from core.backends.aws.resources import records
from core.backends.aws.resources.models import forget_model
from core.backends.aws.resources.records import ENDED
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import Answer
from core.backends.aws.session.refusals import ON_THE_WAY, JobNeverStarted
from core.backends.metrics import Trial, TuningResult, best_trial, metric_name, trial_of
from core.backends.records import close_job, time_of, write_job
from core.errors import SenderoError

if TYPE_CHECKING:
    from core.backends.record_types import JobEnd, JobRecord, TuningRequestJson
    from core.storage import FileFacts

LAUNCHING = 60  # seconds in which a job that SageMaker does not know yet may be on its way
LAG = 60  # seconds after a job's end in which the end of its log may be on its way to CloudWatch


def processing_ended(storage: S3Storage, record: JobRecord, job: JobDescription) -> JobRecord:
    """Close the record with the manifest that the job made of its own output."""
    name, manifest = record["name"], {}
    if job.status == "Completed":
        manifest = storage.read_json(keys.eda_manifest(name))
    return _close(storage, record, job, manifest=manifest)


def training_ended(storage: S3Storage, record: JobRecord, job: JobDescription) -> JobRecord | None:
    """Evaluate the model on the test split and close the record; return None while that goes on.

    Nor is it closed while the log of a stopped job, which tells what its model is, has not arrived.
    """
    kept = job.status in ("Completed", "Stopped") and _has_model(storage, record["name"])
    judged = evaluation.Outcome()
    request = record["request"]
    if job.status == "Completed" and "hyperparameters" in request and request.get("test"):
        outcome = evaluation.outcome(storage, record, evaluation.name_of(record["name"]))
        if outcome is None:
            return None
        judged = outcome
        job = replace(job, ended=judged.ended or job.ended)
    saved = "hyperparameters" in request and request["hyperparameters"].get("save_model_on_termination")
    if kept and job.status == "Stopped" and saved == "true":
        rounds = _kept_rounds(storage, record["name"], job)
        if rounds is None:
            return None
        record = {**record, "kept_rounds": rounds}
    manifest = storage.manifest(keys.training_output(record["name"])) if kept else {}
    message = unjudged_message(judged.why) or job.message
    return _close(storage, {**record, "unjudged": judged.why}, job, manifest=manifest, message=message)


def _kept_rounds(storage: S3Storage, training_job: str, job: JobDescription) -> int | None:
    """Return how many rounds the model of a stopped job has, by its log: the image keeps that of the last.

    None while the end of the log is on its way to CloudWatch; 0 where it may not be read. Raises what says nothing of
    this job: no network, a throttled request.
    """
    try:
        rows = rows_of(storage.session, training_job)
    except ON_THE_WAY:
        raise
    except SenderoError:
        return 0
    seen = {
        metric_name(each["MetricName"]): each["Value"] for each in job.answer.get("FinalMetricDataList", ())
    }
    if not (rows and _ends_with(rows, seen)) and _just_ended(job):
        return None
    return int(rows[-1]["round"]) + 1 if rows else 0


def _ends_with(rows: list[dict[str, float]], seen: Mapping[str, float]) -> bool:
    """Return whether the last round of a log has the values that SageMaker saw last: then nothing of it is missing."""
    return all(
        math.isclose(rows[-1].get(name, math.nan), value, rel_tol=1e-4, abs_tol=1e-5)
        for name, value in seen.items()
    )


def _just_ended(job: JobDescription) -> bool:
    return job.ended is not None and (datetime.now(UTC) - job.ended).total_seconds() < LAG


def judged_again(storage: S3Storage, record: JobRecord) -> JobRecord:
    """Return the record of a Training Job whose model is evaluated once more: it stays Completed, and deployable."""
    judged = evaluation.outcome(storage, record, record.get("judging", ""))
    if judged is None:
        return {**record, "phase": "Evaluating"}
    manifest = storage.manifest(keys.training_output(record["name"]))
    record = record.copy()
    record.pop("judging", None)
    record.pop("phase", None)
    end: JobEnd = {"unjudged": judged.why, "message": unjudged_message(judged.why)}
    return close_job(storage, record, end, manifest)


def unjudged_message(why: str) -> str:
    """Return the job's message where its model could not be evaluated."""
    return f"The model is trained and kept. It is not judged, because: {why}" if why else ""


def write_tuning_result(storage: S3Storage, record: JobRecord) -> TuningResult:
    """Write tuning.json as the trials are now, so that pages show the best so far; return it."""
    result, key = tuning_result(storage, record), keys.tuning_result(record["name"])
    if not storage.exists(key) or storage.read_json(key) != result:
        storage.write_json(key, result)
    return result


def tuning_result(storage: S3Storage, record: JobRecord) -> TuningResult:
    """Return the result of a tuning job as it is now, as tuning.json holds it.

    SageMaker has the objective of a trial's last round; its log has that of the round whose model was kept.
    """
    request, known = _tuning(record), _known_trials(storage, record["name"])
    judged = {
        trial["training_job"]: trial for trial in known if "round" in trial and trial["status"] in ENDED
    }
    own = [
        judged.get(summary["TrainingJobName"]) or _judged(storage, request, summary)
        for summary in _trials(storage, records.sagemaker_name(record))
    ]
    trials = [*_earlier_trials(storage, request), *own]
    best = best_trial(trials, request["maximize"])
    return {"trials": trials, "best": best, "objective": request["objective"]}


def _known_trials(storage: S3Storage, tuning_job: str) -> list[Trial]:
    key = keys.tuning_result(tuning_job)
    return storage.read_json(key)["trials"] if storage.exists(key) else []


def _earlier_trials(storage: S3Storage, request: TuningRequestJson) -> list[Trial]:
    """Return the trials of the tuning job that this one goes on from, as far as they are still there."""
    if not (parent := request.get("parent")):
        return []
    there = set(storage.folders("training"))
    return [trial for trial in _known_trials(storage, parent) if trial["training_job"] in there]


def _tuning(record: JobRecord) -> TuningRequestJson:
    request = record["request"]
    assert "max_jobs" in request, "the record of a tuning job"
    return request


def _judged(storage: S3Storage, request: TuningRequestJson, summary: Answer) -> Trial:
    """Return one trial by its log; by SageMaker's summary while the log lags behind or may not be read."""
    name, status = summary["TrainingJobName"], summary["TrainingJobStatus"]
    values = {key: text.strip('"') for key, text in summary.get("TunedHyperParameters", {}).items()}
    value = summary.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value")
    rows = []
    if status in ENDED and value is not None:
        with contextlib.suppress(SenderoError):
            rows = rows_of(storage.session, name)
    trial, metric = trial_of(name, status, values, request, rows), metric_name(request["objective"])
    if rows and value is not None and _ends_with(rows, {metric: value}):
        return trial
    return {"training_job": name, "values": values, "objective": value, "status": status}


def _trials(storage: S3Storage, tuning_job: str) -> list[Answer]:
    summaries: list[Answer] = []
    more: dict[str, str] = {}
    while True:
        page = storage.session.call(
            "sagemaker",
            "list_training_jobs_for_hyper_parameter_tuning_job",
            HyperParameterTuningJobName=tuning_job,
            MaxResults=100,
            SortBy="CreationTime",
            SortOrder="Ascending",
            **more,
        )
        summaries += page["TrainingJobSummaries"]
        if not page.get("NextToken"):
            return summaries
        more = {"NextToken": page["NextToken"]}


def tuning_ended(storage: S3Storage, record: JobRecord, job: JobDescription) -> JobRecord:
    """Write tuning.json and a record for each trial, so that the trials are jobs like any other; close the record."""
    result = write_tuning_result(storage, record)
    best = result["best"]["training_job"] if result["best"] else None
    for trial in result["trials"]:
        _record_trial(storage, record, trial, evaluated=trial["training_job"] == best)
    output = keys.job_output("tuning", record["name"])
    return _close(
        storage, record, job, manifest=storage.manifest(output), message=f"best: {best}" if best else ""
    )


def _record_trial(storage: S3Storage, tuning: JobRecord, trial: Trial, evaluated: bool) -> None:
    """Write the record of a trial. Only the best one is evaluated: each evaluation is a job that is paid for."""
    name = trial["training_job"]
    if storage.exists(keys.job_record("training", name)):
        return
    request = _tuning(tuning)["training"].copy()
    request["name"], request["tuning_job"] = name, tuning["name"]
    request["hyperparameters"] = request["hyperparameters"] | trial["values"]
    if not evaluated:
        request["test"] = None
    storage.copy(request["contract"], keys.model_contract(name))
    record: JobRecord = {
        "backend": "aws",
        "created": tuning["created"],
        "versions": tuning.get("versions", {}),
        "name": name,
        "aws_name": name,
        "kind": "training",
        "status": "InProgress",
        "request": request,
    }
    write_job(storage, record)


def transform_ended(storage: S3Storage, record: JobRecord, job: JobDescription) -> JobRecord:
    """Delete the model that served the job, and close the record."""
    forget_model(storage, records.sagemaker_name(record))
    return _close(storage, record, job, manifest=storage.manifest(keys.transform_output(record["name"])))


ENDINGS = {
    "processing": processing_ended,
    "training": training_ended,
    "tuning": tuning_ended,
    "transform": transform_ended,
}


def missing(storage: S3Storage, record: JobRecord) -> JobRecord:
    """Return the record of a job that SageMaker does not know: on its way, or closed, as its launch was cut off."""
    age = (datetime.now(UTC) - time_of(record["created"])).total_seconds()
    if age <= LAUNCHING:
        return {**record, "phase": "Starting"}
    if record["kind"] == "transform":
        forget_model(storage, record["name"])
    failure = JobNeverStarted(name=record["name"]).failure
    return records.close(storage, record, "Failed", failure=failure)


def _has_model(storage: S3Storage, training_job: str) -> bool:
    return storage.exists(keys.model(training_job))


def _close(
    storage: S3Storage,
    record: JobRecord,
    job: JobDescription,
    manifest: dict[str, FileFacts],
    message: str | None = None,
) -> JobRecord:
    return records.close(
        storage, record, job.status, started=job.started, ended=job.ended, failure=job.failure,
        message=job.message if message is None else message, manifest=manifest,
    )  # fmt: skip
