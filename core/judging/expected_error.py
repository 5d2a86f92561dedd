"""How far off predicted numbers whose truth is not known yet are likely to be, by the errors on the validation split.

A model errs more on large numbers than on small ones, often: the validation rows are binned by what was predicted for
them, and each row of the file is expected to err as those of its bin. The interval has both chances in it: which rows
the validation split drew, and which the file did. It is an estimate for rows in which a prediction means what it meant
on validation; of a model whose rounds were chosen by that split it is a little too good.
"""

from __future__ import annotations

import math

import numpy as np

from core.judging.intervals import Interval, Z

BINS = 20  # at most
ROWS = 50  # of the validation split in each, at least


def expected(label: np.ndarray, predicted: np.ndarray, score: np.ndarray) -> dict[str, Interval]:
    """Return rmse and mae to be expected of the predictions `score`; of the validation rows `label` and `predicted`."""
    bins = max(1, min(BINS, len(label) // ROWS))
    edges = np.unique(np.quantile(predicted, np.arange(1, bins) / bins, method="lower"))
    edges = edges[edges > predicted.min()]  # so that no bin is without validation rows
    place, errors = np.searchsorted(edges, predicted, "right"), np.abs(label - predicted)
    rows = np.bincount(np.searchsorted(edges, score, "right"), minlength=len(edges) + 1)
    mae, error_of_mae = _mean(errors, place, rows)
    mse, error_of_mse = _mean(errors**2, place, rows)
    rmse, half = math.sqrt(mse), Z * error_of_mae
    factor = math.exp(Z * error_of_mse / mse / 2) if mse else 1.0
    return {
        "rmse": Interval(rmse, rmse / factor, rmse * factor),
        "mae": Interval(mae, max(0.0, mae - half), mae + half),
    }


def _mean(values: np.ndarray, place: np.ndarray, rows: np.ndarray) -> tuple[float, float]:
    """Return (the mean of the values by bin, as the `rows` of a file are spread over the bins; its standard error)."""
    known, share = np.bincount(place, minlength=len(rows)), rows / rows.sum()
    means = np.bincount(place, values, len(rows)) / known
    spread = np.maximum(np.bincount(place, values**2, len(rows)) / known - means**2, 0.0)
    variance = np.sum(share**2 * spread / known) + np.sum(share * spread) / rows.sum()
    return float(np.sum(share * means)), math.sqrt(float(variance))
