"""Where the table is in a file of text: its delimiter, the header, how records are written, what ends it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import DataNotReadable
from core.language import joined, listed, tr, trn
from core.numbers import integer
from core.reading.dialect import DELIMITERS, Note, Overrides
from core.reading.head import Head, declared_delimiter, first_lines, head_of, head_text, lines_of, quote_sign
from core.reading.header import LOOK, header_of, holds_values
from core.reading.names import plain_name, shown, unique_names
from core.reading.no_rows import FOOTNOTE, TOTALS, at_the_end, is_nothing, is_rule, is_units
from core.reading.records import Writing, number_columns, records_of

MAX_COLUMNS = 5_000
FIRST = 500  # lines that mostly tell
CLEAR = 0.9  # of them are the table's
HAS_WANTED = 2.0  # the score of a header that has all the names that are wanted
TAIL = 1 << 16  # bytes looked at
NAMED = 5  # columns in a note


@dataclass(frozen=True, slots=True)
class Layout:
    """`names` are unique; `skip` counts the lines above the header, `footer` the totals and footnotes at the end;
    `untidy` is as in a Dialect."""

    delimiter: str
    skip: int
    names: tuple[str, ...]
    notes: tuple[Note, ...]
    footer: int = 0
    quote: str = '"'
    quoted: bool = False  # some cell begins with a double quote
    untidy: tuple[str, ...] = ()


def find_layout(
    path: Path, name: str, overrides: Overrides, single: bool = False, wanted: Collection[str] = ()
) -> Layout:
    """Return delimiter, header and what surrounds the table.

    `single` admits a table of one column; a record that has all names that are `wanted` is its header.

    Raises DataNotReadable for what is no table.
    """
    text = head_text(path)
    if not text.strip():
        raise DataNotReadable(file=name, reason=tr("The file is empty."))
    declared = overrides.delimiter or declared_delimiter(text)
    signs = [declared] if declared else list(DELIMITERS.values())
    readings = _readings(first_lines(text, FIRST), signs, overrides, wanted)
    far = max(overrides.header or 0, overrides.skip or 0) >= FIRST
    if far or readings[0].score < (HAS_WANTED if wanted else CLEAR):  # much stands above the table
        readings = _readings(text, signs, overrides, wanted)
    head, header = readings[0].head, readings[0].header
    if head.cells < 2 and not single:
        reason = tr(
            "It has a single column: no delimiter was found, and a model needs a target and a feature."
        )
        if overrides.delimiter:
            reason = tr(
                "It has a single column: '{delimiter}' cuts no line in two, and a model needs a target and a feature.",
                delimiter=overrides.delimiter,
            )
        raise DataNotReadable(file=name, reason=reason)
    raw = _named(head, header)
    if _line(text, head, header).count('"') % 2:  # a quote that does not pair is none of the name's
        raw = [cell.strip('"') if cell.count('"') % 2 else cell for cell in raw]
    cells = [plain_name(cell) for cell in raw]
    if len(cells) > MAX_COLUMNS:
        reason = tr("It has more than {columns} columns.", columns=MAX_COLUMNS)
        raise DataNotReadable(file=name, reason=reason)
    sure = overrides.header is not None or (wanted and set(wanted) <= set(cells))
    if not sure and holds_values(cells, _rows_below(head, header)):
        raise DataNotReadable(
            file=name,
            reason=tr(
                "Its first line holds values, not column names: {cells}. If these are the names, say that the header is"
                " in line {line} (--header {line}).",
                cells=", ".join(cells[:5]),
                line=head.starts[header] + 1,
            ),
        )
    names = unique_names(cells)
    untidy = set(head.untidy)
    if len(names) > head.cells > 1:
        untidy.add("lines")
    ends = _ends(path, head, len(names))
    rows = _rows_below(head, header)
    if ends or (rows and is_units(rows[0], rows[1:], number_columns(rows[1:], len(names)))):
        untidy.add("lines")
    totals = sum(count for reason, count in ends.items() if reason in (TOTALS, FOOTNOTE))
    notes = [
        *_delimiter_note(readings),
        *_title_note(head, header, overrides),
        *_names_note(raw, names),
        *_end_note(ends),
    ]
    if declared and not overrides.delimiter:
        notes = [note for note in notes if note.code != "title_lines"]
    return Layout(
        delimiter=head.delimiter,
        skip=head.starts[header] if head.starts else 0,
        names=tuple(names),
        notes=tuple(notes),
        footer=totals,
        quote=quote_sign(text, head.delimiter),
        quoted=re.search(rf'(^|\n|{re.escape(head.delimiter)})"', text) is not None,
        untidy=tuple(sorted(untidy)),
    )


def _readings(
    text: str, signs: Sequence[str], overrides: Overrides, wanted: Collection[str]
) -> Sequence[_Reading]:
    readings = [_reading(text, sign, overrides, wanted) for sign in signs]
    return sorted(readings, key=lambda reading: (reading.score, reading.head.cells), reverse=True)


@dataclass(frozen=True, slots=True)
class _Reading:
    """The head of the file as one delimiter cuts it, the header's place, and how well that fits."""

    head: Head
    header: int
    score: float

    @property
    def delimiter(self) -> str:
        return self.head.delimiter


def _reading(text: str, delimiter: str, overrides: Overrides, wanted: Collection[str]) -> _Reading:
    head = head_of(text, delimiter)
    if not head.records:
        return _Reading(Head(delimiter, [[]], [0], []), 0, 0.0)
    header = header_of(head, overrides, wanted)
    if wanted and set(wanted) <= set(map(plain_name, head.records[header])):
        return _Reading(head, header, HAS_WANTED)
    values = holds_values(head.records[header], _rows_below(head, header))
    return _Reading(head, header, (0.3 if values else 1.0) * head.share)


def _line(text: str, head: Head, index: int) -> str:
    lines = lines_of(text)
    return lines[head.starts[index]] if index < len(head.starts) and head.starts[index] < len(lines) else ""


def _rows_below(head: Head, header: int) -> list[list[str]]:
    below = [head.records[index] for index in head.filled if index > header]
    return [record for record in below if len(record) == head.cells][:LOOK]


def _named(head: Head, header: int) -> list[str]:
    """Return the header's cells, one for each of the rows': some programs leave one out, or end lines with a sign."""
    cells = head.records[header]
    if header in head.comments:
        cells = [cells[0].lstrip('"#%/! '), *cells[1:]]
    while len(cells) > head.cells > 1 and not cells[-1].strip():
        cells = cells[:-1]
    lacking = head.cells - len(cells)
    if lacking == 1 and head.cells > 2:
        rows = _rows_below(head, header)
        return [*cells, ""] if all(not row[-1].strip() for row in rows) else ["", *cells]
    return [*cells, *[""] * max(lacking, 0)]


def _ends(path: Path, head: Head, cells: int) -> Counter[str]:
    """Count the lines at the end of the file that are no rows, by kind."""
    with path.open("rb") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - TAIL))
        text = file.read().decode("utf-8", errors="replace")
    lines = text.splitlines()[(1 if size > TAIL else 0) :]
    quote = quote_sign(text, head.delimiter)
    writing = Writing.of(head.delimiter, cells, quote, head.untidy, short=max(0, cells - head.cells))
    records = [record for _, record in records_of(iter(lines), writing)]
    ends: Counter[str] = Counter()
    while records and (is_nothing(records[-1].cells) or is_rule(records[-1].text)):
        records.pop()
    records = [r for r in records if not is_nothing(r.cells) and not is_rule(r.text)]
    ends.update(at_the_end(records, cells).values())
    return ends


def _names_note(raw: Sequence[str], names: Sequence[str]) -> list[Note]:
    cells = [unicodedata.normalize("NFC", " ".join(cell.split())) for cell in raw]
    changed = [(old, new) for old, new in zip(cells, names, strict=True) if old != new]
    if not changed:
        return []
    pairs = [
        tr("{old} is {new}", old=shown(old) or tr("a blank one"), new=new) for old, new in changed[:NAMED]
    ]
    if len(changed) > NAMED:
        pairs.append(tr("and {names} more", names=integer(len(changed) - NAMED)))
    text = trn(
        "{names} name of a column is blank, repeated, reserved or begins or ends invisibly: {pairs}.",
        "{names} names of columns are blank, repeated, reserved or begin or end invisibly: {pairs}.",
        len(changed),
        names=integer(len(changed)),
        pairs=joined(pairs, ", "),
    )
    return [Note("renamed_headers", text, tuple(new for _, new in changed))]


def _delimiter_note(readings: Sequence[_Reading]) -> list[Note]:
    best = readings[0]
    close = [r for r in readings[1:] if r.head.cells > 1 and r.score >= 0.9 * best.score]
    others = [reading for reading in close if reading.header == best.header]
    if not others:
        return []
    words = {sign: tr(word) for word, sign in DELIMITERS.items()}
    other = others[0]
    return [
        Note(
            "delimiter",
            tr(
                "The delimiter is taken to be {delimiter}: {columns} columns.",
                delimiter=words.get(best.delimiter, best.delimiter),
                columns=best.head.cells,
            ),
            doubt=tr(
                "With {delimiter} there would be {columns}.",
                delimiter=words.get(other.delimiter, other.delimiter),
                columns=other.head.cells,
            ),
        )
    ]


def _title_note(head: Head, header: int, overrides: Overrides) -> list[Note]:
    titles = [record for record in head.records[:header] if any(cell.strip() for cell in record)]
    if not titles:
        return []
    first = next(cell.strip() for cell in titles[0] if cell.strip())[:60]
    said = overrides.skip is not None or overrides.header is not None
    doubt = "" if said else tr("They have too few cells to be the header or a row.")
    text = trn(
        "{lines} line above the header is no part of the table: {first}.",
        "{lines} lines above the header are no part of the table: {first}.",
        len(titles),
        lines=integer(len(titles)),
        first=first,
    )
    return [Note("title_lines", text, doubt=doubt)]


def _end_note(ends: Counter[str]) -> list[Note]:
    if not ends:
        return []
    if ends == {TOTALS: 1}:
        return [Note("totals_line", tr("The last line holds totals, not a row, and is set aside."))]
    lines = listed([_counted(what, many) for what, many in ends.items()])
    text = tr("The last lines are no rows, and are set aside: {lines}.", lines=lines)
    return [Note("totals_line", text)]


def _counted(what: str, many: int) -> str:
    if many == 1:
        return tr(what)
    if what == TOTALS:
        return tr("{lines} lines of totals", lines=integer(many))
    return tr("{lines} footnotes", lines=integer(many))
