"""The model registry as every backend keeps it: versions of a model in a group, each with what people say of it.

On SageMaker a group is a Model Package Group and a version a Model Package; the words of approval are SageMaker's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum

from core.backends.records import jsonable
from core.errors import VersionChanged
from core.language import mark, tr

METRIC = "metric."  # begins the name of a fact that is a metric: value, low and high, with blanks between
UNKNOWN = "-"  # a fact that a pipeline could not tell: SageMaker takes no empty one
LONGEST_FACT = 256  # characters of a fact, coded
# SageMaker's properties may have few signs. Any but these is written as = and two digits a byte.
_PLAIN = re.compile(r"[A-Za-z0-9_ .:/+\-@]")
_CODED = re.compile(r"(?:=[0-9A-F]{2})+")


class Approval(StrEnum):
    """SageMaker's own words for ModelApprovalStatus."""

    pending = "PendingManualApproval"
    approved = "Approved"
    rejected = "Rejected"

    @property
    def words(self) -> str:
        """Return it as people say it."""
        return tr(WORDS[self])


WORDS = {
    Approval.pending: mark("waits for approval"),
    Approval.approved: mark("approved"),
    Approval.rejected: mark("rejected"),
}


def encoded(text: str) -> str:
    """Return a fact as SageMaker takes it: of few signs, and cut where it is too long."""
    whole = "".join(sign if _PLAIN.match(sign) else _bytes(sign) for sign in text)
    return re.sub(r"=[0-9A-F]?$", "", whole[:LONGEST_FACT])


def decoded(text: str) -> str:
    """Return a fact as it was before it was encoded."""
    return _CODED.sub(lambda found: bytes.fromhex(found[0].replace("=", "")).decode(errors="replace"), text)


def _bytes(sign: str) -> str:
    return "".join(f"={byte:02X}" for byte in sign.encode())


@dataclass(frozen=True, slots=True)
class Document:
    """A file that speaks for a version: its storage key, and its SHA-256 as it was registered."""

    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class VersionRequest:
    """Make the model of `training_job` a version in `group`. At most 40 facts, each of at most 256 characters."""

    group: str
    training_job: str
    model_sha256: str
    facts: Mapping[str, str]
    documents: Mapping[str, Document]  # evaluation, contract, report, card: those that there are
    card: str = ""  # the model card as SageMaker has one (ModelCardContent), "" where there is none


def check_unchanged(there: ModelVersion, seen: ModelVersion) -> None:
    """Raise VersionChanged where somebody has approved or rejected a version since it was `seen`."""
    if (there.approval, there.who, there.why) != (seen.approval, seen.who, seen.why):
        raise VersionChanged(version=there.name, verdict=there.verdict)


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version. Times are UTC; `who`, `at` and `why` are of the last word that approved or rejected it."""

    group: str
    number: int
    training_job: str
    model_sha256: str
    created: datetime
    approval: Approval
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    who: str = ""
    at: datetime | None = None
    why: str = ""
    outside: bool = False  # was that word said without Sendero, as in SageMaker Studio?

    @property
    def name(self) -> str:
        """Return what a version is called everywhere."""
        return f"{self.group}/{self.number}"

    @property
    def verdict(self) -> str:
        """Return in a sentence how it stands."""
        if self.approval == Approval.pending:
            return tr("{version} waits for approval.", version=self.name)
        how, why = self.approval.words, self.why or tr("no reason was given")
        if not self.who:
            return tr("{version} is {approved}: {why}", version=self.name, approved=how, why=why)
        return tr(
            "{version} is {approved} by {who}: {why}", version=self.name, approved=how, who=self.who, why=why
        )

    @property
    def metrics(self) -> dict[str, dict[str, float | None]]:
        """Return {metric: its value and the ends of its interval} as they were when it was registered."""
        found: dict[str, dict[str, float | None]] = {}
        for name, text in self.facts.items():
            if name.startswith(METRIC):
                numbers = [None if each == "-" else float(each) for each in text.split()]
                found[name.removeprefix(METRIC)] = dict(zip(("value", "low", "high"), numbers, strict=True))
        return found

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        plain = {name: jsonable(value) for name, value in asdict(self).items()}
        return {"version": self.name, **plain, "metrics": self.metrics}
