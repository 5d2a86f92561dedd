"""When the rows of a date column lie: rows by day, month or year, by weekday, and the longest gaps."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

import narwhals as nw
import numpy as np

from core.eda.profile.statistics import collect
from core.engines import Frame
from core.reading.column_keys import col
from core.report.column_schema import Gap, Timeline

Unit = Literal["day", "month", "year"]
MOST_DAYS = 100_000  # between first and last; beyond (typing errors in years) only years are counted
MOST_PERIODS = 120  # a timeline of more days is one of months, of more months one of years
GAPS = 5


def timeline(frame: Frame, column: str, first: date, last: date) -> Timeline:
    """Return when the rows lie; `first` and `last` bound the column."""
    span = (_day(last) - _day(first)).days
    value = col(column)
    filled = frame.filter(~value.is_null())
    if span > MOST_DAYS:
        years = filled.select(value.dt.year().alias("year")).group_by("year").agg(nw.len().alias("n"))
        rows = {int(row["year"]): int(row["n"]) for row in collect(years)}
        periods, by_year = _periods({f"{year:04d}": n for year, n in rows.items()}, "year")
        return {"unit": "year", "periods": periods, "counts": by_year}
    days = filled.select(value.cast(nw.Date).alias("day")).group_by("day").agg(nw.len().alias("n"))
    counts = {_day(row["day"]): int(row["n"]) for row in sorted(collect(days), key=lambda row: row["day"])}
    weekdays = [0] * 7
    for day, rows in counts.items():
        weekdays[day.weekday()] += rows
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    unit: Unit = "day" if span < MOST_PERIODS else "month" if months <= MOST_PERIODS else "year"
    length = {"day": 10, "month": 7, "year": 4}[unit]
    by_period: dict[str, int] = {}
    for day, rows in counts.items():
        by_period[day.isoformat()[:length]] = by_period.get(day.isoformat()[:length], 0) + rows
    periods, by_unit = _periods(by_period, unit)
    return {
        "unit": unit,
        "periods": periods,
        "counts": by_unit,
        "weekdays": weekdays,
        "days": len(counts),
        "gaps": _gaps(list(counts)),
    }


def _day(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _periods(counts: dict[str, int], unit: Unit) -> tuple[list[str], list[int]]:
    """Return every period from the first to the last, those without a row too, and the rows of each."""
    first, last = np.datetime64(min(counts)), np.datetime64(max(counts))
    code = {"day": "D", "month": "M", "year": "Y"}[unit]
    step = np.timedelta64(1, code)
    periods = [str(period) for period in np.arange(first, last + step, step, dtype=f"datetime64[{code}]")]
    return periods, [counts.get(period, 0) for period in periods]


def _gaps(days: list[date]) -> list[Gap]:
    """Return the longest runs of days without a row between two days that have some."""
    pairs = pairwise(days)
    gaps = [(after, before) for after, before in pairs if before - after > timedelta(days=1)]
    gaps.sort(key=lambda gap: gap[0] - gap[1])
    return [
        {"after": after.isoformat(), "before": before.isoformat(), "days": (before - after).days - 1}
        for after, before in gaps[:GAPS]
    ]
