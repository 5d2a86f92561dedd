"""What IAM says of roles and permissions: whom a role trusts, and what its simulator would allow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from core.backends.aws.session.connection import Session
from core.backends.aws.session.failures import AwsRefusal
from core.backends.setup import Check
from core.errors import NotFound, SenderoError

PRINT = "The verb `policies`, or Policies on the Configuration page, prints what to attach."


def principal(session: Session) -> str:
    """Whoever asks, as IAM names it. A session of a role does not tell the role's path: IAM is asked for it.

    Where that may not be asked, the session's own ARN.
    """
    caller = session.identity()["Arn"]
    if ":assumed-role/" not in caller:
        return caller
    try:
        return session.call("iam", "get_role", RoleName=caller.split("/")[1])["Role"]["Arn"]
    except SenderoError:
        return caller


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
    except (AwsRefusal, NotFound) as error:  # it knows no root user, and no role in a path
        yield Check(name, "unknown", error.failure.why, "Compare with what the verb `policies` prints.")
        return
    if denied:
        yield Check(name, "fail", f"denied: {', '.join(sorted(set(denied)))}", PRINT)
    else:
        yield Check(name, "pass", "IAM's simulator allows all that is needed")


def _denied(session: Session, who: str, statement: dict[str, Any]) -> list[str]:
    found = []
    for context in _contexts(statement.get("Condition", {})):
        answer = session.call(
            "iam",
            "simulate_principal_policy",
            PolicySourceArn=who,
            ActionNames=statement["Action"],
            ResourceArns=[_one(arn) for arn in statement["Resource"]],
            ContextEntries=context,
        )
        found += [
            item["EvalActionName"]
            for item in answer["EvaluationResults"]
            if item["EvalDecision"] != "allowed"
        ]
    return found


def _contexts(conditions: dict[str, dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """What requests would carry, so that a statement's conditions are met: one for each value that a key may have."""
    keys = []
    for operator, tests in conditions.items():
        for key, value in tests.items():
            values = [_one(each) for each in ([value] if isinstance(value, str) else value)]
            if operator.startswith("ForA"):  # of a key that has several values at once
                keys.append([_entry(key, "stringList", values)])
            else:
                kind = "boolean" if operator.startswith("Bool") else "string"
                keys.append([_entry(key, kind, [each]) for each in values])
    yield from map(list, product(*keys))


def _one(pattern: str) -> str:
    """A value that a pattern takes; "*" alone stays: then IAM knows no resource."""
    return pattern if pattern == "*" else pattern.replace("*", "sendero")


def _entry(key: str, kind: str, values: list[str]) -> dict[str, Any]:
    return {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": values}
