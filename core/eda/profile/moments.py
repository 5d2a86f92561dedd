"""Mean, deviation, skew and kurtosis of numbers of any size, from one pass.

The pass takes the means of the first four powers of z = (x - centre) / scale. With the median as centre nothing
cancels (mean and median lie within one deviation of each other), and with the farthest value as scale every |z|
is at most 1, so that 1e300 overflows no more than a year loses its digits.

Skew and kurtosis are G1 and G2 of Joanes and Gill, "Comparing measures of sample skewness and kurtosis"
(The Statistician 47, 1998): what pandas, SAS and spreadsheets call skew and (excess) kurtosis.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TypeVar

import narwhals as nw
import numpy as np

Value = TypeVar("Value", nw.Expr, np.ndarray)
LARGEST = sys.float_info.max


@dataclass(frozen=True, slots=True)
class Reference:
    """z = (x * shrink - centre) / scale; `shrink` is below 1 where differences of values would overflow."""

    centre: float
    scale: float
    shrink: float = 1.0

    def of(self, value: Value) -> Value:
        """Return z of an expression or of an array."""
        return (value * self.shrink - self.centre) / self.scale


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments of a column; None where there is no finite answer."""

    mean: float | None
    std: float | None
    skew: float | None
    kurtosis: float | None


def reference(minimum: float, median: float, maximum: float) -> Reference:
    """Return it from what is known of a column before the pass."""
    shrink = 1.0 if max(abs(minimum), abs(maximum)) < LARGEST / 4 else 0.25
    low, centre, high = minimum * shrink, median * shrink, maximum * shrink
    return Reference(centre, max(high - centre, centre - low) or 1.0, shrink)


def powers(column: str) -> list[nw.Expr]:
    """Return the aggregates that `moments` needs of a column that holds z: the means of four powers."""
    z = nw.col(column)
    square = z * z
    return [power.mean() for power in (z, square, square * z, square * square)]


def moments(rows: int, means: list[float | None], reference: Reference) -> Moments:
    """Return the moments of `rows` values from the means of their `powers`."""
    known = [float(mean) for mean in means if mean is not None]
    if not rows or len(known) < len(means):
        return Moments(None, None, None, None)
    first, second, third, fourth = known
    m2 = max(second - first**2, 0.0)
    m3 = third - 3 * first * second + 2 * first**3
    m4 = fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4
    # What is below the rounding of its own terms is no deviation: the column is constant to float64.
    varies = m2 > 1e-15 * second
    n, scale = rows, reference.scale / reference.shrink
    skew = kurtosis = None
    if varies and n > 2:
        skew = m3 / m2**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    if varies and n > 3:
        kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (m4 / m2**2 - 3) + 6)
    mean = reference.centre / reference.shrink + scale * first
    std = scale * math.sqrt(m2 * n / (n - 1)) if n > 1 else None
    return Moments(_finite(mean), _finite(std), _finite(skew), _finite(kurtosis))


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
