"""A plain CSV made of a text that is none: one pass over it in bounded memory, only where sniffing found a need.

What is no row is set aside with its place, so that rows out are rows in.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from core.reading.broken_rows import BrokenRow
from core.reading.dialect import Dialect
from core.reading.line_numbers import LineNumbers
from core.reading.names import plain_name
from core.reading.no_rows import AGAIN, NOTHING, RULE, UNITS, at_the_end, is_nothing, is_rule, is_units
from core.reading.records import Record, Writing, number_columns, one_line, records_of, split
from core.storage import storage_errors

SAMPLE, TAIL = 300, 60  # records
MAX_HEADER_LINES = 50
LONGEST = 1 << 22  # characters of a line: what goes on is another one
FEW_LACKING = 0.1  # of the sampled lines that lack their last cells: fewer are broken


@dataclass(frozen=True, slots=True)
class TidyCopy:
    """`aside` are the records that are no rows of it, by their place in the file, and `lines` where the records begin;
    `changed` if it is another table."""

    path: Path
    aside: tuple[BrokenRow, ...]
    changed: bool
    lines: LineNumbers


def tidy_copy(source: Path, target: Path, dialect: Dialect, names: Sequence[str]) -> TidyCopy:
    """Write `source` (UTF-8) as plain CSV below `names` to `target`. Raises StorageFailed."""
    with (
        storage_errors("copy", source.name),
        source.open(encoding="utf-8", errors="surrogateescape") as file,
        target.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out,
    ):
        lines = (line.rstrip("\n") for line in iter(lambda: file.readline(LONGEST), ""))
        writing = Writing.of(dialect.delimiter, len(names), dialect.quote, dialect.untidy)
        header, more, below = _header(lines, dialect.skip, writing)
        start = [*more, *islice(lines, SAMPLE)]
        writing, unit = _learned(writing, start)
        rows = csv.writer(out, delimiter=dialect.delimiter, lineterminator="\n")
        rows.writerow(names)
        records = records_of(chain(start, lines), writing, below)
        copy = _written(records, out, rows.writerow, header, unit, writing, target)
        return replace(copy, changed=copy.changed or bool(more))


def _header(lines: Iterator[str], skip: int, writing: Writing) -> tuple[list[str], list[str], int]:
    """Return (the header's names in lower case, lines that were read beyond it, the number of the first line below)."""
    first, below = next(islice(lines, skip, None), "").lstrip("\ufeff"), skip + 2
    while not first.strip():
        first, below = next(lines, "header"), below + 1
    line, more = first, []
    while len(more) < MAX_HEADER_LINES:
        record = one_line(line, writing)
        cells, opened = (record.cells, -1) if record else split(line, writing)
        if opened < 0 and len(cells) <= writing.cells:
            return [_in_any_case(cell) for cell in cells], [], below + len(more)
        if (following := next(lines, None)) is None:
            break
        more.append(following)
        line += "\n" + following
    names = [_in_any_case(cell.strip(writing.quote)) for cell in first.split(writing.delimiter)]
    return names, more, below


def _learned(writing: Writing, lines: list[str]) -> tuple[Writing, Record | None]:
    """Return (`writing` with what the first lines say of the columns, the line of units if there is one)."""
    loose = replace(writing, short=writing.cells - 1)
    records = [one_line(line, loose) for line in lines if line.strip() and not is_rule(line)]
    records = [record for record in records if record is not None and not is_nothing(record.cells)]
    lacking = [record for record in records if len(record.cells) < writing.cells]
    short = 0
    # A program that leaves blank cells out at the end of a line writes none there.
    cut = not any(
        len(record.cells) == writing.cells and not record.cells[-1].strip() for record in records[1:]
    )
    if len(lacking) > max(FEW_LACKING * len(records), 4 if cut else 0.5 * len(records)):
        widths = sorted(len(record.cells) for record in lacking)
        several = [
            width for width in widths[len(widths) // 20 :] if width > 1
        ]  # what is shorter yet is broken
        short = writing.cells - several[0] if several else 0
    table = [record.cells for record in records if len(record.cells) >= writing.cells - short]
    sure = replace(writing, short=short, numbers=number_columns(table[1:], writing.cells))
    unit = records[0] if records and table and is_units(records[0].cells, table[1:], sure.numbers) else None
    raw = [line.split(writing.delimiter) for line in lines]
    raw = [cells for cells in raw if len(cells) == writing.cells]
    quoted = [
        column
        for column in range(writing.cells)
        if raw and sum(cells[column].lstrip().startswith(writing.quote) for cells in raw) > 0.5 * len(raw)
    ]
    return replace(sure, quoted=frozenset(quoted)), unit


def _written(
    records: Iterable[tuple[int, Record]],
    out: io.TextIOBase,
    write_cells: Callable[[Sequence[str]], object],
    header: list[str],
    unit: Record | None,
    writing: Writing,
    target: Path,
) -> TidyCopy:
    """Write the rows; the last ones are held back until it is known which of them are totals."""
    aside: list[BrokenRow] = []
    lines = LineNumbers()
    held: deque[tuple[int, Record]] = deque()
    changed = False

    def write(position: int, record: Record) -> None:
        nonlocal changed
        changed |= not record.plain
        if record.reason:
            aside.append(BrokenRow(position + 2, record.reason, record.text))
        elif record.plain:
            out.write(record.text + "\n")
        else:
            write_cells([*record.cells, *[""] * (writing.cells - len(record.cells))])

    for position, (line, record) in enumerate(records):
        lines.add(position, line)
        if reason := _no_row(record, header, unit if position < 2 else None):
            aside.append(BrokenRow(position + 2, reason, record.text))
            continue
        held.append((position, record))
        if len(held) > TAIL:
            write(*held.popleft())
    last = list(held)
    ends = at_the_end([record for _, record in last], writing.cells)
    for i, (position, record) in enumerate(last):
        write(position, replace(record, reason=ends.get(i, record.reason)))
    aside.sort(key=lambda row: row.line)
    return TidyCopy(target, tuple(aside), changed or bool(aside), lines)


def _in_any_case(name: str) -> str:
    return plain_name(name).lower()


def _no_row(record: Record, header: list[str], unit: Record | None) -> str:
    if is_rule(record.text):
        return RULE
    if is_nothing(record.cells):
        return NOTHING
    if unit is not None and record.text == unit.text:
        return UNITS
    cells = record.cells
    if header and _in_any_case(cells[0]) == header[0] and list(map(_in_any_case, cells)) == header:
        return AGAIN
    return ""
