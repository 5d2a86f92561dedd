"""The policies: valid, without wildcards, and enough for every request that the backend sends."""

from __future__ import annotations

import ast
import json
import re
from fnmatch import fnmatchcase
from itertools import pairwise

import botocore.session
import pytest
from botocore import xform_name

from core.backends.aws.setup import policies
from core.settings import Settings
from tests.conftest import ROOT

AWS = ROOT / "core" / "backends" / "aws"
ACCOUNT = "123456789012"
# Operations whose permission has another name.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
PERMISSIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:UploadPartCopy": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
}
APPROVAL = {"sagemaker:UpdateModelPackage"}
FREE = {"sts:GetCallerIdentity"}  # needs no permission at all
TRANSFERS = {
    "upload_file": "PutObject",
    "download_file": "GetObject",
    "download_fileobj": "GetObject",
    "copy": "CopyObject",
}
SERVICES = {
    "sagemaker": "sagemaker", "sagemaker-runtime": "sagemaker", "s3": "s3", "sts": "sts", "logs": "logs", "iam": "iam",
    "scheduler": "scheduler", "service-quotas": "servicequotas", "pricing": "pricing",
}  # fmt: skip
ALIKE = ("sns", "events")  # they have endpoints of their own: what is theirs is told by the service before it


def facts(**settings) -> policies.Facts:
    given = {"bucket": "my-bucket", "role": "runner", "scheduler_role": "ender", **settings}
    caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/analyst/ann"
    return policies.Facts(Settings(**given), ACCOUNT, "eu-central-1", "aws", caller)


def operations() -> set[str]:
    """Every operation that the backend sends, as `service:Operation`: each string that names one in botocore's models,
    in a call or in a table of calls (`OPERATIONS`), and the SDK's transfer helpers."""
    session, names = botocore.session.get_session(), {}
    for service, prefix in SERVICES.items():
        for operation in session.get_service_model(service).operation_names:
            names.setdefault(xform_name(operation), set()).add(f"{prefix}:{operation}")
    alike = {
        (service, xform_name(operation)): f"{service}:{operation}"
        for service in ALIKE
        for operation in session.get_service_model(service).operation_names
    }
    sent = set()
    for file in AWS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and node.value in names:
                sent |= names[node.value]
            if isinstance(node, ast.Call):
                said = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
                sent |= {alike[pair] for pair in pairwise(said) if pair in alike}
            if (
                isinstance(node, ast.Attribute)
                and node.attr in TRANSFERS
                and '"s3"' in ast.unparse(node.value)
            ):
                sent.add(f"s3:{TRANSFERS[node.attr]}")
            if isinstance(node, ast.JoinedStr):  # f"delete_{kind.operation}"
                pattern = "".join(
                    part.value if isinstance(part, ast.Constant) else "*" for part in node.values
                )
                if re.fullmatch(r"(describe|delete|create|stop|list)_\*", pattern):
                    kinds = ("endpoint", "endpoint_config", "model")
                    sent |= {each for kind in kinds for each in names[pattern.replace("*", kind)]}
    return sent


def granted(statements: list[dict]) -> set[str]:
    return {action for statement in statements for action in statement["Action"]}


def test_every_request_of_the_backend_is_granted_to_the_user():
    sent = operations()
    assert {
        "sagemaker:CreateTrainingJob",
        "s3:GetObject",
        "scheduler:CreateSchedule",
        "sns:Publish",
        "events:PutTargets",
        "sts:GetCallerIdentity",
    } <= sent
    needed = {PERMISSIONS.get(operation, operation) for operation in sent} - FREE
    topic = f"arn:aws:sns:eu-central-1:{ACCOUNT}:failed"
    given = granted(policies.user(facts(kms_key="k", topic=topic)))
    assert sorted(needed - given - APPROVAL) == []
    assert not APPROVAL & given and granted(policies.approver(facts())) >= APPROVAL, "approval is another's"


@pytest.mark.parametrize(
    "settings", [{}, {"kms_key": "k", "subnets": ("subnet-1",), "security_groups": ("sg-1",)}]
)
def test_the_policies_are_exact_and_paste_ready(settings):
    for document in policies.documents(facts(**settings)):
        assert len(re.sub(r"\s", "", document.text)) < 6144, "a managed policy's limit, blanks not counted"
        policy = json.loads(document.text)
        assert policy["Version"] == "2012-10-17"
        for statement in policy["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action)
            if "*" in statement.get("Resource", []):
                assert statement["Sid"].startswith("Any"), "only where IAM offers no resource"
            for arn in statement.get("Resource", []):
                assert arn == "*" or arn.startswith("arn:aws:")
            if "iam:PassRole" in actions:
                assert "iam:PassedToService" in json.dumps(statement["Condition"])


def test_every_action_is_one_that_aws_has():
    """Names are checked against botocore's models, where an operation's permission bears its name."""
    session = botocore.session.get_session()
    known = {
        f"{prefix}:{operation}"
        for service, prefix in {
            **SERVICES,
            "kms": "kms",
            "ec2": "ec2",
            "ecr": "ecr",
            "cloudwatch": "cloudwatch",
            **{name: name for name in ALIKE},
        }.items()
        for operation in session.get_service_model(service).operation_names
    } | set(PERMISSIONS.values())
    topic = f"arn:aws:sns:eu-central-1:{ACCOUNT}:failed"
    everything = facts(kms_key="k", subnets=("subnet-1",), security_groups=("sg-1",), topic=topic)
    asked = granted(
        policies.viewer(everything)
        + policies.user(everything)
        + policies.approver(everything)
        + policies.execution_role(everything)
        + policies.scheduler_role(everything)
    )
    # IAM's own words for what is no operation of its own.
    assert sorted(asked - known - {"iam:PassRole"}) == []


def test_roles_are_trusted_to_their_service_for_this_account_only():
    for service in ("sagemaker", "scheduler"):
        (statement,) = policies.trust(service, facts())
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_files_are_those_below_the_prefix():
    by_sid = {statement["Sid"]: statement for statement in policies.user(facts(prefix="team/a"))}
    assert by_sid["Files"]["Resource"] == ["arn:aws:s3:::my-bucket/team/a/*"]
    allowed = by_sid["List"]["Condition"]["StringLike"]["s3:prefix"]
    assert any(fnmatchcase("team/a/datasets/", pattern) for pattern in allowed)
    assert not any(fnmatchcase("team/b/datasets/", pattern) for pattern in allowed)
    assert by_sid["TryThePolicies"]["Resource"][1] == f"arn:aws:iam::{ACCOUNT}:role/analyst"


@pytest.mark.parametrize("key", ["alias/mine", f"arn:aws:kms:eu-central-1:{ACCOUNT}:alias/mine"])
def test_a_key_named_by_its_alias_is_a_condition(key):
    by_sid = {statement["Sid"]: statement for statement in policies.execution_role(facts(kms_key=key))}
    for sid in ("UseTheKey", "LendTheKey"):
        assert by_sid[sid]["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": "alias/mine"}
    exact = policies.execution_role(facts(kms_key="1234"))[-1]
    assert exact["Resource"] == [f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/1234"]
    assert "ForAnyValue:StringEquals" not in exact["Condition"]


def test_who_is_not_signed_in_gets_placeholders(monkeypatch, tmp_path):
    from core.backends.aws.session.connection import Session

    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    found = policies.documents(
        policies.facts_of(Session(Settings(bucket="my-bucket", region="eu-central-1")))
    )
    assert "YOUR-ACCOUNT" in found[0].text
