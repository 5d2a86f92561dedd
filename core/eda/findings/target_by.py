"""The target by each feature: its rate or mean in ten bins of a number, in each frequent category, in the blanks.

Intervals are 95%: E. Wilson's for a rate ("Probable inference, the law of succession, and statistical inference",
1927), the normal one for a mean. They say what a sample of so few rows leaves open.
"""

from __future__ import annotations

import math

import numpy as np

from core.eda.findings.sample import BLANKS, Feature, Sample
from core.encoding.contract import Contract
from core.report.column_schema import BinName, Estimate, TargetBin

BINS = 10
VALUES = 24  # distinct numbers up to which each is shown by itself: hours of a day
CATEGORIES = 20
CLASSES = 10
Z = 1.959964  # of a normal distribution's middle 95%


def target_by(feature: Feature, sample: Sample, contract: Contract) -> list[TargetBin]:
    """Return the report's `target_by` of one feature."""
    bin_of_row, names = _categories(feature) if feature.is_category else _bins(feature)
    if feature.is_category:
        names.append({"unseen": True})
        bin_of_row = np.where(_unseen(feature, sample), len(names) - 1, bin_of_row)
    bins: list[TargetBin] = []
    for number, name in enumerate(names):
        rows = bin_of_row == number
        if rows.any():
            counted: TargetBin = {**name, "rows": int(rows.sum()), "share": float(rows.mean())}
            bins.append({**counted, **_estimate(sample.target[rows], contract)})
    return bins


def _unseen(feature: Feature, sample: Sample) -> np.ndarray:
    """Return which rows hold a category that training never saw: it has no code, and is no blank."""
    blank = sample.blanks.get(feature.column.name)
    if blank is None:
        blank = len(sample.blanks) >= BLANKS  # of so many columns with blanks only the first are known
    return (feature.codes < 0) & np.logical_not(blank)


def _categories(feature: Feature) -> tuple[np.ndarray, list[BinName]]:
    """Return (bin of each row, what the bins are); -1 is no bin."""
    counts = np.bincount(feature.codes[feature.codes >= 0], minlength=len(feature.levels))
    order = np.argsort(-counts, kind="stable")
    pooled = [feature.is_pooled(level) for level in feature.levels]
    order = np.append([i for i in order if not pooled[i]][:CATEGORIES], np.flatnonzero(pooled)).astype(int)
    names: list[BinName] = [
        {"other": True} if pooled[i] else {"value": feature.text(feature.levels.item(i))} for i in order
    ]
    return _binned(feature, order, names)


def _bins(feature: Feature) -> tuple[np.ndarray, list[BinName]]:
    levels = feature.levels
    if len(levels) <= VALUES:
        return _binned(
            feature, np.arange(len(levels)), [{"value": _plain(level)} for level in levels.tolist()]
        )
    counts = np.bincount(feature.codes[feature.codes >= 0], minlength=len(levels))
    reached = np.cumsum(counts) / counts.sum()
    last = np.unique(np.append(np.searchsorted(reached, np.arange(1, BINS) / BINS), len(levels) - 1))
    bin_of_level = np.searchsorted(last, np.arange(len(levels)), side="left")
    first = np.append(0, last[:-1] + 1)
    names: list[BinName] = [
        {"from": _plain(levels.item(a)), "to": _plain(levels.item(b))}
        for a, b in zip(first, last, strict=True)
    ]
    bin_of_row = np.append(bin_of_level, len(names))[feature.codes]
    return bin_of_row, [*names, {"blank": True}]


def _binned(feature: Feature, order: np.ndarray, names: list[BinName]) -> tuple[np.ndarray, list[BinName]]:
    bin_of_level = np.full(len(feature.levels) + 1, -1)
    bin_of_level[order] = np.arange(len(order))
    bin_of_level[-1] = len(order)  # where a blank's code, -1, points
    return bin_of_level[feature.codes], [*names, {"blank": True}]


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


def _estimate(target: np.ndarray, contract: Contract) -> Estimate:
    problem = contract.label.problem
    if problem == "multiclass":
        shares = np.bincount(target.astype(int), minlength=len(contract.classes)) / len(target)
        first = np.argsort(-shares, kind="stable")[:CLASSES]
        return {"shares": {contract.classes[i]: float(shares[i]) for i in first}}
    if problem == "binary":
        value, low, high = rate(target)
        return {"rate": value, "low": low, "high": high}
    value, low, high = mean(target)
    return {"mean": value, "low": low, "high": high}


def rate(hits: np.ndarray) -> tuple[float, float, float]:
    """Return (share of ones, low, high) of zeros and ones."""
    n, p = len(hits), float(hits.mean())
    centre = (p + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    return p, min(p, max(0.0, centre - reach)), max(p, min(1.0, centre + reach))


def mean(values: np.ndarray) -> tuple[float, float | None, float | None]:
    """Return (mean, low, high) of numbers; no interval of one row, no end that is not finite."""
    scale = float(np.abs(values).max()) or 1.0
    unit = values / scale
    middle = float(unit.mean())
    if len(values) < 2:
        return middle * scale, None, None
    reach = Z * float(unit.std(ddof=1)) / math.sqrt(len(values))
    low, high = (middle - reach) * scale, (middle + reach) * scale
    return middle * scale, low if math.isfinite(low) else None, high if math.isfinite(high) else None
