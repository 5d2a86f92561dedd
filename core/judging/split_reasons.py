"""The reasons of those rows of the test split that were explained when a model was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from core.encoding.contract import Contract
from core.judging import predictions_file
from core.judging.dependence import Dependence, dependence
from core.judging.reason_words import Answer, Reason
from core.judging.reasons import Margins, Points, by_column, feature_places, link_of, points


@dataclass(frozen=True, eq=False)
class SplitReasons:
    """What each column adds to the answers for some rows of the test split.

    Attributes:
        rows: their positions in the split, rising.
        contributions: to the margins, by feature, as `by_column` takes them.
        features: their encoded values, (rows, features), NaN where blank.
    """

    contract: Contract
    objective: str
    rows: np.ndarray
    contributions: np.ndarray
    features: np.ndarray

    @cached_property
    def margins(self) -> Margins:
        """Return the contributions by column of the file."""
        return by_column(self.contract, self.contributions)

    def points(self, of: int | None = None) -> Points:
        """Return them in units of the prediction; of several classes for the class `of`, None for each row's own."""
        classes = None if of is None else np.full(len(self.rows), of)
        return points(self.margins, link_of(self.objective), classes)

    def answer(self, of: int | None = None) -> Answer:
        """Return what is added to: the class `of`, of two classes the positive one; or a number."""
        label = self.contract.label
        if label.problem == "regression":
            return Answer(label.name)
        return Answer(label.name, label.classes[1 if label.problem == "binary" or of is None else of])

    @cached_property
    def medians(self) -> dict[str, float]:
        """Return {column: median} of the columns of numbers."""
        places, usual = feature_places(self.contract), {}
        for column in self.contract.columns:
            if column.kind == "numeric" and column.used:
                value = self.features[:, places[column.name].start]
                if not np.isnan(value).all():
                    usual[column.name] = float(np.nanmedian(value))
        return usual


def read(path: Path, contract: Contract) -> SplitReasons | None:
    """Return the reasons in predictions.parquet; None where it has none. Raises OSError, ValueError."""
    found = predictions_file.contributions(path)
    if found is None:
        return None
    facts = predictions_file.read_facts(path)
    return SplitReasons(contract, facts.objective, found.rows, found.values, found.features)


def dependence_of(reasons: SplitReasons, name: str, of: int | None = None) -> Dependence:
    """Return how what the column `name` adds depends on its values; of several classes to the class `of`.

    Of a date by the part of it that adds most.
    """
    column, place = reasons.contract.column(name), feature_places(reasons.contract)[name]
    size = np.abs(reasons.contributions[..., place]).reshape(-1, len(column.features)).mean(axis=0)
    telling = int(size.argmax())
    value = reasons.features[:, place.start + telling].astype(np.float64)
    added = reasons.points(of).added[:, reasons.margins.columns.index(name)]
    return dependence(column, tuple(column.features.values())[telling], value, added)


def reason_of(reasons: SplitReasons, index: int, cells: Mapping[str, str]) -> Reason:
    """Return why the row at `index` of those that were explained has its prediction; `cells` is what stands in it."""
    label, margins = reasons.contract.label, reasons.margins
    one = Margins(margins.columns, margins.added[[index]], margins.base[[index]])
    credited = points(one, link_of(reasons.objective))
    of = ""
    if label.problem == "binary":
        of = label.classes[1]
    elif label.problem == "multiclass":
        of = label.classes[int(one.total[0].argmax())]
    added = dict(zip(one.columns, credited.added[0].tolist(), strict=True))
    base, end = float(credited.base[0]), float(credited.prediction[0])
    return Reason(label.name, of, base, end, added, cells, reasons.medians)
