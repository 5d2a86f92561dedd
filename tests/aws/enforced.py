"""The policies that Sendero prints, attached on the AWS double as the reader would attach them, and enforced."""

from __future__ import annotations

from typing import Any

from core.backends.aws import policies
from core.backends.aws.session import session_for
from core.settings import Settings

# Which of the printed documents belong to whom; a policy that is too long for IAM is printed in parts.
USER, EXECUTION, SCHEDULER, TRUST = (
    "user-policy",
    "execution-role-policy",
    "scheduler-role-policy",
    "-role-trust",
)


def enforce(aws: Any, settings: Settings) -> None:
    """From now on only what the printed policies allow is allowed, to the caller and to both roles."""
    printed = policies.documents(policies.facts_of(session_for(settings)))

    def of(owner: str) -> list[str]:
        return [each.text for each in printed if each.name.startswith(owner)]

    attached = {"user": of(USER), aws.role_name: of(EXECUTION)}
    if role := settings.scheduler_role:
        (trust,) = (each.text for each in printed if each.name == f"scheduler{TRUST}")
        aws.add_role(role, trust)
        attached[role] = of(SCHEDULER)
    aws.enforce(attached)
