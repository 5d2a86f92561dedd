"""What one plan for a data set has otherwise than another, for whoever is told that somebody has changed it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from core.eda.config import EdaConfig
from core.language import mark, tr

# Field -> what it is called on the Configuration page.
LABELS: Mapping[str, str] = {
    "target": mark("Predict"),
    "problem": mark("Problem type"),
    "split": mark("Hold out rows"),
    "split_column": mark("Held out by"),
    "drop": mark("Left out"),
    "derive": mark("Derived columns"),
    "seed": mark("Seed of the split"),
    "fractions": mark("Shares of the splits"),
    "treat": mark("Taken as"),
    "engine": mark("Engine"),
    "positive": mark("Positive class"),
    "drop_rare": mark("Leave out rare classes"),
    "keep_text": mark("Keep NA"),
    "weight": mark("Weight"),
}


def between(before: EdaConfig, after: EdaConfig) -> dict[str, Any]:
    """Return {field: its value in `after`} of all fields in which two plans differ."""
    names = [field.name for field in fields(EdaConfig)]
    return {name: getattr(after, name) for name in names if getattr(before, name) != getattr(after, name)}


def overruled(seen: EdaConfig, there: EdaConfig, changes: Mapping[str, Any]) -> list[str]:
    """Return the fields of `changes` that are another thing by now than what was seen, and than what they change to."""
    meanwhile = between(seen, there)
    return [name for name, value in changes.items() if name in meanwhile and meanwhile[name] != value]


def differences(before: EdaConfig, after: EdaConfig, of: Collection[str] | None = None) -> list[str]:
    """Return in words what differs of two plans, of the fields `of` where they are given."""
    return [
        tr(
            "{what}: {before}, now {after}",
            what=tr(LABELS[name]),
            before=_words(getattr(before, name)),
            after=_words(value),
        )
        for name, value in between(before, after).items()
        if of is None or name in of
    ]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, Mapping):
        value = [f"{name} = {each}" for name, each in value.items()]
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value))
    return tr("nothing") if value in (None, "") else str(value)
