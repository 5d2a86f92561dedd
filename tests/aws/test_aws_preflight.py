"""Preflight: each line passes where all is well, and fails, warns or does not know with what to do."""

from __future__ import annotations

import json
import threading

import pytest

from core.backends import get_setup
from core.backends.aws.session.connection import session_for
from core.backends.aws.setup import preflight
from core.backends.setup import Check
from core.settings import Settings
from tests.conftest import run_cli

NAMES = {
    "Identity", "Region and image", "Execution role", "Passing the role", "What the role may do", "What you may do",
    "Bucket", "Public access", "Writing", "Quota", "Endpoint expiry",
}  # fmt: skip


def settings(aws, **more) -> Settings:
    given = {"backend": "aws", "region": aws.region, "bucket": aws.bucket, "role": aws.role_name}
    return Settings(**{**given, **more})


def look(place: Settings) -> dict[str, Check]:
    found: dict[str, Check] = {}
    for check in get_setup(place).check():
        if check.name not in found or check.result != "pass":
            found[check.name] = check
    assert all(check.remedy for check in found.values() if check.result != "pass"), "each says what to do"
    return found


@pytest.mark.aws
class TestInAnAccount:
    def test_all_passes_where_all_is_well(self, aws):
        # `create` would let in TLS alone, which the rig does not speak.
        everything = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        blocked = dict.fromkeys(everything, True)
        aws.client("s3").put_public_access_block(Bucket=aws.bucket, PublicAccessBlockConfiguration=blocked)
        aws.quotas.values["Memory size in MB per serverless endpoint"] = 6144  # listed only where it is set
        found = look(settings(aws))
        assert set(found) == NAMES
        assert [check for check in found.values() if check.result != "pass"] == []
        assert aws.account_id in found["Identity"].detail
        assert "sagemaker-xgboost:3.2-0" in found["Region and image"].detail
        assert not aws.client("s3").list_objects_v2(Bucket=aws.bucket).get("Contents"), "the probe is deleted"

    def test_what_may_not_be_asked_is_unknown(self, aws):
        for action in ("iam:GetRole", "servicequotas:*", "service-quotas:*", "s3:GetBucketLocation"):
            aws.deny(action)
        found = look(settings(aws))
        for name in ("Execution role", "Quota", "Bucket"):
            assert found[name].result == "unknown", found[name]
        assert '"Action": "iam:GetRole"' in found["Execution role"].remedy
        assert found["Passing the role"].result == found["What the role may do"].result == "pass"

    def test_a_prefix_that_may_not_be_written_fails(self, aws):
        aws.deny("s3:PutObject")
        found = look(settings(aws))
        assert (found["Writing"].result, found["Bucket"].result) == ("fail", "pass")
        assert found["What you may do"].result == "fail"
        assert "s3:PutObject" in found["What you may do"].detail
        assert "policies" in found["What you may do"].remedy

    def test_a_bucket_that_is_not_there_or_elsewhere_fails(self, aws):
        assert "storage --create" in look(settings(aws, bucket="nowhere-to-be-found"))["Bucket"].remedy
        aws.client("s3").create_bucket(
            Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        assert "eu-west-1" in look(settings(aws, bucket="far-away"))["Bucket"].detail
        assert look(settings(aws, bucket=""))["Bucket"].detail == "No bucket is named."

    def test_a_bucket_without_a_block_is_warned_of_and_a_public_one_fails(self, aws):
        assert look(settings(aws))["Public access"].result == "warn"
        public = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{aws.bucket}/*",
        }
        policy = {"Version": "2012-10-17", "Statement": [public]}
        aws.client("s3").put_bucket_policy(Bucket=aws.bucket, Policy=json.dumps(policy))
        assert look(settings(aws))["Public access"].result == "fail"

    def test_roles_are_looked_at(self, aws):
        iam = aws.client("iam")
        other = {"Service": "lambda.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": other, "Action": "sts:AssumeRole"}
        lambdas = {"Version": "2012-10-17", "Statement": [statement]}
        iam.create_role(RoleName="wrong", AssumeRolePolicyDocument=json.dumps(lambdas))
        iam.create_role(RoleName="filed", Path="/service-role/", AssumeRolePolicyDocument=json.dumps(lambdas))
        assert "does not trust" in look(settings(aws, role="wrong"))["Execution role"].detail
        assert "service-role/filed" in look(settings(aws, role="filed"))["Execution role"].remedy
        assert "no role" in look(settings(aws, role="gone"))["Execution role"].detail
        assert "SENDERO_ROLE" in look(settings(aws, role=""))["Execution role"].remedy
        assert look(settings(aws, scheduler_role="wrong"))["Scheduler role"].result == "fail"

    def test_a_quota_of_nothing_fails_and_an_endpoint_that_costs_is_warned_of(self, aws):
        aws.quotas.values["ml.m5.xlarge for endpoint usage"] = 0
        found = look(settings(aws, endpoint_instance="ml.m5.xlarge"))
        assert "ml.m5.xlarge for endpoint usage: 0, needed: 1" in found["Quota"].detail
        assert found["Endpoint expiry"].result == "warn"

    def test_an_answer_that_does_not_come_is_unknown_and_the_rest_is_told(self, aws):
        gate = threading.Event()

        def hangs(session):
            gate.wait()
            yield Check("never", "pass", "")

        quick = {"Slow": hangs, "Quick": preflight.identity}
        found = preflight.answered(quick, session_for(settings(aws)), limit=2)
        gate.set()
        assert [(check.name, check.result) for check in found] == [("Slow", "unknown"), ("Identity", "pass")]

    def test_the_command_line_prints_the_same(self, aws, workspace):
        place = {"region": aws.region, "bucket": aws.bucket, "role": aws.role_name}
        (workspace.parent / "sendero.json").write_text(json.dumps(place))
        aws.deny("s3:PutObject")
        answer = run_cli(workspace, "check", "--backend", "aws", code=1)
        assert "Writing" in {line["name"] for line in answer.data["checks"]}
        documents = run_cli(workspace, "policies", "--backend", "aws").data["documents"]
        assert documents[0]["text"]["Version"] == "2012-10-17"


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A machine without any credentials, where the instance metadata service does not answer either."""
    import os

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")


def test_without_credentials_one_line_says_how_to_sign_in(nobody):
    found = get_setup(Settings(backend="aws", region="eu-central-1")).check()
    assert [(check.name, check.result) for check in found] == [("Identity", "fail")]
    assert "aws configure sso" in found[0].remedy
    assert "This machine" in found[0].remedy


def test_without_a_region_one_line_says_where_to_name_it(nobody):
    found = get_setup(Settings(backend="aws")).check()
    assert "SENDERO_REGION" in found[0].remedy


def test_without_a_network_nothing_is_asked_again_and_again(nobody, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    place = Settings(backend="aws", region="eu-central-1", bucket="my-bucket")
    found = get_setup(place).check()
    assert (found[0].result, "cannot be reached" in found[0].detail) == ("fail", True)
    # The refusal answers for every other request too: none of them is patient.
    calls = []
    session = session_for(place)
    monkeypatch.setattr(session, "client", lambda service: calls.append(service))
    with pytest.raises(Exception, match="cannot be reached"):
        session.call("sagemaker", "list_endpoints")
    assert calls == []
