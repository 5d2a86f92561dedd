"""From a probability to a decision: the threshold at and above which a row is acted on, and what it costs.

It is chosen on the validation split, by what errors cost or by how many rows can be acted on, and its cost is told on
the test split. Its cost needs no calibrated probabilities: only the order of the scores counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.judging import intervals
from core.judging.intervals import Interval
from core.judging.score_table import ScoreTable

PER = 1000  # rows that a cost is told for
DRAWS = 2000  # of the bootstrap, which has six numbers to draw
OTHERS = ("all", "none", "half")  # what a decision is held against
HALF = 0.5  # where a row is decided without a decision: for the class that is more probable

# Thresholds as a person writes them: two digits that count, from either end. Finer ones follow the chance of the split.
_DIGITS = np.concatenate([np.arange(10, 100) * 10.0**-power for power in range(7, 1, -1)])
_LOW = np.round(_DIGITS[_DIGITS <= HALF], 8)
THRESHOLDS = np.unique(np.concatenate([[0.0], _LOW, np.round(1 - _LOW, 8), [1.0]]))


@dataclass(frozen=True, slots=True)
class Amounts:
    """What an error costs: a row of the positive class that is missed, and one of the other that is acted on.

    With a column it is so many times what the row has there; the tables of scores hold the sums of it.
    """

    miss: float = 1.0
    false_alarm: float = 1.0
    miss_column: str = ""
    false_alarm_column: str = ""

    @property
    def columns(self) -> tuple[str, str]:
        """Return the columns of a miss and of a false alarm, "" where all cost the same."""
        return self.miss_column, self.false_alarm_column


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many rows can be acted on of those that come in the same time."""

    rows: float
    of: float = PER

    @property
    def share(self) -> float:
        """Return the share of all rows, at most all."""
        return min(self.rows / self.of, 1.0)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a threshold makes of the rows of a split."""

    hits: int  # positive and acted on
    false_alarms: int
    misses: int
    passed: int  # negative and not acted on

    @property
    def rows(self) -> int:
        return self.hits + self.false_alarms + self.misses + self.passed

    @property
    def acted_on(self) -> int:
        return self.hits + self.false_alarms

    @property
    def precision(self) -> float | None:
        """Return the share of the rows acted on that are positive; None where there are none."""
        return self.hits / self.acted_on if self.acted_on else None

    @property
    def recall(self) -> float | None:
        """Return the share of the positive rows that are acted on; None where there are none."""
        positives = self.hits + self.misses
        return self.hits / positives if positives else None


@dataclass(frozen=True, slots=True)
class Told:
    """What a decision costs on a split, per 1,000 rows with 95% intervals, and what it saves against others.

    The others: act on `all`, on `none`, and at one `half`. A saving is what the other costs more on the same rows.
    """

    counts: Counts
    cost: Interval
    against: Mapping[str, Interval]
    saved: Mapping[str, Interval]
    half: Counts  # what one half makes of the rows


def counts(table: ScoreTable, threshold: float) -> Counts:
    """Return what `threshold` makes of the rows of `table`."""
    first = int(np.searchsorted(table.score, threshold, "left"))
    hits, alarms = int(table.positives[first:].sum()), int(table.negatives[first:].sum())
    return Counts(hits, alarms, int(table.positives[:first].sum()), int(table.negatives[:first].sum()))


def curve(table: ScoreTable, thresholds: np.ndarray) -> dict[str, np.ndarray]:
    """Return the numbers of `Counts` at each of `thresholds`: hits, false_alarms, misses, passed."""
    first = np.searchsorted(table.score, thresholds, "left")
    positives, negatives = _below(table.positives), _below(table.negatives)
    return {
        "hits": positives[-1] - positives[first],
        "false_alarms": negatives[-1] - negatives[first],
        "misses": positives[first],
        "passed": negatives[first],
    }


def costs(table: ScoreTable, thresholds: np.ndarray, amounts: Amounts) -> np.ndarray:
    """Return what each of `thresholds` costs per 1,000 rows."""
    first = np.searchsorted(table.score, thresholds, "left")
    missed, alarmed = _paid(table, amounts)
    # Each is summed from its own end, so that what costs nothing is exactly 0.
    return PER * (_below(missed)[first] + _below(alarmed[::-1])[::-1][first]) / max(table.rows, 1)


def cost(table: ScoreTable, threshold: float, amounts: Amounts) -> float:
    """Return what `threshold` costs per 1,000 rows."""
    return float(costs(table, np.array([threshold]), amounts)[0])


def _paid(table: ScoreTable, amounts: Amounts) -> tuple[np.ndarray, np.ndarray]:
    """Return by bin what it costs to miss all its positive rows, and to act on all its negative ones."""
    return (
        amounts.miss * (table.missed.total if table.missed else table.positives),
        amounts.false_alarm * (table.alarmed.total if table.alarmed else table.negatives),
    )


def indifferent(table: ScoreTable, amounts: Amounts) -> float:
    """Return the true probability at which acting on a row, and not, cost the same on average."""
    miss, alarm = (
        paid.sum() / max(rows.sum(), 1)
        for paid, rows in zip(_paid(table, amounts), (table.positives, table.negatives), strict=True)
    )
    return float(alarm / (alarm + miss)) if alarm + miss else HALF


def cheapest(table: ScoreTable, amounts: Amounts, capacity: Capacity | None = None) -> float:
    """Return the threshold of least cost, of those that act on no more rows than `capacity` allows.

    Of those that cost the same it is the nearest to what the amounts say of a true probability.
    """
    tried = THRESHOLDS
    if capacity:
        tried = np.append(tried, filling(table, capacity))
        at = curve(table, tried)
        tried = tried[at["hits"] + at["false_alarms"] <= _most(table, capacity)]
    paid = costs(table, tried, amounts)
    least = tried[np.isclose(paid, paid.min(), rtol=1e-10, atol=0)]
    return float(least[np.abs(least - indifferent(table, amounts)).argmin()])


def filling(table: ScoreTable, capacity: Capacity) -> float:
    """Return the threshold that acts on as many rows of `table` as `capacity` allows, and on no more."""
    at_or_above = np.cumsum((table.positives + table.negatives)[::-1])[::-1]
    inside = np.flatnonzero(at_or_above <= _most(table, capacity))
    if not len(inside):
        return _between(float(table.score[-1]), math.inf)
    first = int(inside[0])
    return _between(float(table.score[first - 1]), float(table.score[first])) if first else 0.0


def tell(parts: Sequence[tuple[ScoreTable, float]], amounts: Amounts) -> Told:
    """Return what thresholds cost on the rows of their tables, together.

    The intervals are of a bootstrap over the rows. A row counts by its class and by which of two thresholds it is
    above, its own and one half, so that to draw the rows again is to draw eight numbers. What so many rows of one kind
    cost, where each has its own amount, is drawn of the gamma distribution of their mean and spread.
    """
    counted, paid, squares = np.sum([_kinds(table, threshold, amounts) for table, threshold in parts], axis=0)
    drawn, rows = spent(intervals.redraw(counted, DRAWS), counted, paid, squares), max(counted.sum(), 1)

    def estimated(figure: Callable[[np.ndarray], np.ndarray]) -> Interval:
        return intervals.of_draws(float(figure(paid)), figure(drawn))

    def cost_of(name: str) -> Callable[[np.ndarray], np.ndarray]:
        return lambda spent: PER * _COSTS[name](spent) / rows

    def saved(name: str) -> Callable[[np.ndarray], np.ndarray]:
        return lambda spent: PER * (_COSTS[name](spent) - _COSTS["decision"](spent)) / rows

    return Told(
        _counts(counted.sum(axis=2)),
        estimated(cost_of("decision")),
        {name: estimated(cost_of(name)) for name in OTHERS},
        {name: estimated(saved(name)) for name in OTHERS},
        _counts(counted.sum(axis=1)),
    )


# What is paid of each kind of rows: by class (positive first), and whether the decision acts on it, and one half does.
_COSTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "decision": lambda spent: spent[..., 0, 0, :].sum(axis=-1) + spent[..., 1, 1, :].sum(axis=-1),
    "half": lambda spent: spent[..., 0, :, 0].sum(axis=-1) + spent[..., 1, :, 1].sum(axis=-1),
    "all": lambda spent: spent[..., 1, :, :].sum(axis=(-1, -2)),
    "none": lambda spent: spent[..., 0, :, :].sum(axis=(-1, -2)),
}


def _kinds(table: ScoreTable, threshold: float, amounts: Amounts) -> np.ndarray:
    """Return what `by_kind` does, by class and by whether either threshold acts on the rows."""
    kind = 2 * (table.score >= threshold) + (table.score >= HALF)
    return by_kind(table, kind, 4, amounts).reshape(3, 2, 2, 2)


def by_kind(table: ScoreTable, kind: np.ndarray, kinds: int, amounts: Amounts) -> np.ndarray:
    """Return how many rows there are, what they cost if they are errors, and the squares of that: (3, 2, kinds).

    `kind` is the one of each bin, from 0. The classes are positive first.
    """
    found = []
    for factor, rows, amount in (
        (amounts.miss, table.positives, table.missed),
        (amounts.false_alarm, table.negatives, table.alarmed),
    ):
        paid = (amount.total, amount.squares) if amount else (rows, rows)
        sums = rows, factor * paid[0], factor**2 * paid[1]
        found.append([np.bincount(kind, each, kinds) for each in sums])
    return np.array(found).swapaxes(0, 1)


def spent(drawn: np.ndarray, rows: np.ndarray, paid: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Return what rows that were drawn again cost, by kind."""
    mean = np.divide(paid, rows, out=np.zeros_like(paid), where=rows > 0)
    spread = np.divide(squares, rows, out=np.zeros_like(paid), where=rows > 0) - mean**2
    varies = spread > 1e-9 * mean**2
    each = np.divide(spread, mean, out=np.ones_like(paid), where=varies)
    shape = drawn * np.divide(mean, each, out=np.zeros_like(paid), where=varies)
    chance = np.random.default_rng(intervals.SEED)
    return np.where(varies, chance.gamma(shape) * each, drawn * mean)


def _counts(kinds: np.ndarray) -> Counts:
    """Return counts by class (positive first) and by whether rows are acted on."""
    (misses, hits), (passed, alarms) = kinds.astype(int).tolist()
    return Counts(hits, alarms, misses, passed)


def _below(counted: np.ndarray) -> np.ndarray:
    """Return how many are below each score, and below none of them."""
    return np.concatenate([[0], np.cumsum(counted)])


def _most(table: ScoreTable, capacity: Capacity) -> int:
    """Return the whole number of rows that `capacity` allows of the rows of `table`."""
    return math.floor(capacity.share * table.rows + 1e-9)


def _between(low: float, high: float) -> float:
    """Return the shortest decimal above `low` and at most `high`, at most 1 where `low` is below it."""
    high = min(high, 1.0) if low < 1 else 2.0
    for digits in range(18):
        step = 10.0**-digits
        shortest = round(math.floor(high / step + 1e-9) * step, digits)
        if low < shortest <= high:
            return shortest
    return high
