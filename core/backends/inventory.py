"""What a sweep lists: all that is there and may cost, in a whole account as well as on one machine."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from core.backends.records import timestamp
from core.retelling import in_english

HOURS_A_MONTH = 730  # as AWS's own calculator reckons: 365 x 24 / 12


@dataclass(frozen=True, slots=True)
class BillableResource:
    """One endpoint, job, schedule or rule that is there now, whoever made it. Times are UTC."""

    kind: str  # endpoint, schedule, rule (that mails), execution (of a pipeline), or a JobKind
    name: str
    status: str  # in the service's own word
    instance: str
    created: datetime | None
    owner: str  # whose it is, as far as its tags tell
    ours: bool  # made from this workspace
    per_hour: float | None  # USD while it is there; None where the price is not known

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it: in English."""
        said = {name: in_english(getattr(self, name)) for name in ("owner", "instance")}
        return {**asdict(self), **said, "created": timestamp(self.created) if self.created else None}


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that costs or is left over in an account or on a machine, and what could not be listed."""

    scope: str  # e.g. account 123456789012, us-east-1
    resources: tuple[BillableResource, ...]
    not_listable: tuple[str, ...]  # one sentence for each thing that we may not list
    prices: str = ""  # whose prices, of which date


@dataclass(frozen=True, slots=True)
class Deletion:
    """What was deleted, checked to be gone, and what stays, each with its reason."""

    deleted: tuple[str, ...]
    kept: tuple[str, ...] = ()
