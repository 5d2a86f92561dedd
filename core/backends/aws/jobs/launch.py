"""Launching a job: once, however many clicks, tabs or machines request it.

The record goes first, then the request, whose name SageMaker takes only once. So a request that was sent twice (a
connection dropped before the answer came) finds its own job there, and never starts a second one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.jobs import processing, training, transform
from core.backends.aws.jobs.description import OPERATIONS
from core.backends.aws.resources import instances, records
from core.backends.aws.resources.models import forget_model
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session import ownership
from core.backends.aws.session.codes import MISSING, TAKEN, refused_as
from core.backends.aws.session.ownership import Tag
from core.backends.aws.session.refusals import ON_THE_WAY
from core.backends.records import create_job, read_job
from core.backends.requests import JobKind, SageMakerRequest, TrainingRequest, TuningRequest
from core.errors import NameTaken, SenderoError
from core.language import tr
from core.names import checked_name

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord

CREATE = {
    JobKind.processing: ("create_processing_job", processing.create_request),
    JobKind.training: ("create_training_job", training.create_request),
    JobKind.tuning: ("create_hyper_parameter_tuning_job", training.tuning_request),
    JobKind.transform: ("create_transform_job", transform.create_request),
}


def launch(storage: S3Storage, request: SageMakerRequest, execution: str = "") -> JobRecord:
    """Return the record of the job for `request`, started if there was none.

    Raises BadName, NameTaken, and what AWS refuses.
    """
    name = checked_name(request.name)
    aws_name = training.tuning_name(name) if isinstance(request, TuningRequest) else name
    resources = request.training.resources if isinstance(request, TuningRequest) else request.resources
    resource_config = instances.chosen(storage.session, request.kind.value, resources)
    record = records.launched(request, aws_name, resource_config, execution)
    if known := _known(storage, record):
        return known
    if not create_job(storage, record):  # another machine was faster
        return _known(storage, record) or record
    try:
        _create(storage, request, record.get("fingerprint", ""))
    except SenderoError as error:
        # An answer that never came may stand for a job that was created: then its record must stay.
        if not (isinstance(error, ON_THE_WAY) and _exists(storage, record)):
            storage.delete(f"{record['kind']}/{name}")
            if request.kind == JobKind.transform:
                forget_model(storage, name)
            raise
    return record


def _known(storage: S3Storage, record: JobRecord) -> JobRecord | None:
    """Return the record of the same name and request. Raises NameTaken when the name stands for something else."""
    for kind in JobKind:
        if storage.exists(keys.job_record(kind.value, record["name"])):
            known = read_job(storage, kind.value, record["name"])
            if known.get("fingerprint") == record.get("fingerprint"):
                return known
            raise NameTaken(thing=tr("a {kind} job", kind=kind.value), name=record["name"])
    return None


def _create(storage: S3Storage, request: SageMakerRequest, fingerprint: str) -> None:
    if isinstance(request, TrainingRequest):
        # Beside the model, before it is there: no model is served without it.
        storage.copy(request.contract, keys.model_contract(request.name))
        if request.all_rows_of and storage.exists(keys.decision(request.all_rows_of)):
            storage.copy(keys.decision(request.all_rows_of), keys.decision(request.name))
    operation, build = CREATE[request.kind]
    parameters = build(storage, request)
    tags: list[Tag] = [*parameters["Tags"], {"Key": "sendero:request", "Value": fingerprint}]
    try:
        storage.session.call("sagemaker", operation, **parameters | {"Tags": tags})
    except SenderoError as error:
        if not refused_as(error, TAKEN):
            raise
        # SageMaker has a job of this name. It is this very request, whose answer was lost, when it carries our tags;
        # a stranger's does not, nor does an earlier job of this workspace under that name.
        if not _ours(storage, request, tags):
            raise NameTaken(
                thing=tr("a {kind} job in this account", kind=request.kind.value), name=request.name
            ) from error


def _ours(storage: S3Storage, request: SageMakerRequest, tags: list[Tag]) -> bool:
    aws_name = training.tuning_name(request.name) if isinstance(request, TuningRequest) else request.name
    operations = OPERATIONS[request.kind.value]
    answer = storage.session.call("sagemaker", operations.describe, **{operations.name: aws_name})
    arn = next(value for key, value in answer.items() if key.endswith("JobArn"))
    return ownership.tagged(storage.session, arn, *tags)


def _exists(storage: S3Storage, record: JobRecord) -> bool:
    operations, name = OPERATIONS[record["kind"]], records.sagemaker_name(record)
    try:
        storage.session.call("sagemaker", operations.describe, **{operations.name: name})
    except SenderoError as error:
        return not refused_as(error, MISSING)  # not known: the record stays, and will show
    return True
