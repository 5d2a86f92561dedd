"""A numeric column as its distinct values and how often each occurs, where those are few enough to hold.

One pass over the column then answers everything about its distribution, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np

from core.engines import Frame
from core.engines.arrays import as_array
from core.reading.column_keys import col, key

HELD = 250_000  # distinct values
_ROWS = "__n__"


@dataclass(frozen=True, slots=True)
class Tally:
    """`values` rising, without the blank; `counts` of each."""

    values: np.ndarray  # float64
    counts: np.ndarray  # int64

    def at(self, ranks: list[int]) -> dict[int, float]:
        """Return {rank: value}, counted from 0."""
        indices = np.searchsorted(np.cumsum(self.counts), ranks, side="right")
        return {rank: float(self.values[index]) for rank, index in zip(ranks, indices, strict=True)}

    def mean(self, of: np.ndarray) -> float:
        """Return the mean of something that each distinct value has."""
        return float(np.average(of, weights=self.counts))

    def rows(self, mask: np.ndarray) -> int:
        """Return how many rows have one of those values."""
        return int(self.counts[mask].sum())

    def in_bins(self, inner: list[float]) -> list[int]:
        """Return the rows by bin, as the engines' hook bin_counts counts them."""
        bins = np.searchsorted(inner, self.values, side="left")
        return np.bincount(bins, self.counts, minlength=len(inner) + 1).astype(int).tolist()


def tally(frame: Frame, column: str, most: int = HELD) -> Tally | None:
    """Return the tally of a numeric column, or None where it has more than `most` distinct values."""
    name = key(column)
    grouped = frame.select(name).group_by(name).agg(nw.len().alias(_ROWS))
    filled = grouped.filter(~col(column).is_null()).head(most + 1)
    eager = filled.collect("pyarrow")
    if len(eager) > most:
        return None
    values = as_array(eager[name].cast(nw.Float64))
    order = np.argsort(values, kind="stable")
    return Tally(values[order], as_array(eager[_ROWS]).astype(np.int64)[order])
