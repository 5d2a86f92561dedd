"""Where the table stands in a file of text: its delimiter, the header among the first records, a totals line last."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from core.eda.date_text import formats_of
from core.eda.dialect import DELIMITERS, Note, Overrides
from core.eda.names import plain_name, shown, unique_names
from core.eda.number_text import evidence
from core.errors import DataNotReadable

MAX_COLUMNS = 5_000
HEAD, TAIL = 1 << 20, 1 << 16  # bytes looked at
RECORDS = 200
_YEAR = re.compile(r"(1[89]|20|21)\d\d")
_TOTALS = re.compile(
    r"(grand |sub)?totals?|total(es)?( general)?|sumas?|(gesamt)?summen?|gesamt|insgesamt|somme|totale",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """`names` are unique; `skip` counts the records above the header, blank lines among them."""

    delimiter: str
    skip: int
    names: tuple[str, ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """The head of the file as one delimiter cuts it, and how well that fits."""

    delimiter: str
    records: list[list[str]]
    cells: int  # of most records
    header: int  # its place among the records
    score: float


def find_layout(path: Path, name: str, asked: Overrides, single: bool = False) -> Layout:
    """Delimiter, header and what stands above it; `single` admits a table of one column.

    Raises DataNotReadable for what is no table.
    """
    head = _head(path)
    if not head.strip():
        raise DataNotReadable(file=name, reason="The file is empty.")
    signs = [asked.delimiter] if asked.delimiter else list(DELIMITERS.values())
    readings = sorted(
        (_read(head, sign, asked.skip) for sign in signs), key=lambda r: (r.score, r.cells), reverse=True
    )
    best = readings[0]
    if best.cells < 2 and not single:
        reason = "It has a single column: no delimiter was found"
        if asked.delimiter:
            reason = f"It has a single column: '{asked.delimiter}' cuts no line in two"
        raise DataNotReadable(file=name, reason=f"{reason}, and a model needs a target and a feature.")
    notes = _delimiter_note(readings)
    notes += _title_note(best, asked)
    raw = _named(best, best.records[best.header])
    cells = [plain_name(cell) for cell in raw]
    if len(cells) > MAX_COLUMNS:
        raise DataNotReadable(file=name, reason=f"It has more than {MAX_COLUMNS} columns.")
    if _values(cells):
        raise DataNotReadable(
            file=name, reason=f"Its first line holds values, not column names: {', '.join(cells[:5])}."
        )
    names = unique_names(cells)
    notes += _names_note(raw, names)
    return Layout(best.delimiter, best.header, tuple(names), tuple(notes))


def _names_note(raw: list[str], names: list[str]) -> list[Note]:
    cells = [unicodedata.normalize("NFC", " ".join(cell.split())) for cell in raw]
    changed = [(old, new) for old, new in zip(cells, names, strict=True) if old != new]
    if not changed:
        return []
    told = ", ".join(f"{shown(old) or 'a blank one'} is {new}" for old, new in changed[:5])
    more = f", and {len(changed) - 5:,} more" if len(changed) > 5 else ""
    text = f"{len(changed):,} names of columns are blank, repeated, reserved or begin or end invisibly: {told}{more}."
    return [Note("renamed_headers", text, tuple(new for _, new in changed))]


def _head(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(HEAD)
        whole = not file.read(1)
    text = start.decode("utf-8", errors="replace").lstrip("\ufeff")
    return text if whole or "\n" not in text else text[: text.rindex("\n") + 1]


def _records(text: str, delimiter: str, most: int = RECORDS) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records = []
    try:
        for record in reader:
            records.append(record)
            if len(records) >= most:
                break
    except csv.Error:
        pass  # a cell beyond csv's limit: what came before it is enough
    return records


def _read(head: str, delimiter: str, skip: int | None) -> _Reading:
    records = _records(head, delimiter)
    filled = [place for place, record in enumerate(records) if any(cell.strip() for cell in record)]
    if skip is not None:
        filled = [place for place in filled if place >= skip]
    counts = Counter(len(records[place]) for place in filled)
    wide = [(count, cells) for cells, count in counts.items() if cells > 1]
    if not filled or not wide:
        return _Reading(delimiter, records or [[]], 1, filled[0] if filled else 0, 0.0)
    count, cells = max(wide)
    header = filled[0] if skip is not None else _header(records, filled, cells)
    good = 0.3 if _values(records[header]) else 1.0
    return _Reading(delimiter, records, cells, header, good * count / len(filled))


def _header(records: list[list[str]], filled: list[int], cells: int) -> int:
    """The place of the header: the first full record, or the one above it where that one holds values."""
    full = [p for p in filled if len(records[p]) == cells and 2 * sum(map(bool, records[p])) >= cells]
    if not full:
        return filled[0]
    first = full[0]
    above = [place for place in filled if place < first]
    if not above or not _values(records[first]):
        return first
    near = above[-1]
    shorter, longer = cells - 1 if cells > 2 else 0, cells + 1
    if len(records[near]) in (shorter, longer) and not _values(records[near]):
        return near
    return next((place for place in above if len(records[place]) > 1), first)


def _named(reading: _Reading, cells: list[str]) -> list[str]:
    """The header's cells, one for each of the rows': some programs leave one out, or end each line with a sign."""
    if len(cells) == reading.cells + 1 and not cells[-1]:
        return cells[:-1]
    if len(cells) == reading.cells - 1 and reading.cells > 2:
        rows = [record for record in reading.records[reading.header + 1 :] if len(record) == reading.cells]
        return [*cells, ""] if all(not row[-1].strip() for row in rows) else ["", *cells]
    return cells


def _values(cells: list[str]) -> bool:
    """Whether a record holds values rather than names; a year is a name too."""
    texts = [cell.strip() for cell in cells if cell.strip() and not _YEAR.fullmatch(cell.strip())]
    return any(len(text) < 40 and (evidence({text: 1}).share or formats_of(text)) for text in texts)


def _delimiter_note(readings: list[_Reading]) -> list[Note]:
    best = readings[0]
    close = [r for r in readings[1:] if r.cells > 1 and r.score >= 0.9 * best.score]
    others = [reading for reading in close if reading.header == best.header]
    if not others:
        return []
    words = {sign: word for word, sign in DELIMITERS.items()}
    other = others[0]
    return [
        Note(
            "delimiter",
            f"The delimiter is taken to be {words.get(best.delimiter, best.delimiter)}: {best.cells} columns.",
            doubt=f"With {words.get(other.delimiter, other.delimiter)} there would be {other.cells}.",
        )
    ]


def _title_note(reading: _Reading, asked: Overrides) -> list[Note]:
    titles = [record for record in reading.records[: reading.header] if any(cell.strip() for cell in record)]
    if not titles:
        return []
    first = next(cell.strip() for cell in titles[0] if cell.strip())[:60]
    doubt = "" if asked.skip is not None else "They have too few cells to be the header or a row."
    text = f"{len(titles)} lines above the header are no part of the table: {first}."
    return [Note("title_lines", text if len(titles) > 1 else text.replace("1 lines", "1 line").replace(" are ", " is "),
                 doubt=doubt)]  # fmt: skip


def totals_line(path: Path, layout: Layout) -> bool:
    """Whether the last record is one of totals: such a word first, and numbers or blanks after it."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - TAIL))
        text = file.read().decode("utf-8", errors="replace")
    records = [r for r in _records(text, layout.delimiter, 1 << 20) if any(cell.strip() for cell in r)]
    if len(records) < 3 or len(records[-1]) != len(layout.names):
        return False
    last = [cell.strip() for cell in records[-1]]
    place = next(i for i, cell in enumerate(last) if cell)
    if not _TOTALS.fullmatch(last[place].rstrip(":")) or not any(last[place + 1 :]):
        return False
    if any(cell and not evidence({cell: 1}).share for cell in last[place + 1 :]):
        return False
    return all(record[place : place + 1] != records[-1][place : place + 1] for record in records[1:-1])
