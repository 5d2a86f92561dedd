"""Which record is the header: the first of the table that names its columns, or the one above."""

from __future__ import annotations

import re
from collections.abc import Collection

from core.cells.date_evidence import formats_of, is_day
from core.cells.number_evidence import is_number
from core.reading.dialect import Overrides
from core.reading.head import Head
from core.reading.names import plain_name

LOOK = 200  # rows
LONGEST = 40  # characters of a cell that could be a value
_YEAR = re.compile(r"(1[89]|20|21)\d\d")
_WHOLE = re.compile(r"\d{1,9}")


def header_of(head: Head, overrides: Overrides, wanted: Collection[str] = ()) -> int:
    """Return the place of the header among the records: where a person says, or the names that are `wanted` stand,
    or where the table begins."""
    if overrides.header is not None:
        at = [index for index, start in enumerate(head.starts) if start <= overrides.header - 1]
        return at[-1] if at else 0
    if overrides.skip is not None:
        below = [index for index in head.filled if head.starts[index] >= overrides.skip]
        return below[0] if below else (head.filled or [0])[0]
    if wanted:
        for index in (*head.comments, *head.filled)[:LOOK]:
            if set(wanted) <= set(map(plain_name, head.records[index])):
                return index
    return _likely_header(head)


def _likely_header(head: Head) -> int:
    rows = head.table[:LOOK]
    if not rows:
        return (head.filled or [0])[0]
    often = [j for j in range(head.cells) if 2 * sum(bool(row[j].strip()) for row in rows) >= len(rows)]

    def named(record: list[str]) -> bool:
        """Return whether it names the columns that rows fill; a title stands in one cell."""
        return 2 * sum(bool(record[j].strip()) for j in often if j < len(record)) >= len(often)

    below = head.filled[head.first :]
    full = (p for p in below if len(head.records[p]) == head.cells and named(head.records[p]))
    if (first := next(full, None)) is None:
        return (head.filled or [0])[0]
    above = [index for index in (*head.comments, *head.filled) if index < first]
    if not above:
        return first
    near = above[-1]
    cells = [cell.strip() for cell in head.records[near]]
    if (
        len(cells) > head.cells
        and all(cells)
        and len(set(cells)) == len(cells)
        and not holds_values(cells, rows)
    ):
        return near
    if not holds_values(head.records[first], rows[1:]):
        return first
    shorter, longer = head.cells - 1 if head.cells > 2 else 0, head.cells + 1
    if len(cells) in (shorter, head.cells, longer) and not holds_values(cells, []):
        return near
    return next((p for p in above if len(head.records[p]) > 1 and p not in head.comments), first)


def holds_values(cells: list[str], rows: list[list[str]]) -> bool:
    """Return whether a record above `rows` holds values rather than names; a year is a name too.

    So are whole numbers and dates beside words that no row has, and whole numbers that count from 0 or 1.
    """
    texts = [cell.strip() for cell in cells]
    values = [j for j, text in enumerate(texts) if text and not _YEAR.fullmatch(text) and _value(text)]
    if not values:
        return False
    words = [j for j, text in enumerate(texts) if text and j not in values]
    written = [texts[j] for j in values]
    if len(set(written)) < len(written) or not all(_WHOLE.fullmatch(t) or formats_of(t) for t in written):
        return True
    if not words:
        counted = [int(text) for text in written if _WHOLE.fullmatch(text)]
        return len(counted) < 3 or counted not in (
            list(range(len(counted))),
            list(range(1, len(counted) + 1)),
        )
    columns = {j: [row[j].strip() for row in rows if j < len(row) and row[j].strip()] for j in words}
    if any(texts[j] in column for j, column in columns.items()):
        return True
    return not any(_tells(column) for column in columns.values())


def _tells(column: list[str]) -> bool:
    """Return whether a word above this column can only be its name: it has numbers, or few values, often."""
    if len(column) < 4:
        return False
    return len(set(column)) <= len(column) / 2 or all(map(_value, column[:20]))


def _value(text: str) -> bool:
    return len(text) < LONGEST and (is_number(text) or is_day(text))
