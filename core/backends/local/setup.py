"""What this machine needs before jobs can run on it: nothing but what `checks.py` looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.backends.setup import Check, Document

if TYPE_CHECKING:  # nothing in this folder may cost a job's start the import of pydantic
    from core.settings import Settings


class LocalSetup:
    """A folder that may be written to is all there is to set up."""

    def __init__(self, settings: Settings) -> None:
        self.workspace = settings.workspace.resolve()

    def check(self) -> list[Check]:
        """Check that jobs can run on this machine, one line a fact."""
        from core.backends.local.checks import checks

        return checks(self.workspace)

    def documents(self) -> tuple[Document, ...]:
        """Return none: nobody has to allow anything."""
        return ()

    def templates(self) -> dict[str, str]:
        """Return none."""
        return {}

    def storage_plan(self) -> None:
        """Return none: the workspace comes with the first data set."""

    def create_storage(self) -> list[str]:
        """Return that nothing was done: nothing is there to create."""
        return []
