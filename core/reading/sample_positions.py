"""Rows sampled at positions all over a CSV, at the cost of a few blocks of it: what begins late shows there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from core.cells.cell_text import BLANKS
from core.reading.dialect import Dialect

POSITIONS = 20
BLOCK = 1 << 16  # bytes read at a position, and for each column some more
CELL = 64
_LINE_END = re.compile(rb"[\r\n]+")


def sample_rows(path: Path, dialect: Dialect, columns: int, rows: int) -> Iterator[list[str | None]]:
    """Yield about `rows` rows of a plain CSV in UTF-8, at positions of even distance, blank cells as None.

    Only rows of as many cells as `columns`: a position may lie within a cell, and the first row there is left out.
    """
    size, block = path.stat().st_size, BLOCK + CELL * columns
    with path.open("rb") as file:
        for position in range(1, POSITIONS + 1):
            file.seek(size * position // (POSITIONS + 1))
            data = file.read(block)
            start = _LINE_END.search(data)
            if start is None:
                continue
            records = _records(data[start.end() :], dialect, rows // POSITIONS + 2)
            next(records, None)
            for record in records:
                if len(record) == columns:
                    yield [None if cell in BLANKS else cell for cell in record]


def _records(data: bytes, dialect: Dialect, most: int) -> Iterator[list[str]]:
    """Yield the whole records at the beginning of a block; its last one may be cut."""
    doubled = dialect.escape in ("", dialect.quote)
    reader = csv.reader(
        io.StringIO(data.decode("utf-8", errors="replace"), newline=""),
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        doublequote=doubled,
        escapechar=None if doubled else dialect.escape,
    )
    last: list[str] | None = None
    try:
        for record in reader:
            if last is not None:
                yield last
                most -= 1
            if not most:
                return
            last = record
    except csv.Error:
        return  # a cell beyond csv's limit: what came before it is enough
