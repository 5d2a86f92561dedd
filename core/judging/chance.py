"""What chance alone gives: the tails of two tests, and which of many results lie beyond it.

Slices are judged by Fisher's exact test where an error is yes or no, by Welch's t-test where it has a size: both ask
how often a slice would do at least as badly if its rows were drawn from all. Of so many answers some are small by
chance; Benjamini and Hochberg (1995, J. R. Stat. Soc. B 57:289) keep false ones to a share of those that are told.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

LEVEL = 0.05  # of those told, the share that may be chance
_FAR = 12.0  # standard deviations beyond which nothing adds to a tail


def fisher_tail(
    errors: np.ndarray, rows: np.ndarray, all_errors: np.ndarray, all_rows: np.ndarray
) -> np.ndarray:
    """Return how often a slice of `rows` rows, drawn from all, would have at least so many errors, by slice."""
    factorials = _log_factorials(int(all_rows.max(initial=0)).bit_length())

    def choose(n: int, k: np.ndarray | int) -> np.ndarray:
        return factorials[n] - factorials[k] - factorials[n - k]

    tails = np.ones(len(rows))
    table = np.column_stack([errors, rows, all_errors, all_rows]).astype(np.int64).tolist()
    for index, (found, size, wrong, total) in enumerate(table):
        mean = size * wrong / total
        reach = _FAR * math.sqrt(mean) + 2 * _FAR
        least = max(found, size + wrong - total, 0)
        if found <= mean - reach:
            continue
        k = np.arange(least, min(size, wrong, math.ceil(max(found, mean) + reach)) + 1)
        logs = choose(wrong, k) + choose(total - wrong, size - k) - choose(total, size)
        tails[index] = min(1.0, float(np.exp(logs).sum()))
    return tails


@lru_cache(maxsize=8)
def _log_factorials(bits: int) -> np.ndarray:
    """Return the logarithms of the factorials of all numbers of so many bits."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, 1 << bits)))])


def welch_tail(
    mean: np.ndarray, variance: np.ndarray, rows: np.ndarray,
    other_mean: np.ndarray, other_variance: np.ndarray, other_rows: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return how often chance alone would put the mean of a slice so far above that of the rest, by slice.

    Student's distribution is taken by Wallace's approximation (1959, Ann. Math. Stat. 30:1124): within 0.001 of it.
    """
    own, other = variance / rows, other_variance / other_rows
    spread = own + other
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (mean - other_mean) / np.sqrt(spread)
        freedom = spread**2 / (own**2 / (rows - 1) + other**2 / (other_rows - 1))
        z = (8 * freedom + 1) / (8 * freedom + 3) * np.sqrt(freedom * np.log1p(t**2 / freedom))
    z = np.where(np.isfinite(t), np.sign(t) * z, -np.inf)  # where nothing varies, nothing is told
    return np.array([0.5 * math.erfc(value / math.sqrt(2)) for value in z.tolist()])


def beyond_chance(tails: np.ndarray, level: float = LEVEL) -> np.ndarray:
    """Return which of many tests are told: Benjamini and Hochberg's step-up procedure."""
    order = np.argsort(tails)
    within = tails[order] <= level * np.arange(1, len(tails) + 1) / max(len(tails), 1)
    told = np.zeros(len(tails), dtype=bool)
    if within.any():
        told[order[: np.flatnonzero(within)[-1] + 1]] = True
    return told
