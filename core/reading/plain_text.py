"""What DuckDB is given in place of a text that is no plain CSV, what was set aside, and whether there is more of that.

The first look sees the beginning and the end of a file. What stands between them shows in the pass that reads it:
`is_odd` asks for a tidy copy then, which no other file pays for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from core.cells.sql import identifier, literal
from core.reading import line_numbers
from core.reading.broken_rows import BrokenRow, rejects
from core.reading.dialect import Dialect, Sniffed
from core.reading.text_file import TextFile
from core.reading.tidy import tidy_copy

BLOCK = 1 << 22
LINES = "lines"  # why a dialect is untidy: found by reading all


def as_plain(text: TextFile, sniffed: Sniffed) -> tuple[Path, Dialect, tuple[BrokenRow, ...]]:
    """Return the plain CSV that DuckDB is given (the text, or a tidy copy), its dialect, and what is no row of it."""
    dialect = sniffed.dialect
    if not dialect.untidy or text.folder is None:
        return text.path, dialect, ()
    names = tuple(name for name, _ in sniffed.columns)
    kind = (dialect.untidy, dialect.delimiter, dialect.quote, dialect.skip, bool(dialect.footer), names)
    if kind not in text.copies:
        text.copies[kind] = tidy_copy(text.path, text.folder / f"tidy-{len(text.copies)}.csv", dialect, names)
    copy = text.copies[kind]
    return copy.path, replace(dialect, quote='"', escape='"', skip=0), copy.aside


def set_aside(
    connection: duckdb.DuckDBPyConnection, text: TextFile, sniffed: Sniffed
) -> tuple[list[str], list[BrokenRow]]:
    """Return (columns with cells that do not fit their type, what the last read set aside), and forget them."""
    path, dialect, aside = as_plain(text, sniffed)
    misfits, broken = rejects(connection, path, dialect)
    if not aside:
        return misfits, broken
    rows = list(aside)
    for row in broken:  # counted among the lines of the copy, which has fewer
        line = row.line
        for before in aside:
            line += before.line <= line
        rows.append(replace(row, line=line))
    return misfits, sorted(rows, key=lambda row: row.line)


def lines_of_rows(text: TextFile, sniffed: Sniffed, places: np.ndarray) -> np.ndarray:
    """Return the line of the file on which each row begins, rows by their place below the header, counted from 0.

    The text has been read, and what is no row of it stands in its place among the others.
    """
    path, dialect, _ = as_plain(text, sniffed)
    for copy in text.copies.values():
        if copy.path == path:
            return np.fromiter(map(copy.lines.of, places), dtype=np.int64, count=len(places))
    return line_numbers.lines_of(path, dialect.skip, places)


def odd_counts(sniffed: Sniffed, few: bool = True) -> list[str]:
    """Return the SQL that counts rows, all text, of nothing, and those that are the header again; by a `few` columns
    only those that may be: to look at all would have DuckDB make text of every cell."""
    columns = sniffed.columns
    if few:
        columns = (columns[0], columns[len(columns) // 2], columns[-1])
    cells = [(identifier(name), literal(name)) for name in dict.fromkeys(name for name, _ in columns)]
    blank = "{0} IS NULL OR {0} < '!'" if few else "{0} IS NULL OR trim({0}) = ''"  # a space comes before '!'
    nothing = " AND ".join(f"({blank.format(cell)})" for cell, _ in cells)
    again = " AND ".join(f"lower(trim({cell})) = lower({name})" for cell, name in cells)
    if few:  # by its length first, which is there: few cells are made lower case
        again = "strlen({0}) = strlen({1}) AND lower({0}) = lower({1})".format(*cells[0])
    return [f"count_if({nothing})", f"count_if({again})"]


def is_odd(
    text: TextFile, sniffed: Sniffed, rows: int, broken: Sequence[BrokenRow], counts: Sequence[int]
) -> bool:
    """Return whether a text that was read as it is holds lines that are no rows of it, or odd quotes.

    A quote that does not end where it should makes a row of several lines, which DuckDB takes for one.
    """
    if text.file != "csv" or sniffed.dialect.untidy:
        return False
    if broken or any(counts):
        return True
    if text.quotes == 0 and sniffed.dialect.quote == '"':
        return False
    if text.lines >= 0 and sniffed.dialect.skip + 1 + rows == text.lines:
        return False
    return _spanning(text.path, sniffed.dialect.quote)


def _spanning(path: Path, quote: str) -> bool:
    """Return whether some line has an odd number of quotes, as where a cell spans lines."""
    before = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            data = np.frombuffer(block, dtype=np.uint8)
            quotes = np.cumsum(data == ord(quote)) + before
            if (quotes[data == 10] % 2).any():
                return True
            before = int(quotes[-1]) % 2
    return bool(before)
