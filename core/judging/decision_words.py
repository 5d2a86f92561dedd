"""A decision in words, the same on every face."""

from __future__ import annotations

from core.judging.decision import Amounts
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.numbers import count, number


def percent(probability: float) -> str:
    """Return a probability as percent, in digits that tell a threshold."""
    return f"{number(100 * probability, 3)}%"


def rule(decision: Decision, positive: str) -> str:
    """Return from where on a row is acted on, and why, as a sentence."""
    start = f"Decided: {positive} from a probability of {percent(decision.shown_threshold)} on"
    if decision.calibration:
        start += f" ({percent(decision.threshold)} before calibration)"
    if decision.chosen_by == "cost":
        return f"{start}, as {amounts(decision)}."
    if decision.chosen_by == "capacity" and decision.capacity:
        limit = decision.capacity
        return f"{start}, as {number(limit.rows)} of {number(limit.of)} rows can be acted on."
    return f"{start}, as given."


def amounts(decision: Decision) -> str:
    """Return what errors cost, as a clause."""
    given = decision.amounts
    miss, alarm = _amount(given.miss, given.miss_column), _amount(given.false_alarm, given.false_alarm_column)
    return f"a miss costs {miss} and a false alarm {alarm}"


def _amount(factor: float, column: str) -> str:
    """Return an amount, which may be what stands in a column of the row, in a few words."""
    if not column:
        return number(factor)
    return f"the row's {column}" if factor == 1 else f"{number(factor)} times the row's {column}"


def signed(decision: Decision) -> str:
    """Return who decided and when, in a few words."""
    when = f", {decision.at:%Y-%m-%d %H:%M} UTC" if decision.at else ""
    return f"{decision.by or 'somebody'}{when}"


def rows(out_of_fold: int) -> str:
    """Return which rows tell what a decision costs, in a few words."""
    return f"{count(out_of_fold, 'row')} out of fold" if out_of_fold else "the test split"


def costs(decision: Decision) -> str:
    """Return what a decision costs on the rows that tell it, against the others, as a sentence."""
    others = {name: number(interval.value, 3) for name, interval in decision.against.items()}
    if decision.amounts == Amounts():
        return (
            f"On {rows(decision.out_of_fold)} {_range(decision.cost_per_1000)} of 1,000 rows are decided wrongly;"
            f" to act on all it would be {others['all']}, on none {others['none']}, from 50% on {others['half']}."
        )
    where = "" if decision.chosen_by == "cost" else f", where {amounts(decision)}"
    return (
        f"On {rows(decision.out_of_fold)} it costs {_range(decision.cost_per_1000)} per 1,000 rows{where};"
        f" to act on all costs {others['all']}, on none {others['none']}, from 50% on {others['half']}."
    )


def _range(interval: Interval) -> str:
    low, high = interval.low, interval.high
    text = number(interval.value, 3)
    return text if low is None or high is None else f"{text} ({number(low, 3)} to {number(high, 3)})"
