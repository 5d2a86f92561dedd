"""Checks whether jobs can run in this account: side by side, and over in a few seconds whatever happens.

What the caller may not read is `unknown`: a missing permission to read is no failure of what would be read.
"""

from __future__ import annotations

import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from core.backends.aws.resources import images, instances, request_fields
from core.backends.aws.session.codes import refused_as
from core.backends.aws.session.connection import Session, session_for
from core.backends.aws.session.failures import (
    AccessDenied,
    BucketAccessDenied,
    OrganizationDeny,
    ResponseTimeout,
    Throttling,
)
from core.backends.aws.setup import bucket, iam, policies
from core.backends.aws.setup import quotas as limits
from core.backends.setup import Check
from core.errors import SenderoError
from core.language import joined, mark, tr
from core.retelling import retold
from core.settings import Settings

LIMIT = 20  # seconds for all of it; the quotas of an account are a list of some thirty pages
Question = Callable[[Session], Iterator[Check]]


def checks(settings: Settings) -> list[Check]:
    """Return every check of the account that `settings` name, within LIMIT seconds. Raises nothing."""
    session = session_for(settings)
    session.forget()  # somebody may have signed in since the last check
    results = answered({"Identity": identity}, session, LIMIT)
    if results[0].result == "pass":  # else every other check would fail for the same reason
        results += answered(QUESTIONS, session, LIMIT)
    # The threads that asked know of no reader.
    return [replace(line, detail=retold(line.detail), remedy=retold(line.remedy)) for line in results]


def answered(questions: dict[str, Question], session: Session, limit: float) -> list[Check]:
    """Return the answers in the questions' order; one that takes longer than `limit` seconds is unknown."""
    answers: queue.Queue[tuple[str, list[Check]]] = queue.Queue()
    for name, ask in questions.items():
        # Daemons, so that one that hangs for good keeps no command line from ending.
        work = threading.Thread(
            target=lambda name=name, ask=ask: answers.put((name, _answered(name, ask, session))), daemon=True
        )
        work.start()
    results: dict[str, list[Check]] = {}
    end = time.monotonic() + limit
    while len(results) < len(questions):
        try:
            name, lines = answers.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        results[name] = lines
    late = tr("AWS did not answer within {limit} seconds.", limit=limit)
    missed = {
        name: [Check(name, "unknown", late, tr("Check again."))] for name in questions if name not in results
    }
    return [line for name in questions for line in (results | missed)[name]]


def _answered(name: str, ask: Question, session: Session) -> list[Check]:
    try:
        return list(ask(session))
    except (AccessDenied, OrganizationDeny, BucketAccessDenied, Throttling, ResponseTimeout) as error:
        return [Check(name, "unknown", error.failure.why, error.failure.remedy)]
    except SenderoError as error:
        return [Check(name, "fail", joined([error.failure.what, error.failure.why]), error.failure.remedy)]
    except Exception as error:  # a check is no reason for a page to fall
        return [Check(name, "unknown", f"{type(error).__name__}: {error}", tr("Report it."))]


def identity(session: Session) -> Iterator[Check]:
    """Check who the caller is, in which account and region."""
    region, who = session.region, session.identity()
    yield Check(mark("Identity"), "pass", tr("{who}, in {region}", who=who["Arn"], region=region))


def region(session: Session) -> Iterator[Check]:
    """Check that SageMaker answers in the region, and has the image there."""
    session.call("sagemaker", "list_training_jobs", MaxResults=1)
    yield Check(mark("Region and image"), "pass", images.xgboost_image(session.region))


def role(session: Session) -> Iterator[Check]:
    """Check that the execution role exists and trusts SageMaker, may be passed, and may do what jobs do."""
    name = mark("Execution role")
    arn = request_fields.role_arn(session)
    yield from _part(
        name, session, lambda session: iam.trusting(session, name, arn, "sagemaker.amazonaws.com")
    )
    passing = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    yield from iam.simulated(session, mark("Passing the role"), policies.identity(policies.facts_of(session)),
                          [policies.allow("", ["iam:PassRole"], [arn], passing)])  # fmt: skip
    yield from iam.simulated(
        session, mark("What the role may do"), arn, policies.execution_role(policies.facts_of(session))
    )


def caller(session: Session) -> Iterator[Check]:
    """Check by IAM's own simulator that the caller may do what the app does."""
    facts = policies.facts_of(session)
    needed = [
        item
        for item in policies.user(facts)
        if item.get("Sid") not in ("CreateTheBucket", "PassTheSchedulerRole")
    ]
    if not session.settings.scheduler_role:
        needed = [item for item in needed if item.get("Sid") != "Schedule"]
    yield from iam.simulated(session, mark("What you may do"), policies.identity(facts), needed)


def storage(session: Session) -> Iterator[Check]:
    """Check that the bucket exists, in the region, is not public, and can be written to below the prefix."""
    settings, name = session.settings, mark("Bucket")
    if not settings.bucket:
        remedy = tr("Name one on the Configuration page or with SENDERO_BUCKET.")
        yield Check(name, "fail", tr("No bucket is named."), remedy)
        return
    bucket_region = bucket.location(session)
    if bucket_region is None:
        remedy = tr("Create it: the button on the Configuration page, or storage --create.")
        yield Check(name, "fail", tr("There is no bucket {bucket}.", bucket=settings.bucket), remedy)
        return
    if bucket_region != session.region:
        remedy = tr("SageMaker reads buckets of its own region only: name another bucket, or SENDERO_REGION.")
        yield Check(
            name,
            "fail",
            tr(
                "{bucket} is in {bucket_region}, jobs run in {region}.",
                bucket=settings.bucket,
                bucket_region=bucket_region,
                region=session.region,
            ),
            remedy,
        )
        return
    yield Check(
        name,
        "pass",
        tr(
            "{bucket}, in {bucket_region}, is this account's",
            bucket=settings.bucket,
            bucket_region=bucket_region,
        ),
    )
    yield from _part(mark("Public access"), session, _public)
    yield from _part("Writing", session, _writable)


def _part(name: str, session: Session, ask: Question) -> Iterator[Check]:
    """Yield one check of several: one that is not allowed keeps no other from its answer."""
    yield from _answered(name, ask, session)


def _public(session: Session) -> Iterator[Check]:
    name, bucket_name = mark("Public access"), session.settings.bucket
    try:
        status = session.call("s3", "get_bucket_policy_status", Bucket=bucket_name)["PolicyStatus"]
        if status.get("IsPublic"):
            yield Check(
                name,
                "fail",
                tr("The bucket's policy lets anybody in."),
                tr("Take the public statement out of it."),
            )
            return
    except SenderoError as error:
        if not refused_as(error, ("NoSuchBucketPolicy",)):
            raise
    remedy = tr("Block it: storage --create does, on a bucket that is there too.")
    try:
        blocked = session.call("s3", "get_public_access_block", Bucket=bucket_name)[
            "PublicAccessBlockConfiguration"
        ]
    except SenderoError as error:
        if not refused_as(error, ("NoSuchPublicAccessBlockConfiguration",)):
            raise
        blocked = {}
    if len(blocked) == 4 and all(blocked.values()):
        yield Check(name, "pass", "blocked")
    else:
        yield Check(
            name, "warn", tr("The bucket is not public, but nothing keeps it from becoming so."), remedy
        )


def _writable(session: Session) -> Iterator[Check]:
    settings = session.settings
    probe = {"Bucket": settings.bucket, "Key": f"{settings.prefix}/.check-{secrets.token_hex(4)}"}
    key = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": settings.kms_key} if settings.kms_key else {}
    try:
        session.call("s3", "put_object", **probe, Body=b"", **key)
        session.call("s3", "delete_object", **probe)
    except (AccessDenied, OrganizationDeny, BucketAccessDenied) as error:  # here it was the question itself
        yield Check(mark("Writing"), "fail", error.failure.why, error.failure.remedy)
    else:
        yield Check(
            mark("Writing"),
            "pass",
            tr(
                "s3://{bucket}/{prefix}/ can be written to and deleted from",
                bucket=settings.bucket,
                prefix=settings.prefix,
            ),
        )


def quotas(session: Session) -> Iterator[Check]:
    """Check what the account's quotas allow of what the settings request; spot apart from on demand."""
    values = limits.read(session)
    for words, kind, more, jobs, needed in (
        ("EDA", "processing", {}, 1, True),
        (mark("Training"), "training", {}, 1, True),
        (mark("Tuning, two trials at a time"), "training", {}, instances.AT_ONCE, False),
        (mark("Endpoint"), "endpoint", {}, 1, True),
        ("Batch Transform", "transform", {}, 1, False),
        (mark("EDA on Spark"), "processing", {"instance_count": str(instances.CLUSTER)}, 1, False),
    ):
        resource_config = instances.chosen(session, kind, {}) | more
        remedy = limits.objection(session, values, kind, resource_config, jobs)
        for limit in limits.needs(session, values, kind, resource_config, jobs):
            detail = tr("{use}: {quota}", use=tr(words), quota=limit.text)
            if limit.value is None:
                yield Check(
                    mark("Quota"),
                    "unknown",
                    detail,
                    tr("Look it up under Service Quotas > Amazon SageMaker."),
                )
            elif limit.exceeded:
                yield Check(mark("Quota"), "fail" if needed else "warn", detail, remedy)
            else:
                yield Check(mark("Quota"), "pass", detail)


def expiry(session: Session) -> Iterator[Check]:
    """Check who ends a forgotten endpoint."""
    settings, name = session.settings, mark("Endpoint expiry")
    if settings.scheduler_role:
        arn = policies.facts_of(session).scheduler_role
        role = mark("Scheduler role")
        yield from _part(
            role, session, lambda session: iam.trusting(session, role, arn, "scheduler.amazonaws.com")
        )
        passing = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
        yield from iam.simulated(
            session, mark("Passing the scheduler role"), policies.identity(policies.facts_of(session)),
            [policies.allow("", ["iam:PassRole"], [arn], passing)],
        )  # fmt: skip
    elif settings.endpoint_instance == instances.SERVERLESS:
        yield Check(
            name,
            "pass",
            tr("this app ends endpoints while it runs; a serverless one that is idle costs nothing"),
        )
    else:
        remedy = tr("Set a scheduler role, so that AWS itself ends them: the verb `policies` prints it.")
        yield Check(
            name,
            "warn",
            tr("Only this app ends endpoints, while it runs; each costs money until then."),
            remedy,
        )


def key(session: Session) -> Iterator[Check]:
    """Check that the KMS key of the settings exists and is enabled."""
    if session.settings.kms_key:
        facts = session.call("kms", "describe_key", KeyId=session.settings.kms_key)["KeyMetadata"]
        good = facts["KeyState"] == "Enabled"
        yield (
            Check(mark("KMS key"), "pass", facts["Arn"])
            if good
            else Check(
                mark("KMS key"),
                "fail",
                tr("{key} is {state}.", key=facts["Arn"], state=facts["KeyState"]),
                tr("Enable it, or name another one."),
            )
        )


QUESTIONS: dict[str, Question] = {
    "Region and image": region,
    "Execution role": role,
    "What you may do": caller,
    "Bucket": storage,
    "KMS key": key,
    "Quota": quotas,
    "Endpoint expiry": expiry,
}
