"""What quality is to be expected of rows whose truth is not known yet, from the model's own probabilities.

If a probability says how often it comes true, rows tell what share of them is right. Whether it does is learned on the
validation split: the scores are calibrated there by isotonic regression, score bin by score bin. The interval has both
chances in it: the validation rows are drawn again and calibrated anew, and then the truth of each row is drawn.

It is an estimate for rows in which the scores mean what they meant on validation. Where other columns come with the
same scores it holds; where the same columns come to mean something else, no probability can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.judging import intervals
from core.judging.intervals import DRAWS, SEED, Interval
from core.judging.score_table import ScoreTable

BINS = 100  # of as many validation rows each: finer ones would only fit chance
BLOCK = 1 << 18  # rows that are counted at once
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Bins:
    """Score bins, each from its edge on, with the rows of the validation split and those that are asked about."""

    edges: np.ndarray
    validation: np.ndarray  # (bins, 2): rows that turned out negative, and positive
    rows: np.ndarray  # (bins,)


def bins_of(validation: ScoreTable, score: np.ndarray, cuts: tuple[float, ...]) -> Bins:
    """Count rows by score; at each of `cuts` a bin begins, so that what is above it can be told."""
    known = np.stack([validation.negatives, validation.positives], axis=1)
    below = np.cumsum(known.sum(axis=1))
    at = np.searchsorted(below, below[-1] * np.arange(1, BINS) / BINS)
    edges = np.unique(np.concatenate([[0.0], validation.score[at], cuts]))
    counted, rows = np.zeros((len(edges), 2)), np.zeros(len(edges), np.int64)
    np.add.at(counted, _bin(edges, validation.score), known)
    for start in range(0, len(score), BLOCK):
        rows += np.bincount(_bin(edges, score[start : start + BLOCK]), minlength=len(edges))
    return Bins(edges, counted, rows)


def _bin(edges: np.ndarray, score: np.ndarray) -> np.ndarray:
    return np.maximum(np.searchsorted(edges, score, "right") - 1, 0)


def expected(bins: Bins, figures: dict[str, Callable[[np.ndarray], np.ndarray]]) -> dict[str, Interval]:
    """Return each of `figures`, of rows counted by bin and class (draws, bins, 2), as it is to be expected."""
    chance = np.random.default_rng(SEED)
    drawn = np.stack([_calibrated(each) for each in intervals.redraw(bins.validation, DRAWS)])
    positives = chance.binomial(bins.rows, drawn)
    outcomes = np.stack([bins.rows - positives, positives], axis=2).astype(np.float64)
    middle = np.stack([bins.rows * (1 - (known := _calibrated(bins.validation))), bins.rows * known], axis=1)
    # Drawn again, the validation rows are fitted closer than they tell: the middle of the draws is off by as much.
    again = np.stack([bins.rows * (1 - drawn.mean(axis=0)), bins.rows * drawn.mean(axis=0)], axis=1)
    found: dict[str, Interval] = {}
    for name, figure in figures.items():
        with np.errstate(invalid="ignore", divide="ignore"):
            value, shifted = float(figure(middle[None])[0]), float(figure(again[None])[0])
            draws = figure(outcomes)
        if np.isfinite(value) and np.isfinite(draws).any():
            shift = value - shifted if np.isfinite(shifted) else 0.0
            found[name] = intervals.of_draws(value, draws + shift)
    return found


def _calibrated(known: np.ndarray) -> np.ndarray:
    """Return the share of positive rows by bin, rising: isotonic regression of counted rows, (bins, 2)."""
    blocks: list[tuple[float, float, int]] = []  # positives, rows, bins
    for negatives, positives in known.tolist():
        rows, bins = negatives + positives, 1
        while blocks and (not rows or blocks[-1][0] * rows >= positives * blocks[-1][1]):
            before, before_rows, before_bins = blocks.pop()
            positives, rows, bins = positives + before, rows + before_rows, bins + before_bins
        blocks.append((positives, rows, bins))
    shares = [positives / rows if rows else 0.0 for positives, rows, _ in blocks]
    return np.repeat(shares, [bins for _, _, bins in blocks])


# --- figures of rows counted by bin and class, (draws, bins, 2) ------------------------------------------------


def of_two_classes(edges: np.ndarray) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Return what is expected of a binary problem, by metric; a row is positive from one half on."""
    said = edges >= HALF

    def hits(counts: np.ndarray) -> np.ndarray:
        return counts[:, said, 1].sum(axis=1)

    def taken(counts: np.ndarray) -> np.ndarray:
        return counts[:, said].sum(axis=(1, 2))

    def positives(counts: np.ndarray) -> np.ndarray:
        return counts[:, :, 1].sum(axis=1)

    return {
        "auc": _auc,
        "accuracy": lambda counts: (hits(counts) + counts[:, ~said, 0].sum(axis=1)) / counts.sum(axis=(1, 2)),
        "recall": lambda counts: hits(counts) / positives(counts),
        "precision": lambda counts: hits(counts) / taken(counts),
        "f1": lambda counts: 2 * hits(counts) / (taken(counts) + positives(counts)),
    }


def share_of_positives(counts: np.ndarray) -> np.ndarray:
    """Return the share of positive rows."""
    return counts[:, :, 1].sum(axis=1) / counts.sum(axis=(1, 2))


def cost_by(
    edges: np.ndarray, threshold: float, miss: float, false_alarm: float, per: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what the errors of a threshold cost, for `per` rows."""
    acted_on = edges >= threshold
    return lambda counts: (
        per
        * (miss * counts[:, ~acted_on, 1].sum(axis=1) + false_alarm * counts[:, acted_on, 0].sum(axis=1))
        / counts.sum(axis=(1, 2))
    )


def _auc(counts: np.ndarray) -> np.ndarray:
    negatives, positives = counts[..., 0], counts[..., 1]
    below = np.cumsum(negatives, axis=1) - negatives / 2
    return (positives * below).sum(axis=1) / (positives.sum(axis=1) * negatives.sum(axis=1))
