"""Which rows a decision leaves to a person, and what the errors of the others cost then.

The reject option of C. Chow, IEEE Transactions on Information Theory 16 (1970): rows whose probability is near the
threshold are the ones decided wrongly most often. Rows may be left by what is odd about them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from core.judging import decision, intervals
from core.judging.decision import DRAWS, PER, Amounts
from core.judging.intervals import Interval
from core.judging.score_table import ScoreTable
from core.language import mark

if TYPE_CHECKING:
    from core.encoding.encoded_rows import OddRows

ASK = mark("ask a person")  # what is decided of a row that is left to one
_ASKED, _NOT, _ACTED_ON = range(3)  # kinds of rows


@dataclass(frozen=True, slots=True)
class Referral:
    """When a person is asked: in a band of the model's own scores, both ends in it, and of rows that are odd.

    What is told of it, None where nobody could count: of 1,000 rows how many are `asked`, and what the errors of the
    others cost, on `rows` rows.
    """

    low: float | None = None
    high: float | None = None
    unseen: bool = False  # a category that never occurred in training
    out_of_range: bool = False  # a number beyond its range in training
    asked: Interval | None = None
    cost: Interval | None = None
    rows: int = 0

    @property
    def by_flags(self) -> bool:
        """Return whether rows are left to a person by what is odd about them."""
        return self.unseen or self.out_of_range

    def near(self, score: np.ndarray) -> np.ndarray:
        """Return which scores are in the band."""
        if self.low is None or self.high is None:
            return np.zeros(len(score), bool)
        return (score >= self.low) & (score <= self.high)

    def flagged(self, odd: OddRows) -> np.ndarray:
        """Return which rows are odd in a way that is left to a person."""
        return (odd.unseen & self.unseen) | (odd.out_of_range & self.out_of_range)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows by their score, the threshold that decides them, and whether all of them are left to a person."""

    table: ScoreTable
    threshold: float
    flagged: bool = False


def tell(referral: Referral, parts: Sequence[Part], amounts: Amounts) -> Referral:
    """Return `referral` with what it makes of rows, and 95% intervals: Wilson's of a share, a bootstrap's of costs."""
    counted, paid, squares = np.sum([_kinds(referral, part, amounts) for part in parts], axis=0)
    rows = int(counted.sum())
    drawn = decision.spent(intervals.redraw(counted, DRAWS), counted, paid, squares)
    share = intervals.share(float(counted[:, _ASKED].sum()), rows)
    ends = (None if end is None else PER * end for end in (share.low, share.high))
    cost = intervals.of_draws(float(_cost(paid, rows)), _cost(drawn, rows))
    return replace(referral, asked=Interval(PER * share.value, *ends), cost=cost, rows=rows)


def _kinds(referral: Referral, part: Part, amounts: Amounts) -> np.ndarray:
    table = part.table
    asked = referral.near(table.score) | part.flagged
    kind = np.where(asked, _ASKED, np.where(table.score >= part.threshold, _ACTED_ON, _NOT))
    return decision.by_kind(table, kind, 3, amounts)


def _cost(spent: np.ndarray, rows: int) -> np.ndarray:
    """Return what errors cost per 1,000 rows, of what is spent by class (positive first) and by kind."""
    return PER * (spent[..., 0, _NOT] + spent[..., 1, _ACTED_ON]) / max(rows, 1)
