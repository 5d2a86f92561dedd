"""A Training Job that has ended: its model is judged on the test split, and its record closed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.jobs import evaluation, executions
from core.backends.aws.jobs.closing import close, ends_with, just_ended
from core.backends.aws.jobs.description import JobDescription
from core.backends.aws.jobs.logs import rows_of
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.refusals import ON_THE_WAY
from core.backends.metrics import metric_name
from core.backends.records import close_job
from core.errors import SenderoError
from core.language import tr

if TYPE_CHECKING:
    from core.backends.record_types import JobEnd, JobRecord


def training_ended(storage: S3Storage, record: JobRecord, job: JobDescription) -> JobRecord | None:
    """Evaluate the model on the test split and close the record; return None while that goes on.

    While the log of a stopped job, which tells what its model is, has not arrived, the record stays open.
    """
    kept = job.status in ("Completed", "Stopped") and storage.exists(keys.model(record["name"]))
    judged = evaluation.Outcome()
    request = record["request"]
    if job.status == "Completed" and "hyperparameters" in request and request.get("test"):
        if record.get("execution"):  # the next step of its pipeline judges it
            outcome = executions.judged(storage, record)
        else:
            outcome = evaluation.outcome(storage, record, evaluation.name_of(record["name"]))
        if outcome is None:
            return None
        judged = outcome
        job = replace(job, ended=judged.ended or job.ended)
    saved = "hyperparameters" in request and request["hyperparameters"].get("save_model_on_termination")
    if kept and job.status == "Stopped" and saved == "true":
        rounds = _kept_rounds(storage, record["name"], job)
        if rounds is None:
            return {**record, "status": "Stopping", "phase": "Stopping"}
        record = {**record, "kept_rounds": rounds}
    manifest = storage.manifest(keys.training_output(record["name"])) if kept else {}
    message = unjudged_message(judged.why) or job.message
    return close(storage, {**record, "unjudged": judged.why}, job, manifest=manifest, message=message)


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
    if not ends_with(rows, seen) and just_ended(job):
        return None
    return int(rows[-1]["round"]) + 1 if rows else 0


def judged_again(storage: S3Storage, record: JobRecord) -> JobRecord:
    """Return the record of a Training Job whose model is evaluated once more: it stays Completed, and deployable."""
    name = record.get("judging", "")
    judged = evaluation.outcome(storage, record, name)
    if judged is None:
        return {**record, "phase": "Evaluating"}
    manifest = storage.manifest(keys.training_output(record["name"]))
    record = record.copy()
    record.pop("judging", None)
    record.pop("phase", None)
    end: JobEnd = {"unjudged": judged.why, "message": unjudged_message(judged.why)}
    return close_job(storage, record, end, manifest, judging=name)


def unjudged_message(why: str) -> str:
    """Return the job's message where its model could not be evaluated."""
    return tr("The model is trained and kept. It is not judged, because: {why}", why=why) if why else ""
