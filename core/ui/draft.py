"""The plan in the making on the Configuration page: what is saved, and what has been changed since.

A change touches its own field and is saved at once where the whole fits, over what is saved by then: so nothing that
another tab has saved is lost. What does not fit is held until it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from core import plan_changes
from core.backends.base import Backend
from core.configuration import Configuration
from core.datasets import Dataset
from core.errors import Failure, SenderoError
from core.ui import state
from core.verbs import datasets

DATES = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")  # as sniffed


@dataclass(slots=True)
class Draft:
    """What is saved for a data set, and the changes that this visit has not saved yet: {field: value}.

    `seen` is what was saved when they were made; `by` somebody else who has saved it since.
    """

    dataset: Dataset
    saved: Configuration | None
    changes: dict[str, Any]
    seen: Configuration | None
    by: str

    @classmethod
    def of(cls, backend: Backend, dataset: Dataset) -> Draft:
        """Return the draft for a data set. Raises StorageDamaged."""
        kept = datasets.saved_plan(backend, dataset.name)
        by = kept.who if kept and kept.of_another else ""
        changes, seen = state.plan_changes(dataset.name).start({}), state.plan_seen(dataset.name).get()
        return cls(dataset, kept.plan if kept else None, changes, seen, by)

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

    def predicting(self, target: str | None) -> dict[str, Any]:
        """Return what changes with the column to predict, None for no column.

        Another target is another problem; and it is neither left out, taken for another kind, a weight nor split by.
        """
        target = target or ""
        split = {"split": "random", "split_column": None} if self.value("split_column") == target else {}
        return {
            "target": target,
            "problem": "auto",
            "positive": None,
            "drop": tuple(name for name in self.value("drop") if name != target),
            "treat": {name: kind for name, kind in self.value("treat").items() if name != target},
            "weight": None if self.value("weight") == target else self.value("weight"),
        } | split

    def holding_out_by(self, column: str) -> dict[str, Any]:
        """Return what changes with the column that rows are held out by; a split at random becomes one that fits it."""
        split = self.value("split")
        if split == "random":
            split = "time" if column in self.dates else "group"
        return {"split": split, "split_column": column}

    @property
    def dates(self) -> list[str]:
        """Return the names of the columns that hold dates."""
        return [column["name"] for column in self.dataset.columns if column["type"] in DATES]

    def plan(self, **more: Any) -> Configuration:
        """Return the whole, with `more` changes, as a configuration. Raises SenderoError where it is none."""
        return replace(self._base, **self.changes | more)

    def save(self, backend: Backend) -> Failure | None:
        """Save what has been changed; return why it cannot be saved. Nothing is saved without a target."""
        if not self.changes or not self.value("target"):
            return None
        try:
            self.saved = datasets.change_configuration(backend, self.dataset, self.changes, self.seen)
        except SenderoError as error:
            return error.failure
        self.changes.clear()
        return None

    @property
    def overruled(self) -> list[str]:
        """Return the fields that are changed here and that were changed elsewhere meanwhile."""
        return plan_changes.overruled(self.seen, self.saved, self.changes) if self.seen and self.saved else []

    @property
    def news(self) -> list[str]:
        """Return in words what somebody else has changed since this was drawn last, and nobody here."""
        if not (self.seen and self.saved and self.by):
            return []
        others = [name for name in plan_changes.LABELS if name not in self.changes]
        return plan_changes.differences(self.seen, self.saved, others)

    def shown(self) -> None:
        """Say that what is saved was seen: changes are made in it from now on."""
        state.plan_seen(self.dataset.name).set(self._base)

    def take_theirs(self) -> None:
        """Forget the changes that were overruled."""
        for name in self.overruled:
            self.changes.pop(name)
        self.shown()

    @property
    def _base(self) -> Configuration:
        return self.saved or Configuration("", dataset=self.dataset.name)


def propose(backend: Backend, plan: Configuration, seen: Configuration) -> None:
    """Make of a plan, which was made of the one that was `seen`, changes for the Configuration page to save."""
    saved = datasets.saved_configuration(backend, plan.dataset) or Configuration("", dataset=plan.dataset)
    state.plan_changes(plan.dataset).set(plan_changes.between(saved, plan))
    state.plan_seen(plan.dataset).set(seen)
