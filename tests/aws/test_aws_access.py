"""What we do is what the printed policies allow, on an account that enforces them; and what AWS says when they lack."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.backends import get_backend
from core.backends.aws.endpoints import expiry
from core.backends.aws.session import ownership
from core.backends.aws.session.connection import session_for
from core.backends.aws.session.failures import AccessDenied, UnusableSchedulerRole
from core.backends.aws.setup import policies
from core.errors import StorageFailed
from tests.aws.enforced import enforce
from tests.aws_double import ask
from tests.backends.place import aws_settings

pytestmark = pytest.mark.aws


def test_that_a_key_is_missing_is_told_to_whoever_may_list_only_below_a_prefix(aws):
    settings = aws_settings(aws, "mine")
    enforce(aws, settings)
    storage = get_backend(settings).storage
    for read in (storage.read_bytes, storage.size, storage.sha256):
        with pytest.raises(StorageFailed, match="It is not there"):
            read("processing/none/job.json")
    with pytest.raises(StorageFailed, match="It is not there"), storage.local("datasets/none.csv"):
        pass


def test_a_refusal_of_what_is_there_is_no_missing_key(aws):
    settings = aws_settings(aws, "mine")
    storage = get_backend(settings).storage
    storage.write_bytes("datasets/a.csv", b"a\n")
    aws.deny("s3:GetObject")
    with pytest.raises(AccessDenied, match="s3:GetObject"):
        storage.sha256("datasets/a.csv")


def test_a_strangers_endpoint_is_not_ours_to_delete(aws):
    settings = aws_settings(aws, "mine")
    uri = ask.train(aws, "theirs")["ModelArtifacts"]["S3ModelArtifacts"]
    ask.deploy(aws, "theirs", uri)
    ask.endpoint(aws, "theirs")
    enforce(aws, settings)
    with pytest.raises(AccessDenied, match=r"sagemaker:DeleteEndpoint"):
        session_for(settings).call("sagemaker", "delete_endpoint", EndpointName="theirs")


def test_the_schedulers_role_deletes_what_is_ours_and_nothing_else(aws):
    settings = aws_settings(aws, "mine", scheduler_role="SenderoSchedulerRole")
    uri = ask.train(aws, "model")["ModelArtifacts"]["S3ModelArtifacts"]
    for name, workspace in (("ours", f"{aws.bucket}/mine"), ("theirs", f"{aws.bucket}/other")):
        ask.deploy(aws, name, uri)
        ask.endpoint(aws, name)
        arn = aws.client("sagemaker").describe_endpoint(EndpointName=name)["EndpointArn"]
        tags = [{"Key": "sendero:workspace", "Value": workspace}]
        aws.client("sagemaker").add_tags(ResourceArn=arn, Tags=tags)
    enforce(aws, settings)
    for name in ("ours", "theirs"):
        expiry.schedule(session_for(settings), name, datetime.now(UTC) + timedelta(hours=1))
    aws.advance(3601)

    def left() -> list[str]:
        return [row["EndpointName"] for row in aws.client("sagemaker").list_endpoints()["Endpoints"]]

    ask.until(lambda: left() == ["theirs"], "ours to be gone")
    assert [line.partition(" on ")[0] for line in aws.missed] == [
        "SenderoSchedulerRole: sagemaker:DeleteEndpoint"
    ]


def test_a_deletion_that_is_sent_twice_is_refused_the_second_time_and_has_what_it_wants(aws):
    settings = aws_settings(aws, "mine")
    session = session_for(settings)
    enforce(aws, settings)
    own = ownership.own_tag(session)
    uri = ask.put(aws, "mine/model.tar.gz", b"")
    for name, tags in (("ours", [own]), ("theirs", [own | {"Value": "another/place"}])):
        aws.client("sagemaker").create_model(
            ModelName=name,
            ExecutionRoleArn=aws.role,
            PrimaryContainer={"Image": ask.IMAGE, "ModelDataUrl": uri},
            Tags=[own],
        )
        arn = aws.client("sagemaker").describe_model(ModelName=name)["ModelArn"]
        aws.account.client("sagemaker").add_tags(ResourceArn=arn, Tags=tags)
    for _ in range(2):
        ownership.delete(session, ownership.MODEL, "ours")
    with pytest.raises(AccessDenied):
        ownership.delete(session, ownership.MODEL, "theirs")


def test_a_schedulers_role_that_does_not_trust_it_is_told(aws):
    settings = aws_settings(aws, "mine", scheduler_role="SenderoSchedulerRole")
    enforce(aws, settings)
    aws.trust(
        "SenderoSchedulerRole",
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": policies.trust("sagemaker", policies.facts_of(session_for(settings))),
            }
        ),
    )
    with pytest.raises(UnusableSchedulerRole):
        expiry.schedule(session_for(settings), "any", datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize(("workspace", "allowed"), [("mine", True), ("mine/live-1", True), ("mine2", False)])
def test_what_is_created_belongs_to_this_workspace_or_to_one_below_it(aws, workspace, allowed):
    enforce(aws, aws_settings(aws, "mine"))
    session = session_for(aws_settings(aws, workspace))
    ask.put(aws, "mine/model.tar.gz", b"")
    asked = {
        "ModelName": "model",
        "ExecutionRoleArn": aws.role,
        "PrimaryContainer": {"Image": ask.IMAGE, "ModelDataUrl": f"s3://{aws.bucket}/mine/model.tar.gz"},
        "Tags": [ownership.own_tag(session)],
    }
    if allowed:
        session.call("sagemaker", "create_model", **asked)
    else:
        with pytest.raises(AccessDenied, match="sagemaker:CreateModel"):
            session.call("sagemaker", "create_model", **asked)
