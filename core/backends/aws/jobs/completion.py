"""Completion of a job that has ended at SageMaker: its record, its evaluation, its trials.

Nobody waits in the background for that moment: whoever reads the job next does it. Every step can be done twice, by
two tabs or two machines, and ends the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.jobs.closing import close
from core.backends.aws.jobs.description import JobDescription
from core.backends.aws.jobs.trained import training_ended
from core.backends.aws.jobs.tuning import tuning_ended
from core.backends.aws.resources import records
from core.backends.aws.resources.models import forget_model
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.refusals import JobNeverStarted
from core.backends.records import time_of, timestamp
from core.language import mark

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord

NOT_CLOSED = mark("It has ended. Its record is closed once somebody looks who may write here.")
LAUNCHING = 60  # seconds in which a job that SageMaker does not know yet may be on its way


def processing_ended(storage: S3Storage, record: JobRecord, job: JobDescription) -> JobRecord:
    """Close the record with the manifest that the job made of its own output."""
    name, manifest = record["name"], {}
    if job.status == "Completed":
        manifest = storage.read_json(keys.eda_manifest(name))
    return close(storage, record, job, manifest=manifest)


def transform_ended(storage: S3Storage, record: JobRecord, job: JobDescription) -> JobRecord:
    """Delete the model that served the job, and close the record."""
    forget_model(storage, records.sagemaker_name(record))
    return close(storage, record, job, manifest=storage.manifest(keys.transform_output(record["name"])))


ENDINGS = {
    "processing": processing_ended,
    "training": training_ended,
    "tuning": tuning_ended,
    "transform": transform_ended,
}


def unclosed(record: JobRecord, job: JobDescription) -> JobRecord:
    """Return the record of a job that has ended as SageMaker says, and that whoever looks may not close."""
    return {
        **record,
        "status": job.status,
        "phase": job.status,
        "started": timestamp(job.started) if job.started else None,
        "ended": timestamp(job.ended) if job.ended else None,
        "failure": job.failure.as_kept() if job.failure else None,
        "message": NOT_CLOSED,
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
