"""Quantiles of any column: exact, in bounded memory, and the same on every engine.

An engine's own quantile function holds all values of the column (DuckDB's cannot spill them). Here one pass counts
the values in a few thousand bins of equal width; the wanted ranks fall into a few of those, and only these are
looked at again, value by value, or bin by bin where a single one is still too full.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import narwhals as nw
import numpy as np

from core.engines import Frame
from core.engines.arrays import as_array
from core.reading.column_keys import col

BINS = 4096
HELD = 100_000  # rows looked at value by value
_VALUE, _BIN, _ROWS, _LOW, _HIGH = "__value__", "__bin__", "__n__", "__low__", "__high__"


def quantiles(
    frame: Frame, column: str, rows: int, low: float, high: float, points: Sequence[float]
) -> list[float]:
    """Return quantiles of the `rows` filled cells of a column between `low` and `high`, by linear interpolation
    (numpy's default).
    """
    return interpolated(rows, points, lambda ranks: at_ranks(frame, column, rows, low, high, ranks))


def interpolated(
    rows: int, points: Sequence[float], at: Callable[[list[int]], dict[int, float]]
) -> list[float]:
    """Return quantiles of `rows` values, of which `at` tells those at any ranks."""
    positions = [point * (rows - 1) for point in points]
    values = at([rank for position in positions for rank in (math.floor(position), math.ceil(position))])
    answers = []
    for position in positions:
        below, above, share = values[math.floor(position)], values[math.ceil(position)], position % 1
        # Not below + share * (above - below): the difference of two large numbers overflows.
        answers.append(below if below == above else below * (1 - share) + above * share)
    return answers


def at_ranks(
    frame: Frame, column: str, rows: int, low: float, high: float, ranks: Iterable[int]
) -> dict[int, float]:
    """Return {rank: value}, from 0, of the `rows` filled cells of a numeric column between `low` and `high`."""
    values = frame.select(col(column).cast(nw.Float64).alias(_VALUE)).filter(~nw.col(_VALUE).is_null())
    return _at_ranks(values, rows, float(low), float(high), sorted(set(ranks)))


def _at_ranks(values: Frame, rows: int, low: float, high: float, ranks: list[int]) -> dict[int, float]:
    width = high / BINS - low / BINS
    if low == high or not ranks:
        return dict.fromkeys(ranks, low)
    if rows <= HELD or not width:
        return _counted(values, ranks)
    # A quarter of each, so that no difference of two numbers overflows.
    bin_number = ((nw.col(_VALUE) * 0.25 - low * 0.25) / (width * 0.25)).floor()
    binned = values.with_columns(bin_number.alias(_BIN))
    value = nw.col(_VALUE)
    by_bin = _columns(
        binned.group_by(_BIN).agg(nw.len().alias(_ROWS), value.min().alias(_LOW), value.max().alias(_HIGH))
    )
    order = np.argsort(by_bin[_BIN])
    bins, counts = by_bin[_BIN][order], by_bin[_ROWS][order]
    lows, highs = by_bin[_LOW][order], by_bin[_HIGH][order]
    ends = np.cumsum(counts)
    starts = ends - counts
    inside = {rank: int(np.searchsorted(ends, rank, side="right")) for rank in ranks}
    answer = {rank: float(lows[i]) for rank, i in inside.items() if lows[i] == highs[i]}
    small = {rank: i for rank, i in inside.items() if rank not in answer and counts[i] <= HELD}
    if small:
        wanted = sorted(set(small.values()))
        before = np.cumsum([0, *counts[wanted]])[:-1]  # rows of the bins looked at, below each of them
        inner_ranks = {rank: int(rank - starts[i] + before[wanted.index(i)]) for rank, i in small.items()}
        part = binned.filter(nw.col(_BIN).is_in(bins[wanted].tolist())).select(_VALUE)
        counted = _counted(part, list(inner_ranks.values()))
        answer |= {rank: counted[inner] for rank, inner in inner_ranks.items()}
    for i in sorted({i for rank, i in inside.items() if rank not in answer}):
        here = {rank: int(rank - starts[i]) for rank in ranks if inside[rank] == i}
        part = binned.filter(nw.col(_BIN) == float(bins[i])).select(_VALUE)
        deeper = _at_ranks(part, int(counts[i]), float(lows[i]), float(highs[i]), list(here.values()))
        answer |= {rank: deeper[inner] for rank, inner in here.items()}
    return answer


def _counted(values: Frame, ranks: list[int]) -> dict[int, float]:
    by_value = _columns(values.group_by(_VALUE).agg(nw.len().alias(_ROWS)))
    order = np.argsort(by_value[_VALUE])
    ends = np.cumsum(by_value[_ROWS][order])
    return {rank: float(by_value[_VALUE][order[np.searchsorted(ends, rank, side="right")]]) for rank in ranks}


def _columns(frame: Frame) -> dict[str, np.ndarray]:
    eager = frame.collect("pyarrow")
    return {name: as_array(eager[name]) for name in eager.columns}
