"""Why one row has its prediction, in a sentence with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.judging.dependence import Dependence
from core.numbers import count, integer, number, share

NAMED = 3  # columns that a sentence names at most
ENOUGH = 0.7  # of what goes the row's way: more columns are named until they hold so much of it

ENOUGH_ROWS = 10  # of a value: of fewer the sentence on a column does not speak


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
    what = f"{found.part} of {found.column}" if found.part else found.column
    to = f"{answer.label} = {answer.of}" if answer.of else answer.label
    if least.median == most.median:
        return f"Whatever {what} is, it moves {to} by {_added(most.median, answer)}."
    return (
        f"By {what}, {to} moves by {_added(least.median, answer)} ({least.name}, {count(least.rows, 'row', 'rows')})"
        f" to {_added(most.median, answer)} ({most.name}, {count(most.rows, 'row', 'rows')})."
    )


def _added(value: float, answer: Answer) -> str:
    if not answer.of:
        return f"{'+' if value > 0 else ''}{number(value, 3)}"
    return f"{100 * value:+.1f} points"


def sentence(reason: Reason) -> str:
    """Return it as a sentence: where every row starts, which columns move this one and how far, and where it ends."""
    subject = f"{reason.label} = {reason.of}" if reason.of else reason.label
    named = _named(reason)
    start, end = _level(reason, reason.base), _level(reason, reason.prediction)
    if not named:
        return f"{subject}: no column moves it from {start}, where every row starts."
    step = sum(reason.added[column] for column in named)
    moved = _moved([cell_words(reason, column) for column in named], 0, step)
    reached = reason.base + step
    if reason.of and not 0 <= reached <= 1:  # others take it back
        first = f"{subject}: {moved} it by {number(abs(100 * step), 3)} points from {start}"
    else:
        first = f"{subject}: {moved} it from {start} to {_level(reason, reached)}"
    rest = reason.prediction - reached
    others = [column for column in reason.added if column not in named]
    if not others or abs(rest) < _least_shown(reason):
        return f"{first}."
    most = max(others, key=lambda column: reason.added[column] * rest)
    return f"{first}; {_moved([cell_words(reason, most)], len(others) - 1, rest)} it to {end}."


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


def _moved(names: list[str], others: int, by: float) -> str:
    """Return who raises or lowers, with the verb."""
    if others:
        names = [*names, "one other column" if others == 1 else f"{integer(others)} other columns"]
    if len(names) == 1:
        return f"{names[0]} {'raises' if by > 0 else 'lowers'}"
    return f"{', '.join(names[:-1])} and {names[-1]} {'raise' if by > 0 else 'lower'}"


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
        return f"blank {column}"
    if column in reason.usual:
        try:
            more = float(cell) - reason.usual[column]
        except ValueError:  # written otherwise than plainly
            return f"{column} {cell}"
        side = "above" if more > 0 else "below"
        away = f"{number(abs(more), 3)} {side} the median" if more else "the median"
        return f"{column} {cell} ({away})"
    return f"{column} {cell}"
