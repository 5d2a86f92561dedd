"""The receipt of a deletion, whatever was deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.backends.records import jsonable
from core.retelling import in_english


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that something is gone: what was deleted and looked for again, when, and what stays. `at` is UTC."""

    name: str
    deleted: tuple[str, ...]
    at: datetime
    ran_seconds: float = 0.0  # of an endpoint
    cost: float | None = None  # USD in all, of an endpoint that is billed
    per_thousand: float | None = None  # USD for 1,000 of its requests
    kept: tuple[str, ...] = ()  # what stays, and why
    bytes: int = 0  # of files that are gone

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        texts = {name: [in_english(each) for each in getattr(self, name)] for name in ("deleted", "kept")}
        return {name: jsonable(texts.get(name, getattr(self, name))) for name in self.__slots__}
