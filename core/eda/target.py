"""What is predicted: the problem, the classes with their codes, and which class is the positive one."""

from __future__ import annotations

from typing import Any

from core.contract import FALSE, TRUE, Column, Label
from core.errors import BadTarget

MAX_CLASSES = 100
MAX_AUTO_CLASSES = 20
MIN_CLASS_ROWS = 3  # one for each split
_POSITIVE = {*TRUE, "positive", "pos"}
_NEGATIVE = {*FALSE, "negative", "neg"}


def class_text(value: Any) -> str:
    """A class as a person writes it: 1 rather than 1.0."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def is_number(column: Column) -> bool:
    """Whether the cells are numbers (an identifier can be: as a target it is a number like others)."""
    return column.kind == "numeric" or column.type in ("BIGINT", "DOUBLE")


def problem_of(column: Column, stats: dict[str, Any], asked: str) -> str:
    """binary, multiclass or regression. Raises BadTarget when the column cannot be what is asked."""
    distinct = stats["distinct"]

    def refuse(reason: str) -> BadTarget:
        return BadTarget(column=column.name, reason=reason)

    if distinct == 0:
        raise refuse("It is blank in every row.")
    if distinct == 1:
        raise refuse("It has the same value in every row, so there is nothing to learn.")
    if column.kind == "datetime":
        raise refuse("It holds dates; derive a number or a class from them first.")
    number = is_number(column)
    if asked == "auto":
        whole = stats["type"] == "BIGINT"
        if distinct == 2:
            asked = "binary"
        elif not number or (whole and distinct <= MAX_AUTO_CLASSES):
            asked = "multiclass"
        else:
            asked = "regression"
    if asked == "binary" and distinct != 2:
        raise refuse(f"It has {distinct:,} distinct values; a binary problem has two.")
    if asked == "multiclass" and distinct > MAX_CLASSES:
        raise refuse(f"It has {distinct:,} distinct values; at most {MAX_CLASSES} classes can be told apart.")
    if asked == "regression" and not number:
        raise refuse("It holds text; regression predicts a number.")
    return asked


def label_of(column: Column, problem: str, counts: list[tuple[Any, int]]) -> Label:
    """The label from (class value, rows). Raises BadTarget for a class with fewer rows than splits."""
    name, number = column.name, is_number(column)
    if problem == "regression":
        return Label(name=name, problem=problem, rule="the number itself", format=column.format)
    rows = {class_text(value): count for value, count in counts}
    rare = [f"'{text}' has {count}" for text, count in rows.items() if count < MIN_CLASS_ROWS]
    if rare:
        raise BadTarget(
            column=name,
            reason=f"Each class needs at least {MIN_CLASS_ROWS} rows, one for each split, but {', '.join(rare[:5])}.",
        )
    if problem == "binary":
        (negative, positive), rule = _binary(rows)
        return Label(name, problem, (negative, positive), number, positive, rule, column.format)
    ordered = sorted(rows, key=float) if number else sorted(rows)
    rule = "codes follow the " + ("numbers" if number else "alphabet")
    return Label(name, problem, tuple(ordered), number, rule=rule, format=column.format)


def _binary(rows: dict[str, int]) -> tuple[tuple[str, str], str]:
    first, second = rows
    for negative, positive in ((first, second), (second, first)):
        if positive.casefold() in _POSITIVE and negative.casefold() in _NEGATIVE:
            return (negative, positive), f"'{positive}' is the positive class by convention"
    negative, positive = sorted(rows, key=lambda text: (-rows[text], text))
    return (negative, positive), f"'{positive}' is the positive class: it is the rarer one"
