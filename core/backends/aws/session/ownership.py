"""Whose a thing of SageMaker's is: its tags say so. A name proves nothing, for anybody may have chosen it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.backends.aws.session.codes import TAKEN, refused_as
from core.backends.aws.session.connection import Session
from core.backends.aws.session.failures import AccessDenied
from core.errors import NameTaken, SenderoError

OWN = "sendero:workspace"  # the tag on all that is created
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of what an endpoint is made of: its words, and how operations and fields call it."""

    noun: str
    operation: str
    field: str

    @property
    def article(self) -> str:
        return f"{'an' if self.noun[0] in 'aeiou' else 'a'} {self.noun}"


MODEL = Thing("model", "model", "Model")
CONFIG = Thing("endpoint config", "endpoint_config", "EndpointConfig")
ENDPOINT = Thing("endpoint", "endpoint", "Endpoint")


def own_tag(session: Session) -> dict[str, str]:
    """The tag that says: of this workspace."""
    return {"Key": OWN, "Value": f"{session.settings.bucket}/{session.settings.prefix}"}


def tagged(session: Session, arn: str, *tags: dict[str, str]) -> bool:
    """Does the thing carry all of `tags`?"""
    there = session.call("sagemaker", "list_tags", ResourceArn=arn)["Tags"]
    return all(tag in there for tag in tags)


def described(session: Session, thing: Thing, name: str) -> Facts | None:
    """SageMaker's description, None where it has none."""
    return session.find("sagemaker", f"describe_{thing.operation}", **{f"{thing.field}Name": name})


def ours(session: Session, thing: Thing, name: str) -> bool:
    """Is there such a thing, made from this workspace?"""
    found = described(session, thing, name)
    return found is not None and tagged(session, found[f"{thing.field}Arn"], own_tag(session))


def create(session: Session, thing: Thing, name: str, asked: Facts, same: Callable[[Facts], bool]) -> None:
    """Create a thing. One of that name is this very request, whose answer was lost, or somebody else's.

    It is this request when it carries the tags that were asked for, and `same` holds of its description.
    Raises NameTaken.
    """
    try:
        session.call("sagemaker", f"create_{thing.operation}", **{f"{thing.field}Name": name}, **asked)
    except SenderoError as error:
        if not refused_as(error, TAKEN):
            raise
        found = described(session, thing, name)
        if found and same(found) and tagged(session, found[f"{thing.field}Arn"], *asked["Tags"]):
            return
        raise NameTaken(thing=f"{thing.article} in this account", name=name) from error


def delete(session: Session, thing: Thing, name: str) -> None:
    """Ask for a deletion; one that was sent twice, because the first answer was lost, has what it wants.

    Our policy asks for our tag, and what is gone has none: of it IAM says that we may not, before SageMaker could say
    that it is not there. So a refusal holds only of what is there.
    """
    try:
        session.find("sagemaker", f"delete_{thing.operation}", **{f"{thing.field}Name": name})
    except AccessDenied:
        if described(session, thing, name) is not None:
            raise
