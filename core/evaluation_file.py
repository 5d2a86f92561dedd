"""evaluation.json: how good a model is on the test split, as types, with its reader and its writer.

Apart from `evaluation.py`, which computes it, so that a page or the command line reads one without numpy. A file of
version 1 had numbers without intervals; it is read as one of version 2 whose intervals are not known.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from core.errors import StorageDamaged
from core.language import tr

if TYPE_CHECKING:
    from core.storage import Storage

VERSION = 2


class Figure(TypedDict):
    """A metric and where it may be in truth (95%); the ends are None where that was not estimated.

    A metric that cannot be computed, such as an AUC of one class, has no value either.
    """

    value: float | None
    low: float | None
    high: float | None


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


class Decile(TypedDict):
    """A tenth of a regression's rows, by their prediction."""

    low: float  # of its predictions
    high: float
    rows: int
    error: Figure  # the mean of how far a prediction is off
    bias: Figure  # the mean of predicted less actual


class Range(TypedDict):
    """The range around every prediction of a number, by split conformal."""

    level: float  # the share of rows that it promises to hold
    half_width: float  # to either side, in the target's unit
    rows: int  # of validation, that it was learned from
    covered: Figure  # the share of test that it does hold


class OnValidation(TypedDict):
    """The metrics on the split that one chooses by: runs are ranked by them, so that the test split is kept for the
    one that is chosen.
    """

    rows: int
    metrics: dict[str, float | None]


class Class(TypedDict):
    """One of several classes, against all others."""

    name: str
    rows: int
    auc: Figure
    recall: Figure
    precision: Figure


class Confusion(TypedDict):
    """Rows of one class that were taken for another one, and their share of their own class."""

    truth: str
    said: str
    rows: int
    share: Figure


class BestColumn(Figure):
    """What the best single column reaches on test without a model, by the metric that it was chosen by."""

    column: str
    metric: str
    metrics: dict[str, Figure]  # that one, and others of the problem


class FeatureImportance(TypedDict):
    """A feature's share (0 to 1) of the gain, or of what a linear model adds to its answers."""

    feature: str
    share: float


class Scores(TypedDict):
    """What the labels and the predictions alone say."""

    version: int
    problem: str
    rows: int
    classes: list[str]
    metrics: dict[str, Figure]
    baseline: dict[str, float | None]  # of a model that knows only how the label is distributed
    intervals_by: dict[str, str]  # metric -> the method of its interval
    curves: Curves
    confusion: NotRequired[list[list[int]]]  # of classes: rows are true ones, columns predicted ones
    by_class: NotRequired[list[Class]]  # of more than two
    confusions: NotRequired[list[Confusion]]  # of more than two: the costliest first
    top_k: NotRequired[dict[str, Figure]]  # k -> the share of rows whose class is among the k most probable
    scatter: NotRequired[Scatter]  # of a regression
    deciles: NotRequired[list[Decile]]  # of a regression, by rising prediction


class Evaluation(Scores):
    """The whole file."""

    importance: list[FeatureImportance]  # the largest first
    importance_by: NotRequired[str]  # gain, or contribution; older files have gain alone
    rounds: int
    best_column: NotRequired[BestColumn]
    validation: NotRequired[OnValidation]  # none of a model of all rows, which was trained on it too
    range: NotRequired[Range]  # of a regression with enough rows of validation


def values(evaluation: Scores) -> dict[str, float | None]:
    """Return {metric: its value alone}."""
    return {name: figure["value"] for name, figure in evaluation["metrics"].items()}


def ends(figure: Figure | None) -> tuple[float, float, float] | None:
    """Return (value, low, high) of a metric; None where it has no interval."""
    if figure is None or figure["value"] is None or figure["low"] is None or figure["high"] is None:
        return None
    return figure["value"], figure["low"], figure["high"]


def read(storage: Storage, key: str) -> Evaluation | None:
    """Return the evaluation in `key`, None where there is none. Raises StorageFailed, StorageDamaged."""
    return upgraded(storage.read_json(key), key) if storage.exists(key) else None


def upgraded(found: dict[str, Any], key: str) -> Evaluation:
    """Return a parsed evaluation.json of any version as one of this version. Raises StorageDamaged of a later one."""
    version = found.get("version", 1)
    if version == 1:
        figures = {name: _unsure(value) for name, value in found.get("metrics", {}).items()}
        found = {**found, "version": VERSION, "metrics": figures, "intervals_by": {}}
    elif version != VERSION:
        raise StorageDamaged(
            key=key,
            reason=tr(
                "It has version {version}; this Sendero reads up to {newest}.",
                version=version,
                newest=VERSION,
            ),
        )
    return found  # pyright: ignore[reportReturnType]  its fields are those that we wrote


def _unsure(value: object) -> object:
    """Return a number of version 1 as a figure without an interval."""
    return value if isinstance(value, dict) else Figure(value=value, low=None, high=None)  # pyright: ignore


def write(evaluation: Evaluation, path: Path) -> None:
    """Write `path`, whole or not at all. Raises OSError."""
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(evaluation, indent=1))
    os.replace(temporary, path)
