"""What IAM says of roles and permissions: whom a role trusts, and what its simulator would allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.backends.aws.failures import AwsRefused
from core.backends.aws.session import Session
from core.backends.setup import Check
from core.errors import NotFound

PRINT = "The verb `policies`, or Policies on the Configuration page, prints what to attach."


def trusting(session: Session, name: str, arn: str, service: str) -> Iterator[Check]:
    """The role is there, under this very ARN, and `service` may act as it."""
    try:
        found = session.call("iam", "get_role", RoleName=arn.rpartition("/")[2])["Role"]
    except NotFound:
        yield Check(name, "fail", f"There is no role {arn}.", f"Create it, or name another one. {PRINT}")
        return
    if found["Arn"] != arn:  # a role in a path, e.g. service-role/, is another ARN than its name suggests
        yield Check(name, "fail", f"There is no role {arn}.", f"Name it by its whole ARN: {found['Arn']}.")
    elif service in str(found["AssumeRolePolicyDocument"]):
        yield Check(name, "pass", f"{arn} trusts {service}")
    else:
        yield Check(name, "fail", f"{arn} does not trust {service}.", f"Change its trust policy. {PRINT}")


def simulated(session: Session, name: str, who: str, needed: list[dict[str, Any]]) -> Iterator[Check]:
    """Would IAM allow what `needed` states to `who`? Asked of its simulator; nothing is done."""
    try:
        denied = [line for statement in needed for line in _denied(session, who, statement)]
    except (AwsRefused, NotFound) as error:  # it knows no root user, and no role in a path
        yield Check(name, "unknown", error.failure.why, "Compare with what the verb `policies` prints.")
        return
    if denied:
        yield Check(name, "fail", f"denied: {', '.join(sorted(set(denied)))}", PRINT)
    else:
        yield Check(name, "pass", "IAM's simulator allows all that is needed")


def _denied(session: Session, who: str, statement: dict[str, Any]) -> list[str]:
    asked_with = {
        key: value for test in statement.get("Condition", {}).values() for key, value in test.items()
    }
    answer = session.call(
        "iam",
        "simulate_principal_policy",
        PolicySourceArn=who,
        ActionNames=statement["Action"],
        ResourceArns=[arn if arn == "*" else arn.replace("*", "sendero") for arn in statement["Resource"]],
        ContextEntries=[_context(key, value) for key, value in asked_with.items()],
    )
    return [
        item["EvalActionName"] for item in answer["EvaluationResults"] if item["EvalDecision"] != "allowed"
    ]


def _context(key: str, value: str | list[str]) -> dict[str, Any]:
    """What the request would carry, so that a statement's condition is met."""
    return {
        "ContextKeyName": key,
        "ContextKeyType": "string",
        "ContextKeyValues": [value if isinstance(value, str) else value[0]],
    }
