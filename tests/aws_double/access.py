"""Who asks, and whether they may: IAM's policies as moto keeps them, and AWS's sentence for a refusal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from moto.backends import get_backend

from . import iam
from .account import ACCOUNT, OWN, OWN_KEY, Account, role_of
from .answers import AwsError
from .permissions import Need, needs, role_needs
from .request import Request

CALLER = "tester"  # the user whose credentials a rig hands out
LONGEST_POLICY = 6144  # characters of a managed policy, white space aside


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, or a role that a service acts as."""

    kind: str  # user or role
    name: str

    @property
    def arn(self) -> str:
        """As refusals name it."""
        if self.kind == "user":
            return f"arn:aws:iam::{ACCOUNT}:user/{self.name}"
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.name}/SageMaker"


class Access:
    """Everything is allowed but what a test denies, until `enforced`: then what no policy allows is refused."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.enforced = False
        self.denied: set[str] = set()
        self.missed: list[str] = []  # what a role was refused: a journey whose roles suffice has none

    def denies(self, action: str) -> bool:
        """Has the test denied the action?"""
        return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in self.denied)

    def check(self, request: Request) -> None:
        """Refuse what the request's sender may not do. Raises AwsError."""
        check_size(request)
        if request.key == OWN_KEY or not (self.enforced or self.denied):
            return
        who = principal_of(request.key)
        for need in needs(request, self.account):
            self.check_need(who, need, request.service)
        if self.enforced and (request.service, request.operation) == ("scheduler", "CreateSchedule"):
            self._check_scheduler(request.parameters["Target"]["RoleArn"])

    def _check_scheduler(self, role: str) -> None:
        """Scheduler tries to act as the role before it keeps a schedule; moto does not."""
        if not self.account.trusts(role, "scheduler.amazonaws.com"):
            raise AwsError(
                "ValidationException",
                "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
            )

    def check_need(self, who: Principal, need: Need, service: str) -> None:
        decision = self.decide(who, need)
        if decision == iam.ALLOWED:
            return
        if who.kind == "role":
            self.missed.append(f"{who.name}: {need.action} on {need.resource}")
        raise refusal(who, need, decision, service)

    def decide(self, who: Principal, need: Need) -> str:
        if who.kind == "user" and self.denies(need.action):
            return iam.IMPLICIT
        if not self.enforced:
            return iam.ALLOWED
        return iam.decide(statements_of(who), need.action, need.resource, need.context)

    def prepare(self, role_arn: str, facts: dict[str, Any]) -> str:
        """What a role may not do that a job or a model of this description needs first; "" when it may do all."""
        if not self.enforced:
            return ""
        who = Principal("role", role_arn.rpartition("/")[2])
        for need in role_needs(facts, self.account):
            try:
                self.check_need(who, need, "sts")
            except AwsError as error:
                return f"ClientError: {error.message}"
        return ""


def principal_of(key: str) -> Principal:
    """Whose access key this is."""
    return Principal("role", role_of(key)) if key.startswith(OWN) else Principal("user", CALLER)


def statements_of(who: Principal) -> list[dict[str, Any]]:
    """All statements of a principal's policies, inline and attached."""
    kept = get_backend("iam")[ACCOUNT]["aws"]
    documents = []
    if who.kind == "user" and who.name in kept.users:
        owner = kept.users[who.name]
        documents += list(owner.policies.values())
    else:
        owner = next((role for role in kept.roles.values() if role.name == who.name), None)
        documents += list(owner.policies.values()) if owner else []
    for policy in owner.managed_policies.values() if owner else ():
        documents += [each.document for each in policy.versions if each.is_default_version]
    return [statement for document in documents for statement in _read(document)]


@cache
def _read(document: str) -> list[dict[str, Any]]:
    statements = json.loads(document)["Statement"]
    return statements if isinstance(statements, list) else [statements]


def check_size(request: Request) -> None:
    """A managed policy has a longest length. Raises LimitExceeded."""
    if (request.service, request.operation) == ("iam", "CreatePolicy"):
        document = request.parameters["PolicyDocument"]
        if len("".join(document.split())) > LONGEST_POLICY:
            raise AwsError("LimitExceeded", f"Cannot exceed quota for PolicySize: {LONGEST_POLICY}", 409)


def refusal(who: Principal, need: Need, decision: str, service: str) -> AwsError:
    """AWS's sentence for what is not allowed.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    quoted = f'"{need.resource}"' if service == "s3" else need.resource
    because = (
        "with an explicit deny in an identity-based policy"
        if decision == iam.EXPLICIT
        else f"because no identity-based policy allows the {need.action} action"
    )
    text = f"User: {who.arn} is not authorized to perform: {need.action} on resource: {quoted} {because}"
    if service in ("s3", "iam", "sts"):
        return AwsError("AccessDenied", text, 403)
    return AwsError("AccessDeniedException", text, 403 if service == "scheduler" else 400)
