"""Where a model fails, as a whole: slices of the raw test rows, quality over time, and the most costly rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.encoding.contract import Column, Contract
from core.errors import DataNotReadable
from core.judging import predictions_file, split_reasons
from core.judging.costly_rows import CostlyRows, costly_rows
from core.judging.errors import errors_of
from core.judging.intervals import Interval
from core.judging.raw_rows import RawRows, moments, numbers, raw_rows, words
from core.judging.slices import Slice, find_slices
from core.judging.slicing import BLANK, Slicing, by_date, by_level, by_number, by_period, named
from core.language import tr
from core.locales import for_everybody
from core.numbers import integer

MOST_COLUMNS = 200  # that rows are parted by


@dataclass(frozen=True, slots=True)
class Failures:
    """Where a model fails.

    `rows` of the `test_rows` were looked at: all, or evenly spread ones where there are very many. `value` is the
    error rate at `threshold`, of a regression (which has none) the mean absolute error. `slices` of what the model
    knows stand worst first, and `looked_at` counts those that were judged. `others` has those of the columns that it
    does not know, each judged by itself: a column that was left out because it tells the target would fill the list.
    `left_out` counts columns that were not looked at, of a wide file. `names` are what either go by, in the file's
    order, and `period` is the one of them that goes by the periods of a date. `out_of_fold` says that the rows are
    those of all splits, each judged by the model of a fold that has not seen it.
    """

    problem: str
    classes: tuple[str, ...]
    test_rows: int
    rows: int
    threshold: float | None
    value: Interval
    slices: tuple[Slice, ...]
    others: tuple[Slice, ...]
    left_out: int
    names: tuple[str, ...]
    period: str
    costly: CostlyRows
    out_of_fold: bool = False

    @property
    def looked_at(self) -> int:
        """Return how many slices of what the model knows were judged."""
        return sum(each.tail is not None for each in self.slices)

    @property
    def worse(self) -> tuple[Slice, ...]:
        """Return the slices that are worse than chance would give."""
        return tuple(each for each in self.slices if each.worse)

    @property
    def periods(self) -> tuple[Slice, ...]:
        """Return the slices by period, in order, without rows that have no date."""
        return tuple(each for each in self.by(self.period) if each.values != (BLANK,))

    def by(self, name: str) -> tuple[Slice, ...]:
        """Return the slices by one name, in the order of its values."""
        found = [each for each in (*self.slices, *self.others) if each.columns == (name,)]
        return tuple(sorted(found, key=lambda each: each.place))


@for_everybody()
def find_failures(
    predictions: Path,
    raw: Path,
    contract: Contract,
    every: int = 1,
    telling: Sequence[str] = (),
    threshold: float = 0.5,
    amounts: Sequence[float | np.ndarray] | None = None,
    out_of_fold: bool = False,
) -> Failures:
    """Return where a model fails on the raw test rows `raw`, each whose place in the split `every` divides.

    What slices go by and have is written as in English, for everybody; `failure_words` tells it to who reads.
    `telling` are features, those first that the model goes by most: the pairs of the first few are looked at too.
    `amounts` are those of a miss and of a false alarm, one for all rows of the split or one for each.
    Raises DataNotReadable, MissingColumns, StorageFailed, and OSError or ValueError of what is no file of predictions.
    """
    label, score = predictions_file.labels(predictions, "test"), predictions_file.scores(predictions, "test")
    with raw_rows(raw, contract, every) as rows:
        if len(rows.positions) == 0 or rows.positions[-1] >= len(label):
            raise DataNotReadable(
                file=raw.name,
                reason=tr("It has other rows than the {rows} that were judged.", rows=integer(len(label))),
            )
        own_label, own_score = label[rows.positions], score[rows.positions]
        problem = contract.label.problem
        paid = [each[rows.positions] if isinstance(each, np.ndarray) else each for each in amounts or ()]
        errors = errors_of(problem, own_label, own_score, threshold, paid)
        slicings, period = slicings_of(rows, contract, telling)
        left_out = max(len(_columns(rows, contract)) - MOST_COLUMNS, 0)
        both = [*slicings, period] if period else slicings
        known = {column.name for column in contract.inputs}
        slices = find_slices(
            errors,
            [each for each in both if each.column in known],
            _telling(telling, contract, slicings),
        )
        others = [
            each for slicing in both if slicing.column not in known for each in find_slices(errors, [slicing])
        ]
        reasons, called = (
            split_reasons.read(predictions, contract),
            tr("row") if out_of_fold else tr("test row"),
        )
        costly = costly_rows(rows, contract, errors, own_label, own_score, reasons, called)
    return Failures(
        problem=problem,
        classes=contract.classes,
        test_rows=len(label),
        rows=len(own_label),
        threshold=threshold if problem == "binary" else None,
        value=errors.overall(),
        slices=tuple(slices),
        others=tuple(others),
        left_out=left_out,
        names=tuple(slicing.names[0] for slicing in both),
        period=period.names[0] if period else "",
        costly=costly,
        out_of_fold=out_of_fold,
    )


def slicings_of(
    rows: RawRows, contract: Contract, telling: Sequence[str] = ()
) -> tuple[list[Slicing], Slicing | None]:
    """Return the ways to part rows by each column of the file but the target, and by the periods of one date.

    Of a wide file by MOST_COLUMNS, those first whose features come first in `telling`.
    """
    slicings: list[Slicing] = []
    period: Slicing | None = None
    first = _first_date(contract)
    for column, values in rows.values(_looked_at(rows, contract, telling)):
        if column.kind == "datetime":
            dates = moments(values)
            parts = by_date(column.name, dates)
            if column is first and (period := by_period(column.name, dates)):
                parts = [part for part in parts if not _same(part, period)]
            slicings += parts
        elif column.kind == "numeric":
            found = by_number(column.name, numbers(values), column.format)
            slicings += [found] if found else []
        else:
            found = by_level(column.name, *words(values))
            slicings += [found] if found else []
    return slicings, period


def _columns(rows: RawRows, contract: Contract) -> list[Column]:
    return [column for column in contract.columns if not column.expression and column.name in rows.names]


def _looked_at(rows: RawRows, contract: Contract, telling: Sequence[str]) -> list[Column]:
    """Return the columns to part rows by, in the file's order."""
    columns = _columns(rows, contract)
    if len(columns) <= MOST_COLUMNS:
        return columns
    rank = {feature: place for place, feature in enumerate(telling)}
    known = {column.name for column in contract.inputs}

    def order(column: Column) -> tuple[int, bool]:
        return min(
            (rank.get(name, len(rank)) for name in column.features), default=len(rank)
        ), column.name not in known

    chosen = {column.name for column in sorted(columns, key=order)[:MOST_COLUMNS]}
    return [column for column in columns if column.name in chosen]


def _first_date(contract: Contract) -> Column | None:
    """Return the date that the rows were split by, else the first that the model knows, else the first."""
    dates = [column for column in contract.columns if column.kind == "datetime"]
    by = contract.split.get("column")
    return min(dates, key=lambda column: (column.name != by, not column.used), default=None)


def _same(one: Slicing, other: Slicing) -> bool:
    """Return whether two slicings part the rows alike, as months do within one year."""
    if len(one.values) != len(other.values):
        return False
    return len(np.unique(one.codes * np.int64(len(other.values)) + other.codes)) == len(one.values)


def _telling(features: Sequence[str], contract: Contract, slicings: Sequence[Slicing]) -> list[Slicing]:
    """Return the slicings by what the features were made of, in their order."""
    names: dict[str, str] = {}
    for column in contract.columns:
        for feature, part in column.features.items():
            names[feature] = named(column.name, part) if column.kind == "datetime" else column.name
    known = {slicing.names[0]: slicing for slicing in slicings}
    told = dict.fromkeys(names.get(feature, "") for feature in features)
    return [known[name] for name in told if name in known]
