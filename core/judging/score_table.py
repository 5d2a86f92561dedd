"""How many rows of either class have each score: what every curve, threshold, cost and interval comes from.

A million rows are ten thousand bins of it, so that whatever is drawn, moved with a slider or drawn again by chance
costs the same for any file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.judging import predictions_file

BINS = 10_000  # at most
SAMPLE = 1_000_000  # rows that the edges of bins are laid by; of fewer each score is known exactly


@dataclass(frozen=True, slots=True)
class Amount:
    """What the rows of each bin have in a column: the sum, and the sum of the squares."""

    total: np.ndarray
    squares: np.ndarray


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """The rows of a binary problem, or of one class against all others, by their score.

    Attributes:
        score: rising; each the lowest of its bin: with it as the threshold, score >= threshold takes the bin in.
        negatives: how many rows of the other class are in each bin.
        positives: how many rows of the positive class.
        missed: what the positive rows have in the column that says what a miss costs; None: all cost the same.
        alarmed: what the negative rows have in the one that says what a false alarm costs.
    """

    score: np.ndarray
    negatives: np.ndarray
    positives: np.ndarray
    missed: Amount | None = None
    alarmed: Amount | None = None

    @property
    def rows(self) -> int:
        return int(self.negatives.sum() + self.positives.sum())

    def at_least(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (false positives, true positives) of each bin's score as the threshold: what it and all above hold."""
        return np.cumsum(self.negatives[::-1])[::-1], np.cumsum(self.positives[::-1])[::-1]


def of(
    positive: np.ndarray,
    score: np.ndarray,
    bins: int = BINS,
    missed: np.ndarray | None = None,
    alarmed: np.ndarray | None = None,
) -> ScoreTable:
    """Return the table of rows: `positive` is true where a row is of the positive class.

    `missed` and `alarmed` are what the rows have in the columns that say what errors cost.
    """
    starts = _starts(score, bins)
    table = _counted(starts, [(positive, score)])
    if missed is None and alarmed is None:
        return table
    of_row = _bin_of(starts, score)
    return replace(
        table,
        missed=None if missed is None else _summed(of_row, missed * positive, len(starts)),
        alarmed=None if alarmed is None else _summed(of_row, alarmed * ~positive, len(starts)),
    )


def _summed(of_row: np.ndarray, amount: np.ndarray, bins: int) -> Amount:
    return Amount(np.bincount(of_row, amount, bins), np.bincount(of_row, amount**2, bins))


def _bin_of(starts: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return the bin of each row; one below the lowest score of a sample belongs to the first bin all the same."""
    return np.maximum(np.searchsorted(starts, score, side="right") - 1, 0)


def read(path: Path, split: str, positive: int | None = None, bins: int = BINS) -> ScoreTable:
    """Return the table of a split in predictions.parquet, in memory that does not grow with its rows.

    `positive`: of several classes the code of the one that is held against all others. Raises OSError, ValueError.
    """
    name = "score" if positive is None else predictions_file.columns_of_scores(path)[positive]
    code = 1 if positive is None else positive
    rows = predictions_file.read_facts(path).rows.get(split, 0)
    step = max(1, rows // SAMPLE)
    parts = [part[name][::step].copy() for part in predictions_file.batches(path, split, name)]
    starts = _starts(np.concatenate(parts) if parts else np.empty(0), bins)
    pairs = (
        (part["label"] == code, part[name]) for part in predictions_file.batches(path, split, "label", name)
    )
    return _counted(starts, pairs)


def _starts(score: np.ndarray, bins: int) -> np.ndarray:
    """Return the scores at which bins begin: each distinct one, or as many as cut the rows into equal parts."""
    ordered = np.sort(score)
    new = np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]
    if np.count_nonzero(new) <= bins:
        return ordered[new]
    return np.unique(ordered[np.linspace(0, len(ordered), bins, endpoint=False).astype(int)])


def _counted(starts: np.ndarray, pairs: Iterable[tuple[np.ndarray, np.ndarray]]) -> ScoreTable:
    negatives, positives = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int64)
    lowest = np.inf
    for positive, score in pairs:
        lowest = min(lowest, score.min(initial=np.inf))
        of_row = _bin_of(starts, score)
        positives += np.bincount(of_row[positive], minlength=len(starts))
        negatives += np.bincount(of_row[~positive], minlength=len(starts))
    score = starts.astype(np.float64)
    if len(score):
        score[0] = min(score[0], lowest)
    return ScoreTable(score, negatives, positives)
