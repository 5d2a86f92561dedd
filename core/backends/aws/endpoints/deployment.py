"""Endpoints: schedule, model, endpoint config and endpoint, made in that order; `deletion.py` deletes them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from core import keys
from core.backends.aws.endpoints import deletion, expiry
from core.backends.aws.endpoints.versions import versioned, versions_of
from core.backends.aws.resources import instances, request_fields
from core.backends.aws.resources.models import create_model
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session import ownership
from core.backends.aws.session.connection import Answer, Parameters
from core.backends.aws.session.errors import explain_failure
from core.backends.base import Endpoint, EndpointStatus
from core.backends.records import (
    change_endpoint,
    create_endpoint,
    failure_of,
    now,
    optional_time,
    read_endpoint,
    time_of,
    timestamp,
)
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
from core.language import tr
from core.names import is_name

if TYPE_CHECKING:
    from core.backends.record_types import AwsEndpointRecord

# The record says that a model is to take over before SageMaker is asked, and others read it meanwhile.
ASKED_WITHIN = timedelta(minutes=2)
UPDATING = ("Creating", "Updating", "SystemUpdating", "RollingBack")
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
        "model_sha256": storage.sha256(keys.model(request.training_job)),
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
    session, name = storage.session, record["name"]

    def moved(now: AwsEndpointRecord) -> AwsEndpointRecord:
        return {**now, "expires": timestamp(expires)}

    changed = change_endpoint(storage, name, moved)
    tags = request_fields.tags(session.settings, endpoint=name, expires=changed["expires"])
    if found := description(storage, name):  # what the account shows of it says the same
        with contextlib.suppress(SenderoError):  # it ends then, whatever its tag says
            session.call("sagemaker", "add_tags", ResourceArn=found["EndpointArn"], Tags=tags)


def replace(storage: S3Storage, record: AwsEndpointRecord, training_job: str) -> None:
    """Have an endpoint updated to the model of another Training Job; SageMaker shifts its traffic once that answers.

    Model and endpoint config are made anew under the next version's name; the record says so before the first of them
    is, so that a deletion finds both whatever happens. Raises EndpointGone where it is being updated already.
    """
    session, name, digest = storage.session, record["name"], storage.sha256(keys.model(training_job))

    def ask(now: AwsEndpointRecord) -> AwsEndpointRecord:
        if other := now.get("replacing"):
            raise EndpointGone(
                name=name, reason=tr("It is being updated to the model of {replacing}.", replacing=other)
            )
        return {
            **now,
            "made_versions": now.get("made_versions", 1) + 1,
            "replacing": training_job,
            "replacing_since": timestamp(datetime.now(UTC)),
            "replacing_sha256": digest,
            "unreplaced": None,
        }

    asked = change_endpoint(storage, name, ask)
    version = asked.get("made_versions", 1)
    try:
        config = _create_config(storage, asked, training_job, version)
        session.call("sagemaker", "update_endpoint", EndpointName=name, EndpointConfigName=config)
    except SenderoError as error:
        _settle(storage, asked, {**asked, "replacing": "", "unreplaced": error.failure.as_kept()})
        raise


def settled(storage: S3Storage, record: AwsEndpointRecord, answer: Answer | None) -> AwsEndpointRecord:
    """Return the record once an update is over: by the new model, or by the old one, with the reason."""
    training_job = record.get("replacing")
    if not training_job or answer is None or answer["EndpointStatus"] in UPDATING:
        return record
    version = record.get("made_versions", 1)
    is_new = answer["EndpointConfigName"] == versioned(record, version)
    since = optional_time(record.get("replacing_since"))
    if not is_new and since and datetime.now(UTC) - since < ASKED_WITHIN:
        return record
    if answer["EndpointStatus"] == "InService" and is_new:
        done: AwsEndpointRecord = {
            **record,
            "training_job": training_job,
            "contract": keys.model_contract(training_job),
            "previous": record["training_job"],
            "model_sha256": record.get("replacing_sha256", ""),
            "version": version,
            "replacing": "",
        }
    else:
        failure = explain_failure(answer.get("FailureReason", f"Its status is {answer['EndpointStatus']}."))
        done = {**record, "replacing": "", "unreplaced": failure.as_kept()}
    return _settle(storage, record, done)


def _settle(storage: S3Storage, record: AwsEndpointRecord, done: AwsEndpointRecord) -> AwsEndpointRecord:
    """Write how the update of `record` ended, unless somebody else has, or another one was asked for since."""

    def settle(now: AwsEndpointRecord) -> AwsEndpointRecord:
        asked = (record.get("replacing"), record.get("made_versions"))
        # What else has changed meanwhile, its expiry say, stays as it is.
        kept: AwsEndpointRecord = {**done, "expires": now["expires"]}
        if "ending" in now:
            kept["ending"] = now["ending"]
        return kept if (now.get("replacing"), now.get("made_versions")) == asked else now

    return change_endpoint(storage, record["name"], settle)


def _create(storage: S3Storage, record: AwsEndpointRecord, expires: datetime) -> None:
    """Create the schedule first, which needs only the name: an endpoint cannot be deleted again at once."""
    session, name = storage.session, record["name"]
    if (existing := description(storage, name)) and not ownership.ours(session, ownership.ENDPOINT, name):
        raise NameTaken(thing="an endpoint in this account", name=existing["EndpointName"])
    expiry.schedule(session, name, expires)
    config = _create_config(storage, record, record["training_job"], 1)
    tags = request_fields.tags(session.settings, endpoint=name, expires=record["expires"])
    endpoint = {"EndpointConfigName": config, "Tags": tags}
    ownership.create(
        session, ownership.ENDPOINT, name, endpoint, lambda facts: facts["EndpointConfigName"] == config
    )


def _create_config(storage: S3Storage, record: AwsEndpointRecord, training_job: str, version: int) -> str:
    """Create model and endpoint config of a version; return what both are called. Raises NameTaken."""
    session, name = storage.session, versioned(record, version)
    serverless = record["where"]["instance_type"] == instances.SERVERLESS
    create_model(storage, name, training_job, endpoint=record["name"], serverless=serverless)
    tags = request_fields.tags(session.settings, endpoint=record["name"], expires=record["expires"])
    key = {"KmsKeyId": session.key} if session.key and not serverless else {}
    variant = _variant(storage, record, name)

    def same(config: Answer) -> bool:
        variants = config.get("ProductionVariants", [{}])
        return len(variants) == 1 and all(variants[0].get(field) == value for field, value in variant.items())

    config = {"ProductionVariants": [variant], "Tags": tags, **key}
    ownership.create(session, ownership.CONFIG, name, config, same)
    return name


def _variant(storage: S3Storage, record: AwsEndpointRecord, model: str) -> Parameters:
    resource_config = record["where"]
    variant: Parameters = {"VariantName": "AllTraffic", "ModelName": model}
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
    if answer is not None and answer["EndpointConfigName"] not in versions_of(record):
        answer = None  # ours is gone, and somebody has made another one of its name
    if record.get("ending"):
        status = EndpointStatus.deleting
    elif answer is None:
        status, failure = _gone(record, expires)
    else:
        status = STATUS.get(answer["EndpointStatus"], EndpointStatus.failed)
        if status == EndpointStatus.failed:
            failure = explain_failure(answer.get("FailureReason", answer["EndpointStatus"]))
    if failure is None and status == EndpointStatus.in_service:
        failure = failure_of(record.get("unreplaced"))
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
        replacing=record.get("replacing", ""),
        previous=record.get("previous", ""),
        model_sha256=record.get("model_sha256", ""),
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
    reason = tr("It was deleted elsewhere, before its expiry; nothing is billed for it.")
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
