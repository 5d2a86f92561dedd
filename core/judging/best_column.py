"""How far one column alone gets: what a model has to beat before it is worth having.

Nothing is fitted but what a glance would see, on validation: of a number which way it points, of codes and parts of
dates what is true at each. The column is chosen on one half of validation by what the other half says of it, and
measured on test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core import metrics
from core.judging import intervals
from core.judging.intervals import Interval

if TYPE_CHECKING:
    from core.encoding.contract import ColumnJson

PRIOR = 10  # rows of the whole that a level's own are added to: a level of one row knows little
BINS = 20
ROWS_OF_A_BIN = 20
TRIED = 30  # columns at most: those that the model itself goes by most
LEAST_ROWS = 20  # of validation

Answer = Callable[[np.ndarray], np.ndarray]  # values of a feature -> a score, a class code, or a prediction


@dataclass(frozen=True, slots=True)
class Alone:
    """What one column reaches on test; `metrics` has the problem's others beside the one that it was chosen by."""

    column: str
    metric: str
    metrics: dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a split: encoded features, shape (n, features), and labels."""

    features: np.ndarray
    label: np.ndarray


def best_column(
    columns: Sequence[ColumnJson],
    importance: Mapping[str, float],
    problem: str,
    classes: int,
    validation: Rows,
    test: Rows,
) -> Alone | None:
    """Return the best single column; None where validation or test are too few, or of one class.

    `importance`: by feature, how much the model goes by it.
    """
    if len(validation.label) < LEAST_ROWS or len(np.unique(validation.label)) < 2:
        return None
    if len(np.unique(test.label)) < 2:
        return None
    tried = _tried(columns, importance)
    even, odd = (Rows(validation.features[part::2], validation.label[part::2]) for part in (0, 1))
    kind = {"binary": _Binary, "multiclass": _Multiclass, "regression": _Regression}[problem](classes)
    best, most = None, -np.inf
    for column, index, is_number in tried:
        answer = kind.learn(even.features[:, index], even.label, is_number)
        reached = kind.worth(odd.label, answer(odd.features[:, index]))
        if reached > most:
            best, most = (column, index, is_number), reached
    if best is None:
        return None
    column, index, is_number = best
    answer = kind.learn(validation.features[:, index], validation.label, is_number)
    return Alone(column, kind.metric, kind.measure(test.label, answer(test.features[:, index])))


def _tried(columns: Sequence[ColumnJson], importance: Mapping[str, float]) -> list[tuple[str, int, bool]]:
    """Return (column, position of its feature, whether that is a plain number), the most important first."""
    features = [
        (column["name"], feature, column["kind"] == "numeric" and part == "value")
        for column in columns
        for feature, part in column["features"].items()
    ]
    found = [
        (importance.get(feature, 0.0), column, index, is_number)
        for index, (column, feature, is_number) in enumerate(features)
    ]
    found.sort(key=lambda each: -each[0])
    return [(column, index, is_number) for _, column, index, is_number in found[:TRIED]]


class _Binary:
    metric = "auc"

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def learn(self, value: np.ndarray, label: np.ndarray, is_number: bool) -> Answer:
        known = ~np.isnan(value)
        if not is_number:
            return _by_level(value, label)
        both = len(np.unique(label[known])) == 2
        sign = 1.0 if not both or metrics.roc_auc(label[known], value[known]) >= 0.5 else -1.0
        middle = float(np.median(value[known])) if known.any() else 0.0  # a blank ranks as the median does
        return lambda values: sign * np.where(np.isnan(values), middle, values)

    def worth(self, label: np.ndarray, answer: np.ndarray) -> float:
        return metrics.roc_auc(label, answer) if len(np.unique(label)) == 2 else 0.0

    def measure(self, label: np.ndarray, answer: np.ndarray) -> dict[str, Interval]:
        positive = label == 1
        value, influence = intervals.placements(positive, answer)
        return {"auc": intervals.auc(value, influence, int(positive.sum()), int((~positive).sum()))}


class _Multiclass:
    metric = "balanced_accuracy"

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def learn(self, value: np.ndarray, label: np.ndarray, is_number: bool) -> Answer:
        bins = _Bins(value, is_number)
        counts = np.zeros((bins.size, self.classes))
        np.add.at(counts, (bins.of(value), label.astype(int)), 1)
        # By how much more often than elsewhere: else the largest class would be the answer everywhere.
        of_class = np.maximum(counts.sum(axis=0), 1)
        said = (counts / of_class).argmax(axis=1)
        said[counts.sum(axis=1) == 0] = int(of_class.argmax())
        return lambda values: said[bins.of(values)]

    def worth(self, label: np.ndarray, answer: np.ndarray) -> float:
        return self.measure(label, answer)[self.metric].value

    def measure(self, label: np.ndarray, answer: np.ndarray) -> dict[str, Interval]:
        right = label == answer
        recalls = [
            intervals.share(
                int(np.count_nonzero(right & (label == each))), int(np.count_nonzero(label == each))
            )
            for each in np.unique(label)
        ]
        return {
            "balanced_accuracy": intervals.mean_of_shares(recalls),
            "accuracy": intervals.share(int(np.count_nonzero(right)), len(label)),
        }


class _Regression:
    metric = "r2"

    def __init__(self, classes: int) -> None:
        self.classes = classes

    def learn(self, value: np.ndarray, label: np.ndarray, is_number: bool) -> Answer:
        known = ~np.isnan(value)
        if not is_number or known.sum() < 3 or float(np.ptp(value[known])) == 0:
            return _by_level(value, label)
        centre, mean = float(value[known].mean()), float(label[known].mean())
        spread = value[known] - centre
        slope = float((spread * (label[known] - mean)).sum() / (spread**2).sum())
        whole = float(label.mean())
        return lambda values: np.where(np.isnan(values), whole, mean + slope * (values - centre))

    def worth(self, label: np.ndarray, answer: np.ndarray) -> float:
        return -float(np.mean((label - answer) ** 2))

    def measure(self, label: np.ndarray, answer: np.ndarray) -> dict[str, Interval]:
        error = label - answer
        return {
            "r2": intervals.explained(label, answer),
            "mae": intervals.mean(np.abs(error)),
            "rmse": intervals.root_of_mean(error**2),
        }


class _Bins:
    """Levels of a feature, or bins of as many rows each where it is a number of many values; blanks have their own."""

    def __init__(self, value: np.ndarray, is_number: bool) -> None:
        known = np.sort(value[~np.isnan(value)])
        levels = np.unique(known)
        many = max(2, min(BINS, len(known) // ROWS_OF_A_BIN))
        if is_number and len(levels) > many:
            levels = np.unique(known[np.arange(1, many) * len(known) // many])
        self.levels, self.size = levels, len(levels) + 2

    def of(self, value: np.ndarray) -> np.ndarray:
        """Return the bin of each value: the last one's is that of blanks."""
        return np.where(np.isnan(value), self.size - 1, np.searchsorted(self.levels, value, side="right"))


def _by_level(value: np.ndarray, label: np.ndarray) -> Answer:
    """Return the mean label of each level, the fewer rows it has the nearer to the mean of all."""
    bins = _Bins(value, is_number=False)
    which = bins.of(value)
    rows = np.bincount(which, minlength=bins.size)
    total = np.bincount(which, label, minlength=bins.size)
    means = (total + PRIOR * label.mean()) / (rows + PRIOR)
    return lambda values: means[bins.of(values)]
