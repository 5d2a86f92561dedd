"""The plan in the making on the Configuration page: what is saved, and what has been changed since.

A change touches its own field and is saved at once where the whole fits, over what is saved by then: so nothing that
another tab has saved is lost. What does not fit is held until it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from core.backends.base import Backend
from core.configuration import Configuration
from core.datasets import Dataset
from core.errors import Failure, SenderoError
from core.ui import state
from core.verbs import datasets


@dataclass(slots=True)
class Draft:
    """What is saved for a data set, and the changes that this visit has not saved yet: {field: value}."""

    dataset: Dataset
    saved: Configuration | None
    changes: dict[str, Any]

    @classmethod
    def of(cls, backend: Backend, dataset: Dataset) -> Draft:
        """Return the draft for a data set. Raises StorageDamaged."""
        saved = datasets.saved_configuration(backend)
        before = saved if saved and saved.dataset == dataset.name else None
        return cls(dataset, before, state.plan_changes(dataset.name).start({}))

    def value(self, name: str) -> Any:
        """Return what the field `name` holds."""
        return self.changes.get(name, getattr(self._base, name))

    def change(self, **values: Any) -> None:
        """Change fields; what is said to be as it is saved is no change."""
        for name, value in values.items():
            if self.saved and getattr(self.saved, name) == value:
                self.changes.pop(name, None)
            else:
                self.changes[name] = value

    def plan(self, **more: Any) -> Configuration:
        """Return the whole, with `more` changes, as a configuration. Raises SenderoError where it is none."""
        return replace(self._base, **self.changes | more)

    def save(self, backend: Backend) -> Failure | None:
        """Save what has been changed; return why it cannot be saved. Nothing is saved without a target."""
        if not self.changes or not self.value("target"):
            return None
        try:
            plan = datasets.checked_configuration(backend, self.plan(), self.dataset)
            datasets.save_configuration(backend, plan)
        except SenderoError as error:
            return error.failure
        self.saved = plan
        self.changes.clear()
        return None

    @property
    def _base(self) -> Configuration:
        return self.saved or Configuration("", dataset=self.dataset.name)
