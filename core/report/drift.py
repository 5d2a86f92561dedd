"""Whether rows are of another population than others, by their counts in the same bins: PSI, and what chance makes.

`core/eda/findings/drift.py` has the sources; it and the watch over an endpoint measure alike.
"""

from __future__ import annotations

import math

import numpy as np

MOVED = 0.25  # PSI: another population, by custom


def psi_of(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return (PSI, what chance alone exceeds once in twenty) of counts against the counts `first`; both have rows."""
    counts = [np.asarray(side, dtype=float) for side in (first, second)]
    used = (counts[0] + counts[1]) > 0
    p, q = ((c[used] + 0.5) / (c.sum() + 0.5 * used.sum()) for c in counts)
    freedom = int(used.sum()) - 1
    noise = chi2_95(freedom) * (1 / counts[0].sum() + 1 / counts[1].sum()) if freedom else 0.0
    return round(float(((p - q) * np.log(p / q)).sum()), 6), round(float(noise), 6)


def moved(psi: float, noise: float) -> bool:
    """Return whether a column is of another population, above its noise."""
    return psi > max(MOVED, 2 * noise)


def chi2_95(freedom: int) -> float:
    """Return the 95th percentile of chi-squared for those degrees of freedom (Wilson and Hilferty), without SciPy."""
    spread = 2 / (9 * freedom)
    return freedom * (1 - spread + 1.644854 * math.sqrt(spread)) ** 3
