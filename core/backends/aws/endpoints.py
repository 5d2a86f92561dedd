"""Endpoints: model, endpoint config, endpoint and schedule, made in that order and deleted in the other."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from core.backends.aws import expiry, place, records
from core.backends.aws.errors import explain_failure
from core.backends.aws.models import create_model
from core.backends.aws.refusals import StillThere
from core.backends.aws.session import MISSING, TAKEN, refused_as
from core.backends.aws.storage import S3Storage
from core.backends.base import Endpoint, EndpointRequest, EndpointStatus
from core.backends.records import time_of
from core.backends.versions import versions
from core.errors import EndpointGone, Failure, NameTaken, NotFound, SenderoError
from core.storage import NAME_RULE

SECOND_CLICK = 5.0  # seconds in which a second request with a made name is the first one again
LAUNCHING = 60  # seconds that an endpoint may be missing right after its record was written
DELETING = 600  # seconds that a deletion may take; it is seconds as a rule
LOOK_EVERY = 2.0
STATUS = {
    "Creating": EndpointStatus.creating,
    "RollingBack": EndpointStatus.creating,
    "InService": EndpointStatus.in_service,
    "Updating": EndpointStatus.in_service,
    "SystemUpdating": EndpointStatus.in_service,
    "Deleting": EndpointStatus.deleting,
}


def key_of(name: str) -> str:
    """The key of an endpoint's record."""
    return f"endpoints/{name}/endpoint.json"


def deploy(storage: S3Storage, request: EndpointRequest, known: list[dict[str, Any]]) -> dict[str, Any]:
    """The record of the endpoint for `request`; `known`: the records there are. Raises NameTaken.

    What was made before a step was refused is taken back.
    """
    settings = storage.session.settings
    where = place.chosen(settings, "endpoint", request.resources)
    wish = {"training_job": request.training_job, "expires_in": request.expires_in, "where": where}
    for other in known:
        same = all(other.get(name) == wish[name] for name in ("training_job", "where"))
        if other["name"] == request.name:
            if same:
                return other
            raise NameTaken(thing="an endpoint", name=request.name)
        again = same and other.get("expires_in") == request.expires_in and _age(other) < SECOND_CLICK
        if request.made and other.get("made") and again:
            return other
    expires = datetime.now(UTC) + timedelta(seconds=request.expires_in)
    record = wish | {
        "name": request.name,
        "made": request.made,
        "contract": f"training/{request.training_job}/output/contract.json",
        "instance": _instance(where),
        "backend": "aws",
        "created": records.stamp(datetime.now(UTC)),
        "expires": records.stamp(expires),
        "ends_by": expiry.ends_by(storage.session),
        "versions": versions(),
    }
    storage.write_json(key_of(request.name), record)
    try:
        _create(storage, record, expires)
    except SenderoError:
        with contextlib.suppress(SenderoError):
            delete(storage, request.name, patience=0)
        raise
    return record


def _create(storage: S3Storage, record: dict[str, Any], expires: datetime) -> None:
    session, name = storage.session, record["name"]
    serverless = record["where"]["instance_type"] == place.SERVERLESS
    create_model(storage, name, record["training_job"], serverless=serverless)
    tags = place.tags(session.settings, endpoint=name, expires=record["expires"])
    key = {"KmsKeyId": session.settings.kms_key} if session.settings.kms_key and not serverless else {}
    for operation, params in (
        ("create_endpoint_config", {"ProductionVariants": [_variant(storage, record)], "Tags": tags, **key}),
        ("create_endpoint", {"EndpointName": name, "Tags": tags}),
    ):
        try:
            session.call("sagemaker", operation, EndpointConfigName=name, **params)
        except SenderoError as error:
            if not refused_as(error, TAKEN):  # taken: this very request, whose answer was lost
                raise
    expiry.schedule(session, name, expires)


def _variant(storage: S3Storage, record: dict[str, Any]) -> dict[str, Any]:
    where = record["where"]
    variant: dict[str, Any] = {"VariantName": "AllTraffic", "ModelName": record["name"]}
    if where["instance_type"] == place.SERVERLESS:
        size = {
            "MemorySizeInMB": int(where["memory_mb"]),
            "MaxConcurrency": storage.session.settings.serverless_concurrency,
        }
        return variant | {"ServerlessConfig": size}
    return variant | {"InstanceType": where["instance_type"], "InitialInstanceCount": 1}


def _instance(where: dict[str, str]) -> str:
    kind = where["instance_type"]
    return f"{kind}, {where['memory_mb']} MB" if kind == place.SERVERLESS else kind


def endpoint_of(record: dict[str, Any], answer: dict[str, Any] | None, per_hour: float | None) -> Endpoint:
    """An endpoint from its record and SageMaker's description; None: SageMaker knows it no more."""
    expires, failure = time_of(record["expires"]), None
    if answer is None:
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
    )


def _gone(record: dict[str, Any], expires: datetime) -> tuple[EndpointStatus, Failure | None]:
    if datetime.now(UTC) >= expires:
        return EndpointStatus.expired, None
    if _age(record) < LAUNCHING:
        return EndpointStatus.creating, None
    reason = "It was deleted elsewhere, before its expiry; nothing is billed for it."
    return EndpointStatus.failed, EndpointGone(name=record["name"], reason=reason).failure


def _age(record: dict[str, Any]) -> float:
    return (datetime.now(UTC) - time_of(record["created"])).total_seconds()


def described(storage: S3Storage, name: str) -> dict[str, Any] | None:
    """SageMaker's description of an endpoint, None where it has none."""
    return storage.session.find("sagemaker", "describe_endpoint", EndpointName=name)


def delete(storage: S3Storage, name: str, patience: float = DELETING) -> list[str]:
    """Endpoint, endpoint config, model, schedule and record, each checked to be gone; answers what was there.

    Raises StillThere after `patience` seconds.
    """
    session, gone = storage.session, []
    if _delete_endpoint(storage, name, patience):
        gone.append(f"endpoint {name}")
    for thing, noun, field in (
        ("endpoint_config", "endpoint config", "EndpointConfigName"),
        ("model", "model", "ModelName"),
    ):
        if _there(storage, f"describe_{thing}", {field: name}):
            _delete(storage, f"delete_{thing}", {field: name})
            if _there(storage, f"describe_{thing}", {field: name}):
                raise StillThere(name=name, reason=f"Its {noun} is still there.")
            gone.append(f"{noun} {name}")
    if session.settings.scheduler_role and expiry.unschedule(session, name):
        gone.append(f"schedule {expiry.schedule_name(name)}")
    storage.delete(f"endpoints/{name}")
    return gone


def _delete_endpoint(storage: S3Storage, name: str, patience: float) -> bool:
    """SageMaker deletes no endpoint that it is still creating: then we wait, and ask again."""
    deadline, asked = time.monotonic() + patience, False
    while (answer := described(storage, name)) is not None:
        if answer["EndpointStatus"] != "Deleting":
            try:
                _delete(storage, "delete_endpoint", {"EndpointName": name})
            except SenderoError:
                if answer["EndpointStatus"] != "Creating":
                    raise
        asked = True
        if time.monotonic() > deadline:
            raise StillThere(name=name, reason=f"Its status is {answer['EndpointStatus']}.")
        time.sleep(LOOK_EVERY if patience else 0)
    return asked


def _delete(storage: S3Storage, operation: str, which: dict[str, str]) -> None:
    """A deletion that was sent twice, because the first answer was lost, finds nothing: that is what it is for."""
    try:
        storage.session.call("sagemaker", operation, **which)
    except SenderoError as error:
        if not refused_as(error, MISSING):
            raise


def _there(storage: S3Storage, operation: str, which: dict[str, str]) -> bool:
    return storage.session.find("sagemaker", operation, **which) is not None


def known(storage: S3Storage, name: str) -> dict[str, Any]:
    """The record of an endpoint. Raises NotFound."""
    if not NAME_RULE.fullmatch(name) or not storage.exists(key_of(name)):
        raise NotFound(thing="endpoint", name=name, listing="endpoints")
    return storage.read_json(key_of(name), "training_job", "created", "expires", "where")
