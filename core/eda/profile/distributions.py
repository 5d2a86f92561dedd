"""Distinct values, quantiles, moments, outliers and histogram of the numeric columns.

A column of few enough distinct values is counted once (tally.py), and all else is arithmetic over those. Of the
others the engine answers each question in a pass of its own, some columns together.
"""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw
import numpy as np

from core.eda.profile.bins import bins_of
from core.eda.profile.column_stats import ColumnStats, Stats, ends, filled, quantiles_of
from core.eda.profile.moments import LARGEST, Moments, Reference, moments, powers, reference
from core.eda.profile.ranks import interpolated, quantiles
from core.eda.profile.statistics import batches, collect, distinct
from core.eda.profile.tally import HELD, Tally, tally
from core.engines import Frame, engine_of
from core.engines.table import Scan
from core.reading.column_keys import col, key

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
FENCE = 1.5  # interquartile ranges (Tukey, "Exploratory Data Analysis", 1977)
BATCH = 16  # columns of a pass that only adds up
WHOLE = 1e15  # beyond, float64 has no fractions left to tell


def distributions(
    scan: Scan, stats: Stats, names: list[str], tell: Callable[[float], None], held: int = HELD
) -> None:
    """Add to the `stats` of `names` (which have minimum and maximum) what numbers have; `tell(share)`.

    `held` is how many distinct values of a column are counted one by one.
    """
    for number, batch in enumerate(batches(names, BATCH)):
        many = []
        for done, name in enumerate(batch, start=number * BATCH):
            tell(done / len(names))
            column, frame = stats[name], scan([name])
            if counted := tally(frame, name, held):
                _of_tally(counted, column)
                continue
            many.append(name)
            column["distinct"] = distinct(frame, name)
            _set_quantiles(column, quantiles(frame, name, filled(column), *ends(column), QUANTILES))
        if many:
            frame = scan(many)
            _moments_and_outliers(frame, stats, many)
            _histograms(frame, stats, many)


def fences(quantiles: dict[str, float]) -> tuple[float, float] | None:
    """Return Tukey's (low, high), or None where the quartiles coincide: there every other value would be an outlier."""
    first, third = quantiles["0.25"], quantiles["0.75"]
    if first == third:
        return None
    low, high = first - FENCE * (third - first), third + FENCE * (third - first)
    return max(low, -LARGEST), min(high, LARGEST)


# --- what both ways share ---------------------------------------------------------------------------------


def _set_quantiles(column: ColumnStats, values: list[float]) -> None:
    column["quantiles"] = {f"{q:g}": v for q, v in zip(QUANTILES, values, strict=True)}


def _set_whole(column: ColumnStats, fractions: int) -> None:
    column["whole"] = not fractions and max(map(abs, ends(column))) < WHOLE


def _set_outliers(column: ColumnStats, below: int, above: int) -> None:
    limits = fences(quantiles_of(column))
    column["outliers"] = None
    if limits:
        column["outliers"] = {
            "rule": f"beyond {FENCE} interquartile ranges from the quartiles (Tukey)",
            "low": limits[0],
            "high": limits[1],
            "below": below,
            "above": above,
            "share": (below + above) / filled(column),
        }


def _set_moments(column: ColumnStats, moments: Moments) -> None:
    column["mean"], column["std"] = moments.mean, moments.std
    column["skew"], column["kurtosis"] = moments.skew, moments.kurtosis


def _reference(column: ColumnStats) -> Reference:
    low, high = map(float, ends(column))
    return reference(low, quantiles_of(column)["0.5"], high)


# --- from the distinct values -----------------------------------------------------------------------------


def _of_tally(counted: Tally, column: ColumnStats) -> None:
    column["distinct"] = len(counted.values)
    _set_quantiles(column, interpolated(filled(column), QUANTILES, counted.at))
    refer = _reference(column)
    z = refer.of(counted.values)
    _set_moments(column, moments(filled(column), [counted.mean(z**power) for power in (1, 2, 3, 4)], refer))
    _set_whole(column, counted.rows(counted.values != np.floor(counted.values)))
    low, high = fences(quantiles_of(column)) or (-LARGEST, LARGEST)
    _set_outliers(column, counted.rows(counted.values < low), counted.rows(counted.values > high))
    bins = bins_of(column, column.get("whole", False))
    column["histogram"] = {**bins, "counts": counted.in_bins(bins["edges"][1:-1])}


# --- from passes of the engine ----------------------------------------------------------------------------


def _moments_and_outliers(frame: Frame, stats: Stats, names: list[str]) -> None:
    columns, wanted = [], []
    for i, name in enumerate(names):
        low, high = fences(quantiles_of(stats[name])) or (-LARGEST, LARGEST)
        value = nw.col(f"{i}:x")
        columns.append(col(name).cast(nw.Float64).alias(f"{i}:x"))
        columns.append(_reference(stats[name]).of(col(name).cast(nw.Float64)).alias(f"{i}:z"))
        wanted += [mean.alias(f"{i}:{power}") for power, mean in enumerate(powers(f"{i}:z"))]
        wanted.append((value != value.floor()).cast(nw.Int64).sum().alias(f"{i}:fractions"))
        wanted.append((value < low).cast(nw.Int64).sum().alias(f"{i}:below"))
        wanted.append((value > high).cast(nw.Int64).sum().alias(f"{i}:above"))
    row = collect(frame.select(*columns).select(*wanted))[0]
    for i, name in enumerate(names):
        column = stats[name]
        means = [row[f"{i}:{power}"] for power in range(4)]
        _set_moments(column, moments(filled(column), means, _reference(column)))
        _set_whole(column, int(row[f"{i}:fractions"] or 0))
        _set_outliers(column, int(row[f"{i}:below"] or 0), int(row[f"{i}:above"] or 0))


def _histograms(frame: Frame, stats: Stats, names: list[str]) -> None:
    bins = {name: bins_of(stats[name], stats[name].get("whole", False)) for name in names}
    counts = engine_of(frame).bin_counts(
        frame, {key(name): column["edges"][1:-1] for name, column in bins.items()}
    )
    for name in names:
        stats[name]["histogram"] = {**bins[name], "counts": counts[key(name)]}
