"""Where the bins of a histogram lie: equal widths, or on a log scale where a long tail would hide the rest.

A bin holds lower < x <= upper, the first one its lower edge too. Edges are numbers of the data's own unit.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from core.eda.profile.column_stats import ColumnStats, ends, quantiles_of
from core.eda.profile.moments import LARGEST
from core.report.column_schema import Bins

BINS = 40
SKEWED = 2.0  # |skew|: an exponential distribution's
Scale = Literal["linear", "log", "symlog"]
DECADES = 1e12  # that many a log scale spans at most; symlog has room for zero and below


def bins_of(stats: ColumnStats, whole: bool) -> Bins:
    """Return {edges, scale, unit} of a column from its minimum, maximum, quantiles and skew."""
    low, high = map(float, ends(stats))
    if low == high:
        margin = max(0.5, abs(low) * 1e-3)
        edges = np.clip([low - margin, low + margin], -LARGEST, LARGEST)
        return {"edges": edges.tolist(), "scale": "linear"}
    if whole and high - low < 2 * BINS:
        return {"edges": (np.arange(low, high + 2) - 0.5).tolist(), "scale": "linear"}
    scale, unit = _scale(stats, low, high)
    if scale == "log":
        edges = np.geomspace(low, high, BINS + 1)
    elif scale == "symlog":
        with np.errstate(over="ignore"):  # the ends are set below
            edges = unit * np.sinh(np.linspace(np.arcsinh(low / unit), np.arcsinh(high / unit), BINS + 1))
    else:
        edges = 4 * np.linspace(low / 4, high / 4, BINS + 1)  # high - low itself may overflow
    if whole and scale != "linear":
        # Between 1 and 2 lies no whole number: bins no narrower than one, or the tail has teeth.
        edges = np.floor(edges) + 0.5
        low, high = low - 0.5, high + 0.5
    edges = np.unique(np.concatenate([[low], edges[(edges > low) & (edges < high)], [high]]))
    bins: Bins = {"edges": edges.tolist(), "scale": scale}
    return {**bins, "unit": unit} if scale == "symlog" else bins


def _scale(stats: ColumnStats, low: float, high: float) -> tuple[Scale, float]:
    """Return (scale, unit): of symlog the unit is where it turns from linear to log."""
    if abs(stats.get("skew") or 0.0) < SKEWED:
        return "linear", 0.0
    if low > 0 and high / low < DECADES:
        return "log", 0.0
    largest = max(abs(low), abs(high))
    sizes = [abs(value) for value in quantiles_of(stats).values() if value]
    return "symlog", max(min(sizes, default=largest / 1e3), largest * 1e-6)
