"""Endpoints: schedule, model, endpoint config and endpoint, made in that order; `deletion.py` deletes them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from core import keys
from core.backends.aws.endpoints import deletion, expiry
from core.backends.aws.resources import instances, request_fields
from core.backends.aws.resources.models import create_model
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session import ownership
from core.backends.aws.session.connection import Answer, Parameters
from core.backends.aws.session.errors import explain_failure
from core.backends.base import Endpoint, EndpointStatus
from core.backends.records import create_endpoint, now, read_endpoint, time_of, timestamp, write_endpoint
from core.backends.requests import EndpointRequest
from core.backends.versions import versions
from core.errors import (
    EndpointGone,
    Failure,
    NameTaken,
    NotFound,
    SenderoError,
    StorageDamaged,
    StorageFailed,
)
from core.names import is_name

if TYPE_CHECKING:
    from core.backends.record_types import AwsEndpointRecord

LAUNCHING = 60  # seconds that an endpoint may be missing right after its record was written
STATUS = {
    "Creating": EndpointStatus.creating,
    "RollingBack": EndpointStatus.creating,
    "InService": EndpointStatus.in_service,
    "Updating": EndpointStatus.in_service,
    "SystemUpdating": EndpointStatus.in_service,
    "Deleting": EndpointStatus.deleting,
}


def deploy(storage: S3Storage, request: EndpointRequest) -> AwsEndpointRecord:
    """Deploy an endpoint, or find the one of that name for the same model; return its record. Raises NameTaken.

    What was created before a step was refused is deleted again; nothing that existed before is touched.
    """
    resource_config = instances.chosen(storage.session, "endpoint", request.resources)
    with contextlib.suppress(NotFound, StorageFailed, StorageDamaged):
        other = read_record(storage, request.name)
        same = (other["training_job"], other["where"]) == (request.training_job, resource_config)
        if same and not other.get("ending"):
            return other
    expires = datetime.now(UTC) + timedelta(seconds=request.expires_in)
    record: AwsEndpointRecord = {
        "training_job": request.training_job,
        "expires_in": request.expires_in,
        "where": resource_config,
        "name": request.name,
        "made": request.name_generated,
        "contract": keys.model_contract(request.training_job),
        "instance": _instance(resource_config),
        "backend": "aws",
        "created": now(),
        "expires": timestamp(expires),
        "ends_by": expiry.ends_by(storage.session),
        "versions": versions(),
    }
    if not create_endpoint(storage, record):
        raise NameTaken(thing="an endpoint", name=request.name)
    try:
        _create(storage, record, expires)
    except SenderoError:
        with contextlib.suppress(SenderoError):  # what AWS does not delete now is deleted later
            deletion.delete(storage, record, patience=0)
        raise
    return record


def set_expiry(storage: S3Storage, record: AwsEndpointRecord, expires: datetime) -> None:
    """Move the expiry of an endpoint. The schedule first: a record of a later end than the schedule's would lie."""
    expiry.schedule(storage.session, record["name"], expires)
    changed: AwsEndpointRecord = {**record, "expires": timestamp(expires)}
    write_endpoint(storage, changed)


def _create(storage: S3Storage, record: AwsEndpointRecord, expires: datetime) -> None:
    """Create the schedule first, which needs only the name: an endpoint cannot be deleted again at once."""
    session, name = storage.session, record["name"]
    if (existing := description(storage, name)) and not ownership.ours(session, ownership.ENDPOINT, name):
        raise NameTaken(thing="an endpoint in this account", name=existing["EndpointName"])
    expiry.schedule(session, name, expires)
    serverless = record["where"]["instance_type"] == instances.SERVERLESS
    create_model(storage, name, record["training_job"], serverless=serverless)
    tags = request_fields.tags(session.settings, endpoint=name, expires=record["expires"])
    key = {"KmsKeyId": session.key} if session.key and not serverless else {}
    variant = _variant(storage, record)

    def same(config: Answer) -> bool:
        variants = config.get("ProductionVariants", [{}])
        return len(variants) == 1 and all(variants[0].get(field) == value for field, value in variant.items())

    config = {"ProductionVariants": [variant], "Tags": tags, **key}
    ownership.create(session, ownership.CONFIG, name, config, same)
    endpoint = {"EndpointConfigName": name, "Tags": tags}
    ownership.create(
        session, ownership.ENDPOINT, name, endpoint, lambda facts: facts["EndpointConfigName"] == name
    )


def _variant(storage: S3Storage, record: AwsEndpointRecord) -> Parameters:
    resource_config = record["where"]
    variant: Parameters = {"VariantName": "AllTraffic", "ModelName": record["name"]}
    if resource_config["instance_type"] == instances.SERVERLESS:
        size = {
            "MemorySizeInMB": int(resource_config["memory_mb"]),
            "MaxConcurrency": storage.session.settings.serverless_concurrency,
        }
        return variant | {"ServerlessConfig": size}
    return variant | {"InstanceType": resource_config["instance_type"], "InitialInstanceCount": 1}


def _instance(resource_config: dict[str, str]) -> str:
    kind = resource_config["instance_type"]
    return f"{kind}, {resource_config['memory_mb']} MB" if kind == instances.SERVERLESS else kind


def endpoint_of(
    record: AwsEndpointRecord, answer: Answer | None, per_hour: float | None, region: str = ""
) -> Endpoint:
    """Return an endpoint by its record and SageMaker's description, which is None where there is no such endpoint."""
    expires, failure = time_of(record["expires"]), None
    if answer is not None and answer["EndpointConfigName"] != record["name"]:
        answer = None  # ours is gone, and somebody has made another one of its name
    if record.get("ending"):
        status = EndpointStatus.deleting
    elif answer is None:
        status, failure = _gone(record, expires)
    else:
        status = STATUS.get(answer["EndpointStatus"], EndpointStatus.failed)
        if status == EndpointStatus.failed:
            failure = explain_failure(answer.get("FailureReason", answer["EndpointStatus"]))
    return Endpoint(
        name=record["name"],
        status=status,
        training_job=record["training_job"],
        created=time_of(record["created"]),
        expires=expires,
        failure=failure,
        instance=record["instance"],
        per_hour=per_hour,
        ends_by=record["ends_by"],
        region=region,
        request=EndpointRequest(
            record["name"],
            record["training_job"],
            record.get("expires_in", 0.0),
            name_generated=record.get("made", False),
            resources=record["where"],
        ),
    )


def _gone(record: AwsEndpointRecord, expires: datetime) -> tuple[EndpointStatus, Failure | None]:
    if datetime.now(UTC) >= expires:
        return EndpointStatus.expired, None
    if _age(record) < LAUNCHING:
        return EndpointStatus.creating, None
    reason = "It was deleted elsewhere, before its expiry; nothing is billed for it."
    return EndpointStatus.failed, EndpointGone(name=record["name"], reason=reason).failure


def _age(record: AwsEndpointRecord) -> float:
    return (datetime.now(UTC) - time_of(record["created"])).total_seconds()


def description(storage: S3Storage, name: str) -> Answer | None:
    """Return SageMaker's description of an endpoint; None where there is no such endpoint."""
    return ownership.description(storage.session, ownership.ENDPOINT, name)


def read_record(storage: S3Storage, name: str) -> AwsEndpointRecord:
    """Read the record of an endpoint. Raises NotFound."""
    if not is_name(name) or not storage.exists(keys.endpoint_record(name)):
        raise NotFound(thing="endpoint", name=name, listing="endpoints")
    return cast("AwsEndpointRecord", read_endpoint(storage, name, "where"))
