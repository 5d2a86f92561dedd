"""What the profile knows of a column before it is an entry of the report: plain numbers, as the engine gave them."""

from __future__ import annotations

from datetime import date
from typing import NotRequired, TypedDict

from core.report.column_schema import HistogramCounts, Outliers, Timeline


class ColumnStats(TypedDict):
    """The statistics of a column; which ones there are depends on its type and its kind.

    `lower_values` are the few distinct texts of a column in lower case, `parsed_numbers` and `parsed_datetimes` the
    shares of the filled cells of a text column that are such.
    """

    type: str
    rows: int
    missing: int
    distinct: int  # 0 for numbers, until their distribution is measured
    minimum: NotRequired[float | date | None]
    maximum: NotRequired[float | date | None]
    zeros: NotRequired[int]
    negatives: NotRequired[int]
    mean: NotRequired[float | None]
    std: NotRequired[float | None]
    skew: NotRequired[float | None]
    kurtosis: NotRequired[float | None]
    quantiles: NotRequired[dict[str, float]]
    whole: NotRequired[bool]
    outliers: NotRequired[Outliers | None]
    histogram: NotRequired[HistogramCounts]
    timeline: NotRequired[Timeline]
    minimum_length: NotRequired[int]
    mean_length: NotRequired[float]
    maximum_length: NotRequired[int]
    top: NotRequired[list[tuple[object, int]]]
    lower_values: NotRequired[list[str]]
    parsed_numbers: NotRequired[float]
    parsed_datetimes: NotRequired[float]
    unparsed: NotRequired[int]


Stats = dict[str, ColumnStats]


def ends(stats: ColumnStats) -> tuple[float, float]:
    """Return the minimum and the maximum of a column of numbers that has a filled cell. Raises TypeError for others."""
    low, high = stats.get("minimum"), stats.get("maximum")
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        raise TypeError(f"There are no numbers from {low!r} to {high!r}.")
    return low, high


def quantiles_of(stats: ColumnStats) -> dict[str, float]:
    """Return the quantiles of a column of numbers. Raises KeyError for others."""
    if "quantiles" not in stats:
        raise KeyError("quantiles")
    return stats["quantiles"]


def filled(stats: ColumnStats) -> int:
    """Return how many cells are not blank."""
    return stats["rows"] - stats["missing"]
