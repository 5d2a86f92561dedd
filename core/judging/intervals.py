"""How sure a figure is: 95% intervals for what a model reaches on rows that stand for all that are still to come.

Closed forms where there are ones that hold for few rows too, at figures of 0 and 1 as well; the bootstrap where there
is none. `tests/judging/test_intervals.py` draws simulated data and counts how often each interval has the truth in it.

- A share of rows (accuracy, recall, precision): E. Wilson, JASA 22 (1927). F1 is one too, see `f1`.
- AUC: E. DeLong and others, Biometrics 44 (1988), on the logit's scale, so that it stays below 1.
- A mean of rows (log loss, mean error): Student's t. A root or a ratio of means: the delta method on a log scale.
- A mean of independent shares (balanced accuracy): G. Zou and A. Donner, Statistics in Medicine 27 (2008).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Z = 1.959963984540054  # of a normal distribution's middle 95%
TAIL = 0.025
DRAWS = 400  # of a bootstrap
SEED = 20260101


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure, and where it may be in truth; the ends are None where that cannot be told."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def half_width(self) -> float | None:
        """Return how far the farther end is from the value."""
        if self.low is None or self.high is None:
            return None
        return max(self.value - self.low, self.high - self.value)


def share(part: float, whole: float) -> Interval:
    """Return a share of rows; of no rows it is 0 and nothing is known of it."""
    if whole <= 0:
        return Interval(0.0)
    value, square = part / whole, Z * Z
    middle = (value + square / (2 * whole)) / (1 + square / whole)
    half = Z / (1 + square / whole) * math.sqrt(value * (1 - value) / whole + square / (4 * whole * whole))
    return Interval(value, max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half)))


def f1(found: float, missed: float, false: float) -> Interval:
    """Return F1 of rows found, missed and falsely taken for positive.

    It is 2q / (1 + q) of q, the share of the found ones among all three.
    """
    whole = share(found, found + missed + false)

    def scaled(q: float) -> float:
        return 2 * q / (1 + q)

    if whole.low is None or whole.high is None:
        return Interval(0.0)
    return Interval(scaled(whole.value), scaled(whole.low), scaled(whole.high))


def mean(values: np.ndarray) -> Interval:
    """Return the mean of independent rows."""
    value = float(np.mean(values))
    if len(values) < 2:
        return Interval(value)
    half = t_quantile(len(values) - 1) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return Interval(value, value - half, value + half)


def mean_of_shares(shares: list[Interval]) -> Interval:
    """Return the mean of shares of independent rows, such as each class's recall."""
    value = float(np.mean([each.value for each in shares]))
    below = [each.value - each.low for each in shares if each.low is not None]
    above = [each.high - each.value for each in shares if each.high is not None]
    if len(below) < len(shares) or not shares:
        return Interval(value)
    return Interval(
        value, max(0.0, value - math.hypot(*below) / len(shares)), value + math.hypot(*above) / len(shares)
    )


def root_of_mean(squares: np.ndarray) -> Interval:
    """Return the root of the mean of squared errors."""
    value = float(np.mean(squares))
    if len(squares) < 2 or value <= 0:
        return Interval(math.sqrt(value))
    relative = float(np.std(squares, ddof=1)) / value / math.sqrt(len(squares))
    factor = math.exp(t_quantile(len(squares) - 1) * relative / 2)
    root = math.sqrt(value)
    return Interval(root, root / factor, root * factor)


def explained(label: np.ndarray, predicted: np.ndarray) -> Interval:
    """Return R² of labels that vary."""
    errors, spread = (label - predicted) ** 2, (label - label.mean()) ** 2
    ratio = float(errors.sum() / spread.sum())
    if len(label) < 3 or ratio <= 0:
        return Interval(1 - ratio)
    # What each row adds to the logarithm of the ratio.
    influence = errors / errors.mean() - spread / spread.mean()
    factor = math.exp(t_quantile(len(label) - 1) * float(np.std(influence, ddof=1)) / math.sqrt(len(label)))
    return Interval(1 - ratio, 1 - ratio * factor, 1 - ratio / factor)


def auc(value: float, influence: np.ndarray, positives: int, negatives: int) -> Interval:
    """Return an AUC by what each row adds to it (`placements`)."""
    return _auc(value, float(np.sum(influence**2)), min(positives, negatives))


def _auc(value: float, variance: float, fewer: int) -> Interval:
    """Return an AUC of this variance, `fewer` of whose rows are of the rarer class."""
    perfect = TAIL ** (1 / fewer) if fewer else 0.0
    if value >= 1 or value <= 0 or variance <= 0:
        # Every pair is in its order (or none is): as for a share of the rarer class's rows, all of which are.
        low, high = (perfect, 1.0) if value >= 0.5 else (0.0, 1 - perfect)
        return Interval(value, min(value, low), max(value, high))
    middle = math.log(value / (1 - value))
    half = Z * math.sqrt(variance) / (value * (1 - value))
    return Interval(value, 1 / (1 + math.exp(half - middle)), 1 / (1 + math.exp(-half - middle)))


def placements(positive: np.ndarray, score: np.ndarray) -> tuple[float, np.ndarray]:
    """Return (AUC, what each row adds to its error) of rows of both classes.

    The sum of the squares of the latter is DeLong's variance, and that of a product over the same rows the
    covariance of two models.
    """
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    ends = np.append(first[1:], len(ordered))
    is_positive = positive[order]
    positives = np.add.reduceat(is_positive.astype(np.float64), first)
    negatives = (ends - first) - positives
    of_positive, of_negative = _of_bins(negatives, positives)
    size = ends - first
    placed = np.where(is_positive, np.repeat(of_positive, size), np.repeat(of_negative, size))
    many, few = float(negatives.sum()), float(positives.sum())
    value = float((positives * of_positive).sum() / few)
    # Unbiased variances: divided by n (n - 1), as DeLong's.
    scale = np.where(
        is_positive, 1 / math.sqrt(max(few * (few - 1), 1)), 1 / math.sqrt(max(many * (many - 1), 1))
    )
    influence = np.empty(len(score))
    influence[order] = (placed - value) * scale
    return value, influence


def auc_of_table(negatives: np.ndarray, positives: np.ndarray) -> Interval:
    """Return the AUC of a score table's bins: rows of each class by rising score."""
    many, few = float(negatives.sum()), float(positives.sum())
    if not many or not few:
        return Interval(0.5)
    of_positive, of_negative = _of_bins(negatives, positives)
    value = float((positives * of_positive).sum() / few)
    variance = float((positives * (of_positive - value) ** 2).sum() / max(few * (few - 1), 1)) + float(
        (negatives * (of_negative - value) ** 2).sum() / max(many * (many - 1), 1)
    )
    return _auc(value, variance, int(min(many, few)))


def _of_bins(negatives: np.ndarray, positives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return by bin the share of negatives below a positive, and of positives above a negative; equal ones half."""
    many, few = max(float(negatives.sum()), 1.0), max(float(positives.sum()), 1.0)
    below = (np.cumsum(negatives) - negatives / 2) / many
    above = (few - np.cumsum(positives) + positives / 2) / few
    return below, above


def bootstrap(
    counts: np.ndarray, figure: Callable[[np.ndarray], np.ndarray], value: float, draws: int = DRAWS
) -> Interval:
    """Return a figure of counted rows, drawn again by chance: `figure` of (draws, *counts.shape) answers one each.

    `value` is the figure itself, known more finely than the counts tell.
    """
    figures = figure(redraw(counts, draws))
    shift = value - float(figure(counts[None].astype(np.float64))[0])
    return of_draws(value, figures + shift)


def redraw(counts: np.ndarray, draws: int = DRAWS) -> np.ndarray:
    """Return counted rows drawn again by chance, as many of them: shape (draws, *counts.shape)."""
    chance = np.random.default_rng(SEED)
    flat = counts.ravel().astype(np.int64)
    there = np.flatnonzero(flat)
    drawn = np.zeros((draws, len(flat)))
    drawn[:, there] = chance.multinomial(int(flat.sum()), flat[there] / flat.sum(), draws)
    return drawn.reshape(draws, *counts.shape)


def of_draws(value: float, figures: np.ndarray) -> Interval:
    """Return a figure with the middle 95% of what it was in other draws."""
    low, high = np.quantile(figures[np.isfinite(figures)], [TAIL, 1 - TAIL])
    return Interval(value, min(value, float(low)), max(value, float(high)))


def t_quantile(freedom: int) -> float:
    """Return the upper end of the middle 95% of Student's t. Abramowitz and Stegun, 26.7.5."""
    z, v = Z, float(max(freedom, 1))
    if v < 3:
        return 12.7062 if v < 2 else 4.30265
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / v ** (power + 1) for power, term in enumerate(terms))
