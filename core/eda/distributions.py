"""Quantiles, moments, outliers and histogram of the numeric columns: a few passes for all of them together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals as nw

from core.eda.bins import bins_of
from core.eda.engines import Frame, engine_of
from core.eda.moments import LARGEST, moments, powers, reference
from core.eda.profile import batches, collect
from core.eda.ranks import quantiles
from core.eda.table import Look

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
FENCE = 1.5  # interquartile ranges (Tukey, "Exploratory Data Analysis", 1977)
BATCH = 16  # columns of a pass that only adds up

WHOLE = 1e15  # beyond, float64 has no fractions left to tell

Stats = dict[str, dict[str, Any]]


def distributions(look: Look, stats: Stats, names: list[str], tell: Callable[[float], None]) -> None:
    """Add to the `stats` of `names` (which have minimum and maximum) what numbers have; `tell(share)`."""
    for number, batch in enumerate(batches(names, BATCH)):
        for place, name in enumerate(batch, start=number * BATCH):
            tell(place / len(names))
            found = stats[name]
            filled, ends = found["rows"] - found["missing"], (found["minimum"], found["maximum"])
            values = quantiles(look([name]), name, filled, *ends, QUANTILES)
            found["quantiles"] = {f"{q:g}": v for q, v in zip(QUANTILES, values, strict=True)}
        frame = look(batch)
        _moments_and_outliers(frame, stats, batch)
        _histograms(frame, stats, batch)


def fences(quantiles: dict[str, float]) -> tuple[float, float] | None:
    """Tukey's (low, high), or None where the quartiles coincide: there every other value would be an outlier."""
    first, third = quantiles["0.25"], quantiles["0.75"]
    if first == third:
        return None
    low, high = first - FENCE * (third - first), third + FENCE * (third - first)
    return max(low, -LARGEST), min(high, LARGEST)


def _moments_and_outliers(frame: Frame, stats: Stats, names: list[str]) -> None:
    references, limits, columns, wanted = {}, {}, [], []
    for i, name in enumerate(names):
        found = stats[name]
        median = found["quantiles"]["0.5"]
        references[name] = reference(float(found["minimum"]), median, float(found["maximum"]))
        columns.append(references[name].expression(name).alias(f"{i}:z"))
        wanted += [mean.alias(f"{i}:{power}") for power, mean in enumerate(powers(f"{i}:z"))]
        columns.append(nw.col(name).cast(nw.Float64).alias(f"{i}:x"))
        if found["type"] == "DOUBLE":  # 12.0, as what has blanks is often written, is a whole number too
            wanted.append((nw.col(f"{i}:x") != nw.col(f"{i}:x").floor()).sum().alias(f"{i}:fractions"))
        if limit := fences(found["quantiles"]):
            limits[name] = limit
            wanted.append((nw.col(f"{i}:x") < limit[0]).sum().alias(f"{i}:below"))
            wanted.append((nw.col(f"{i}:x") > limit[1]).sum().alias(f"{i}:above"))
    row = collect(frame.select(*columns).select(*wanted))[0]
    for i, name in enumerate(names):
        found = stats[name]
        filled = found["rows"] - found["missing"]
        found |= moments(filled, [row[f"{i}:{power}"] for power in range(4)], references[name])
        found["whole"] = (
            not row.get(f"{i}:fractions") and max(abs(found["minimum"]), abs(found["maximum"])) < WHOLE
        )
        found["outliers"] = None
        if name in limits:
            below, above = int(row[f"{i}:below"] or 0), int(row[f"{i}:above"] or 0)
            found["outliers"] = {
                "rule": f"beyond {FENCE} interquartile ranges from the quartiles (Tukey)",
                "low": limits[name][0],
                "high": limits[name][1],
                "below": below,
                "above": above,
                "share": (below + above) / filled,
            }


def _histograms(frame: Frame, stats: Stats, names: list[str]) -> None:
    bins = {name: bins_of(stats[name], stats[name]["whole"]) for name in names}
    counts = engine_of(frame).bin_counts(frame, {name: found["edges"][1:-1] for name, found in bins.items()})
    for name in names:
        stats[name]["histogram"] = bins[name] | {"counts": counts[name]}
