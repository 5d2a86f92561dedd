"""Rows parted by what stands in a column, as a person would part them: its words, round bins, parts of a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.cells import duration_text, number_text
from core.language import mark, tr, trn
from core.numbers import integer, number

LEAST = 10  # rows of a slice that is judged
LEVELS = 10  # of a column that have a slice of their own, the rest share one
FEW = 12  # different numbers that are each their own
BLANK = mark("(blank)")
PERIODS = 24  # at most, of time
MONTHS = (
    mark("January"), mark("February"), mark("March"), mark("April"), mark("May"), mark("June"), mark("July"),
    mark("August"), mark("September"), mark("October"), mark("November"), mark("December"),
)  # fmt: skip
WEEKDAYS = (
    mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday"), mark("Saturday"),
    mark("Sunday"),
)  # fmt: skip
PARTS = {  # of a date, and what rows are parted by then
    "month": mark("{column}, month"),
    "weekday": mark("{column}, weekday"),
    "hour": mark("{column}, hour"),
}
HOURS = 4  # of the day that make a slice
UNITS = {
    "hour": mark("{column}, by hour"),
    "day": mark("{column}, by day"),
    "week": mark("{column}, by week"),
    "month": mark("{column}, by month"),
    "quarter": mark("{column}, by quarter"),
    "year": mark("{column}, by year"),
}


@dataclass(frozen=True, slots=True)
class Slicing:
    """A way to part the rows: by a column, by a part of a date, or by two of these.

    `names` are what it goes by, `values` has for each part one word a name, and `codes` for each row the index of its
    part. `column` is the first one's, as the file has it. Of two, `values` has so many of the second (`inner`) for each
    of the first.
    """

    column: str
    names: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    codes: np.ndarray
    inner: int = 1


def by_level(column: str, levels: Sequence[str | None], codes: np.ndarray) -> Slicing | None:
    """Part rows by word: `codes` has the index in `levels`, of which None is a blank cell.

    Return None where there are no two parts, or no word that several rows have.
    """
    rows = np.bincount(codes, minlength=len(levels))
    blank = [index for index, level in enumerate(levels) if level is None]
    order = np.argsort(-rows, kind="stable")
    own = [int(i) for i in order[: LEVELS + 1] if rows[i] >= LEAST and levels[int(i)] is not None][:LEVELS]
    rest = [int(i) for i in np.flatnonzero(rows) if int(i) not in {*own, *blank}]
    if not own:
        return None
    if len(rest) == 1:
        own, rest = [*own, *rest], []
    values = [str(levels[index]) for index in own]
    place = np.zeros(len(levels), dtype=np.int32)
    place[own] = np.arange(len(own))
    if rest:
        place[rest] = len(values)
        values.append(trn("({number} other)", "({number} others)", len(rest), number=integer(len(rest))))
    if any(rows[index] for index in blank):
        place[blank] = len(values)
        values.append(tr(BLANK))
    return _parted(column, values, place[codes])


def by_number(column: str, values: np.ndarray, form: str = "") -> Slicing | None:
    """Part rows by number: each its own where there are few, else bins between round edges; NaN is a blank cell."""
    known = np.isfinite(values)
    filled = np.sort(values[known])
    if not len(filled):
        return None
    distinct = filled[np.concatenate([[True], np.diff(filled) > 0])]
    if len(distinct) <= FEW:
        names = [_written(value, form) for value in distinct]
        codes = np.searchsorted(distinct, values[known])
    else:
        edges = _edges(filled)
        whole = bool((filled == np.trunc(filled)).all()) and not form
        names = _bins(edges, whole, form)
        codes = np.searchsorted(edges, values[known], side="right")
    return _parted(column, *_with_blanks(names, codes, known))


def by_date(column: str, moments: np.ndarray) -> list[Slicing]:
    """Part rows by the month, the weekday and the hour of a moment, as far as they differ."""
    known = ~np.isnat(moments)
    filled = moments[known]
    days = filled.astype("datetime64[D]").astype(np.int64)
    hours = (filled - filled.astype("datetime64[D]")) // np.timedelta64(HOURS, "h")
    blocks = [
        tr("{low} to {high}", low=f"{hour:02d}:00", high=f"{hour + HOURS - 1:02d}:59")
        for hour in range(0, 24, HOURS)
    ]
    parts = {
        "month": (list(map(tr, MONTHS)), filled.astype("datetime64[M]").astype(np.int64) % 12),
        "weekday": (list(map(tr, WEEKDAYS)), (days + 3) % 7),  # 1970 began on a Thursday
        "hour": (blocks, hours.astype(np.int64)),
    }
    slicings = (
        _parted(column, *_with_blanks(names, codes, known), named(column, part))
        for part, (names, codes) in parts.items()
    )
    return [slicing for slicing in slicings if slicing]


def by_period(column: str, moments: np.ndarray) -> Slicing | None:
    """Part rows by period, in order: the shortest of UNITS of which there are few, and rows enough in each."""
    known = ~np.isnat(moments)
    filled = moments[known]
    for unit in UNITS:
        starts = _starts(filled, unit)
        distinct, codes = np.unique(starts, return_inverse=True)
        if len(distinct) <= PERIODS and (len(filled) >= LEAST * len(distinct) or unit == [*UNITS][-1]):
            break
    else:
        return None
    names = [_period(start, unit) for start in distinct]
    return _parted(column, *_with_blanks(names, codes, known), tr(UNITS[unit], column=column))


def named(column: str, part: str) -> str:
    """Return what rows go by that are parted by a part of a date: `dep_time, hour`."""
    return tr(PARTS[part], column=column) if part in PARTS else f"{column}, {part}"


def by_both(one: Slicing, other: Slicing) -> Slicing:
    """Part rows by two slicings at once."""
    codes = one.codes * np.int64(len(other.values)) + other.codes
    values = tuple((*first, *second) for first in one.values for second in other.values)
    return Slicing(one.column, (*one.names, *other.names), values, codes, len(other.values))


def _parted(column: str, values: Sequence[str], codes: np.ndarray, name: str = "") -> Slicing | None:
    """Return the slicing of the parts that have rows, called as its column or `name`; None where there are no two."""
    rows = np.bincount(codes, minlength=len(values))
    kept = np.flatnonzero(rows)
    if len(kept) < 2:
        return None
    place = np.zeros(len(values), dtype=np.int32)
    place[kept] = np.arange(len(kept))
    return Slicing(
        column, (name or column,), tuple((values[index],) for index in kept.tolist()), place[codes]
    )


def _with_blanks(names: Sequence[str], codes: np.ndarray, known: np.ndarray) -> tuple[list[str], np.ndarray]:
    whole = np.full(len(known), len(names), dtype=np.int64)
    whole[known] = codes
    return [*names, tr(BLANK)], whole


def _edges(filled: np.ndarray) -> np.ndarray:
    """Return round numbers that part sorted numbers into bins, the outer ones smaller: models fail at the ends."""
    shares = (0.1, 0.25, 0.5, 0.75, 0.9) if len(filled) >= 50 * LEAST else (0.25, 0.5, 0.75)
    edges = [_rounded(filled, share) for share in shares]
    return np.unique([edge for edge in edges if edge > filled[0]])


def _rounded(filled: np.ndarray, share: float) -> float:
    """Return the roundest number that parts off nearly this share of sorted numbers."""
    exact = float(filled[min(int(share * len(filled)), len(filled) - 1)])
    below = np.searchsorted(filled, exact) / len(filled)
    for digits in range(1, 7):
        edge = float(f"{exact:.{digits}g}")
        if abs(np.searchsorted(filled, edge) / len(filled) - below) <= 0.03:
            return edge
    return exact


def _bins(edges: np.ndarray, whole: bool, form: str) -> list[str]:
    texts = [_written(float(edge), form) for edge in edges]
    if not texts:
        return [tr("any number")]
    inner = []
    for (low, text), (high, above) in zip(
        zip(edges, texts, strict=True), list(zip(edges, texts, strict=True))[1:], strict=False
    ):
        last = _written(high - 1, form) if whole else above
        inner.append(
            (text if low == high - 1 else tr("{low} to {high}", low=text, high=last))
            if whole
            else tr("{low} to under {high}", low=text, high=last)
        )
    return [tr("under {number}", number=texts[0]), *inner, tr("{number} or more", number=texts[-1])]


def _written(value: float, form: str) -> str:
    if form in (duration_text.CLOCK, duration_text.DURATION):
        return number_text.written(value, form)
    return number(int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value))


def _starts(moments: np.ndarray, unit: str) -> np.ndarray:
    """Return the first moment of each one's period."""
    if unit == "week":
        days = moments.astype("datetime64[D]")
        return days - ((days.astype(np.int64) + 3) % 7).astype("timedelta64[D]")
    if unit == "quarter":
        months = moments.astype("datetime64[M]")
        return months - (months.astype(np.int64) % 3).astype("timedelta64[M]")
    return moments.astype(f"datetime64[{ {'hour': 'h', 'day': 'D', 'month': 'M', 'year': 'Y'}[unit] }]")


def _period(start: np.datetime64, unit: str) -> str:
    text = str(start)
    if unit == "hour":
        return f"{text[:10]} {text[11:13]}:00"
    if unit == "week":
        return tr("week of {day}", day=text[:10])
    if unit == "quarter":
        return tr("{year} Q{quarter}", year=text[:4], quarter=(int(text[5:7]) + 2) // 3)
    return text
