"""The model registry on SageMaker: Model Package Groups and Model Packages.

A group is the account's, so its name there ends with digests of the workspace: what is ours is found, and granted, by
that. A package holds what is known of a version itself, so that whoever looks at it in SageMaker sees the same, and
whoever approves it there has approved it here.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from core import keys
from core.backends.aws.resources import images, request_fields
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import Answer, Parameters, Session
from core.backends.aws.session.paging import pages
from core.backends.records import now, optional_time, timestamp
from core.backends.registry import (
    UNKNOWN,
    Approval,
    Document,
    ModelVersion,
    VersionRequest,
    check_unchanged,
    decoded,
    encoded,
)
from core.errors import NotFound, SenderoError
from core.settings import Settings

LEVELS = 3  # of folders that a group's name tells of: it has 63 characters at most
DESCRIPTION = 1024  # characters of a description
UNTOUCHED = 30.0  # times the polling interval that what is said of a version is kept: packages hardly change
CSV = ["text/csv"]
DRAFT = "Draft"  # the status of a card that a person may still complete


def suffix(settings: Settings) -> str:
    """Return what the names of all groups of a workspace end with: what those of a workspace below it go on from, as
    its policies are for both.
    """
    parts = settings.prefix.strip("/").split("/")
    above = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    named = above if len(above) <= LEVELS else [*above[: LEVELS - 1], above[-1]]
    digests = [hashlib.sha256(f"{settings.bucket}/{each}".encode()).hexdigest()[:6] for each in named]
    return "-".join(digests)


def register(storage: S3Storage, request: VersionRequest) -> ModelVersion:
    """Return the version that this model is in its group, made if there was none. Raises what AWS refuses."""
    session = storage.session
    name = _name(session, request.group)
    make_group(session, name)
    for version in _versions_in(storage, name):
        if (version.training_job, version.model_sha256) == (request.training_job, request.model_sha256):
            return version
    own = {"training_job": request.training_job, "model_sha256": request.model_sha256}
    token = hashlib.sha256(f"{name} {request.training_job} {request.model_sha256}".encode()).hexdigest()[:36]
    made = session.call(
        "sagemaker",
        "create_model_package",
        ModelPackageGroupName=name,
        ModelPackageDescription=f"The model of {request.training_job}, by Sendero",
        InferenceSpecification={
            "Containers": [
                {
                    "Image": images.xgboost_image(session.region),
                    "ModelDataUrl": storage.uri(keys.model(request.training_job)),
                }
            ],
            "SupportedContentTypes": CSV,
            "SupportedResponseMIMETypes": CSV,
        },
        ModelApprovalStatus=Approval.pending.value,
        ModelMetrics=_metrics(storage, request.documents),
        CustomerMetadataProperties=_properties({**request.facts, **own}),
        ClientToken=token,
        **(
            {"ModelCard": {"ModelCardContent": request.card, "ModelCardStatus": DRAFT}}
            if request.card
            else {}
        ),
    )
    return _read(storage, made["ModelPackageArn"], Approval.pending)


def versions(storage: S3Storage) -> list[ModelVersion]:
    """Return all versions of this workspace, newest first. Raises what AWS refuses."""
    found = [each for name in _groups(storage.session) for each in _versions_in(storage, name)]
    return sorted(found, key=lambda version: (version.created, version.number), reverse=True)


def set_approval(
    storage: S3Storage, seen: ModelVersion, approval: Approval, who: str, why: str
) -> ModelVersion:
    """Approve or reject a version, as IAM lets whoever asks.

    SageMaker has no condition for it: what it says a moment before is held against what was `seen`.
    Raises NotFound, VersionChanged, and what AWS refuses.
    """
    session = storage.session
    name = _name(session, seen.group)
    packages = _packages(session, name) if name in _groups(session) else []
    arns = [each["ModelPackageArn"] for each in packages if each["ModelPackageVersion"] == seen.number]
    if not arns:
        raise NotFound(thing="version", name=seen.name, listing="versions")
    for each in Approval:  # what is kept of it may be old
        storage.cache.drop(("version", arns[0], each))
    there = session.call("sagemaker", "describe_model_package", ModelPackageName=arns[0])
    check_unchanged(_version(session, there), seen)
    session.call(
        "sagemaker",
        "update_model_package",
        ModelPackageArn=arns[0],
        ModelApprovalStatus=approval.value,
        ApprovalDescription=" ".join(why.split())[:DESCRIPTION],
        CustomerMetadataProperties=_properties(
            {"decided": approval.value, "decided_by": who, "decided_at": now()}
        ),
    )
    for each in Approval:
        storage.cache.drop(("version", arns[0], each))
    return _read(storage, arns[0], approval)


def _name(session: Session, group: str) -> str:
    """Return what SageMaker calls a group."""
    return f"{group}-{suffix(session.settings)}"


def make_group(session: Session, name: str) -> None:
    """Make the group that SageMaker calls so, if it is not there. Raises what AWS refuses."""
    if name in _groups(session):
        return
    group = name.removesuffix(f"-{suffix(session.settings)}")
    try:
        session.call(
            "sagemaker",
            "create_model_package_group",
            ModelPackageGroupName=name,
            ModelPackageGroupDescription=f"Versions of {group}, by Sendero",
            Tags=request_fields.tags(session.settings),
        )
    except SenderoError:
        if name not in _groups(session):  # else somebody else made it a moment ago
            raise


def _groups(session: Session) -> list[str]:
    """Return what SageMaker calls the groups of this workspace."""
    ending = suffix(session.settings)
    found = pages(
        session, "sagemaker", "list_model_package_groups", "ModelPackageGroupSummaryList", NameContains=ending
    )
    names = [each["ModelPackageGroupName"] for each in found]
    return [name for name in names if name.endswith(f"-{ending}")]


def _packages(session: Session, name: str) -> list[Answer]:
    rows = "ModelPackageSummaryList"
    return list(pages(session, "sagemaker", "list_model_packages", rows, ModelPackageGroupName=name))


def _versions_in(storage: S3Storage, name: str) -> list[ModelVersion]:
    return [
        _read(storage, each["ModelPackageArn"], Approval(each["ModelApprovalStatus"]))
        for each in _packages(storage.session, name)
    ]


def _read(storage: S3Storage, arn: str, approval: Approval) -> ModelVersion:
    """Return a version as SageMaker describes it, kept for a while as long as its approval stays the same."""

    def describe() -> ModelVersion:
        return _version(
            storage.session, storage.session.call("sagemaker", "describe_model_package", ModelPackageName=arn)
        )

    return storage.cache.get(("version", arn, approval), describe, factor=UNTOUCHED)


def _version(session: Session, answer: Answer) -> ModelVersion:
    told = {name: decoded(text) for name, text in answer.get("CustomerMetadataProperties", {}).items()}
    facts = {name: text for name, text in told.items() if text != UNKNOWN}
    approval = Approval(answer["ModelApprovalStatus"])
    own = {name: facts.pop(name, "") for name in ("decided", "decided_by", "decided_at")}
    by_us = own["decided"] == approval.value  # else it was decided in SageMaker itself
    elsewhere = person_in(answer.get("LastModifiedBy", {}))
    decided = approval != Approval.pending
    facts.setdefault("registered_at", timestamp(answer["CreationTime"]))  # a pipeline's step knows no clock
    return ModelVersion(
        answer["ModelPackageGroupName"].removesuffix(f"-{suffix(session.settings)}"),
        answer["ModelPackageVersion"],
        facts.pop("training_job", ""),
        facts.pop("model_sha256", ""),
        answer["CreationTime"],
        approval,
        facts,
        (own["decided_by"] if by_us else elsewhere) if decided else "",
        (optional_time(own["decided_at"]) if by_us else answer.get("LastModifiedTime")) if decided else None,
        answer.get("ApprovalDescription", "") if decided else "",
        decided and not by_us,
    )


def person_in(context: Answer) -> str:
    """Return who somebody is whom SageMaker names: his profile in Studio, or what his ARN ends with; "" of nobody."""
    return context.get("UserProfileName") or context.get("IamIdentity", {}).get("Arn", "").rpartition("/")[2]


def _metrics(storage: S3Storage, documents: Mapping[str, Document]) -> Parameters:
    """Return where the files are that speak for a version, under the headings that SageMaker has for them."""
    places = {
        "evaluation": ("ModelQuality", "Statistics"),
        "report": ("ModelDataQuality", "Statistics"),
        "contract": ("ModelDataQuality", "Constraints"),
        "card": ("Explainability", "Report"),
    }
    found: dict[str, dict[str, object]] = {}
    for name, document in documents.items():
        heading, part = places[name]
        found.setdefault(heading, {})[part] = {
            "ContentType": "application/json",
            "ContentDigest": f"sha256:{document.sha256}",
            "S3Uri": storage.uri(document.key),
        }
    return dict(found)


def _properties(facts: Mapping[str, str]) -> dict[str, str]:
    """Return facts as AWS takes properties: each with a value, of few signs and not too long."""
    coded = {name: encoded(value) for name, value in facts.items()}
    return {name: value for name, value in coded.items() if value}
