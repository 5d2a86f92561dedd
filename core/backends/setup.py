"""The seam's other half: what must be there before a backend can work, checked also where there cannot be one yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `check`: result is pass, warn, fail or unknown (not allowed to know)."""

    name: str
    result: str
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """Something to hand to an administrator, e.g. a policy to paste."""

    name: str  # as a file would be named
    title: str
    help: str  # where it goes
    text: str


@dataclass(frozen=True, slots=True)
class StoragePlan:
    """What `Backend.create_storage` does, said before it is done."""

    title: str
    steps: tuple[str, ...]


class Setup(Protocol):
    """What a backend needs, of the settings that name it. `check` raises nothing; the rest may raise SenderoError."""

    def check(self) -> list[Check]:
        """Say whether this backend can work here, a line a fact. It raises nothing and never hangs."""
        ...

    def documents(self) -> tuple[Document, ...]:
        """Return what an administrator has to set up before this backend may work, to paste; often nothing."""
        ...

    def templates(self) -> dict[str, str]:
        """Return the same as templates of tools that set it up at once, by the tool's name; often none."""
        ...

    def storage_plan(self) -> StoragePlan | None:
        """Return what `create_storage` would do; None where storage needs no creating."""
        ...

    def create_storage(self) -> list[str]:
        """Create the bucket or folder of storage where it is not there, and guard it; return what was done."""
        ...
