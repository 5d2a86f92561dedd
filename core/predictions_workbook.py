"""Predictions as a workbook: each cell of the input as what it is, then what the model says, and a sheet about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from pathlib import Path

import duckdb

from core.cells.sql import literal
from core.encoding.encoded_rows import EncodedRows
from core.errors import BadOutput
from core.language import tr
from core.numbers import integer
from core.workbooks.sheet_rows import sheet_rows
from core.workbooks.write import LONGEST, MOST_COLUMNS, MOST_ROWS, Cell, write

AT_ONCE = 2_048  # rows
MOST_DECIMALS = 6  # that a column is shown with
DIGITS = 15  # that Excel holds
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_DAY, _MOMENT = r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?"


def is_workbook(output: Path) -> bool:
    """Return whether the name of an output says that it is a workbook."""
    return output.suffix.lower() == ".xlsx"


def refuse_too_large(output: Path, rows: int, columns: int) -> None:
    """Refuse more rows and columns than a sheet of Excel has. Raises BadOutput."""
    if is_workbook(output) and (rows >= MOST_ROWS or columns > MOST_COLUMNS):
        reason = tr(
            "A sheet of Excel has {most_rows} rows and {most_columns} columns, and this would need"
            " {rows} and {columns}. A name that ends in .csv or .parquet has no such limit.",
            most_rows=integer(MOST_ROWS),
            most_columns=integer(MOST_COLUMNS),
            rows=integer(rows + 1),
            columns=integer(columns),
        )
        raise BadOutput(file=output.name, reason=reason)


@dataclass(frozen=True, slots=True)
class _Column:
    """How a column of texts is read from DuckDB: its SQL, how Excel shows it, what is made of each cell then."""

    sql: str
    format: str = ""
    cell: Callable[[str], Cell] | None = None


def write_workbook(
    connection: duckdb.DuckDBPyConnection,
    encoded: EncodedRows,
    rows: str,
    every: Sequence[str],
    names: Sequence[str],
    chosen: Sequence[int],
    path: Path,
    about: Sequence[tuple[str, str]],
    progress: Callable[[float], None],
) -> None:
    """Write the `chosen` columns, by their places among `names`, of the input and its answers to `path`.

    `rows` is the SQL of both side by side, of the columns `every`. A million cells take some five seconds of a
    processor, so `progress` is told. Raises BadOutput.
    """
    width = len(encoded.names)
    columns = [_Column(name) for name in every]
    if encoded.book is None:
        columns[:width] = _typed(connection, encoded, rows, width)
        cells = _read(connection, f"SELECT {', '.join(columns[i].sql for i in chosen)} FROM {rows}")
        made = [columns[i].cell for i in chosen]
        if any(made):
            cells = ([_made(cell, make) for cell, make in zip(row, made, strict=True)] for row in cells)
    else:
        order = " ORDER BY place" if encoded.broken else ""
        answers = _read(connection, f"SELECT {', '.join(every[width:])} FROM {rows}{order}")
        cells = _beside_sheet(encoded, answers, chosen)
    try:
        write(
            path, encoded.dialect.sheet or "Predictions", [names[i] for i in chosen],
            _told(cells, encoded.rows, progress),
            [columns[i].format for i in chosen], about,
        )  # fmt: skip
    except ValueError as error:
        reason = tr(
            "There is {error}, and a cell of Excel holds {longest}: give a name that ends in .csv.",
            error=error,
            longest=integer(LONGEST),
        )
        raise BadOutput(file=path.name, reason=reason) from error


def _told(
    cells: Iterable[Sequence[Cell]], rows: int, progress: Callable[[float], None]
) -> Iterator[Sequence[Cell]]:
    """Yield the rows, and tell now and then which share of them has gone by."""
    for number, row in enumerate(cells):
        if number % AT_ONCE == 0:
            progress(number / rows)
        yield row


def _made(cell: Cell, make: Callable[[str], Cell] | None) -> Cell:
    return make(cell) if make and isinstance(cell, str) else cell


def _read(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[Sequence[Cell]]:
    found = connection.execute(query)
    while block := found.fetchmany(AT_ONCE):
        yield from block


def _beside_sheet(
    encoded: EncodedRows, answers: Iterator[Sequence[Cell]], chosen: Sequence[int]
) -> Iterator[list[Cell]]:
    """Yield the rows of the sheet as they stand in it, with what belongs to each."""
    assert encoded.book is not None
    path, above = encoded.book
    width = len(encoded.names)
    blank: list[Cell] = [None] * width
    own = chain(sheet_rows(path, encoded.dialect.sheet, above, width), repeat(blank))
    for row, answer in zip(own, answers, strict=False):
        whole = [*row, *answer]
        yield [whole[i] for i in chosen]


def _typed(
    connection: duckdb.DuckDBPyConnection, encoded: EncodedRows, rows: str, width: int
) -> list[_Column]:
    """Return how each column of texts becomes numbers or dates, where that loses nothing of what stands there.

    Codes with leading zeros, long keys and amounts with units or marks of thousands stay text.
    """
    point = r"\." if encoded.dialect.decimal != "," else ","
    number = literal(rf"-?(0|[1-9]\d*)({point}\d+)?")
    like_one = literal(r"[+-]?[\d.,]*\d[\d.,]*([eE][+-]?\d+)?")
    tests = []
    for i in range(width):
        cell = f"c{i}"
        fits = (
            f"(regexp_full_match({cell}, {number}) AND"
            f" length(regexp_replace({cell}, '[^0-9]', '', 'g')) <= {DIGITS})"
        )
        decimals = f"length(regexp_extract({cell}, {literal(point + '(.*)')}, 1))"
        moment = f"(regexp_full_match({cell}, {literal(_MOMENT)}) AND TRY_CAST({cell} AS TIMESTAMP) >= '1900-03-01')"
        tests += [
            f"count({cell})",
            f"count_if({fits})",
            f"count_if(NOT {fits} AND regexp_full_match({cell}, {like_one}))",
            f"min({decimals})",
            f"max({decimals})",
            f"count_if({moment})",
            f"count_if(regexp_full_match({cell}, {literal(_DAY)}))",
        ]
    found = connection.execute(f"SELECT {', '.join(tests)} FROM {rows}").fetchall()[0]
    return [_of_counts(f"c{i}", point == ",", *found[7 * i : 7 * i + 7]) for i in range(width)]


def _of_counts(
    cell: str,
    comma: bool,
    filled: int,
    numbers: int,
    odd: int,
    least: int,
    most: int,
    moments: int,
    days: int,
) -> _Column:
    if filled and moments == filled:
        form = "yyyy-mm-dd" if days == filled else "yyyy-mm-dd hh:mm:ss"
        return _Column(f"CAST({cell} AS TIMESTAMP)", form)
    if odd or not numbers:
        return _Column(cell)
    form = f"0.{'0' * most}" if 0 < least == most <= MOST_DECIMALS else ""
    if numbers == filled:
        plain = f"replace({cell}, ',', '.')" if comma else cell
        return _Column(f"CAST({plain} AS DOUBLE)", form)

    def number(text: str) -> Cell:
        plain = text.replace(",", ".") if comma else text
        return float(plain) if _NUMBER.fullmatch(plain) else text

    return _Column(cell, form, number)
