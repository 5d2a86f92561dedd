"""A decision in words, the same on every face."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.judging.decision import Amounts
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.referral import Referral
from core.numbers import count, number


def percent(probability: float) -> str:
    """Return a probability as percent, in digits that tell a threshold."""
    return f"{number(100 * probability, 3)}%"


def rule(decision: Decision, positive: str) -> str:
    """Return from where on a row is acted on, and why, as a sentence."""
    start = f"Decided: {positive} from a probability of {percent(decision.shown_threshold)} on"
    if decision.calibration:
        start += f" ({percent(decision.threshold)} before calibration)"
    reason = "as given"
    if decision.chosen_by == "cost":
        reason = f"as {amounts(decision)}"
    elif decision.chosen_by == "capacity" and decision.capacity:
        limit = decision.capacity
        reason = f"as {number(limit.rows)} of {number(limit.of)} rows can be acted on"
    return " ".join(filter(None, (f"{start}, {reason}.", asks(decision))))


def asks(decision: Decision) -> str:
    """Return which rows are left to a person, as a sentence; "" where none are."""
    referral, when = decision.referral, list[str]()
    if referral is None:
        return ""
    if referral.low is not None and referral.high is not None:
        band = f"the probability is from {percent(decision.shown(referral.low))}"
        band += f" to {percent(decision.shown(referral.high))}"
        if decision.calibration:
            band += f" ({percent(referral.low)} to {percent(referral.high)} before calibration)"
        when.append(band)
    if referral.unseen:
        when.append("a value never occurred in training")
    if referral.out_of_range:
        when.append("a value is outside the training range")
    return f"A person is asked where {' or '.join(when)}."


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


def utc(time: datetime) -> str:
    """Return a time for a file or a terminal, which say whose clock it is by."""
    return f"{time:%Y-%m-%d %H:%M} UTC"


def signed(decision: Decision, clock: Callable[[datetime], str] = utc) -> str:
    """Return who decided and when by `clock`, in a few words."""
    when = f", {clock(decision.at)}" if decision.at else ""
    return f"{decision.by or 'somebody'}{when}"


def rows(out_of_fold: int) -> str:
    """Return which rows tell what a decision costs, in a few words."""
    return f"{count(out_of_fold, 'row', 'rows')} out of fold" if out_of_fold else "the test split"


def costs(decision: Decision) -> str:
    """Return what a decision costs on the rows that tell it, against the others, as a sentence."""
    return " ".join(filter(None, (_costs(decision), asked(decision))))


def asked(decision: Decision) -> str:
    """Return how many rows are left to a person and what the others cost, as a sentence; "" where none are."""
    referral = decision.referral
    if referral is None:
        return ""
    if referral.asked is None or referral.cost is None:
        return (
            "How many rows a person is asked about is not known: the rows of the test split are not here as they stood"
            " in the file."
        )
    instead = number(decision.cost_per_1000.value, 3)
    start = f"Of 1,000 rows a person is asked about {_range(referral.asked)}"
    if decision.amounts == Amounts():
        return f"{start}; of the others {_range(referral.cost)} are decided wrongly, instead of {instead}."
    worth = "" if referral.asked.value <= 0 else _worth(decision.cost_per_1000.value, referral)
    return f"{start}; the errors of the others cost {_range(referral.cost)}, instead of {instead}{worth}."


def _worth(cost: float, referral: Referral) -> str:
    """Return up to what it may cost to ask, as a clause."""
    assert referral.asked and referral.cost
    saved = (cost - referral.cost.value) / referral.asked.value
    return f": asking pays where it costs less than {number(saved, 3)} a row" if saved > 0 else ""


def _costs(decision: Decision) -> str:
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
