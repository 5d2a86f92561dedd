"""The policies and roles of one workspace as a template that makes them at once: CloudFormation's, or Terraform's.

Both are JSON: CloudFormation takes it as it takes YAML, Terraform as a file whose name ends in .tf.json.
"""

from __future__ import annotations

import json
import re

from core.backends.aws.setup import policies
from core.backends.aws.setup.iam import Statement
from core.backends.aws.setup.policies import Facts

VERSION = "2012-10-17"
PEOPLE = {
    "Viewer": "whoever only looks",
    "User": "whoever runs Sendero",
    "Approver": "whoever approves models",
}
JsonObject = dict[str, object]


def cloudformation(facts: Facts) -> str:
    """Return a template with the policies and both roles; its outputs are what the settings want."""
    resources: dict[str, JsonObject] = {}
    outputs: dict[str, JsonObject] = {}
    for owner, statements in _owned(facts):
        for number, part in enumerate(policies.split(statements), 1):
            resources[f"{owner}Policy{number}"] = {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {"PolicyDocument": _document(part)},
            }
    for owner, who in PEOPLE.items():
        outputs[f"{owner}Policies"] = {
            "Description": f"Attach these to {who}",
            "Value": {"Fn::Join": [" ", [{"Ref": name} for name in resources if name.startswith(owner)]]},
        }
    for owner, service, name in _roles(facts):
        resources[owner] = {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": name,
                "AssumeRolePolicyDocument": _document(policies.trust(service, facts)),
                "ManagedPolicyArns": [
                    {"Ref": each} for each in resources if each.startswith(f"{owner}Policy")
                ],
            },
        }
        outputs[owner] = {"Value": {"Fn::GetAtt": [owner, "Arn"]}}
    text = f"What Sendero needs on {facts.bucket} below {facts.settings.prefix}/"
    template = {"AWSTemplateFormatVersion": "2010-09-09", "Description": text}
    return json.dumps(template | {"Resources": resources, "Outputs": outputs}, indent=2)


def terraform(facts: Facts) -> str:
    """Return the same as Terraform's JSON: save it as sendero.tf.json."""
    made: dict[str, JsonObject] = {
        "aws_iam_policy": {},
        "aws_iam_role": {},
        "aws_iam_role_policy_attachment": {},
    }
    for owner, statements in _owned(facts):
        for number, part in enumerate(policies.split(statements), 1):
            name = f"{_snake(owner)}_{number}"
            policy = {
                "name": f"sendero-{name.replace('_', '-')}",
                "policy": _plain(json.dumps(_document(part))),
            }
            made["aws_iam_policy"][name] = policy
    for owner, service, role in _roles(facts):
        trust = _plain(json.dumps(_document(policies.trust(service, facts))))
        made["aws_iam_role"][_snake(owner)] = {"name": role, "assume_role_policy": trust}
        for name in [each for each in made["aws_iam_policy"] if each.startswith(f"{_snake(owner)}_")]:
            made["aws_iam_role_policy_attachment"][name] = {
                "role": f"${{aws_iam_role.{_snake(owner)}.name}}",
                "policy_arn": f"${{aws_iam_policy.{name}.arn}}",
            }
    output = {
        f"{_snake(owner)}_policies": {
            "description": f"Attach these to {who}",
            "value": [
                f"${{aws_iam_policy.{name}.arn}}"
                for name in made["aws_iam_policy"]
                if name.startswith(f"{_snake(owner)}_")
            ],
        }
        for owner, who in PEOPLE.items()
    }
    needed = {"required_providers": {"aws": {"source": "hashicorp/aws"}}}
    return json.dumps({"terraform": needed, "resource": made, "output": output}, indent=2)


def _owned(facts: Facts) -> tuple[tuple[str, list[Statement]], ...]:
    return (
        ("Viewer", policies.viewer(facts)),
        ("User", policies.user(facts)),
        ("Approver", policies.approver(facts)),
        ("ExecutionRole", policies.execution_role(facts)),
        ("SchedulerRole", policies.scheduler_role(facts)),
    )


def _roles(facts: Facts) -> tuple[tuple[str, str, str], ...]:
    """Return each role as the template calls it, who may act as it, and its name."""
    named = (
        ("ExecutionRole", "sagemaker", facts.execution_role),
        ("SchedulerRole", "scheduler", facts.scheduler_role),
    )
    return tuple((owner, service, arn.rpartition("/")[2]) for owner, service, arn in named)


def _document(statements: list[Statement]) -> JsonObject:
    return {"Version": VERSION, "Statement": statements}


def _plain(text: str) -> str:
    """Return text in which Terraform is to fill in nothing."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
