"""The policies that Sendero prints, attached on the AWS double as the reader would attach them, and enforced."""

from __future__ import annotations

from typing import Any

from core.backends.aws.session.connection import Session
from core.backends.aws.setup import policies
from core.settings import Settings
from tests.backends.place import aws_settings

# What a new account has to ask AWS for before it can do it at all (docs/aws.md).
ASKED_FOR = {"ml.m5.large for transform job usage": 1}


def fresh_settings(aws: Any, prefix: str, **changes: Any) -> Settings:
    """Settings that a new account has the quotas for; the double has them from now on."""
    aws.quotas.values.update(ASKED_FOR)
    aws.quotas.be_fresh()
    return aws_settings(aws, prefix, **{"spot": True} | changes)


def enforce(aws: Any, settings: Settings, *who: str) -> None:
    """From now on only what the printed policies allow is allowed, to both roles and to the caller, who is a user if
    nothing else is said: a viewer, or a user and approver.
    """
    printed = policies.documents(policies.facts_of(Session(settings)))

    def of(name: str) -> list[str]:  # a policy that is too long for IAM is printed in parts
        return [each.text for each in printed if each.name.startswith(name)]

    aws.trust(aws.role_name, *of("execution-role-trust"))
    caller = [text for each in who or ("user",) for text in of(f"{each}-policy")]
    attached = {"user": caller, aws.role_name: of("execution-role-policy")}
    if role := settings.scheduler_role:
        aws.trust(role, *of("scheduler-role-trust"))
        attached[role] = of("scheduler-role-policy")
    aws.enforce(attached)
