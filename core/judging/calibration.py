"""Probabilities that say what happens: a model's scores made to fit how often the rows of a split were positive.

Isotonic regression: the rising curve that is nearest to the outcomes, by pooling neighbours that fall
(https://doi.org/10.1214/aoms/1177728423). Between its steps it is a straight line, as scikit-learn draws it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.judging.score_table import ScoreTable

GROUPS = 10  # of as many rows each, in which the calibration error compares


@dataclass(frozen=True, slots=True)
class Calibration:
    """A table from scores to probabilities: both rise along it."""

    score: tuple[float, ...]
    probability: tuple[float, ...]

    def __call__(self, score: np.ndarray) -> np.ndarray:
        """Return the probabilities of `score`."""
        return np.interp(score, self.score, self.probability)


@dataclass(frozen=True, slots=True)
class Reliability:
    """Groups of rows by their probability: what was said of them on average, and what share was positive."""

    said: np.ndarray
    true: np.ndarray
    rows: np.ndarray

    @property
    def error(self) -> float:
        """Return the expected calibration error: how far a row's group is off, on average over the rows."""
        return float(np.average(np.abs(self.said - self.true), weights=self.rows))


def isotonic(table: ScoreTable) -> Calibration:
    """Return the calibration that fits `table` best; each of its steps as its first and its last score."""
    rows = (table.positives + table.negatives).astype(np.float64)
    blocks: list[tuple[float, float, int]] = []  # positives, rows, place of its last score
    for place, (positives, many) in enumerate(zip(table.positives.tolist(), rows.tolist(), strict=True)):
        last = place
        while (
            blocks and blocks[-1][0] * many >= positives * blocks[-1][1]
        ):  # what is before says as much or more
            before, before_rows, _ = blocks.pop()
            positives, many = positives + before, many + before_rows
        blocks.append((positives, many, last))
    lasts = [last for _, _, last in blocks]
    firsts = [0, *(last + 1 for last in lasts[:-1])]
    score: list[float] = []
    probability: list[float] = []
    for (positives, many, _), first, last in zip(blocks, firsts, lasts, strict=True):
        ends = dict.fromkeys((float(table.score[first]), float(table.score[last])))
        score += ends
        probability += [positives / many] * len(ends)
    return Calibration(tuple(score), tuple(probability))


def reliability(parts: Sequence[tuple[ScoreTable, Calibration | None]]) -> Reliability:
    """Return what the scores of rows, or their calibration, say of them in ten groups, against the truth."""
    said = np.concatenate([table.score if fitted is None else fitted(table.score) for table, fitted in parts])
    order = np.argsort(said, kind="stable")
    positives, negatives = (
        np.concatenate([getattr(table, name) for table, _ in parts])[order]
        for name in ("positives", "negatives")
    )
    said, rows = said[order], positives + negatives
    middle = np.cumsum(rows) - rows / 2
    group = np.minimum((GROUPS * middle / rows.sum()).astype(int), GROUPS - 1)
    many, positives = np.bincount(group, rows), np.bincount(group, positives)
    sums = np.bincount(group, rows * said)
    kept = many > 0
    return Reliability(sums[kept] / many[kept], positives[kept] / many[kept], many[kept])
