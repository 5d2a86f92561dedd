"""How little a measured figure may be in truth: lower ends of 95% intervals, which few rows leave far below it.

- Of an AUC: R. Newcombe, "Confidence intervals for an effect size measure based on the Mann-Whitney statistic, part 2",
  Statistics in Medicine 25 (2006), his method 5. Unlike those that are centred on the figure, it says something of an
  AUC of 1 too.
- Of an R² of one predictor: R. Fisher's z of its root.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Z = 1.959964  # of a normal distribution's middle 95%


def auc_low(value: float, positives: int, negatives: int) -> float:
    """Return the lower end for an AUC of so many rows of each kind; 0 where there are none."""
    if not positives or not negatives:
        return 0.0
    half = (positives + negatives) / 2 - 1

    def within(truth: float) -> bool:
        spread = 1 + half * (1 - truth) / (2 - truth) + half * truth / (1 + truth)
        return (value - truth) ** 2 <= Z**2 * truth * (1 - truth) * spread / (positives * negatives)

    low, high = 0.0, value
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if within(middle) else (middle, high)
    return high


def mean_auc_low(value: float, classes: Sequence[int]) -> float:
    """Return the lower end for a mean of one-vs-rest AUCs (of two classes: for the one), by the rows of each class."""
    rows = sum(classes)
    known = [count for count in classes if 0 < count < rows]
    return sum(auc_low(value, count, rows - count) for count in known) / len(known) if known else 0.0


def r2_low(value: float, rows: int) -> float:
    """Return the lower end for an R² of so many rows."""
    if value <= 0 or rows <= 3:
        return 0.0
    root = math.sqrt(min(value, 1 - 1e-15))
    return max(0.0, math.tanh(math.atanh(root) - Z / math.sqrt(rows - 3))) ** 2
