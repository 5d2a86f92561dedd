"""The nearest of some rows to another, by Gower's distance (Biometrics 27, 1971): the mean over the columns.

Of a number it is the difference as a share of the range that holds the middle nine tenths of the rows, at most 1; of a
word it is 0 or 1, and so it is between a blank and a value. The parts of a date count as one column.
"""

from __future__ import annotations

import numpy as np

from core.encoding.contract import Contract
from core.judging.reasons import feature_places

MIDDLE = (0.05, 0.95)  # of the rows: one far value makes no other column count more
SAME = 1e-6  # a column that is nearer does not differ


def nearest(
    contract: Contract, own: np.ndarray, others: np.ndarray, wanted: np.ndarray
) -> tuple[int, tuple[str, ...]] | None:
    """Return (which of the `wanted` rows of `others` is nearest to `own`, the columns that differ, farthest first).

    `own` is (features,), `others` (rows, features), both encoded, NaN where blank; `wanted` is bool, (rows,). None
    where no row is wanted.
    """
    places = np.flatnonzero(wanted)
    if not len(places):
        return None
    distances = _distances(contract, own, others)
    best = int(places[distances[places].mean(axis=1).argmin()])
    by_column = dict(zip(feature_places(contract), distances[best].tolist(), strict=True))
    differs = sorted(
        (name for name in by_column if by_column[name] > SAME), key=lambda name: -by_column[name]
    )
    return best, tuple(differs)


def _distances(contract: Contract, own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how far the rows are from `own` in each column, 0 to 1: (rows, columns)."""
    away = np.abs(others - own)
    blank, own_blank = np.isnan(others), np.isnan(own)
    columns = []
    for name, place in feature_places(contract).items():
        gaps = away[:, place]
        if contract.column(name).kind in ("categorical", "boolean"):
            gaps = (gaps > 0).astype(float)
        else:
            gaps = np.minimum(gaps / _range(others[:, place]), 1.0)
        gaps = np.where(blank[:, place] | own_blank[place], blank[:, place] != own_blank[place], gaps)
        columns.append(gaps.mean(axis=1))
    return np.stack(columns, axis=1)


def _range(values: np.ndarray) -> np.ndarray:
    """Return how wide the middle of each feature is, (features,); 1 where it has no width."""
    filled = np.where(np.isnan(values).all(axis=0), 0.0, values)
    low, high = np.nanquantile(filled, MIDDLE, axis=0)
    return np.where(high > low, high - low, 1.0)
