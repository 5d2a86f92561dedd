"""Policies as templates and in parts: what CloudFormation and Terraform get is what is printed, for any name."""

from __future__ import annotations

import json
import re

import pytest

from core.backends.aws.session.connection import session_for
from core.backends.aws.setup import iam, policies, templates
from core.settings import Settings
from tests.backends.place import aws_settings
from tests.conftest import run_cli

ACCOUNT = "123456789012"
LONGEST = {
    "bucket": "b" * 63, "prefix": "p" * 120, "role": "r" * 64, "scheduler_role": "s" * 64, "kms_key": "k" * 36,
    "subnets": tuple(f"subnet-{number:017d}" for number in range(16)),
    "security_groups": tuple(f"sg-{number:017d}" for number in range(5)),
}  # fmt: skip
SIGNED_IN = f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Analyst_0123456789abcdef/ann"


def facts(caller: str = SIGNED_IN, **settings) -> policies.Facts:
    return policies.Facts(Settings(**settings), ACCOUNT, "ap-southeast-2", "aws", caller)


@pytest.mark.parametrize("settings", [{"bucket": "short"}, LONGEST], ids=["short", "longest"])
def test_every_policy_is_within_iams_limit_and_no_statement_is_lost(settings):
    place = facts(**settings)
    found = policies.documents(place)
    managed = [each for each in found if "trust" not in each.name]
    assert all(len(re.sub(r"\s", "", each.text)) < 6144 for each in managed)
    assert all("customer managed policy" in each.help for each in managed)
    assert len({each.title for each in found}) == len(found)
    printed = [row for each in managed for row in json.loads(each.text)["Statement"]]
    assert printed == everything(place)
    for owner, in_parts in {"user": True, "execution-role": settings is LONGEST, "approver": False}.items():
        parts = [each for each in managed if each.name.startswith(f"{owner}-policy")]
        assert (len(parts) > 1) == in_parts
        assert len(parts) == 1 or all(f"of {len(parts)}" in each.title for each in parts)


@pytest.mark.parametrize("settings", [{"bucket": "short"}, LONGEST], ids=["short", "longest"])
def test_the_cloudformation_template_is_one(settings, tmp_path):
    from cfnlint.api import lint_file

    place = facts(**settings)
    file = tmp_path / "sendero.json"
    file.write_text(templates.cloudformation(place))
    assert [f"{each.rule.id} {each.message}" for each in lint_file(file)] == []
    made = json.loads(file.read_text())["Resources"]
    roles = {name: each["Properties"] for name, each in made.items() if each["Type"] == "AWS::IAM::Role"}
    assert roles["ExecutionRole"]["RoleName"] == place.execution_role.rpartition("/")[2]
    assert roles["SchedulerRole"]["AssumeRolePolicyDocument"]["Statement"] == policies.trust(
        "scheduler", place
    )
    assert held(made) == everything(place)


def everything(place: policies.Facts) -> list[dict]:
    people = policies.viewer(place) + policies.user(place) + policies.approver(place)
    return people + policies.execution_role(place) + policies.scheduler_role(place)


def held(made: dict) -> list[dict]:
    documents = [each["Properties"]["PolicyDocument"] for each in made.values() if "Policy" in each["Type"]]
    return [row for each in documents for row in each["Statement"]]


@pytest.mark.parametrize("settings", [{"bucket": "short"}, LONGEST], ids=["short", "longest"])
def test_terraform_gets_the_same(settings):
    place = facts(**settings)
    made = json.loads(templates.terraform(place))
    policy, role = made["resource"]["aws_iam_policy"], made["resource"]["aws_iam_role"]
    rows = [row for each in policy.values() for row in json.loads(each["policy"])["Statement"]]
    assert rows == everything(place)
    assert role["execution_role"]["name"] == place.execution_role.rpartition("/")[2]
    for name, each in made["resource"]["aws_iam_role_policy_attachment"].items():
        assert each["policy_arn"] == f"${{aws_iam_policy.{name}.arn}}"
        assert each["role"].removeprefix("${aws_iam_role.").removesuffix(".name}}".replace("}}", "}")) in role


def test_what_a_condition_asks_is_sent_typed_and_once_for_each_value():
    conditions = {
        "StringLike": {"s3:prefix": ["sendero", "sendero/*"]},
        "Bool": {"kms:GrantIsForAWSResource": "true"},
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/mine"},
    }
    found = [{each["ContextKeyName"]: each for each in context} for context in iam.contexts(conditions)]
    assert [each["s3:prefix"]["ContextKeyValues"] for each in found] == [["sendero"], ["sendero/sendero"]]
    types = {name: each["ContextKeyType"] for name, each in found[0].items()}
    assert types == {
        "s3:prefix": "string", "kms:GrantIsForAWSResource": "boolean", "kms:ResourceAliases": "stringList"
    }  # fmt: skip
    assert list(iam.contexts({})) == [[]]


@pytest.mark.aws
def test_a_role_of_single_sign_on_is_found_in_its_path(aws, monkeypatch):
    name, path = "AWSReservedSSO_Analyst_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/"
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    arn = aws.client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)["Role"][
        "Arn"
    ]
    assert path in arn
    session = session_for(aws_settings(aws, "sso"))
    monkeypatch.setattr(session, "identity", lambda: {"Account": aws.account_id, "Arn": SIGNED_IN})
    place = policies.facts_of(session)
    assert policies.identity(place) == arn
    (try_them,) = [row for row in policies.user(place) if row["Sid"] == "TryThePolicies"]
    assert (
        arn in try_them["Resource"] and f"arn:aws:iam::{aws.account_id}:role/*/{name}" in try_them["Resource"]
    )
    aws.deny("iam:GetRole")
    assert policies.identity(policies.facts_of(session)) == f"arn:aws:iam::{aws.account_id}:role/{name}"


@pytest.mark.aws
def test_the_verb_prints_the_templates(aws, tmp_path):
    given = {"SENDERO_BUCKET": aws.bucket, "SENDERO_ROLE": aws.role_name, "SENDERO_REGION": aws.region}
    for tool, key in (("cloudformation", "Resources"), ("terraform", "resource")):
        told = run_cli(tmp_path / "x", "policies", "--backend", "aws", "--format", tool, env=given).data
        assert told["format"] == tool and aws.bucket in json.dumps(told["template"][key])
