"""Raw rows encoded by the contract, and cut into request bodies.

A file and the rows of a form go through DuckDB alike, in bounded memory: the same contract, the same numbers.
A row that cannot be used keeps its place, with the reason; `core.predictions` writes what comes back beside the rows.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import compress
from pathlib import Path

import duckdb
import narwhals as nw
import numpy as np

from core.cells import cell_text, number_text
from core.cells.sql import identifier
from core.encoding.contract import Column, Contract
from core.encoding.encoded_rows import ENCODED, EncodedRows, OddRows, texts
from core.encoding.given_rows import column_names, open_rows, read_given, rename_columns, renamed_notes
from core.encoding.row_checks import EMPTY_LINE, FLAGS, REASON, ROW, count_noticed
from core.encoding.row_query import query_of
from core.encoding.row_writings import RowWritings, as_written
from core.encoding.rows_reading import RowsReading
from core.engines import Frame, engine_of
from core.errors import DataNotReadable
from core.language import mark, tr
from core.reading import csv_table
from core.reading.broken_rows import BrokenRow
from core.reading.column_keys import key
from core.reading.dialect import Overrides, Sniffed
from core.reading.kept_words import WORDS
from core.reading.names import plain_name
from core.reading.plain_text import lines_of_rows
from core.reading.text_file import TextFile
from core.reading.workbook import rows_above
from core.scratch import Scratch
from core.storage import os_failure

CELLS = "cells"
ODD = ("unseen", "out")  # of what is noticed of cells, that which a row is used in spite of
UNFILLED = mark("nothing is filled in")
Progress = Callable[[float], None]


def _silent(share: float) -> None:
    """Report no progress."""


def encode_file(
    contract: Contract, path: Path, progress: Progress | None = None, reading: RowsReading | None = None
) -> EncodedRows:
    """Encode a file of raw rows, written as the training file was: any column order, categories as text, blanks.

    `reading` is what a person says of it. Raises MissingColumns, DataNotReadable, NoSuchColumn, BadSetting,
    StorageFailed.
    """
    tell, reading = progress or _silent, reading or RowsReading()
    path = Path(path)
    with _spool() as (spool, connection):
        taken, text, sniffed = open_rows(connection, contract, path, spool.path, reading)
        renamed = reading.called(column_names(sniffed), contract.input_names)
        ignored = contract.require([renamed.get(name, name) for name in column_names(sniffed)])
        tell(0.05)
        sniffed, broken = read_given(connection, text, sniffed)
        rename_columns(connection, renamed)
        tell(0.4)
        delimiter = sniffed.dialect.delimiter if text.file == "csv" else ""
        result = _encoded(
            connection, contract, broken, ignored, spool, tell, delimiter, said=reading.overrides
        )
        result.notes = (*renamed_notes(renamed), *result.notes)
        result.names = tuple(column_names(sniffed))
        result.dialect = replace(sniffed.dialect, decimal=result.dialect.decimal)
        if text.encoding == "utf-8" and _marked(path):
            result.dialect = replace(result.dialect, encoding="utf-8-sig")
        if taken:
            result.book = (path, rows_above(taken, sniffed.dialect.skip) + 1)
        _find_lines(result, text, sniffed)
    if result.rows == 0:
        raise DataNotReadable(file=path.name, reason=tr("It has a header line and nothing below it."))
    tell(1.0)
    return result


def _find_lines(result: EncodedRows, text: TextFile, sniffed: Sniffed) -> None:
    """Add where each rejected row stands in the file."""
    places = np.flatnonzero(~result.accepted)
    if not len(places) or text.file == "parquet":
        return
    if result.book:  # a record of its CSV is a row of the sheet
        result.lines = result.book[1] + places + 1
    else:
        result.lines = lines_of_rows(text, sniffed, places)


def _marked(path: Path) -> bool:
    """Return whether a file begins with the mark by which Excel knows UTF-8."""
    with path.open("rb") as file:
        return file.read(3) == codecs.BOM_UTF8


@contextmanager
def _spool(in_memory: bool = False) -> Generator[tuple[Scratch, duckdb.DuckDBPyConnection], None, None]:
    """Yield a folder that outlives the block, unless it fails, and a connection to tables in it that does not.

    The tables are `in_memory` where they are small: a file of them costs more than they do.
    """
    spool = Scratch("rows")
    connection = csv_table.connect(None if in_memory else spool.path)
    try:
        yield spool, connection
    except BaseException as error:
        connection.close()
        spool.close()
        if isinstance(error, duckdb.IOException):
            raise os_failure("encode", tr("the rows"), csv_table.os_error(error)) from error
        raise
    connection.close()
    (spool.path / "plain.csv").unlink(missing_ok=True)


def encode_records(contract: Contract, records: Sequence[Mapping[str, object]]) -> EncodedRows:
    """Encode rows given as dicts (a form): {column: text, number, or None for blank}. Raises MissingColumns.

    They go the way of a file, so that a form and a file can never disagree.
    """
    rows = [{plain_name(name): cell for name, cell in record.items()} for record in records]
    names = list(dict.fromkeys(name for row in rows for name in row))
    ignored = contract.require(names)
    given = [[_text(row.get(column.name), column) for column in contract.inputs] for row in rows]
    filled = [
        len(cells) == 1  # see EMPTY_LINE
        or any(cell is not None for cell in cells)
        or any(cell is not None and str(cell).strip() for cell in row.values())
        for cells, row in zip(given, rows, strict=True)
    ]
    cells = list(compress(given, filled))
    blank = [BrokenRow(index + 2, UNFILLED) for index, is_filled in enumerate(filled) if not is_filled]
    with _spool(in_memory=True) as (spool, connection):
        columns = ", ".join(f"{identifier(column.name)} VARCHAR" for column in contract.inputs)
        connection.execute(f"CREATE TABLE given ({columns})")
        if cells:
            lists = ", ".join("unnest(CAST(? AS VARCHAR[]))" for _ in contract.inputs)
            connection.execute(f"INSERT INTO given SELECT {lists}", [*map(list, zip(*cells, strict=True))])
        encoded = _encoded(connection, contract, blank, ignored, spool, _silent)
        encoded.noticed = {column: texts(connection, column, len(cells)) for column in (REASON, FLAGS)}
        return encoded


def _text(cell: object, column: Column) -> str | None:
    """Return a cell as the file would have it: numbers and moments in the column's own writing."""
    if cell is None or (isinstance(cell, float | datetime) and cell != cell):  # NaN, or NaT of pandas
        return None
    if isinstance(cell, datetime) and column.format:
        return cell.strftime(column.format.partition("|")[0].removesuffix("%z"))
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        text = number_text.written(cell, column.format)
    else:
        text = str(cell)
    return None if text.strip() in blanks(column) else text


def blanks(column: Column) -> tuple[str, ...]:
    """Return the cells that are blank in a column."""
    kept = WORDS if column.keeps_words else ()
    return tuple(blank for blank in cell_text.BLANKS if blank not in kept)


def _encoded(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    broken: list[BrokenRow],
    ignored: list[str],
    spool: Scratch,
    tell: Progress,
    delimiter: str = "",
    *,
    said: Overrides | None = None,
) -> EncodedRows:
    """Encode the rows of the table `given`, all text, by the contract."""
    encoded, seen, written = checked_rows(connection, contract, delimiter, said or Overrides())
    contract = written.contract
    tell(0.7)
    result = _result(encoded, contract, broken, ignored, spool)
    result.unseen, result.out_of_range = seen["unseen"], seen["out"]
    result.as_trained = written.as_trained
    result.notes, result.dialect = tuple(written.notes), replace(result.dialect, decimal=written.decimal)
    tell(0.95)
    return result


def checked_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, delimiter: str, said: Overrides
) -> tuple[Frame, dict[str, dict[str, int]], RowWritings]:
    """Return (the rows of the table `given` as `encode_rows` gives them, how many cells were noticed, how they are
    written)."""
    encoded, seen = _checked(connection, contract)
    odd = {*seen["bad"], *seen["unseen"]}
    written = RowWritings(contract, contract.dialect.decimal, as_trained=True)
    if odd or said.decimal or said.date_format or delimiter not in ("", contract.dialect.delimiter):
        _cells(connection, contract, odd)
        written = as_written(connection, contract, CELLS, odd, delimiter, said)
        encoded, seen = _checked(connection, written.contract, odd, written.doubtful)
    return encoded, seen, written


def _checked(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    odd: Collection[str] = (),
    doubtful: Collection[str] = (),
) -> tuple[Frame, dict[str, dict[str, int]]]:
    """Return (the rows of the table `given` as `encode_rows` gives them, how many cells were noticed)."""
    csv_table.make_room(connection, 2 * len(contract.inputs))
    raw = _cells(connection, contract, odd)
    connection.execute(f"CREATE OR REPLACE TABLE {ENCODED} AS {query_of(contract, raw, doubtful)}")
    encoded: Frame = nw.from_native(connection.table(ENCODED))
    return encoded, count_noticed(contract, encoded)


def _cells(connection: duckdb.DuckDBPyConnection, contract: Contract, odd: Collection[str]) -> Frame:
    """Create the view CELLS of the contract's columns, blank where nothing is; `odd` columns are read leniently."""
    cells: list[str] = []
    for column in contract.inputs:
        name = identifier(column.name)
        cell = (cell_text.read if column.name in odd else cell_text.filled)(name, blanks(column))
        if column.name in odd and column.kind in ("numeric", "datetime"):
            cell = f"CASE WHEN NOT {cell_text.nothing(name)} THEN {cell} END"
        cells.append(f"{cell} AS {identifier(key(column.name))}")
    query = f'SELECT rowid AS "{ROW}", {", ".join(cells)} FROM given'
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {CELLS} AS {query}")
    return nw.from_native(connection.table(CELLS))


def _result(
    encoded: Frame,
    contract: Contract,
    broken: list[BrokenRow],
    ignored: list[str],
    spool: Scratch,
) -> EncodedRows:
    """Spool the accepted rows, and put the broken ones back in their places among the data rows."""
    tests = {what: _any(encoded, what) for what in ODD}
    noticed = encoded.select(~nw.col(REASON).is_null(), EMPTY_LINE, *tests.values()).collect("pyarrow")
    columns = [np.asarray(noticed.get_column(name).to_numpy(), dtype=bool) for name in noticed.columns]
    useless, empty, unseen, beyond = columns
    total = len(useless) + len(broken)
    accepted = np.ones(total, dtype=bool)
    lost = np.array([row.line - 2 for row in broken], dtype=np.int64)
    accepted[lost[lost < total]] = False
    places = np.flatnonzero(accepted)
    accepted[places[useless]] = False
    odd = OddRows(np.zeros(total, bool), np.zeros(total, bool))
    odd.unseen[places], odd.out_of_range[places] = unseen, beyond
    body = encoded.filter(nw.col(REASON).is_null()).select(*map(key, contract.features))
    engine_of(body).write_csv(body, spool.path / "rows.csv", list(map(key, contract.whole_features)))
    return EncodedRows(
        total,
        accepted,
        {},
        {},
        ignored,
        {row.line - 2: row for row in broken if row.line - 2 < total},
        places[empty],
        (),
        contract.dialect,
        (),
        None,
        odd,
        np.zeros(total - int(accepted.sum()), dtype=np.int64),
        spool,
    )


def _any(encoded: Frame, what: str) -> nw.Expr:
    """Return whether that was noticed of any cell of a row."""
    tests = [nw.col(name) for name in encoded.collect_schema().names() if name.endswith(f":{what}")]
    noticed = nw.any_horizontal(*tests, ignore_nulls=True) if tests else nw.lit(False)
    return noticed.alias(f":{what}")
