"""One file of rows, read once: a table of its rows, and the rows that are broken.

Every reader of the project (data sets, EDA, inference) comes through here, so a file means the same everywhere.
Cells that spell "missing" (BLANKS) are blank; true/false columns stay text, so that a class keeps the name it has
in the file (DuckDB would turn yes/no into a boolean).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from core.cells import date_text, number_text
from core.cells.cell_text import BLANKS, cleaned, filled, is_guarded, said, unread
from core.cells.sql import DUCKDB, identifier, literal, literals
from core.errors import FREE_SPACE, TRY_AGAIN, DataNotReadable, StorageFailed
from core.language import mark, tr
from core.reading.broken_rows import BrokenRow, refuse_too_many
from core.reading.column_keys import key
from core.reading.dialect import Dialect, Sniffed
from core.reading.memory import memory_limit, threads
from core.reading.mismatched_cells import resolve_mismatches
from core.reading.no_rows import NOTHING
from core.reading.parquet_zones import wall_clock, zones_of
from core.reading.plain_text import as_plain, set_aside
from core.reading.text_file import TextFile
from core.storage import DISK_FULL

__all__ = ["BrokenRow", "Dialect", "Sniffed", "identifier", "literal"]

EXACT = 2**53  # whole numbers beyond are not exact as a DOUBLE
WIDE = 200  # columns
DAMAGED = mark("Its Parquet is damaged, or it was cut short.")
AS_IT_IS = "hive_partitioning=false, compression='none'"  # a file's name tells nothing of what is in it


def connect(folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection that spills into `folder` rather than taking what memory it finds. Raises OSError."""
    try:
        connection = duckdb.connect(str(folder / "table.duckdb") if folder else ":memory:")
    except duckdb.IOException as error:
        raise os_error(error) from error
    connection.execute(f"SET threads={threads()}")
    make_room(connection, 0)
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    # An IN of several constants would be a join, which loses the order of the rows beyond a row group (DuckDB 2.0.1).
    connection.execute("SET disabled_optimizers='in_clause'")
    if folder:
        connection.execute(f"SET temp_directory={literal(str(folder / 'spill'))}")
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")  # the folder goes with the connection
    return connection


def make_room(connection: duckdb.DuckDBPyConnection, columns: int) -> None:
    """Let the connection take what a table of so many columns needs."""
    connection.execute(f"SET memory_limit='{memory_limit(threads(), columns) >> 20}MiB'")


def rows_of(text: TextFile, sniffed: Sniffed, rejects: bool = True, blanks: tuple[str, ...] = BLANKS) -> str:
    """Return the SQL of the rows of `text` in the types that `sniffed` says, broken rows set aside.

    Cells that spell one of `blanks` are null.
    """
    if text.file == "parquet":
        return _parquet(text, sniffed, blanks)
    if sniffed.kept and blanks:  # what is blank differs by column, which DuckDB's reader cannot tell
        cells = [f"{_filled(n, sniffed, blanks)} AS {identifier(n)}" for n, _ in sniffed.columns]
        return f"(SELECT {', '.join(cells)} FROM {rows_of(text, replace(sniffed, kept={}), rejects, ('',))})"
    path, dialect, _ = as_plain(text, sniffed)
    columns = ", ".join(f"{literal(name)}: '{kind}'" for name, kind in sniffed.columns)
    kept = "store_rejects=true, rejects_limit=0" if rejects else "store_rejects=false"
    return (
        f"read_csv({literal(str(path))}, {AS_IT_IS}, auto_detect=false, header=true, skip={dialect.skip}, "
        f"delim={literal(dialect.delimiter)}, quote={literal(dialect.quote)}, escape={literal(dialect.escape)}, "
        f"nullstr={literals(blanks)}, columns={{{columns}}}, ignore_errors=true, {kept})"
    )


def _parquet(text: TextFile, sniffed: Sniffed, blanks: tuple[str, ...]) -> str:
    """Read all by way of text, as inference does: a float32 of 0.1 is 0.1, and not 0.10000000149."""
    cells, zones = [], zones_of(text.path) or [""] * len(sniffed.columns)
    for (name, kind), zone in zip(sniffed.columns, zones, strict=True):
        cell = _filled(name, sniffed, blanks, wall_clock(identifier(name), zone))
        cells.append(f"{cell if kind == 'VARCHAR' else f'CAST({cell} AS {kind})'} AS {identifier(name)}")
    names = ", ".join(identifier(name) for name, _ in sniffed.columns)
    file = f"read_parquet({literal(str(text.path))}, hive_partitioning=false) AS file({names})"
    return f"(SELECT {', '.join(cells)} FROM {file})"


def _filled(name: str, sniffed: Sniffed, blanks: tuple[str, ...], value: str = "") -> str:
    column, kept = f"CAST({value or identifier(name)} AS VARCHAR)", sniffed.kept.get(name, ())
    return filled(column, tuple(blank for blank in blanks if blank not in kept))


def read_table(
    connection: duckdb.DuckDBPyConnection, text: TextFile, sniffed: Sniffed, table: str
) -> tuple[Sniffed, list[BrokenRow]]:
    """Read `text` into `table`, once; a column whose later rows do not fit its type is read again as text.

    Its columns are named by their keys. Numbers that are not finite become blank. Returns the types as read, and the
    broken rows in order. Raises DataNotReadable, also where more rows are broken than `refuse_too_many` allows.
    """
    make_room(connection, len(sniffed.columns))
    expected = dict(sniffed.columns) | dict.fromkeys(sniffed.numbers, "DOUBLE")
    while True:
        values = {name: _strict(value) for name, value in conversions(sniffed).items()}
        cells = [
            f"{values.get(name, identifier(name))} AS {identifier(key(name))}" for name, _ in sniffed.columns
        ]
        query = f"SELECT {', '.join(cells)} FROM {rows_of(text, as_read(sniffed))}"
        try:
            with _planned_for(connection, len(cells)):
                run(connection, text, f"CREATE OR REPLACE TABLE {table} AS {query}")
        except TypeMismatch:
            sniffed = _retyped_by_mismatches(connection, text, sniffed)
            continue
        misfits, broken = set_aside(connection, text, sniffed)
        if not misfits:
            break
        sniffed = sniffed.retyped(dict.fromkeys(misfits, "VARCHAR"))
    texts = [name for name, kind in sniffed.columns if kind == "VARCHAR"]
    _clean_texts(connection, table, texts)
    tried = {name: expected[name] for name in texts if expected[name] != "VARCHAR"}
    sniffed = resolve_mismatches(connection, table, sniffed, tried)
    broken = [row for row in broken if row.reason != NOTHING]
    rows = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
    refuse_too_many(text.name, broken, rows, len(sniffed.columns))
    return sniffed, broken


def _clean_texts(connection: duckdb.DuckDBPyConnection, table: str, names: list[str]) -> None:
    """Take a spreadsheet's guards off the texts of `table`, and make blank what holds nothing but an error or spaces.

    Few columns have such cells: to look for them costs a hundredth of the reading.
    """
    for start in range(0, len(names), WIDE):
        batch = [identifier(key(name)) for name in names[start : start + WIDE]]
        counts = ", ".join(f"count_if({is_guarded(column)})" for column in batch)
        guarded = connection.execute(f"SELECT {counts} FROM {table}").fetchall()[0]
        for column in (column for column, count in zip(batch, guarded, strict=True) if count):
            connection.execute(f"UPDATE {table} SET {column} = {cleaned(column)} WHERE {is_guarded(column)}")


@contextmanager
def _planned_for(connection: duckdb.DuckDBPyConnection, columns: int) -> Iterator[None]:
    """Turn the optimizer off for one wide pass: with nothing to reorder it gains little, and its time grows with the
    square of the expressions: at 1,600 converted columns it took four fifths of the reading.
    """
    if columns > WIDE:
        connection.execute("PRAGMA disable_optimizer")
    try:
        yield
    finally:
        connection.execute("PRAGMA enable_optimizer")


class TypeMismatch(Exception):
    """A cell does not fit the type that its column was sniffed to have."""


_MISMATCH = "a cell that does not fit"


def _strict(value: tuple[str, str]) -> str:
    converted, misfit = value
    return f"CASE WHEN {misfit} THEN error('{_MISMATCH}') ELSE {converted} END"


def as_read(sniffed: Sniffed) -> Sniffed:
    """Return the types in which DuckDB's reader takes the columns that are converted on their way into the table."""
    types = {}
    for name, kind in sniffed.columns:
        if sniffed.kept or sniffed.format(name) or kind in ("DATE", "TIMESTAMP"):
            types[name] = "VARCHAR"
        elif kind == "BIGINT":
            types[name] = "DOUBLE"  # DuckDB rounds 2.5 silently in a BIGINT column
    return sniffed.retyped(types)


def conversions(sniffed: Sniffed) -> dict[str, tuple[str, str]]:
    """Return {column: (SQL of its value, SQL of whether a cell does not fit)} of those converted on their way."""
    converted = {}
    for name, kind in sniffed.columns:
        column, form = identifier(name), sniffed.format(name)
        styled = number_text.is_format(form)
        plain = DUCKDB.number(column) if sniffed.kept else column  # as the reader took it, see as_read
        if kind == "DOUBLE" and not styled:
            misfit = f"{column} IS NOT NULL AND {plain} IS NULL" if sniffed.kept else "false"
            converted[name] = (f"CASE WHEN isfinite({plain}) THEN {plain} END", misfit)
        elif kind in ("BIGINT", "DOUBLE"):
            number = number_text.sql(column, form) if styled else plain
            misfit = unread(column, number) if styled else "false"
            if kind == "BIGINT":
                whole = f"coalesce({number} = trunc({number}) AND abs({number}) <= {EXACT}, false)"
                misfit = f"{column} IS NOT NULL AND NOT {whole}"
                misfit = f"CASE WHEN {misfit} THEN {said(column)} ELSE false END" if styled else misfit
                number = f"CAST({number} AS BIGINT)"
            converted[name] = (number, misfit)
        elif kind in ("DATE", "TIMESTAMP"):
            moment = date_text.sql(column, form)
            misfit = unread(column, moment)
            converted[name] = (f"CAST({moment} AS {kind})", misfit)
    return converted


def _retyped_by_mismatches(
    connection: duckdb.DuckDBPyConnection, text: TextFile, sniffed: Sniffed
) -> Sniffed:
    """Return types that fit every row: whole numbers with a fraction somewhere are numbers, the rest is text."""
    values = conversions(sniffed)
    tests = ", ".join(f"count_if({misfit})" for _, misfit in values.values())
    query = f"SELECT {tests} FROM {rows_of(text, as_read(sniffed))}"
    with _planned_for(connection, len(values)):
        counts = run(connection, text, query).fetchall()[0]
    set_aside(connection, text, sniffed)
    kinds, types = dict(sniffed.columns), {}
    for name, count in zip(values, counts, strict=True):
        if count:
            types[name] = "DOUBLE" if kinds[name] == "BIGINT" else "VARCHAR"
    if not types:
        raise DataNotReadable(file=text.name, reason=tr("Its cells change while they are read."))
    return sniffed.retyped(types)


def write_rows(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    sniffed: Sniffed,
    places: str,
    path: Path,
    order: str = "place",
) -> None:
    """Write the rows at `places` (a table or query with the column `place`, from 0) as they stand in the file:
    the same signs, with a header, in the file's dialect and in UTF-8; in the `order` of a column of `places`.
    Raises DataNotReadable, StorageFailed."""
    make_room(connection, len(sniffed.columns))
    dialect = sniffed.dialect
    call = rows_of(text, sniffed.as_text(), rejects=False)
    last = connection.execute(f"SELECT max(place) FROM {places}").fetchall()[0][0]
    names = ", ".join(f"given.{identifier(name)}" for name, _ in sniffed.columns)
    rows = f'SELECT *, row_number() OVER () - 1 AS "__place__" FROM {call} LIMIT {(last or 0) + 1}'
    query = (
        f'SELECT {names} FROM ({rows}) AS given JOIN {places} AS chosen ON given."__place__" = chosen.place'
        f" ORDER BY chosen.{order}"
    )
    run(
        connection,
        text,
        f"COPY ({query}) TO {literal(str(path))} (FORMAT csv, HEADER, DELIMITER {literal(dialect.delimiter)}, "
        f"QUOTE {literal(dialect.quote)}, ESCAPE {literal(dialect.escape)})",
    )


def run(connection: duckdb.DuckDBPyConnection, text: TextFile, query: str) -> duckdb.DuckDBPyConnection:
    """Execute a query that reads `text`. DuckDB's messages span a screen: raises DataNotReadable, StorageFailed."""
    try:
        return connection.execute(query)
    except duckdb.OutOfMemoryException as error:
        full = tr("Memory and the disk of {folder} are full.", folder=_spill(connection))
        raise StorageFailed(action="read", key=text.name, reason=full, advice=FREE_SPACE) from error
    except duckdb.IOException as error:
        if "read enough bytes" in str(error):  # a length in Parquet that leads beyond its end
            raise DataNotReadable(file=text.name, reason=tr(DAMAGED)) from error
        refused = os_error(error)
        full = refused.errno in DISK_FULL
        reason = tr("The file vanished or cannot be read.")
        if full:
            reason = tr("The disk is full: {folder}", folder=_spill(connection))
        advice = FREE_SPACE if full else TRY_AGAIN
        raise StorageFailed(action="read", key=text.name, reason=reason, advice=advice) from refused
    except (duckdb.Error, RuntimeError) as error:
        if _MISMATCH in str(error):
            raise TypeMismatch from None
        if text.file == "parquet":  # DuckDB, Thrift and the codecs have words of their own for it
            raise DataNotReadable(file=text.name, reason=tr(DAMAGED)) from error
        raise DataNotReadable(file=text.name, reason=str(error).splitlines()[0][:200]) from error


def os_error(error: duckdb.IOException) -> OSError:
    """Return what the system refused to DuckDB, which passes on the system's words but not its number."""
    number = next((number for number in DISK_FULL if os.strerror(number) in str(error)), errno.EIO)
    return OSError(number, str(error).splitlines()[0])


def _spill(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the folder that a table, and what does not fit into memory, is written to."""
    return (
        connection.execute("SELECT current_setting('temp_directory')").fetchall()[0][0].removesuffix("/spill")
    )
