"""Where a model fails: its errors by every column's words, bins and parts of dates, and by pairs of columns.

All slices are looked at at once, each against the rest of the rows; `chance.py` says which are worse than chance would
give among so many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np

from core.judging import chance, intervals
from core.judging.errors import Errors
from core.judging.intervals import Interval
from core.judging.slicing import LEAST, Slicing, by_both

PAIRED = 3  # columns whose pairs are looked at: those that the model goes by most


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows with one value of a column, or of two, and how the model does on them.

    `columns` and `values` belong together. `value` is the error rate, of a regression the mean absolute error;
    `second` the log loss, of a regression the bias (predicted less actual). `difference` is to the rest of the rows.
    `tail` is how often chance alone would give it, None where the rows are too few to judge; of a pair, in which chance
    would also part it so from the rest of either half. `worse`: that is beyond what chance gives among all that were
    looked at. `selected` is the share predicted as the positive class, with its `ratio` to the highest of the column;
    `positive` the share that truly is. `place` counts the values of a column in their own order.
    """

    columns: tuple[str, ...]
    values: tuple[str, ...]
    rows: int
    value: Interval
    second: float | None
    difference: float
    tail: float | None
    worse: bool
    selected: float | None = None
    ratio: float | None = None
    positive: float | None = None
    place: int = 0


def find_slices(errors: Errors, slicings: Sequence[Slicing], telling: Sequence[Slicing] = ()) -> list[Slice]:
    """Return every slice of `slicings`, and of the pairs of the first PAIRED of `telling`; the worst first."""
    pairs = [by_both(one, other) for one, other in combinations(telling[:PAIRED], 2)]
    parts = [_Sums.of(errors, slicing) for slicing in (*slicings, *pairs)]
    if not parts:
        return []
    judged = np.concatenate([part.judged for part in parts])
    tails = np.concatenate([part.tails(errors) for part in parts])
    told = np.zeros(len(judged), dtype=bool)
    told[judged] = chance.beyond_chance(tails[judged])
    ends = np.cumsum([len(part.rows) for part in parts])[:-1]
    found = [
        each
        for part, tail, told_of in zip(parts, np.split(tails, ends), np.split(told, ends), strict=True)
        for each in part.slices(errors, tail, told_of)
    ]
    return sorted(found, key=_rank)


def _rank(each: Slice) -> tuple[bool, float, float]:
    """Return what sorts the slices that are worse by how much, and the others by how far they are from it."""
    return not each.worse, -each.difference if each.worse else 0.0, 2.0 if each.tail is None else each.tail


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the rows of each part of a slicing add up to."""

    slicing: Slicing
    rows: np.ndarray
    error: np.ndarray
    squares: np.ndarray
    second: np.ndarray | None
    selected: np.ndarray | None
    positive: np.ndarray | None

    @classmethod
    def of(cls, errors: Errors, slicing: Slicing) -> Self:
        def total(values: np.ndarray) -> np.ndarray:
            return np.bincount(slicing.codes, values, len(slicing.values))

        rows = np.bincount(slicing.codes, minlength=len(slicing.values))
        error = total(errors.error)
        squares = error if errors.yes_or_no else total(errors.error**2)
        others = (errors.second, errors.selected, errors.positive)
        return cls(slicing, rows, error, squares, *(None if each is None else total(each) for each in others))

    @property
    def judged(self) -> np.ndarray:
        """Return which parts have rows enough, and leave enough."""
        return np.logical_and(self.rows >= LEAST, self.rows.sum() - self.rows >= LEAST)

    def tails(self, errors: Errors) -> np.ndarray:
        """Return how often chance alone would give each part; 1 where that is not judged."""
        own = _Counts(self.rows, self.error, self.squares)
        wholes = [own.total()]
        if self.slicing.inner > 1:  # what one column alone explains is no pair's
            wholes += [own.total(self.slicing.inner, axis) for axis in (0, 1)]
        tails = np.where(self.judged, 0.0, 1.0)
        for whole in wholes:
            tails = np.maximum(tails, _tails(errors, own, whole))
        return tails

    def slices(self, errors: Errors, tails: np.ndarray, told: np.ndarray) -> list[Slice]:
        pair = len(self.slicing.names) > 1
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = self.error / self.rows
            rest = (self.error.sum() - self.error) / (self.rows.sum() - self.rows)
            selected = None if self.selected is None else self.selected / self.rows
        top = 0.0 if selected is None else float(selected[self.judged].max(initial=0.0))
        _, variance = _moments(self.rows, self.error, self.squares)
        found: list[Slice] = []
        for index, values in enumerate(self.slicing.values):
            rows = int(self.rows[index])
            if not rows or (pair and not self.judged[index]):
                continue
            share = None if selected is None else float(selected[index])
            found.append(
                Slice(
                    columns=self.slicing.names,
                    values=values,
                    rows=rows,
                    value=_interval(
                        errors, float(self.error[index]), float(mean[index]), float(variance[index]), rows
                    ),
                    second=_mean(self.second, index, rows),
                    difference=float(mean[index] - rest[index]) if rows < self.rows.sum() else 0.0,
                    tail=float(tails[index]) if self.judged[index] else None,
                    worse=bool(told[index]),
                    selected=share,
                    ratio=share / top if share is not None and top else None,
                    positive=_mean(self.positive, index, rows),
                    place=index,
                )
            )
        return found


@dataclass(frozen=True, slots=True)
class _Counts:
    """Rows, sums of errors and of their squares, a slice each."""

    rows: np.ndarray
    error: np.ndarray
    squares: np.ndarray

    def total(self, inner: int = 0, axis: int = 0) -> _Counts:
        """Return for each slice the counts of all, or of those with the same value of one of two columns."""
        sums = (self.rows, self.error, self.squares)
        if not inner:
            return _Counts(*(np.full(len(each), each.sum()) for each in sums))
        tables = [each.reshape(-1, inner) for each in sums]
        return _Counts(*(np.broadcast_to(t.sum(axis, keepdims=True), t.shape).ravel() for t in tables))

    def __getitem__(self, chosen: np.ndarray) -> _Counts:
        return _Counts(self.rows[chosen], self.error[chosen], self.squares[chosen])


def _tails(errors: Errors, own: _Counts, whole: _Counts) -> np.ndarray:
    """Return how often chance alone would part slices so from the rest of what they are held against."""
    tails = np.ones(len(own.rows))
    judged = np.logical_and(own.rows >= LEAST, whole.rows - own.rows >= LEAST)
    own, whole = own[judged], whole[judged]
    if errors.yes_or_no:
        tails[judged] = chance.fisher_tail(own.error, own.rows, whole.error, whole.rows)
        return tails
    rest = _Counts(whole.rows - own.rows, whole.error - own.error, whole.squares - own.squares)
    one, other = (_moments(each.rows, each.error, each.squares) for each in (own, rest))
    tails[judged] = chance.welch_tail(*one, own.rows, *other, rest.rows)
    return tails


def _moments(rows: np.ndarray, sums: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and unbiased variances."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums / rows
        variance = np.maximum(squares - rows * mean**2, 0.0) / np.maximum(rows - 1, 1)
    return mean, variance


def _mean(sums: np.ndarray | None, index: int, rows: int) -> float | None:
    return None if sums is None else float(sums[index]) / rows


def _interval(errors: Errors, total: float, mean: float, variance: float, rows: int) -> Interval:
    if errors.yes_or_no:
        return intervals.share(total, rows)
    if rows < 2:
        return Interval(mean)
    half = intervals.t_quantile(rows - 1) * math.sqrt(variance / rows)
    return Interval(mean, max(mean - half, 0.0), mean + half)
