"""How what a column adds to the answers depends on the column's values, in the words of the file.

The rows are put into bins of their value, and each bin tells the median and the middle half of what the column adds:
the spread is what the other columns make of the same value. A date is looked at by the part of it that adds most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.encoding.contract import FALSE, TRUE, Column
from core.judging.slicing import MONTHS, WEEKDAYS
from core.language import mark, tr
from core.numbers import number

BINS = 20  # of numbers at most, of about as many rows each
ROWS_A_BIN = 5  # at least, on average
OWN_BINS = 31  # different values up to which each is a bin: a month has as many days
LEVELS = 10  # of categories, the most frequent; the others are one bin
BLANK = mark("blank")
OTHERS = mark("all others")


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of about one value: what it is called, where it stands on an axis, and what the column adds there."""

    name: str
    place: float | None  # the median value, None of words
    rows: int
    low: float  # a quarter of the rows are below
    median: float
    high: float  # a quarter of the rows are above


@dataclass(frozen=True, slots=True)
class Dependence:
    """What `column` adds, by its value; `part` is that of a date that is looked at, such as hour."""

    column: str
    part: str
    scale: Literal["numbers", "words"]
    bins: tuple[Bin, ...]  # in the order of the values, of words by falling frequency
    blank: Bin | None


def dependence(column: Column, part: str, value: np.ndarray, added: np.ndarray) -> Dependence:
    """Return what `column` adds, by the `value` of its feature of `part`; both are (rows,), a blank is NaN."""
    there = ~np.isnan(value)
    blank = None if there.all() else _bin(tr(BLANK), None, added[~there])
    value, added = value[there], added[there]
    if column.kind in ("categorical", "boolean"):
        return Dependence(column.name, "", "words", _levels(column, value, added), blank)
    shown = "" if part == "value" else part
    return Dependence(column.name, shown, "numbers", _numbers(part, value, added), blank)


def _numbers(part: str, value: np.ndarray, added: np.ndarray) -> tuple[Bin, ...]:
    different = np.unique(value)
    if len(different) <= min(OWN_BINS, max(len(value) // ROWS_A_BIN, 2)):
        edges = different
    else:
        bins = min(BINS, max(len(value) // ROWS_A_BIN, 2))
        starts, times = np.unique(
            np.quantile(value, np.linspace(0, 1, bins + 1)[:-1], method="lower"), return_counts=True
        )
        # A value that fills a bin by itself ends there: 0 is no part of 0 to 49.
        following = np.searchsorted(different, starts[times > 1]) + 1
        after = different[np.minimum(following, len(different) - 1)]
        edges = np.union1d(starts, after)
    which = np.searchsorted(edges, value, side="right") - 1
    order = np.argsort(which, kind="stable")
    groups = np.split(order, np.searchsorted(which[order], np.arange(1, len(edges))))
    return tuple(
        _bin(_span(part, value[rows]), float(np.median(value[rows])), added[rows])
        for rows in groups
        if len(rows)
    )


def _span(part: str, value: np.ndarray) -> str:
    low, high = (value_words(part, float(end)) for end in (value.min(), value.max()))
    return low if low == high else tr("{low} to {high}", low=low, high=high)


def value_words(part: str, value: float) -> str:
    """Return a number, or a part of a date, as people say it."""
    if part in ("month", "weekday") and 1 <= value <= (12 if part == "month" else 7):
        return tr((MONTHS if part == "month" else WEEKDAYS)[int(value) - 1])
    # As float32, in which the model has it: 0.1 is not 0.10000000149.
    return str(int(value)) if part == "year" else number(float(np.format_float_positional(np.float32(value))))


def _levels(column: Column, value: np.ndarray, added: np.ndarray) -> tuple[Bin, ...]:
    codes, rows = np.unique(value, return_counts=True)
    most = codes[np.argsort(-rows, kind="stable")]
    shown = most if len(most) <= LEVELS else most[: LEVELS - 1]
    bins = [_bin(level_words(column, float(code)), None, added[value == code]) for code in shown]
    if len(shown) < len(most):
        bins.append(_bin(tr(OTHERS), None, added[~np.isin(value, shown)]))
    return tuple(bins)


def level_words(column: Column, code: float) -> str:
    """Return the word in the file that was encoded as `code`."""
    if column.kind == "boolean":
        spelled = TRUE if code else FALSE
        return next((text for text, _ in column.levels if text.lower() in spelled), str(bool(code)).lower())
    if code >= column.own_codes or code >= len(column.levels):
        return tr(OTHERS)
    return column.levels[int(code)][0]


def _bin(name: str, place: float | None, added: np.ndarray) -> Bin:
    low, median, high = np.quantile(added, (0.25, 0.5, 0.75))
    return Bin(name, place, len(added), float(low), float(median), float(high))
