"""The policies that Sendero prints, attached on the AWS double as the reader would attach them, and enforced."""

from __future__ import annotations

from typing import Any

from core.backends.aws import policies
from core.backends.aws.session import Session
from core.settings import Settings
from tests.backends.place import aws_settings

# Which of the printed documents belong to whom; a policy that is too long for IAM is printed in parts.
USER, EXECUTION, SCHEDULER, TRUST = (
    "user-policy",
    "execution-role-policy",
    "scheduler-role-policy",
    "-role-trust",
)


# What a new account has to ask AWS for before it can do it at all (docs/aws.md).
ASKED_FOR = {"ml.m5.large for transform job usage": 1}


def fresh_settings(aws: Any, prefix: str, **changes: Any) -> Settings:
    """Settings that a new account has the quotas for; the double has them from now on."""
    aws.quotas.values.update(ASKED_FOR)
    aws.quotas.be_fresh()
    return aws_settings(aws, prefix, **{"spot": True} | changes)


def enforce(aws: Any, settings: Settings) -> None:
    """From now on only what the printed policies allow is allowed, to the caller and to both roles."""
    printed = policies.documents(policies.facts_of(Session(settings)))

    def of(owner: str) -> list[str]:
        return [each.text for each in printed if each.name.startswith(owner)]

    attached = {"user": of(USER), aws.role_name: of(EXECUTION)}
    if role := settings.scheduler_role:
        (trust,) = (each.text for each in printed if each.name == f"scheduler{TRUST}")
        aws.add_role(role, trust)
        attached[role] = of(SCHEDULER)
    aws.enforce(attached)
