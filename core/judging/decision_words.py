"""A decision in words, the same on every face."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from core.judging.decision import PER, Amounts
from core.judging.decision_file import Decision
from core.judging.intervals import Interval
from core.judging.referral import Referral
from core.language import either, joined, tr
from core.numbers import count, integer, number
from core.numbers import percent as share


def percent(probability: float) -> str:
    """Return a probability as percent, in digits that tell a threshold."""
    figures = Decimal(f"{100 * probability:.3g}").normalize().as_tuple()
    return share(probability, max(0, -int(figures.exponent)))


def rule(decision: Decision, positive: str) -> str:
    """Return from where on a row is acted on, and why, as a sentence."""
    start = _start(decision, positive)
    limit = decision.capacity
    if decision.chosen_by == "cost":
        told = tr("{start}, as {amounts}.", start=start, amounts=amounts(decision))
    elif decision.chosen_by == "capacity" and limit:
        told = tr(
            "{start}, as {rows} of {of} rows can be acted on.",
            start=start,
            rows=number(limit.rows),
            of=number(limit.of),
        )
    else:
        told = tr("{start}, as given.", start=start)
    return joined([told, asks(decision)])


def _start(decision: Decision, positive: str) -> str:
    """Return from where on a row is acted on, as a clause."""
    if not decision.calibration:
        return tr(
            "Decided: {positive} from a probability of {threshold} on",
            positive=positive,
            threshold=percent(decision.shown_threshold),
        )
    return tr(
        "Decided: {positive} from a probability of {threshold} on ({before} before calibration)",
        positive=positive,
        threshold=percent(decision.shown_threshold),
        before=percent(decision.threshold),
    )


def asks(decision: Decision) -> str:
    """Return which rows are left to a person, as a sentence; "" where none are."""
    referral, when = decision.referral, list[str]()
    if referral is None:
        return ""
    if referral.low is not None and referral.high is not None:
        shown = {"low": percent(decision.shown(referral.low)), "high": percent(decision.shown(referral.high))}
        if decision.calibration:
            when.append(
                tr(
                    "the probability is from {low} to {high} ({low_before} to {high_before} before calibration)",
                    **shown,
                    low_before=percent(referral.low),
                    high_before=percent(referral.high),
                )
            )
        else:
            when.append(tr("the probability is from {low} to {high}", **shown))
    if referral.unseen:
        when.append(tr("a value never occurred in training"))
    if referral.out_of_range:
        when.append(tr("a value is outside the training range"))
    return tr("A person is asked where {clauses}.", clauses=either(when))


def amounts(decision: Decision) -> str:
    """Return what errors cost, as a clause."""
    given = decision.amounts
    return tr(
        "a miss costs {miss} and a false alarm {false_alarm}",
        miss=_amount(given.miss, given.miss_column),
        false_alarm=_amount(given.false_alarm, given.false_alarm_column),
    )


def _amount(factor: float, column: str) -> str:
    """Return an amount, which may be what stands in a column of the row, in a few words."""
    if not column:
        return number(factor)
    if factor == 1:
        return tr("the row's {column}", column=column)
    return tr("{factor} times the row's {column}", factor=number(factor), column=column)


def utc(time: datetime) -> str:
    """Return a time for a file or a terminal, which say whose clock it is by."""
    return f"{time:%Y-%m-%d %H:%M} UTC"


def signed(decision: Decision, clock: Callable[[datetime], str] = utc) -> str:
    """Return who decided and when by `clock`, in a few words."""
    who = decision.by or tr("somebody")
    return f"{who}, {clock(decision.at)}" if decision.at else who


def rows(out_of_fold: int) -> str:
    """Return which rows tell what a decision costs, in a few words."""
    if not out_of_fold:
        return tr("the test split")
    return tr("{rows} out of fold", rows=count(out_of_fold, "row", "rows"))


def costs(decision: Decision) -> str:
    """Return what a decision costs on the rows that tell it, against the others, as a sentence."""
    return joined([_costs(decision), asked(decision)])


def asked(decision: Decision) -> str:
    """Return how many rows are left to a person and what the others cost, as a sentence; "" where none are."""
    referral = decision.referral
    if referral is None:
        return ""
    if referral.asked is None or referral.cost is None:
        return tr(
            "How many rows a person is asked about is not known: the rows of the test split are not here as they stood"
            " in the file."
        )
    facts = {
        "of": integer(PER),
        "asked": _range(referral.asked),
        "cost": _range(referral.cost),
        "instead": number(decision.cost_per_1000.value, 3),
    }
    if decision.amounts == Amounts():
        return tr(
            "Of {of} rows a person is asked about {asked}; of the others {cost} are decided wrongly, instead of"
            " {instead}.",
            **facts,
        )
    worth = _worth(decision.cost_per_1000.value, referral)
    if worth <= 0:
        return tr(
            "Of {of} rows a person is asked about {asked}; the errors of the others cost {cost}, instead of {instead}.",
            **facts,
        )
    return tr(
        "Of {of} rows a person is asked about {asked}; the errors of the others cost {cost}, instead of {instead}:"
        " asking pays where it costs less than {worth} a row.",
        **facts,
        worth=number(worth, 3),
    )


def _worth(cost: float, referral: Referral) -> float:
    """Return up to what it may cost to ask about a row."""
    assert referral.asked and referral.cost
    return (cost - referral.cost.value) / referral.asked.value if referral.asked.value > 0 else 0.0


def _costs(decision: Decision) -> str:
    facts = {
        "rows": rows(decision.out_of_fold),
        "cost": _range(decision.cost_per_1000),
        "of": integer(PER),
        **{name: number(interval.value, 3) for name, interval in decision.against.items()},
    }
    if decision.amounts == Amounts():
        return tr(
            "On {rows} {cost} of {of} rows are decided wrongly; to act on all it would be {all}, on none {none}, from"
            " 50% on {half}.",
            **facts,
        )
    if decision.chosen_by == "cost":
        return tr(
            "On {rows} it costs {cost} per {of} rows; to act on all costs {all}, on none {none}, from 50% on {half}.",
            **facts,
        )
    return tr(
        "On {rows} it costs {cost} per {of} rows, where {amounts}; to act on all costs {all}, on none {none}, from 50%"
        " on {half}.",
        **facts,
        amounts=amounts(decision),
    )


def _range(interval: Interval) -> str:
    low, high = interval.low, interval.high
    text = number(interval.value, 3)
    if low is None or high is None:
        return text
    return tr("{value} ({low} to {high})", value=text, low=number(low, 3), high=number(high, 3))
