"""One cell that a person types into a form, read as the cells of its column are when a file is predicted.

It is read alone. In a file one column's proof holds for all; beside the cells of a form, which stand as the training
file has them, a decimal comma that somebody types would turn 12.345 in the next field into twelve thousand.
"""

from __future__ import annotations

import math
import re
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache

import duckdb

from core.cells import cell_text, date_text, number_evidence, number_text
from core.cells.sql import identifier
from core.encoding.contract import Column, Contract, Label
from core.encoding.row_checks import AMBIGUOUS, ROW
from core.encoding.row_writings import as_written
from core.encoding.rows import blanks
from core.reading import csv_table
from core.reading.column_keys import key
from core.reading.dialect import Dialect, Overrides

TABLE = "typed"
KEPT = 4096  # readings: a form reads all of its fields each time that it is drawn


@dataclass(frozen=True, slots=True)
class TypedCell:
    """What a text is in its column: `cell` is as the training file would have it, None where that is blank.

    `readable` is false where it is no number or date: then it is of no use. `value` is the number that it was read as
    where a person may have meant another, and `other` that one; of a number that is only written otherwise than in
    training, `value` alone is there. `number` is what any number was read as.
    """

    cell: str | None
    readable: bool = True
    value: float | None = None
    other: float | None = None
    number: float | None = field(default=None, compare=False)


def read_typed(column: Column, decimal: str, text: str) -> TypedCell:
    """Return what is typed for `column` of a model whose training file has the decimal sign `decimal`."""
    text = text.strip()
    if text in blanks(column):
        return TypedCell(None)
    if column.kind == "datetime":
        return _date(column.name, column.format, text)
    if column.kind != "numeric":
        return TypedCell(text)
    if not column.format and _is_plain(text):
        return TypedCell(text, number=float(text))
    ends = [float(end) if isinstance(end, int | float) else None for end in (column.minimum, column.maximum)]
    return _number(column.name, column.format, decimal, *ends, text)


def _is_plain(text: str) -> bool:
    """Return whether a number is written as programs do, and nobody would take it for another."""
    plain = number_evidence.is_plain(text) and math.isfinite(float(text))
    return plain and not re.fullmatch(AMBIGUOUS, text)


# Columns have no hash, and few of their facts tell how a cell is read.
@lru_cache(KEPT)
def _date(name: str, form: str, text: str) -> TypedCell:
    column = Column(name, "datetime", features={name: "year"}, format=form)
    with closing(csv_table.connect()) as connection:
        if _is_nothing(connection, column, text):
            return TypedCell(None)
        read = _format(connection, column, "")
        return TypedCell(
            text, _value(connection, column, date_text.sql(identifier(key(name)), read)) is not None
        )


@lru_cache(KEPT)
def _number(
    name: str, form: str, decimal: str, low: float | None, high: float | None, text: str
) -> TypedCell:
    column = Column(name, "numeric", features={name: "value"}, format=form, minimum=low, maximum=high)

    def value(form: str) -> float | None:
        return _value(connection, column, number_text.sql(identifier(key(name)), form))

    def is_usual(number: float) -> bool:
        return low is not None and high is not None and low <= number <= high

    with closing(csv_table.connect()) as connection:
        if _is_nothing(connection, column, text):
            return TypedCell(None)
        own = value(form)
        number = value(_format(connection, column, decimal)) if own is None else own
        if number is None:
            return TypedCell(text, readable=False)
        other = None
        seen = number_evidence.evidence_of({text: 1})
        if number_evidence.doubtful(seen):
            values = [value(number_evidence.respelt(form, seen, sign)) for sign in ",."]
            other = next((each for each in values if each is not None and each != number), None)
        if other is not None and is_usual(number) and not is_usual(other):
            other = None
        cell = text if own is not None else number_text.written(number, form)
        told = number if own is None or other is not None else None
        return TypedCell(cell, True, told, other, number)


def _is_nothing(connection: duckdb.DuckDBPyConnection, column: Column, text: str) -> bool:
    """Put the text into a table as rows to predict stand in one; return whether it says that there is nothing."""
    name = identifier(key(column.name))
    read = cell_text.read("given", blanks(column))
    connection.execute(
        f'CREATE TABLE {TABLE} AS SELECT 0 AS "{ROW}", {read} AS {name} FROM (SELECT CAST(? AS VARCHAR) AS given)',
        [text],
    )
    return _value(connection, column, f"CASE WHEN {cell_text.said(name)} THEN 1 END") is None


def _format(connection: duckdb.DuckDBPyConnection, column: Column, decimal: str) -> str:
    """Return the format that a text is read by which the column's own may not read."""
    one = Contract(Label("", "regression"), (column,), Dialect(decimal=decimal))
    return as_written(connection, one, TABLE, {column.name}, "", Overrides()).contract.columns[0].format


def _value(connection: duckdb.DuckDBPyConnection, column: Column, sql: str) -> float | None:
    return connection.execute(f"SELECT {sql} FROM {TABLE}").fetchall()[0][0]
