"""The trial with the given values: a Training Job beside SageMaker's tuner, which draws the values of every trial.

Without it nobody could say whether the search paid. It is one of the trials that were asked for, and is launched with
the tuning job; where the quota has no room for it beside the tuner's trials, it is launched after them.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from core.backends.aws.jobs import training
from core.backends.aws.jobs.description import describe
from core.backends.aws.resources.records import ENDED, sagemaker_name
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.codes import MISSING, TAKEN, refused_as
from core.backends.aws.session.connection import Answer
from core.backends.aws.session.refusals import ON_THE_WAY
from core.backends.requests import TrainingRequest
from core.errors import SenderoError

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord, TuningRequestJson


def request_of(tuning_job: JobRecord) -> TuningRequestJson:
    """Return what a tuning job was asked."""
    request = tuning_job["request"]
    assert "max_jobs" in request, "the record of a tuning job"
    return request


def name_of(record: JobRecord) -> str:
    """Return its name: the tuner counts its own trials from 001."""
    return f"{sagemaker_name(record)}-000"


def begin(storage: S3Storage, record: JobRecord) -> bool:
    """Start it, unless none is wanted or AWS refuses it; return whether it is there. Raises what says nothing of it."""
    request = request_of(record)
    if not training.has_start(request["max_jobs"], request.get("parent", "")):
        return False
    asked, given = request["training"], request["training"]["hyperparameters"]
    metric = request["objective"].partition(":")[2]
    if metric not in [name.strip() for name in given.get("eval_metric", "").split(",")]:
        given = given | {"_tuning_objective_metric": request["objective"]}  # as the tuner tells its trials
    wanted = TrainingRequest(
        name=name_of(record),
        hyperparameters=given,
        channels=asked["channels"],
        contract=asked["contract"],
        test=None,
        processing_job=asked["processing_job"],
        resources=record.get("where") or asked.get("resources") or {},
    )
    try:
        storage.session.call("sagemaker", "create_training_job", **training.create_request(storage, wanted))
    except ON_THE_WAY:
        raise
    except SenderoError as error:
        return refused_as(error, TAKEN)  # another tab was faster
    return True


def summary(storage: S3Storage, record: JobRecord) -> Answer | None:
    """Return what SageMaker lists of a tuner's own trials, of this one; None where it was not launched."""
    request = request_of(record)
    if not training.has_start(request["max_jobs"], request.get("parent", "")):
        return None
    try:
        job = describe(storage.session, "training", name_of(record))
    except SenderoError as error:
        if refused_as(error, MISSING):
            return None
        raise
    found: Answer = {"TrainingJobName": name_of(record), "TrainingJobStatus": job.status}
    found |= {
        name: job.answer[name] for name in ("TrainingStartTime", "TrainingEndTime") if name in job.answer
    }
    for metric in job.answer.get("FinalMetricDataList", ()):
        if metric["MetricName"] == request["objective"]:
            found["FinalHyperParameterTuningJobObjectiveMetric"] = {"Value": metric["Value"]}
    return found


def goes_on(storage: S3Storage, record: JobRecord, stopped: bool) -> bool:
    """Return whether it runs, after the tuner's own trials: launched only now, or stopped as the tuning job was."""
    found = summary(storage, record)
    if found is None:
        return not stopped and begin(storage, record)
    if found["TrainingJobStatus"] in ENDED:
        return False
    if stopped:
        stop(storage, record)
    return True


def stop(storage: S3Storage, record: JobRecord) -> None:
    """Stop it with its tuning job, should it run."""
    with contextlib.suppress(SenderoError):  # it was not launched, or has ended
        storage.session.call("sagemaker", "stop_training_job", TrainingJobName=name_of(record))
