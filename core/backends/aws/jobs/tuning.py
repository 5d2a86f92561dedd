"""A tuning job on its way and at its end: its trials as they are, the best of them judged, its record closed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.jobs import start
from core.backends.aws.jobs.closing import close, ends_with, just_ended
from core.backends.aws.jobs.description import JobDescription, describe
from core.backends.aws.jobs.logs import rows_of
from core.backends.aws.jobs.trained import training_ended
from core.backends.aws.resources import records
from core.backends.aws.resources.instances import AT_ONCE
from core.backends.aws.resources.records import ENDED
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import Answer
from core.backends.metrics import Trial, TuningResult, best_trial, metric_name, trial_of
from core.backends.records import create_job, read_job, timestamp
from core.errors import SenderoError

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord, TuningRequestJson


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
    request, known = start.request_of(record), _known_trials(storage, record["name"])
    judged = {
        trial["training_job"]: trial for trial in known if "round" in trial and trial["status"] in ENDED
    }
    first = start.summary(storage, record)
    own = [
        judged.get(summary["TrainingJobName"]) or _judged(storage, request, summary)
        for summary in [*([first] if first else []), *_trials(storage, records.sagemaker_name(record))]
    ]
    trials = [*_earlier_trials(storage, request), *own]
    best = best_trial(trials, request["maximize"])
    result: TuningResult = {
        "trials": trials,
        "best": best,
        "objective": request["objective"],
        "at_once": min(AT_ONCE, request["max_jobs"]),
    }
    for job in (
        record["name"],
        request.get("parent", ""),
    ):  # as judging the best has found, see `evaluation.py`
        if (known := _known(storage, job)) and known["best"] == best and "gain" in known:
            return {**result, "gain": known["gain"]}
    return result


def _known(storage: S3Storage, tuning_job: str) -> TuningResult | None:
    key = keys.tuning_result(tuning_job)
    return storage.read_json(key) if tuning_job and storage.exists(key) else None


def _known_trials(storage: S3Storage, tuning_job: str) -> list[Trial]:
    known = _known(storage, tuning_job)
    return known["trials"] if known else []


def _earlier_trials(storage: S3Storage, request: TuningRequestJson) -> list[Trial]:
    """Return the trials of the tuning job that this one goes on from, as far as they are still there."""
    if not (parent := request.get("parent")):
        return []
    there = set(storage.folders("training"))
    return [trial for trial in _known_trials(storage, parent) if trial["training_job"] in there]


def _judged(storage: S3Storage, request: TuningRequestJson, summary: Answer) -> Trial:
    """Return one trial by its log; by SageMaker's summary while the log lags behind or may not be read."""
    name, status = summary["TrainingJobName"], summary["TrainingJobStatus"]
    values = {key: text.strip('"') for key, text in summary.get("TunedHyperParameters", {}).items()}
    value = summary.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value")
    rows = []
    if status in ENDED and value is not None:
        with contextlib.suppress(SenderoError):
            rows = rows_of(storage.session, name)
    metric = metric_name(request["objective"])
    trial: Trial = trial_of(name, status, values, request, rows)
    if not (rows and value is not None and ends_with(rows, {metric: value})):
        trial = {"training_job": name, "values": values, "objective": value, "status": status}
    if status in ENDED:
        trial["seconds"] = _billed(summary)
    return trial


def _billed(summary: Answer) -> float:
    """Return the seconds for which a trial that has ended had its instances; 0 where it never got them."""
    started, ended = summary.get("TrainingStartTime"), summary.get("TrainingEndTime")
    return (ended - started).total_seconds() if started and ended else 0.0


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
    """Write tuning.json and a record for each trial, so that the trials are jobs like any other; close the record.

    It stays open while the trial with the given values goes on, and until the best one is judged.
    """
    if start.goes_on(storage, record, stopped=job.status == "Stopped"):
        return _open(record, job, "Training", "the trial with your values")
    result = write_tuning_result(storage, record)
    if just_ended(job) and any(map(_waits_for_its_log, result["trials"])):
        return _open(record, job, "Training", "the logs of the trials are on their way")
    best = result["best"]["training_job"] if result["best"] else None
    own = [trial for trial in result["trials"] if is_own(record, trial)]
    for number, trial in enumerate(own, 1):
        _record_trial(storage, record, trial, number, evaluated=trial["training_job"] == best)
    if best and not _is_judged(storage, best):
        return _open(record, job, "Evaluating", f"best: {best}")
    output = keys.job_output("tuning", record["name"])
    return close(
        storage, record, job, manifest=storage.manifest(output), message=f"best: {best}" if best else ""
    )


def _open(record: JobRecord, job: JobDescription, phase: str, message: str) -> JobRecord:
    """Return the record of a tuning job that is not over, though SageMaker's tuner is."""
    started = timestamp(job.started) if job.started else None
    return {**record, "status": "InProgress", "phase": phase, "started": started, "message": message}


def is_own(record: JobRecord, trial: Trial) -> bool:
    """Return whether a trial is of this tuning job, not of the one that it goes on from."""
    return trial["training_job"].startswith(f"{records.sagemaker_name(record)}-")


def _waits_for_its_log(trial: Trial) -> bool:
    return trial["status"] == "Completed" and trial["objective"] is not None and "round" not in trial


def _is_judged(storage: S3Storage, training_job: str) -> bool:
    """Return whether the best trial has ended as a job, which judges it; start that where it has not begun."""
    record = read_job(storage, "training", training_job, "status")
    if record["status"] in ENDED:
        return True
    job = describe(storage.session, "training", records.sagemaker_name(record))
    return training_ended(storage, record, job) is not None


def _record_trial(storage: S3Storage, tuning: JobRecord, trial: Trial, number: int, evaluated: bool) -> None:
    """Write the record of a trial. Only the best one is evaluated: each evaluation is a job that is paid for."""
    name = trial["training_job"]
    if storage.exists(keys.job_record("training", name)):
        return
    request = start.request_of(tuning)["training"].copy()
    request["name"], request["tuning_job"], request["trial"] = name, tuning["name"], number
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
    create_job(storage, record)
