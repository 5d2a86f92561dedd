"""A file of rows to predict, read into the table `given`: cells as they stand, columns called as the model does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from core.cells.sql import identifier
from core.encoding.contract import Contract
from core.encoding.rows_reading import RowsReading
from core.language import tr
from core.reading import csv_table
from core.reading.broken_rows import BrokenRow
from core.reading.dialect import Sniffed
from core.reading.plain_text import LINES, is_odd, odd_counts, set_aside
from core.reading.sniff import sniff_rows
from core.reading.text_file import TextFile, opened
from core.reading.workbook import Sheet, sheet_of


def open_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, path: Path, folder: Path, reading: RowsReading
) -> tuple[Sheet | None, TextFile, Sniffed]:
    """Return (the sheet that is taken of a workbook, the file as DuckDB can read it, how it is cut into columns).

    Raises DataNotReadable, StorageFailed.
    """
    own, said, wanted = contract.dialect, reading.overrides, reading.wanted(contract.input_names)
    taken = sheet_of(path, folder, said.sheet, wanted, own.sheet, said.header)
    text = opened(path, folder, encoding=said.encoding, guess=own.encoding, sheet=taken)
    return taken, text, sniff_rows(connection, text, own, wanted, said)


def rename_columns(connection: duckdb.DuckDBPyConnection, renamed: Mapping[str, str]) -> None:
    """Call columns of the table `given` as the model does."""
    for old, new in renamed.items():
        connection.execute(f"ALTER TABLE given RENAME COLUMN {identifier(old)} TO {identifier(new)}")


def renamed_notes(renamed: Mapping[str, str]) -> list[str]:
    """Return what is to be said of them."""
    return [tr("'{old}' is taken for the model's '{new}'.", old=old, new=new) for old, new in renamed.items()]


def read_given(
    connection: duckdb.DuckDBPyConnection, text: TextFile, sniffed: Sniffed
) -> tuple[Sniffed, list[BrokenRow]]:
    """Read the rows of `text` into the table `given`, in order, cells as they stand; blanks are null.

    Return how it was read, and the lines that are no rows of it. Raises DataNotReadable, StorageFailed.
    """
    broken = _given(connection, text, sniffed)
    if _odd(connection, text, sniffed, broken):
        sniffed = replace(sniffed, dialect=replace(sniffed.dialect, untidy=(LINES,)))
        broken = _given(connection, text, sniffed)
    return sniffed, broken


def _given(connection: duckdb.DuckDBPyConnection, text: TextFile, sniffed: Sniffed) -> list[BrokenRow]:
    """Read the rows into the table `given`, all text; return what is no row."""
    rows = csv_table.rows_of(text, sniffed, blanks=("",))
    csv_table.run(connection, text, f"CREATE OR REPLACE TABLE given AS SELECT * FROM {rows}")
    return set_aside(connection, text, sniffed)[1]


def _odd(
    connection: duckdb.DuckDBPyConnection, text: TextFile, sniffed: Sniffed, broken: list[BrokenRow]
) -> bool:
    for few in (True, False):
        query = f"SELECT count(*), {', '.join(odd_counts(sniffed, few))} FROM given"
        rows, *counts = connection.execute(query).fetchall()[0]
        if not any(counts):
            break
    return is_odd(text, sniffed, rows, broken, counts)


def column_names(sniffed: Sniffed) -> list[str]:
    """Return what the file calls its columns."""
    return [name for name, _ in sniffed.columns]
