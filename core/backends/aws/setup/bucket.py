"""The bucket, created on request only: private, encrypted, TLS only, and tidied of what was cut short.

Nothing that a person made expires unless `keep_days` says so: a model or a report that vanished would cost more than
it saves. Data sets and the records of endpoints never do. On a bucket that is there already, rules and statements
of others are kept: ours are put beside them, by their names.
"""

from __future__ import annotations

import json
from typing import TypedDict

from core.backends.aws.session.codes import refused_as
from core.backends.aws.session.connection import Answer, Session
from core.backends.aws.session.failures import NoBucket, WrongBucketRegion
from core.backends.setup import StoragePlan
from core.errors import SenderoError
from core.language import tr
from core.settings import Settings

CUT_SHORT_DAYS = 7
RESULTS = ("processing", "training", "tuning", "transform")  # folders of what a job or a request made
TLS_ONLY = "SenderoTlsOnly"
DEFAULT_REGION = "us-east-1"  # S3 takes no LocationConstraint for it, and answers none
NONE_YET = ("NoSuchBucketPolicy", "NoSuchLifecycleConfiguration")


class Filter(TypedDict):
    """The objects that a rule is for."""

    Prefix: str


class Rule(TypedDict, total=False):
    """A rule of a bucket's lifecycle, as S3 takes it."""

    ID: str
    Status: str
    Filter: Filter
    AbortIncompleteMultipartUpload: dict[str, int]
    Expiration: dict[str, int]


def plan(settings: Settings) -> StoragePlan | None:
    """Return what `create` does, in sentences for the reader; None where no bucket is named."""
    if not settings.bucket:
        return None
    key = tr("the KMS key {kms_key}", kms_key=settings.kms_key) if settings.kms_key else tr("S3's own keys")
    kept = (
        tr(
            "Delete results of jobs below {prefix}/, models too, {keep_days} days after they were "
            "written; data sets stay.",
            prefix=settings.prefix,
            keep_days=settings.keep_days,
        )
        if settings.keep_days
        else tr(
            "Keep data sets, results and models until somebody deletes them (SENDERO_KEEP_DAYS would change it)."
        )
    )
    return StoragePlan(
        title=tr("Create the bucket {bucket}", bucket=settings.bucket),
        steps=(
            tr("Create it in the region of the settings, unless it is there and yours."),
            tr("Block all public access."),
            tr("Encrypt by default with {key}.", key=key),
            tr("Refuse requests without TLS."),
            tr(
                "Remove uploads that were cut short after {days} days.",
                days=CUT_SHORT_DAYS,
            ),
            kept,
        ),
    )


def create(session: Session) -> list[str]:
    """Create the bucket of the settings, or bring one of yours up to the plan; return what was done, in words.

    Raises BucketNameTaken, WrongBucketRegion, BucketAccessDenied, AccessDenied.
    """
    settings, bucket = session.settings, session.settings.bucket
    done = []
    if location(session) is None:
        constraint = {} if session.region == DEFAULT_REGION else {"LocationConstraint": session.region}
        more = {"CreateBucketConfiguration": constraint} if constraint else {}
        session.call("s3", "create_bucket", Bucket=bucket, **more)
        done.append(tr("created in {region}", region=session.region))
    elif location(session) != session.region:
        raise WrongBucketRegion(
            bucket=bucket,
            reason=tr(
                "It is in {location}, jobs run in {region}.",
                location=location(session),
                region=session.region,
            ),
        )
    session.call(
        "s3",
        "put_public_access_block",
        Bucket=bucket,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    session.call(
        "s3", "put_bucket_encryption", Bucket=bucket, ServerSideEncryptionConfiguration=encryption(settings)
    )
    session.call("s3", "put_bucket_policy", Bucket=bucket, Policy=json.dumps(_policy(session)))
    session.call(
        "s3",
        "put_bucket_lifecycle_configuration",
        Bucket=bucket,
        LifecycleConfiguration={"Rules": _with_ours(_existing_rules(session), lifecycle(settings))},
    )
    return [
        *done,
        tr("public access blocked"),
        tr("encrypted by default"),
        tr("TLS only"),
        tr("cut-short uploads removed"),
    ]


def location(session: Session) -> str | None:
    """Return the region of the bucket; None where there is no such bucket."""
    try:
        answer = session.call("s3", "get_bucket_location", Bucket=session.settings.bucket)
    except NoBucket:
        return None
    region = answer.get("LocationConstraint") or DEFAULT_REGION
    return "eu-west-1" if region == "EU" else region  # as buckets of before 2012 say it


def encryption(settings: Settings) -> dict[str, list[dict[str, object]]]:
    """Return the default encryption: the key of the settings, else S3's own."""
    how = (
        {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": settings.kms_key}
        if settings.kms_key
        else {"SSEAlgorithm": "AES256"}
    )
    return {
        "Rules": [{"ApplyServerSideEncryptionByDefault": how, "BucketKeyEnabled": bool(settings.kms_key)}]
    }


def lifecycle(settings: Settings) -> list[Rule]:
    """Return our rules, each by a name with the prefix in it: several workspaces may share a bucket."""
    name = f"sendero {settings.prefix}"
    rules: list[Rule] = [
        {
            "ID": f"{name} uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": f"{settings.prefix}/"},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": CUT_SHORT_DAYS},
        }
    ]
    for folder in RESULTS if settings.keep_days else ():
        rules.append(
            {
                "ID": f"{name} {folder}",
                "Status": "Enabled",
                "Filter": {"Prefix": f"{settings.prefix}/{folder}/"},
                "Expiration": {"Days": settings.keep_days},
            }
        )
    return rules


def _policy(session: Session) -> Answer:
    """Return the bucket's policy with our statement in it."""
    arn = f"arn:{session.partition}:s3:::{session.settings.bucket}"
    ours = {
        "Sid": TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    try:
        policy = json.loads(session.call("s3", "get_bucket_policy", Bucket=session.settings.bucket)["Policy"])
    except SenderoError as error:
        if not refused_as(error, NONE_YET):
            raise
        policy = {"Version": "2012-10-17", "Statement": []}
    others = [statement for statement in policy["Statement"] if statement.get("Sid") != TLS_ONLY]
    return policy | {"Statement": [*others, ours]}


def _existing_rules(session: Session) -> list[Rule]:
    try:
        return session.call("s3", "get_bucket_lifecycle_configuration", Bucket=session.settings.bucket)[
            "Rules"
        ]
    except SenderoError as error:
        if not refused_as(error, NONE_YET):
            raise
        return []


def _with_ours(existing: list[Rule], ours: list[Rule]) -> list[Rule]:
    """Return the existing rules, less those that earlier settings of this prefix made, and ours."""
    own_ids = {rule.get("ID") for rule in ours} | {
        f"{ours[0].get('ID', '').removesuffix('uploads')}{name}" for name in RESULTS
    }
    return [rule for rule in existing if rule.get("ID") not in own_ids] + ours
