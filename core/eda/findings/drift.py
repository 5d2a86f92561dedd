"""Whether later or held-out rows are of another kind than those that a model learns from.

- PSI, the population stability index (N. Siddiqi, "Credit Risk Scorecards", 2006): the sum over bins of
  (p - q) ln(p / q); by custom below 0.1 is nothing, above 0.25 is another population. Bins are deciles of the first
  rows, or the 20 most frequent categories and the rest (what training never saw is among it), and the blanks of
  numbers; half a row is added to each, so that none is empty.
- Its noise: where both are of one population, PSI times the harmonic size is about chi-squared (B. Yurdakul and
  J. Naranjo, "Statistical properties of the population stability index", 2020); the quantile is Wilson and
  Hilferty's approximation (1931).
- KS: the largest distance of the two cumulative distributions (Kolmogorov-Smirnov).
"""

from __future__ import annotations

import numpy as np

from core.eda.findings.sample import Feature, Sample
from core.report import drift
from core.report.column_schema import Drift

BINS, CATEGORIES = 10, 20


def drift_of(feature: Feature, sample: Sample) -> Drift | None:
    """Return the report's `drift` of one feature: the test split against the training split."""
    first, second = sample.train, sample.test
    if not first.any() or not second.any():
        return None
    psi, noise = psi_of(feature, first, second)
    ks = None if feature.is_category else ks_of(feature, first, second)
    return {"psi": psi, "noise": noise, "ks": ks, "rows": [int(first.sum()), int(second.sum())]}


def psi_of(feature: Feature, first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return (PSI, what chance alone exceeds once in twenty) of the rows `second` against the rows `first`."""
    bin_of_row = _bins_of_rows(feature, first, second)
    size = int(bin_of_row.max()) + 1
    counts = [np.bincount(bin_of_row[rows], minlength=size) for rows in (first, second)]
    return drift.psi_of(*counts)


def _bins_of_rows(feature: Feature, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    # Categories by their rows on both sides: the most frequent of one side alone are less frequent on the other.
    rows = (first | second if feature.is_category else first) & (feature.codes >= 0)
    counts = np.bincount(feature.codes[rows], minlength=len(feature.levels))
    if feature.is_category:
        bin_of_level = np.full(len(counts) + 1, CATEGORIES)
        order = np.argsort(-counts, kind="stable")[:CATEGORIES]
        bin_of_level[order] = np.arange(len(order))
        return bin_of_level[feature.codes]
    reached = np.cumsum(counts) / max(counts.sum(), 1)
    last = np.unique(np.searchsorted(reached, np.arange(1, BINS) / BINS))
    bin_of_level = np.append(
        np.searchsorted(last, np.arange(len(counts)), side="left"), BINS
    )  # a blank's code is -1
    return bin_of_level[feature.codes]


def ks_of(feature: Feature, first: np.ndarray, second: np.ndarray) -> float | None:
    """Return the Kolmogorov-Smirnov distance of the filled values, or None without any on a side."""
    size = len(feature.levels)
    counts = [np.bincount(feature.codes[r & (feature.codes >= 0)], minlength=size) for r in (first, second)]
    if not counts[0].sum() or not counts[1].sum():
        return None
    shares = [np.cumsum(c) / c.sum() for c in counts]
    return round(float(np.abs(shares[0] - shares[1]).max()), 6)
