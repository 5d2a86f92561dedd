"""What differs between two feature contracts, by column of the file: what the second model reads otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.encoding.contract import Column, Contract
from core.language import joined, tr
from core.retelling import in_english


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column that both use, as another kind, with another expression, or into other features."""

    column: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class ContractChanges:
    """Names of columns: those that only the second contract uses, only the first, and both, but differently."""

    added: tuple[str, ...]
    gone: tuple[str, ...]
    retyped: tuple[Retyped, ...]

    @property
    def any(self) -> bool:
        """Return whether anything differs."""
        return bool(self.added or self.gone or self.retyped)

    def as_dict(self) -> dict[str, Any]:
        """Return them as JSON, in English."""
        retyped = [
            {"column": each.column, "first": in_english(each.first), "second": in_english(each.second)}
            for each in self.retyped
        ]
        return {"added": list(self.added), "gone": list(self.gone), "retyped": retyped}


def changes(first: Contract, second: Contract) -> ContractChanges:
    """Return what differs from one contract to another: levels and ranges, which follow the rows, are no difference."""
    before, after = (
        {column.name: column for column in each.columns if column.used} for each in (first, second)
    )
    both = [(before[name], after[name]) for name in after if name in before]
    return ContractChanges(
        added=tuple(name for name in after if name not in before),
        gone=tuple(name for name in before if name not in after),
        retyped=tuple(
            Retyped(old.name, _words(old), _words(new)) for old, new in both if _words(old) != _words(new)
        ),
    )


def _words(column: Column) -> str:
    """Return what a column is taken for and becomes, as people read it."""
    derived = f" = {column.expression}" if column.expression else ""
    parts = [tr(part) for part in column.features.values() if part not in ("value", "code")]
    return joined([tr(column.kind), derived, *([" (", joined(parts, ", "), ")"] if parts else [])], "")
