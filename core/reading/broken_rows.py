"""Rows that DuckDB set aside while it read a CSV, by their true place among the file's records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np

from core.errors import DataNotReadable
from core.language import mark, tr
from core.numbers import integer, percent
from core.reading.dialect import Dialect
from core.reading.no_rows import NO_ROWS
from core.reading.records import QUOTE_OPEN, TOO_FEW, TOO_MANY

MAX_BROKEN_SHARE = 0.1  # a file with more broken rows than this is refused ...
FEW_BROKEN = 10  # ... unless they are so few, and fewer than the whole ones


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that is no row of this table: `line` counts records from 1, the header being the first."""

    line: int
    reason: str  # in English, as files keep it: `tr` of it is for who reads
    text: str = ""  # as it stands in the file


_REASONS = {
    "MISSING COLUMNS": TOO_FEW,
    "TOO MANY COLUMNS": TOO_MANY,
    "UNQUOTED VALUE": QUOTE_OPEN,
    "INVALID ENCODING": mark("bytes that are no text in this encoding"),
    "LINE SIZE OVER MAXIMUM": mark("a line that is too long"),
    "INVALID STATE": mark("a quote in the wrong place"),
}


def rejects(
    connection: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect
) -> tuple[list[str], list[BrokenRow]]:
    """Return (columns with cells that do not fit their type, broken rows in order) of the last read; forgets them.

    The result of that read must have been fetched to its end: DuckDB fills the table only then.
    """
    if dialect.file != "csv":
        return [], []
    misfits = connection.execute(
        "SELECT DISTINCT column_name FROM reject_errors WHERE error_type = 'CAST'"
    ).fetchall()
    broken = connection.execute(
        "SELECT line, min(error_type::VARCHAR), min(line_byte_position), min(csv_line) FROM reject_errors "
        "WHERE error_type <> 'CAST' GROUP BY line ORDER BY line"
    ).fetchall()
    connection.execute("DROP TABLE IF EXISTS reject_errors")
    connection.execute("DROP TABLE IF EXISTS reject_scans")
    # DuckDB counts blank lines but makes no rows of them: without them, `line` is the place in the table.
    blank = _blank_lines(path, dialect.quote) if broken else np.array([], dtype=np.int64)
    above = _filled_lines(path, dialect.skip) if broken else 0
    rows = [
        BrokenRow(
            int(line) - above - int(np.searchsorted(blank, position)),
            _REASONS.get(str(kind), str(kind).lower()),
            (text or "").strip("\r\n"),
        )
        for line, kind, position, text in broken
    ]
    return [name for (name,) in misfits], rows


def _filled_lines(path: Path, first: int) -> int:
    """Return how many of the first lines are not blank."""
    with path.open("rb") as file:
        return sum(bool(line.strip(b"\r\n")) for line in islice(file, first))


def _blank_lines(path: Path, quote: str) -> np.ndarray:
    """Return the byte offsets of the empty lines outside quotes, by the newline that ends them."""
    offsets = []
    inside, before, offset = 0, b"\n\n", 0
    with path.open("rb") as file:
        while block := file.read(1 << 24):
            data = np.frombuffer(before + block, dtype=np.uint8)
            quoted = (np.cumsum(data[2:] == ord(quote)) + inside) % 2
            after_newline = (data[1:-1] == 10) | ((data[1:-1] == 13) & (data[:-2] == 10))
            empty = (data[2:] == 10) & after_newline & (quoted == 0)
            offsets.append(np.flatnonzero(empty) + offset)
            inside, before, offset = int(quoted[-1]), data[-2:].tobytes(), offset + len(block)
    return np.concatenate(offsets) if offsets else np.array([], dtype=np.int64)


def refuse_too_many(file: str, aside: Sequence[BrokenRow], rows: int, columns: int) -> None:
    """Refuse a table that lost more than a tenth of its rows: another one was meant. Raises DataNotReadable."""
    broken = sum(row.reason not in NO_ROWS for row in aside)
    few = broken <= FEW_BROKEN and broken <= rows
    if few or broken <= MAX_BROKEN_SHARE * (rows + broken):
        return
    raise DataNotReadable(
        file=file,
        reason=tr(
            "{broken} of its {rows} rows do not have the {columns} cells that its header names; at most {share} may be"
            " set aside.",
            broken=integer(broken),
            rows=integer(rows + broken),
            columns=integer(columns),
            share=percent(MAX_BROKEN_SHARE),
        ),
    )
