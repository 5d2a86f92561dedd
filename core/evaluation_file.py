"""evaluation.json: how good a model is on the test split, as types, with its reader and its writer.

Apart from `evaluation.py`, which computes it, so that a page or the command line reads one without numpy.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

if TYPE_CHECKING:
    from core.storage import Storage


class Curve(TypedDict):
    """The points of a curve, both rising along it."""

    x: list[float]
    y: list[float]


class Curves(TypedDict, total=False):
    """Those of a binary problem whose test split has both classes."""

    roc: Curve
    precision_recall: Curve


class Scatter(TypedDict):
    """Some rows of a regression."""

    actual: list[float]
    predicted: list[float]


class FeatureImportance(TypedDict):
    """A feature's share (0 to 1) of the gain, or of what a linear model adds to its answers."""

    feature: str
    share: float


class Scores(TypedDict):
    """What the labels and the predictions alone say. A metric that cannot be computed is None."""

    problem: str
    rows: int
    classes: list[str]
    metrics: dict[str, float | None]
    baseline: dict[str, float | None]  # of a model that knows only how the label is distributed
    confusion: NotRequired[list[list[int]]]  # of classes: rows are true ones, columns predicted ones
    scatter: NotRequired[Scatter]  # of a regression
    curves: Curves


class Evaluation(Scores):
    """The whole file."""

    importance: list[FeatureImportance]  # the largest first
    importance_by: NotRequired[str]  # gain, or contribution; older files have gain alone
    rounds: int


def read(storage: Storage, key: str) -> Evaluation | None:
    """Return the evaluation in `key`, None where there is none. Raises StorageFailed, StorageDamaged."""
    return storage.read_json(key) if storage.exists(key) else None


def write(evaluation: Evaluation, path: Path) -> None:
    """Write `path`, whole or not at all. Raises OSError."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(evaluation, indent=1))
    os.replace(temporary, path)
