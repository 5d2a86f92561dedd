"""Coefficients of association between two columns, from codes and numbers; blanks are left out pair by pair.

- Pearson's r; Spearman's rho: Pearson's of the ranks that both columns' rows have where both are filled.
- Cramér's V with the bias corrected: W. Bergsma, "A bias-correction for Cramér's V and Tschuprow's T", Journal of
  the Korean Statistical Society 42 (2013). Without the correction, chance alone gives large values to many categories.
- The correlation ratio, corrected likewise: the root of T. Kelley's epsilon-squared, "An unbiased correlation ratio
  measure", PNAS 21 (1935).
- Theil's uncertainty coefficient: H. Theil, "On the estimation of relationships involving qualitative variables",
  American Journal of Sociology 76 (1970).

Each is None where one side does not vary.
"""

from __future__ import annotations

import math

import numpy as np


def pearson_matrix(values: np.ndarray) -> np.ndarray:
    """Return (columns, columns) of r over the pairwise filled rows of `values` (rows, columns); NaN where undefined."""
    filled = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        largest = np.nanmax(np.abs(np.where(filled, values, 0.0)), axis=0, initial=0.0)
        unit = np.where(filled, values, 0.0) / np.where(largest > 0, largest, 1.0)
        rows = filled.sum(axis=0)
        unit = np.where(filled, unit - unit.sum(axis=0) / np.maximum(rows, 1), 0.0)
        spread = np.sqrt((unit**2).sum(axis=0) / np.maximum(rows, 1))
        unit = unit / np.where(spread > 0, spread, 1.0)
        both = filled.astype(float)
        n, sums, squares = both.T @ both, unit.T @ both, (unit**2).T @ both
        covariance = unit.T @ unit - sums * sums.T / n
        variance = squares - sums**2 / n
        r = covariance / np.sqrt(variance * variance.T)
    # What rounding leaves of a constant is no variance.
    varies = (variance > 1e-12 * n) & (spread > 1e-14)[:, None]
    return np.where(varies & varies.T & (n > 2), np.clip(r, -1, 1), np.nan)


def spearman(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return rho of two columns of codes that rise with the values (-1: blank)."""
    both = (first >= 0) & (second >= 0)
    if both.sum() < 3:
        return None
    a, b = _ranks(first[both]), _ranks(second[both])
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    return float(np.clip((a * b).sum() / scale, -1, 1)) if scale else None


def _ranks(codes: np.ndarray) -> np.ndarray:
    """Return ranks, ties at their mean rank."""
    counts = np.bincount(codes)
    return (np.cumsum(counts) - (counts - 1) / 2)[codes]


def cramers_v(first: np.ndarray, second: np.ndarray) -> float | None:
    """Return V, 0 to 1, of two columns of codes (-1: blank)."""
    table = contingency(first, second)
    n, (r, k) = table.sum(), table.shape
    if min(r, k) < 2:
        return None
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    phi2 = ((table - expected) ** 2 / expected).sum() / n
    phi2 = max(0.0, phi2 - (r - 1) * (k - 1) / (n - 1))
    fewer = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return math.sqrt(min(1.0, phi2 / fewer)) if fewer > 0 else None


def uncertainty(second: np.ndarray, first: np.ndarray) -> float | None:
    """Return H. Theil's uncertainty coefficient, 0 to 1: how much of `second` the codes of `first` tell (-1: blank).

    Unlike the others it has a direction: a city tells its country, a country does not tell the city.
    """
    both = (first >= 0) & (second >= 0)
    a, b = first[both].astype(np.int64), second[both].astype(np.int64)
    own = _entropy(b)
    if not own:
        return None
    return float(np.clip(1 - (_entropy(a * (int(b.max()) + 1) + b) - _entropy(a)) / own, 0, 1))


def _entropy(codes: np.ndarray) -> float:
    if not len(codes):
        return 0.0
    shares = np.unique(codes, return_counts=True)[1] / len(codes)
    return float(-(shares * np.log(shares)).sum())


def contingency(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return rows by (code of first, code of second), without codes that do not occur."""
    both = (first >= 0) & (second >= 0)
    if not both.any():
        return np.zeros((0, 0))
    width = int(second.max()) + 1
    height = int(first.max()) + 1
    cells = first[both].astype(np.int64) * width + second[both]
    table = np.bincount(cells, minlength=height * width).reshape(height, width).astype(float)
    return table[table.any(axis=1)][:, table.any(axis=0)]


def correlation_ratio(codes: np.ndarray, values: np.ndarray) -> float | None:
    """Return how much of a number's variance lies between the categories: epsilon, 0 to 1."""
    both = (codes >= 0) & ~np.isnan(values)
    codes, values = codes[both], values[both]
    n, largest = len(values), np.abs(values).max(initial=0.0)
    if n < 3 or not largest:
        return None
    values = values / largest
    values = values - values.mean()
    total = float((values * values).sum())  # no BLAS: its threads wait for each other on short columns
    rows = np.bincount(codes)
    sums = np.bincount(codes, values)[rows > 0]
    k = len(sums)
    if total <= 1e-20 * n or k < 2 or n <= k:
        return None
    between = float((sums**2 / rows[rows > 0]).sum())
    return math.sqrt(max(0.0, 1 - (1 - min(between / total, 1.0)) * (n - 1) / (n - k)))
