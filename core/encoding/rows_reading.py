"""What a person says of how a file of rows is read: of the file as such, and of what its columns are called."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from core.errors import BadSetting, NoSuchColumn
from core.language import tr
from core.reading.dialect import Overrides
from core.reading.names import plain_name


def source_of(names: Sequence[str]) -> str:
    """Return what tells files of one source from others: a digest of its columns, in whatever order."""
    return hashlib.sha256("\n".join(sorted(map(plain_name, names))).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class RowsReading:
    """`renames` are {column of the file: the model's name of it}; `remembered` were said of other files, by
    `source_of` those, and hold where a file of that source has such a column and lacks the model's."""

    overrides: Overrides = field(default_factory=Overrides)
    renames: Mapping[str, str] = field(default_factory=dict[str, str])
    remembered: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def wanted(self, needed: Sequence[str]) -> tuple[str, ...]:
        """Return by which names the header of the file is found: those `needed`, as far as they are not renamed."""
        renamed = {plain_name(new): plain_name(old) for old, new in self.renames.items()}
        return tuple(renamed.get(name, name) for name in needed)

    def called(self, names: Sequence[str], needed: Collection[str]) -> dict[str, str]:
        """Return {column of a file with these `names`: its name among those `needed`} of the renamed ones.

        Raises NoSuchColumn, BadSetting.
        """
        found: dict[str, str] = {}
        for given, name in self.renames.items():
            old, new = plain_name(given), plain_name(name)
            if old == new:
                continue
            if old not in names:
                raise NoSuchColumn(column=given, file=tr("the rows"), columns=", ".join(names))
            if new not in needed or new in names or new in found.values():
                reason = tr("'{given}' cannot be '{name}': it is given twice.", given=given, name=name)
                if new not in needed:
                    reason = tr(
                        "'{given}' cannot be '{name}': the model takes {columns}.",
                        given=given,
                        name=name,
                        columns=", ".join(needed),
                    )
                elif new in names:
                    reason = tr("'{given}' cannot be '{name}': the file has it too.", given=given, name=name)
                raise BadSetting(name="rename", reason=reason, source=tr("--rename, or the page"))
            found[old] = new
        for old, new in self.remembered.get(source_of(names), {}).items():
            taken = {*names, *found.values()}
            if old in names and old not in found and new in needed and new not in taken:
                found[old] = new
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Self:
        """Return it from its JSON; {} is nothing said. Raises BadSetting."""
        return cls(
            Overrides(**value.get("overrides", {})), value.get("renames", {}), value.get("remembered", {})
        )
