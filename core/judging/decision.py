"""From a probability to a decision: the threshold at and above which a row is acted on, and what it costs.

It is chosen on the validation split, by what errors cost or by how many rows can be acted on, and its cost is told on
the test split. Its cost needs no calibrated probabilities: only the order of the scores counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
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
    """What an error costs: a row of the positive class that is missed, and one of the other that is acted on."""

    miss: float = 1.0
    false_alarm: float = 1.0

    @property
    def indifferent(self) -> float:
        """Return the true probability at which acting and not acting cost the same."""
        return self.false_alarm / (self.false_alarm + self.miss)


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

    def cost(self, amounts: Amounts) -> float:
        """Return what their errors cost per 1,000 rows."""
        total = amounts.miss * self.misses + amounts.false_alarm * self.false_alarms
        return PER * total / max(self.rows, 1)


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
    at = curve(table, thresholds)
    total = amounts.miss * at["misses"] + amounts.false_alarm * at["false_alarms"]
    return PER * total / max(table.rows, 1)


def cheapest(table: ScoreTable, amounts: Amounts, capacity: Capacity | None = None) -> float:
    """Return the threshold of least cost, of those that act on no more rows than `capacity` allows.

    Of those that cost the same it is the nearest to what the amounts say of a true probability.
    """
    tried = THRESHOLDS
    if capacity:
        tried = np.append(tried, filling(table, capacity))
        at = curve(table, tried)
        tried = tried[at["hits"] + at["false_alarms"] <= _most(table, capacity)]
    cost = costs(table, tried, amounts)
    least = tried[np.isclose(cost, cost.min(), rtol=1e-12, atol=0)]
    return float(least[np.abs(least - amounts.indifferent).argmin()])


def filling(table: ScoreTable, capacity: Capacity) -> float:
    """Return the threshold that acts on as many rows of `table` as `capacity` allows, and on no more."""
    at_or_above = np.cumsum((table.positives + table.negatives)[::-1])[::-1]
    inside = np.flatnonzero(at_or_above <= _most(table, capacity))
    if not len(inside):
        return _between(float(table.score[-1]), math.inf)
    first = int(inside[0])
    return _between(float(table.score[first - 1]), float(table.score[first])) if first else 0.0


def tell(table: ScoreTable, threshold: float, amounts: Amounts) -> Told:
    """Return what `threshold` costs on the rows of `table`.

    The intervals are of a bootstrap over the rows. A row counts by its class and by which of the two thresholds it
    is above, this one and one half, so that to draw the rows again is to draw six numbers.
    """
    parts = np.searchsorted(table.score, sorted((threshold, HALF)), "left")
    cells = np.array(
        [[part.sum() for part in np.split(values, parts)] for values in (table.positives, table.negatives)]
    )
    # The first of the three parts that each of them acts on.
    first = {"decision": 1, "half": 2} if threshold <= HALF else {"decision": 2, "half": 1}
    first |= {"all": 0, "none": 3}

    def cost(drawn: np.ndarray, name: str) -> np.ndarray:
        missed = drawn[..., 0, : first[name]].sum(axis=-1)
        alarms = drawn[..., 1, first[name] :].sum(axis=-1)
        return PER * (amounts.miss * missed + amounts.false_alarm * alarms) / max(table.rows, 1)

    def estimated(figure: Callable[[np.ndarray], np.ndarray]) -> Interval:
        return intervals.bootstrap(cells, figure, float(figure(cells)), DRAWS)

    return Told(
        counts(table, threshold),
        estimated(lambda drawn: cost(drawn, "decision")),
        {name: estimated(lambda drawn, name=name: cost(drawn, name)) for name in OTHERS},
        {
            name: estimated(lambda drawn, name=name: cost(drawn, name) - cost(drawn, "decision"))
            for name in OTHERS
        },
        counts(table, HALF),
    )


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
