"""Why one row has its prediction, in a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.judging.dependence import Dependence
from core.language import listed, mark, tr, trn
from core.numbers import count, integer, number, share, signed

NAMED = 3  # columns that a sentence names at most
ENOUGH = 0.7  # of what goes the row's way: more columns are named until they hold so much of it

ENOUGH_ROWS = 10  # of a value: of fewer the sentence on a column does not speak

# The parts of a date that are features, as the contract names them.
PARTS = {
    "year": (mark("year"), mark("year of {column}")),
    "month": (mark("month"), mark("month of {column}")),
    "day": (mark("day"), mark("day of {column}")),
    "weekday": (mark("weekday"), mark("weekday of {column}")),
    "hour": (mark("hour"), mark("hour of {column}")),
    "minute": (mark("minute"), mark("minute of {column}")),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A prediction with what leads to it: `base` + the sum of `added` is `prediction`.

    `of` is the class whose probability all of it is; empty of a number. `cells` is what stands in the row, and `usual`
    the median of the columns of numbers, where they are known: {column: ...}.
    """

    label: str
    of: str
    base: float
    prediction: float
    added: Mapping[str, float]
    cells: Mapping[str, str] = field(default_factory=dict[str, str])
    usual: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True, slots=True)
class Answer:
    """What is added to: a number, or the probability of the class `of` in points."""

    label: str
    of: str = ""

    @property
    def is_class(self) -> bool:
        return bool(self.of)


def adds_words(found: Dependence, answer: Answer) -> str:
    """Return what a column adds at most and at least by its values, by the medians of values with enough rows."""
    bins = [*found.bins, *([found.blank] if found.blank else [])]
    bins = [each for each in bins if each.rows >= ENOUGH_ROWS] or bins
    least, most = min(bins, key=lambda each: each.median), max(bins, key=lambda each: each.median)
    what = part_words(found.column, found.part) if found.part else found.column
    to = f"{answer.label} = {answer.of}" if answer.of else answer.label
    if least.median == most.median:
        return tr(
            "Whatever {what} is, it moves {target} by {added}.",
            what=what,
            target=to,
            added=_added(most.median, answer),
        )
    return tr(
        "By {what}, {target} moves by {least} ({least_at}, {least_rows}) to {most} ({most_at}, {most_rows}).",
        what=what,
        target=to,
        least=_added(least.median, answer),
        least_at=least.name,
        least_rows=count(least.rows, "row", "rows"),
        most=_added(most.median, answer),
        most_at=most.name,
        most_rows=count(most.rows, "row", "rows"),
    )


def part_words(column: str, part: str) -> str:
    """Return what a part of a date is called with its column: `hour of dep_time`."""
    return tr(PARTS[part][1], column=column)


def part_name(part: str) -> str:
    """Return what a part of a date is called; "" of what has no parts."""
    return tr(PARTS[part][0]) if part else ""


def _added(value: float, answer: Answer) -> str:
    if not answer.of:
        return f"{'+' if value > 0 else ''}{number(value, 3)}"
    return tr("{points} points", points=signed(100 * value, 1))


def sentence(reason: Reason) -> str:
    """Return it as a sentence: where every row starts, which columns move this one and how far, and where it ends."""
    subject = f"{reason.label} = {reason.of}" if reason.of else reason.label
    named = _named(reason)
    start, end = _level(reason, reason.base), _level(reason, reason.prediction)
    if not named:
        return tr(
            "{subject}: no column moves it from {start}, where every row starts.",
            subject=subject,
            start=start,
        )
    step = sum(reason.added[column] for column in named)
    reached = reason.base + step
    cells = [cell_words(reason, column) for column in named]
    if reason.of and not 0 <= reached <= 1:  # others take it back
        first = _by_points(cells, 100 * step, start)
    else:
        first = _from_to(cells, step, start, _level(reason, reached))
    rest = reason.prediction - reached
    others = [column for column in reason.added if column not in named]
    if not others or abs(rest) < _least_shown(reason):
        return tr("{subject}: {first}.", subject=subject, first=first)
    most = max(others, key=lambda column: reason.added[column] * rest)
    return tr(
        "{subject}: {first}; {then}.",
        subject=subject,
        first=first,
        then=_to([cell_words(reason, most)], len(others) - 1, rest, end),
    )


def _named(reason: Reason) -> list[str]:
    """Return the columns that do most of what goes the row's way."""
    way = reason.prediction - reason.base
    along = {column: abs(added) for column, added in reason.added.items() if added * way > 0}
    named: list[str] = []
    for column in sorted(along, key=lambda name: -along[name])[:NAMED]:
        named.append(column)
        if sum(along[name] for name in named) >= ENOUGH * sum(along.values()):
            break
    return named


def _by_points(cells: list[str], points: float, start: str) -> str:
    """Return who moves it and by how much, as a clause."""
    facts = {"cells": listed(cells), "points": number(abs(points), 3), "start": start}
    if points > 0:
        return trn(
            "{cells} raises it by {points} points from {start}",
            "{cells} raise it by {points} points from {start}",
            len(cells),
            **facts,
        )
    return trn(
        "{cells} lowers it by {points} points from {start}",
        "{cells} lower it by {points} points from {start}",
        len(cells),
        **facts,
    )


def _from_to(cells: list[str], by: float, start: str, end: str) -> str:
    """Return who moves it, from where and to where, as a clause."""
    facts = {"cells": listed(cells), "start": start, "end": end}
    if by > 0:
        return trn(
            "{cells} raises it from {start} to {end}",
            "{cells} raise it from {start} to {end}",
            len(cells),
            **facts,
        )
    return trn(
        "{cells} lowers it from {start} to {end}",
        "{cells} lower it from {start} to {end}",
        len(cells),
        **facts,
    )


def _to(cells: list[str], others: int, by: float, end: str) -> str:
    """Return who moves it on, with so many other columns, and to where, as a clause."""
    if others:
        cells = [
            *cells, trn("one other column", "{number} other columns", others, number=integer(others))
        ]  # fmt: skip
    facts = {"cells": listed(cells), "end": end}
    if by > 0:
        return trn("{cells} raises it to {end}", "{cells} raise it to {end}", len(cells), **facts)
    return trn("{cells} lowers it to {end}", "{cells} lower it to {end}", len(cells), **facts)


def _level(reason: Reason, value: float) -> str:
    return share(min(max(value, 0.0), 1.0)) if reason.of else number(value, 4)


def _least_shown(reason: Reason) -> float:
    return 0.0005 if reason.of else abs(reason.prediction) * 1e-4


def cell_words(reason: Reason, column: str) -> str:
    """Return a column with what stands in its cell, of a number also how far it is from the median."""
    if column not in reason.cells:
        return column
    cell = reason.cells[column]
    if not cell:
        return tr("blank {column}", column=column)
    if column in reason.usual:
        try:
            more = float(cell) - reason.usual[column]
        except ValueError:  # written otherwise than plainly
            return f"{column} {cell}"
        facts = {"column": column, "cell": cell, "away": number(abs(more), 3)}
        if more > 0:
            return tr("{column} {cell} ({away} above the median)", **facts)
        if more < 0:
            return tr("{column} {cell} ({away} below the median)", **facts)
        return tr("{column} {cell} (the median)", **facts)
    return f"{column} {cell}"
