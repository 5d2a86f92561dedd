"""Whose a resource of SageMaker is: its tags say so. A name proves nothing, for anybody may have chosen it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

from core.backends.aws.session.codes import TAKEN, refused_as
from core.backends.aws.session.connection import Answer, Parameters, Session
from core.backends.aws.session.failures import AccessDenied
from core.errors import NameTaken, SenderoError

OWN = "sendero:workspace"  # the tag on all that is created


class Tag(TypedDict):
    """A tag as requests and answers hold it."""

    Key: str
    Value: str


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """One of the resources that an endpoint is made of, as sentences, operations and fields name it."""

    noun: str
    operation: str
    field: str

    @property
    def article(self) -> str:
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"


MODEL = ResourceKind("model", "model", "Model")
CONFIG = ResourceKind("endpoint config", "endpoint_config", "EndpointConfig")
ENDPOINT = ResourceKind("endpoint", "endpoint", "Endpoint")


def own_tag(session: Session) -> Tag:
    """Return the tag of all that this workspace creates."""
    return {"Key": OWN, "Value": f"{session.settings.bucket}/{session.settings.prefix}"}


def tagged(session: Session, arn: str, *tags: Tag) -> bool:
    """Return whether the resource carries all of `tags`."""
    present = session.call("sagemaker", "list_tags", ResourceArn=arn)["Tags"]
    return all(tag in present for tag in tags)


def description(session: Session, kind: ResourceKind, name: str) -> Answer | None:
    """Return SageMaker's description of a resource; None where there is no such resource."""
    return session.find("sagemaker", f"describe_{kind.operation}", **{f"{kind.field}Name": name})


def ours(session: Session, kind: ResourceKind, name: str) -> bool:
    """Return whether there is such a resource, made from this workspace."""
    facts = description(session, kind, name)
    return facts is not None and tagged(session, facts[f"{kind.field}Arn"], own_tag(session))


def create(
    session: Session, kind: ResourceKind, name: str, request: Parameters, same: Callable[[Answer], bool]
) -> None:
    """Create a resource. One of that name comes from this very request, whose answer was lost, or is another's.

    It comes from this request when it carries the requested tags and `same` holds of its description.
    Raises NameTaken.
    """
    try:
        session.call("sagemaker", f"create_{kind.operation}", **{f"{kind.field}Name": name}, **request)
    except SenderoError as error:
        if not refused_as(error, TAKEN):
            raise
        facts = description(session, kind, name)
        if facts and same(facts) and tagged(session, facts[f"{kind.field}Arn"], *request["Tags"]):
            return
        raise NameTaken(thing=f"{kind.article} in this account", name=name) from error


def delete(session: Session, kind: ResourceKind, name: str) -> None:
    """Request a deletion; what is gone already is fine: the request may have been sent twice. Raises AccessDenied.

    Our policy requires our tag, and what is gone has none: IAM denies access to it before SageMaker could answer that
    it does not exist. So a denial counts only for a resource that exists.
    """
    try:
        session.find("sagemaker", f"delete_{kind.operation}", **{f"{kind.field}Name": name})
    except AccessDenied:
        if description(session, kind, name) is not None:
            raise
