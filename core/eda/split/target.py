"""What is predicted: the problem, the classes with their codes, and which class is the positive one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from core.eda.profile.column_stats import ColumnStats
from core.eda.split.positive import positive_of
from core.encoding.contract import Column, Label, Problem
from core.errors import BadPositive, BadTarget, BlankClass, RareClass
from core.language import joined, tr
from core.numbers import count, integer

MAX_CLASSES = 100
MAX_AUTO_CLASSES = 20
MIN_CLASS_ROWS = 3  # one for each split
_ACCENTS = {0x300: None, 0x301: None}  # which people leave out; a tilde makes another letter
Counts = list[tuple[object, int]]  # (class value, rows), the most frequent first


def class_text(value: object) -> str:
    """Return a class as a person writes it: 1 rather than 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def is_number(column: Column) -> bool:
    """Return whether the cells are numbers (an identifier can be: as a target it is a number like others)."""
    return column.kind == "numeric" or column.type in ("BIGINT", "DOUBLE")


def check_column(column: Column, stats: ColumnStats, words: Mapping[str, int]) -> None:
    """Refuse a column that nothing can be learned of; `words` are those of its cells that were taken for blank.

    Raises BadTarget, BlankClass.
    """
    if stats["distinct"] < 2:
        reason = tr("It has the same value in every row, so there is nothing to learn.")
        if stats["distinct"] == 0:
            reason = tr("It is blank in every row.")
        if words:
            told = joined(
                [
                    tr("'{word}' in {rows}", word=word, rows=count(cells, "row", "rows"))
                    for word, cells in words.items()
                ],
                ", ",
            )
            raise BlankClass(column=column.name, reason=reason, words=told)
        raise BadTarget(column=column.name, reason=reason)
    if column.kind == "datetime":
        reason = tr("It holds dates; derive a number or a class from them first.")
        raise BadTarget(column=column.name, reason=reason)


def written_apart(words: Iterable[object]) -> list[list[str]]:
    """Return those of `words` that differ in case, blanks, an acute or grave accent or a dot at the end only."""
    alike: dict[str, list[str]] = {}
    for word in map(str, words):
        letters = unicodedata.normalize("NFKD", word.casefold()).translate(_ACCENTS)
        alike.setdefault(" ".join(letters.rstrip(" .").split()), []).append(word)
    return [several for several in alike.values() if len(several) > 1]


def problem_of(column: Column, distinct: int, counts: Counts, requested: str) -> Problem:
    """Return the problem that is `requested`, for "auto" the likely one.

    `counts` are those of its first values, empty where it can be no class.
    Raises BadTarget when the column cannot be what is `requested`.
    """

    def refuse(reason: str) -> BadTarget:
        return BadTarget(column=column.name, reason=reason)

    number = is_number(column)
    if 0 < len(counts) <= MAX_CLASSES:
        distinct = len(counts)  # without the spaces around them, they can be fewer
    classes = "multiclass" if not number or _few_whole(counts) else "regression"
    likely: Problem = "binary" if distinct == 2 else classes
    problem = requested if requested in ("binary", "multiclass", "regression") else likely
    if problem != "regression" and distinct == 1:
        raise refuse(tr("It has the same value in every row, so there is nothing to learn."))
    if problem == "binary" and distinct != 2:
        raise refuse(
            tr("It has {distinct} distinct values; a binary problem has two.", distinct=integer(distinct))
        )
    if problem == "multiclass" and distinct > MAX_CLASSES:
        raise refuse(
            tr(
                "It has {distinct} distinct values; at most {most} classes can be told apart.",
                distinct=integer(distinct),
                most=MAX_CLASSES,
            )
        )
    if problem == "regression" and not number:
        raise refuse(tr("It holds text; regression predicts a number."))
    return problem


def _few_whole(counts: Counts) -> bool:
    """Return whether numbers are classes: 0, 1, 2, written 0.0, 1.0, 2.0 where some program had a blank among them."""
    return 0 < len(counts) <= MAX_AUTO_CLASSES and all(
        isinstance(value, int | float) and float(value).is_integer() for value, _ in counts
    )


def label_of(column: Column, problem: Problem, counts: Counts, positive: str | None = None) -> Label:
    """Return the label of classes that have so many rows; `positive` is the one that was requested.

    Raises RareClass for one with fewer rows than splits, BadPositive where `positive` is none of two.
    """
    name, number = column.name, is_number(column)
    rows = {class_text(value): count for value, count in counts} if problem != "regression" else {}
    if rare := [
        tr("'{name}' has {rows}", name=text, rows=cells)
        for text, cells in rows.items()
        if cells < MIN_CLASS_ROWS
    ]:
        reason = tr(
            "Each class needs at least {least} rows, one for each split, but {rare}.",
            least=MIN_CLASS_ROWS,
            rare=joined(rare[:5], ", "),
        )
        for same in written_apart(rows)[:3]:
            several = tr("One class may be written in several ways: {names}.", names=", ".join(same))
            reason = joined([reason, several])
        raise RareClass(column=name, reason=reason)
    if positive is not None and problem != "binary":
        reason = tr(
            "'{positive}' is to be its positive class, but its problem is {problem}: {classes}.",
            positive=positive,
            problem=problem,
            classes=_listed(rows),
        )
        raise BadPositive(column=name, reason=reason)
    requested = _like(positive, rows, number)
    if positive is not None and requested is None:
        raise BadPositive(
            column=name,
            reason=tr(
                "There is no class '{positive}' to be positive: {classes}.",
                positive=positive,
                classes=_listed(rows),
            ),
        )
    if problem == "regression":
        return Label(name=name, problem=problem, rule=tr("the number itself"), format=column.format)
    if problem == "binary":
        (negative, positive), rule = _binary(rows, requested)
        return Label(name, problem, (negative, positive), number, positive, rule, column.format)
    ordered = sorted(rows, key=float) if number else sorted(rows)
    rule = tr("codes follow the numbers") if number else tr("codes follow the alphabet")
    return Label(name, problem, tuple(ordered), number, rule=rule, format=column.format)


def _listed(classes: dict[str, int]) -> str:
    return (
        tr("it has the classes {names}", names=", ".join(list(classes)[:20]))
        if classes
        else tr("it has no classes")
    )


def _like(requested: str | None, classes: dict[str, int], number: bool) -> str | None:
    """Return the class that `requested` names: 1.0 is 1 where classes are numbers."""
    if requested is None:
        return None
    if number:
        try:
            requested = class_text(float(requested))
        except ValueError:
            return None
    return next((text for text in classes if text == requested.strip()), None)


def _binary(rows: dict[str, int], requested: str | None) -> tuple[tuple[str, str], str]:
    """Return ((negative, positive), why)."""
    first, second = rows
    if chosen := requested or positive_of(first, second):
        other = first if chosen == second else second
        rule = (
            tr("'{name}' is the positive class as was asked", name=chosen)
            if requested
            else tr("'{name}' is the positive class by convention", name=chosen)
        )
        return (other, chosen), rule
    negative, positive = sorted(rows, key=lambda text: (-rows[text], text))
    return (negative, positive), tr("'{name}' is the positive class: it is the rarer one", name=positive)
