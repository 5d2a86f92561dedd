"""What the sampled cells of a column are: its type, how they are written, and what is odd or in doubt about them.

DuckDB tells the types of plain cells; the rest is looked at here for decimal commas, thousands marks, currencies,
dates of several writings, and digits that are no numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

from core.cells import date_evidence, date_text, number_evidence, number_text
from core.cells.cell_text import clean, is_nothing
from core.language import mark, tr
from core.numbers import integer, percent
from core.reading.dialect import CODE, Dialect, Note, Overrides, Sniffed

LONGEST = 40  # characters of a cell that could be a number or a date
EXACT = 2**53  # whole numbers beyond are not exact as a number
SHORTEST_CODE = 3  # digits
FEW = 10  # distinct cells that make eight digits a date
_DIGITS = re.compile(r"\+?\d+")
_DOTTED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")


@dataclass(slots=True)
class SampledColumn:
    """A column's sampled cells, distinct and filled, with the rows that have each, and what is made of them."""

    name: str
    kind: str  # as DuckDB types it
    cells: Counter[str]
    format: str = ""
    other: tuple[str, str] | None = None  # (format, type) that fits the sample as well
    numbers: number_evidence.Evidence | None = None
    dates: date_evidence.Evidence | None = None
    notes: list[Note] = field(default_factory=list)
    guarded: bool = False  # some cell is another than it stands

    @classmethod
    def of(cls, name: str, kind: str, taken: Iterable[str | None]) -> SampledColumn:
        """Look at the raw cells of a column."""
        raw = Counter(cell for cell in taken if cell)
        cells: Counter[str] = Counter()
        for cell, rows in raw.items():
            if plain := clean(cell):
                cells[plain] += rows
        return cls(name, kind, cells, guarded=cells != raw)

    @property
    def filled(self) -> Counter[str]:
        """Return the cells without those that say in a word or a sign that there is nothing, as a number may."""
        return Counter({cell: rows for cell, rows in self.cells.items() if not is_nothing(cell)})


def judge(columns: list[SampledColumn], dialect: Dialect, overrides: Overrides) -> str:
    """Give each column its type, format and notes; return the file's decimal sign."""
    proofs = []
    for column in columns:
        if _code(column) or _plain(column, overrides):
            if column.kind == "DOUBLE":
                proofs.append(number_evidence.Evidence(1.0, {("", "."): 1}))
            continue
        short = {cell: rows for cell, rows in column.filled.items() if len(cell) <= LONGEST}
        column.dates = date_evidence.evidence_of(short, overrides.date_format) if short else None
        if column.dates is None or column.dates.share < date_evidence.SURE:
            column.numbers = number_evidence.evidence_of(short)
            column.numbers.share *= sum(short.values()) / (column.filled.total() or 1)
    proofs += [
        column.numbers
        for column in columns
        if column.numbers and column.numbers.share >= number_evidence.SURE
    ]
    decimal, proven = number_evidence.decimal_of(proofs, dialect.delimiter)
    decimal, proven = (overrides.decimal, True) if overrides.decimal else (decimal, proven)
    dates = [column.dates for column in columns if column.dates]
    month_first = any(item.month_first for item in dates)
    for column in columns:
        if column.dates and column.dates.share >= date_evidence.SURE:
            _dates(column, column.dates, month_first, overrides)
        elif column.numbers:
            _numbers(column, column.numbers, decimal, proven, bool(overrides.decimal))
        whole = column.kind == "BIGINT" and column.format in ("", number_text.PLAIN) and column.other is None
        if whole and _of_one_width(column):
            column.other = (CODE, "VARCHAR")
    return decimal


def _of_one_width(column: SampledColumn) -> bool:
    """Return whether whole numbers of one width could be codes, of which later rows begin with zeros."""
    widths = {len(cell) for cell in column.cells}
    return len(widths) == 1 and widths.pop() >= SHORTEST_CODE


def _code(column: SampledColumn) -> bool:
    """Take digits that are no number for text; return whether they are."""
    if column.kind not in ("BIGINT", "HUGEINT", "VARCHAR", "DOUBLE") or not column.cells:
        return False
    if not any(map(_DIGITS.fullmatch, islice(column.cells, FEW))):
        return False
    digits = [cell for cell in column.cells if _DIGITS.fullmatch(cell)]
    if sum(column.cells[cell] for cell in digits) < number_evidence.SURE * column.cells.total():
        return False
    reason = ""
    if any(cell[0] == "0" and len(cell) > 1 for cell in digits):
        reason = "leading_zeros"
    elif all(cell[0] == "+" and len(cell) > 7 for cell in digits):
        reason = "telephone"
    elif any(len(cell) > 15 and int(cell) > EXACT for cell in digits):
        reason = "big_integers"
    if reason:
        column.kind, column.format = "VARCHAR", CODE
        column.notes.append(Note(reason, "", (column.name,), tr(_DOUBTS[reason])))
    return bool(reason)


def _plain(column: SampledColumn, overrides: Overrides) -> bool:
    """Return whether DuckDB's type says all: numbers that can be read in no other way, or no cell at all."""
    if not column.cells:
        column.kind = "VARCHAR"
        return True
    if column.kind in ("BIGINT", "DOUBLE") and not all(map(_is_float, column.cells)):
        column.kind = "VARCHAR"  # DuckDB looks at the first rows only
        return False
    if column.kind == "BIGINT" and any("." in cell for cell in column.cells):
        column.kind = "DOUBLE"
    if column.kind == "BIGINT":
        forms = {date_evidence.formats_of(cell) for cell in column.cells}
        return not (len(column.cells) >= FEW and len(forms) == 1 and forms != {()})
    if column.kind != "DOUBLE" or overrides.decimal == ",":
        return column.kind == "DOUBLE" and not any("." in cell for cell in column.cells)
    return not all(_DOTTED.fullmatch(cell) or cell.isdigit() for cell in column.cells)


def _is_float(cell: str) -> bool:
    """Return whether DuckDB reads `cell` as a number: infinity is one, and blank later."""
    try:
        return float(cell) is not None
    except ValueError:
        return False


def _dates(
    column: SampledColumn, evidence: date_evidence.Evidence, month_first: bool, overrides: Overrides
) -> None:
    form = date_evidence.format_of(evidence, month_first)
    if form is None:
        column.kind = "VARCHAR"
        return
    if not overrides.date_format:
        form = _with_century(column, form)
    time = date_text.has_time(form) or any(":" in cell for cell in column.cells)
    column.kind = "VARCHAR" if evidence.share < 1 else "TIMESTAMP" if time else "DATE"
    column.format = form
    if evidence.both and not overrides.date_format:
        column.other = (date_text.turned(form), column.kind)
        doubt = tr(
            "The month could come first as well; the day was chosen because most of the world writes so."
        )
        if month_first:
            doubt = tr(
                "The day could come first as well; the month was chosen because another column proves it."
            )
        column.notes.append(Note("date_order", date_text.in_letters(form), (column.name,), doubt))
    elif form:
        code = "date_formats" if "|" in form else "date_format"
        column.notes.append(Note(code, date_text.in_letters(form), (column.name,)))


def _with_century(column: SampledColumn, form: str) -> str:
    """Return `form` with the century of years of two digits, where they could lie in the future, and a note of it."""
    dated = date_evidence.with_century(form, column.cells, column.name, datetime.now(UTC).year)
    if dated != form:
        latest = int(dated.partition("@")[2][:4])
        years = tr("{low} to {high}", low=latest - 99, high=latest)
        doubt = tr("The years have two digits, and some would lie in the future if the century were another.")
        column.notes.append(Note("two_digit_years", years, (column.name,), doubt))
    return dated


def _numbers(
    column: SampledColumn, evidence: number_evidence.Evidence, decimal: str, proven: bool, decimal_given: bool
) -> None:
    form = number_evidence.format_of(evidence, decimal)
    if form is None:
        column.kind = "VARCHAR"
        if evidence.telephone:
            column.format = CODE
            column.notes.append(Note("telephone", "", (column.name,), tr(_DOUBTS["telephone"])))
        elif evidence.mixed and evidence.share >= number_evidence.SURE:
            column.notes.append(Note("mixed_units", "", (column.name,)))
        elif 0.05 < evidence.share < number_evidence.SURE and len(column.cells) >= FEW:
            column.notes.append(Note("mixed_types", percent(evidence.share), (column.name,)))
        return
    style = (number_text.styles_of(form) or (number_text.Style(),))[0]
    if form == "" and (column.guarded or len(column.filled) < len(column.cells)):
        form = number_text.PLAIN  # it has to be read as text
    if evidence.share < 1 or (
        not evidence.times and evidence.fits[style.thousands, style.decimal] < column.filled.total()
    ):
        column.kind = "VARCHAR"
    elif form or column.kind not in ("BIGINT", "DOUBLE"):
        whole = not evidence.times and not any(style.decimal in shape for shape in evidence.shapes)
        column.kind = "BIGINT" if whole else "DOUBLE"
    column.format = form
    doubt = ""
    if number_evidence.doubtful(evidence) and not decimal_given:
        other = number_evidence.format_of(evidence, "." if decimal == "," else ",") or ""
        column.other = (other, "DOUBLE" if style.decimal != "," or style.thousands == "." else "BIGINT")
        doubt = _of_decimal(decimal if proven else "", other or tr("plain numbers"))
    if form not in ("", number_text.PLAIN) or evidence.odd_signs or doubt:
        column.notes.append(Note("number_format", form or tr("plain numbers"), (column.name,), doubt))


def _of_decimal(proof: str, other: str) -> str:
    """Return the doubt about a decimal sign: `proof` is the one that the file's other numbers have, "" where none."""
    if not proof:
        return tr("It could also be {format}; chosen because of the delimiter alone.", format=other)
    if proof == ",":
        return tr(
            "It could also be {format}; chosen because the file's other numbers have a decimal comma.",
            format=other,
        )
    return tr(
        "It could also be {format}; chosen because the file's other numbers have a decimal point.",
        format=other,
    )


_DOUBTS = {
    "leading_zeros": mark(
        "Leading zeros are lost in a number; treat the column as numeric if they mean nothing."
    ),
    "telephone": mark("They look like telephone numbers; treat the column as numeric if they are amounts."),
    "big_integers": mark("A number would round them; treat the column as numeric if they are amounts."),
}
_WORDS = {  # of one column, of several; `written` is a note's detail
    "leading_zeros": (
        mark("Column '{column}' of digits with leading zeros is kept as text: codes, not numbers."),
        mark("{columns} columns of digits with leading zeros are kept as text: codes, not numbers."),
    ),
    "telephone": (
        mark("Column '{column}' of long digits is kept as text: telephone numbers, not amounts."),
        mark("{columns} columns of long digits are kept as text: telephone numbers, not amounts."),
    ),
    "big_integers": (
        mark("Column '{column}' of whole numbers beyond 2^53 is kept as text: a number would round them."),
        mark("{columns} columns of whole numbers beyond 2^53 are kept as text: a number would round them."),
    ),
    "mixed_units": (
        mark(
            "Column '{column}' has amounts in several currencies or units, which do not add up: kept as text."
        ),
        mark(
            "{columns} columns have amounts in several currencies or units, which do not add up: kept as text."
        ),
    ),
    "mixed_types": (
        mark("Column '{column}' mixes numbers and words ({written} numbers): kept as text."),
        mark("{columns} columns mix numbers and words ({written} numbers): kept as text."),
    ),
    "date_order": (
        mark("Column '{column}' has dates in which day and month cannot be told apart: read as {written}."),
        mark("{columns} columns have dates in which day and month cannot be told apart: read as {written}."),
    ),
    "date_format": (
        mark("Column '{column}' has dates that are not ISO 8601: read as {written}."),
        mark("{columns} columns have dates that are not ISO 8601: read as {written}."),
    ),
    "date_formats": (
        mark("Column '{column}' has dates in more than one writing: read as {written}."),
        mark("{columns} columns have dates in more than one writing: read as {written}."),
    ),
    "two_digit_years": (
        mark("Column '{column}' has years of two digits: read as {written}."),
        mark("{columns} columns have years of two digits: read as {written}."),
    ),
    "number_format": (
        mark("Column '{column}' has numbers read as {written}."),
        mark("{columns} columns have numbers read as {written}."),
    ),
}


def with_code(sniffed: Sniffed, name: str) -> Sniffed:
    """Return `sniffed` with this column of whole numbers as codes: the leading zeros came with later rows."""
    note = Note("leading_zeros", "", (name,), tr(_DOUBTS["leading_zeros"]))
    return replace(
        sniffed.retyped({name: "VARCHAR"}),
        formats=sniffed.formats | {name: CODE},
        notes=(*sniffed.notes, *gathered([note])),
    )


def gathered(notes: list[Note]) -> list[Note]:
    """Merge notes that say the same of several columns as one, with the columns' number."""
    together: dict[tuple[str, str, str], list[str]] = {}
    for note in notes:
        together.setdefault((note.code, note.message, note.doubt), []).extend(note.columns)
    gathered = []
    for (code, detail, doubt), names in together.items():
        of_one, of_many = _WORDS[code]
        if len(names) == 1:
            text = tr(of_one, column=names[0], written=detail)
        else:
            text = tr(of_many, columns=integer(len(names)), written=detail)
        gathered.append(Note(code, text, tuple(names), doubt))
    return gathered
