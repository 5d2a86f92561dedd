"""What IAM says of roles and permissions: whom a role trusts, and what its simulator would allow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NotRequired, TypedDict

from core.backends.aws.session.connection import Session
from core.backends.aws.session.failures import AwsRefusal
from core.backends.setup import Check
from core.errors import NotFound, SenderoError
from core.language import joined, mark, tr

PRINT = mark("The verb `policies`, or Policies on the Configuration page, prints what to attach.")


Condition = Mapping[str, Mapping[str, str | list[str]]]  # operator -> key -> value or values


class Statement(TypedDict):
    """A statement of an IAM policy, as its JSON holds it."""

    Sid: NotRequired[str]
    Effect: str
    Principal: NotRequired[str | dict[str, str]]
    Action: str | list[str]
    Resource: NotRequired[list[str]]
    Condition: NotRequired[Condition]


class ContextEntry(TypedDict):
    """One key of a simulated request, as SimulatePrincipalPolicy takes it."""

    ContextKeyName: str
    ContextKeyType: str
    ContextKeyValues: list[str]


def principal(session: Session) -> str:
    """Return the caller as IAM names it: of a role's session, the role with its path, which IAM has to be asked for.

    Where that is not allowed, the session's own ARN.
    """
    caller = session.identity()["Arn"]
    if ":assumed-role/" not in caller:
        return caller
    try:
        return session.call("iam", "get_role", RoleName=caller.split("/")[1])["Role"]["Arn"]
    except SenderoError:
        return caller


def trusting(session: Session, name: str, arn: str, service: str) -> Iterator[Check]:
    """Check that the role exists under this very ARN and trusts `service`."""
    try:
        facts = session.call("iam", "get_role", RoleName=arn.rpartition("/")[2])["Role"]
    except NotFound:
        yield Check(
            name,
            "fail",
            tr("There is no role {role}.", role=arn),
            joined([tr("Create it, or name another one."), tr(PRINT)]),
        )
        return
    if facts["Arn"] != arn:  # a role in a path, e.g. service-role/, is another ARN than its name suggests
        yield Check(
            name,
            "fail",
            tr("There is no role {role}.", role=arn),
            tr("Name it by its whole ARN: {arn}.", arn=facts["Arn"]),
        )
    elif service in str(facts["AssumeRolePolicyDocument"]):
        yield Check(name, "pass", tr("{role} trusts {service}", role=arn, service=service))
    else:
        yield Check(
            name,
            "fail",
            tr("{role} does not trust {service}.", role=arn, service=service),
            joined([tr("Change its trust policy."), tr(PRINT)]),
        )


def simulated(session: Session, name: str, who: str, needed: list[Statement]) -> Iterator[Check]:
    """Check by IAM's simulator that it would allow the statements `needed` to `who`; nothing is done."""
    try:
        denied = [line for statement in needed for line in _denied(session, who, statement)]
    except (AwsRefusal, NotFound) as error:  # it knows no root user, and no role in a path
        yield Check(name, "unknown", error.failure.why, tr("Compare with what the verb `policies` prints."))
        return
    if denied:
        yield Check(name, "fail", tr("denied: {actions}", actions=", ".join(sorted(set(denied)))), tr(PRINT))
    else:
        yield Check(name, "pass", tr("IAM's simulator allows all that is needed"))


def _denied(session: Session, who: str, statement: Statement) -> list[str]:
    denied: list[str] = []
    for context in contexts(statement.get("Condition", {})):
        answer = session.call(
            "iam",
            "simulate_principal_policy",
            PolicySourceArn=who,
            ActionNames=statement["Action"],
            ResourceArns=[_one(arn) for arn in statement.get("Resource", [])],
            ContextEntries=context,
        )
        denied += [
            item["EvalActionName"]
            for item in answer["EvaluationResults"]
            if item["EvalDecision"] != "allowed"
        ]
    return denied


def contexts(conditions: Condition) -> Iterator[list[ContextEntry]]:
    """Yield what requests carry that meet a statement's conditions: one for each value that a key may have."""
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
    """Return a value that a pattern matches; "*" alone stays: then IAM knows no resource."""
    return pattern if pattern == "*" else pattern.replace("*", "sendero")


def _entry(key: str, kind: str, values: list[str]) -> ContextEntry:
    return {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": values}
