"""SageMaker's description of a job: status, phase, times, failure."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from core.backends.aws.session.connection import Answer, Session
from core.backends.aws.session.errors import explain_failure
from core.errors import Failure
from core.numbers import fixed


@dataclass(frozen=True, slots=True)
class Operations:
    """The names of SageMaker's operations and fields for one kind of job."""

    describe: str
    stop: str
    name: str
    status: str


OPERATIONS = {
    "processing": Operations(
        "describe_processing_job", "stop_processing_job", "ProcessingJobName", "ProcessingJobStatus"
    ),
    "training": Operations("describe_training_job", "stop_training_job", "TrainingJobName", "TrainingJobStatus"),
    "tuning": Operations(
        "describe_hyper_parameter_tuning_job", "stop_hyper_parameter_tuning_job", "HyperParameterTuningJobName",
        "HyperParameterTuningJobStatus",
    ),
    "transform": Operations(
        "describe_transform_job", "stop_transform_job", "TransformJobName", "TransformJobStatus"
    ),
}  # fmt: skip
CUT_OFF = ("MaxRuntimeExceeded", "MaxWaitTimeExceeded", "Interrupted")
RUNNING = {
    "processing": "Processing",
    "training": "Training",
    "tuning": "Training",
    "transform": "Transforming",
}


@dataclass(frozen=True, slots=True)
class JobDescription:
    """A job as SageMaker describes it: its status, phase, times (UTC), and why it failed."""

    status: str  # InProgress, Completed, Failed, Stopping, Stopped
    phase: str
    started: datetime | None
    ended: datetime | None
    failure: Failure | None
    message: str
    answer: Answer

    @property
    def active(self) -> bool:
        return self.status in ("InProgress", "Stopping")


def describe(session: Session, kind: str, aws_name: str) -> JobDescription:
    """Request the description of one job. Raises NotFound."""
    operations = OPERATIONS[kind]
    answer = session.call("sagemaker", operations.describe, **{operations.name: aws_name})
    status = answer[operations.status]
    if status == "Deleting":
        status = "Stopping"
    begun = next((answer[name] for name in ("ProcessingStartTime", "TrainingStartTime", "TransformStartTime",
                                            "CreationTime") if answer.get(name)), None)  # fmt: skip
    ends = ("ProcessingEndTime", "TrainingEndTime", "TransformEndTime", "HyperParameterTuningEndTime",
            "LastModifiedTime")  # fmt: skip
    ended = next((answer[name] for name in ends if answer.get(name)), None)
    active = status in ("InProgress", "Stopping")
    return JobDescription(
        status=status,
        phase=_phase(kind, status, answer) if active else status,
        started=_utc(begun),
        ended=None if active else _utc(ended),
        failure=_failure(answer) if status == "Failed" else _cut_off(answer),
        message=_message(answer, status),
        answer=answer,
    )


def _phase(kind: str, status: str, answer: Answer) -> str:
    if status == "Stopping":
        return "Stopping"
    if "SecondaryStatus" in answer:
        return answer["SecondaryStatus"]
    # A Processing Job has no secondary status: it has begun once there is a start time.
    started = answer.get("ProcessingStartTime") or answer.get("TransformStartTime") or kind == "tuning"
    return RUNNING[kind] if started else "Starting"


def _failure(answer: Answer) -> Failure:
    """Return why a job failed: entry.py puts kind and remedy into the exit message; other reasons are SageMaker's."""
    message = answer.get("ExitMessage", "")
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return Failure.from_dict(json.loads(message))
    return explain_failure(answer.get("FailureReason", ""), message)


def _cut_off(answer: Answer) -> Failure | None:
    """Return why SageMaker itself stopped a job: it is Stopped too, and only its secondary status says why."""
    why = answer.get("SecondaryStatus", "")
    if why not in CUT_OFF:
        return None
    steps = answer.get("SecondaryStatusTransitions") or [{}]
    return explain_failure(f"{why}: {steps[-1].get('StatusMessage', '')}")


def _message(answer: Answer, status: str) -> str:
    """Return the seconds of each phase and what was billed, in words, as far as the answer holds them."""
    parts = []
    for step in answer.get("SecondaryStatusTransitions", []):
        if step.get("EndTime"):
            parts.append(
                f"{step['Status']} {fixed((step['EndTime'] - step['StartTime']).total_seconds(), 0)} s"
            )
    if status == "Completed" and answer.get("EnableManagedSpotTraining"):
        used, billed = answer.get("TrainingTimeInSeconds", 0), answer.get("BillableTimeInSeconds", 0)
        if used:
            parts.append(f"spot: {billed} of {used} s billed")
    return ", ".join(parts)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
