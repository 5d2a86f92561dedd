"""What the columns of a CSV hold, from its first rows: DuckDB's types, and then what spreadsheets make of numbers.

DuckDB tells types of plain cells; the columns that it leaves as text are looked at again for decimal commas,
thousands marks, currencies, dates of several writings, and digits that are no numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import duckdb

from core.eda import date_text, number_text
from core.eda.csv_table import BLANKS, rows_of, run
from core.eda.dialect import CODE, Dialect, Note, Overrides, Sniffed
from core.eda.layout import find_layout, totals_line, unique_names
from core.eda.sql import literal, literals
from core.eda.text_file import TextFile

SAMPLE_ROWS, SAMPLE_CELLS = 2_000, 400_000
LONGEST = 40  # characters of a cell that could be a number or a date
EXACT = 2**53  # whole numbers beyond are not exact as a number
FEW = 10  # distinct cells that make eight digits a date
_DIGITS = re.compile(r"\+?\d+")
_DOTTED = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")


@dataclass(slots=True)
class _Column:
    """A column's sampled cells, distinct and filled, with the rows that have each, and what is made of them."""

    name: str
    kind: str  # as DuckDB types it
    cells: Counter[str]
    format: str = ""
    other: tuple[str, str] | None = None  # (format, type) that fits the sample as well
    numbers: number_text.Evidence | None = None
    dates: date_text.Evidence | None = None
    notes: list[Note] = field(default_factory=list)


def sniff(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    asked: Overrides | None = None,
    single: bool = False,
) -> Sniffed:
    """Dialect, columns and formats of `text`. Raises DataNotReadable, StorageFailed."""
    asked = asked or Overrides()
    dialect, names, types, notes = (_of_parquet if text.file == "parquet" else _of_csv)(
        connection, text, asked, single
    )
    rows = max(50, min(SAMPLE_ROWS, SAMPLE_CELLS // len(names)))
    plain = Sniffed(dialect, tuple((name, "VARCHAR") for name in names))
    query = f"SELECT * FROM {rows_of(text, plain, rejects=False)} LIMIT {rows}"
    found = run(connection, text, query).fetchall()
    cells = zip(*found, strict=True) if found else ([] for _ in names)
    columns = [
        _Column(name, kind, Counter(cell for cell in taken if cell and cell.strip()))
        for name, kind, taken in zip(names, types, cells, strict=True)
    ]
    decimal = _judge(columns, dialect, asked)
    return Sniffed(
        replace(dialect, decimal=decimal),
        tuple((column.name, column.kind) for column in columns),
        {column.name: column.format for column in columns if column.format},
        (*text.notes, *notes, *_gathered([note for column in columns for note in column.notes])),
        {column.name: column.other for column in columns if column.other},
    )


def sniff_rows(
    connection: duckdb.DuckDBPyConnection, text: TextFile, own: Dialect, needed: Callable[[Sniffed], bool]
) -> Sniffed:
    """Dialect and names of a file of rows to predict, all columns text.

    The model's `own` dialect is tried first: where it gives the columns that are `needed`, it is the file's. Only
    where training met totals are they looked for. Raises DataNotReadable, StorageFailed.
    """
    known = Overrides(delimiter=own.delimiter, skip=own.skip if "skip" in own.overruled else None)
    tries = [Overrides()] if own.file == "parquet" else [known, Overrides()]
    for place, asked in enumerate(tries, start=1):
        of = _of_parquet if text.file == "parquet" else _of_csv
        dialect, names, _, notes = of(connection, text, asked, True)
        dialect = replace(dialect, footer=dialect.footer if own.footer else 0)
        found = Sniffed(dialect, tuple((name, "VARCHAR") for name in names), notes=tuple(notes))
        if place == len(tries) or needed(found):
            break
    return found


def _of_csv(
    connection: duckdb.DuckDBPyConnection, text: TextFile, asked: Overrides, single: bool
) -> tuple[Dialect, tuple[str, ...], list[str], list[Note]]:
    """(dialect, names, types as DuckDB sniffs them, notes)."""
    layout = find_layout(text.path, text.name, asked, single)
    dialect = Dialect(
        delimiter=layout.delimiter,
        encoding=text.encoding,
        compression=text.compression,
        skip=layout.skip,
        footer=int(totals_line(text.path, layout)),
        as_is=text.as_is,
        overruled=asked.names,
    )
    dialect, types = _ask_duckdb(connection, text, dialect)
    if len(types) != len(layout.names):
        types = ["VARCHAR"] * len(layout.names)
    notes = list(layout.notes)
    if dialect.footer:
        notes.append(Note("totals_line", "The last line holds totals, not a row, and is set aside."))
    return dialect, layout.names, types, notes


def _of_parquet(
    connection: duckdb.DuckDBPyConnection, text: TextFile, asked: Overrides, single: bool
) -> tuple[Dialect, tuple[str, ...], list[str], list[Note]]:
    query = f"DESCRIBE SELECT * FROM read_parquet({literal(str(text.path))})"
    found = run(connection, text, query).fetchall()
    names = unique_names([str(row[0]).strip() for row in found])
    return Dialect(file="parquet"), tuple(names), [_kept(str(row[1])) for row in found], []


def _kept(kind: str) -> str:
    """A Parquet type as one of those that a table of the product has."""
    if re.fullmatch(r"U?(TINY|SMALL|BIG)?INT(EGER)?", kind):
        return "BIGINT"
    if re.match(r"FLOAT|DOUBLE|DECIMAL", kind):
        return "DOUBLE"
    return kind.partition("_")[0] if kind.startswith(("TIMESTAMP", "DATE")) else "VARCHAR"


def _ask_duckdb(
    connection: duckdb.DuckDBPyConnection, text: TextFile, dialect: Dialect
) -> tuple[Dialect, list[str]]:
    """The dialect with its quoting, and a type for each column, none where no dialect fits the first rows."""
    query = (
        f"FROM sniff_csv({literal(str(text.path))}, header=true, ignore_errors=true, "
        f"delim={literal(dialect.delimiter)}, skip={dialect.skip}, nullstr={literals(BLANKS)})"
    )
    try:
        cursor = connection.execute(query)
        found = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    except duckdb.Error:
        return dialect, []

    def char(key: str) -> str:
        return "" if found[key] in (None, "(empty)", "\\0") else found[key]

    # A sample without quotes says nothing about the rest of the file: RFC 4180's quote stays in force.
    quote = char("Quote") or '"'
    dialect = replace(dialect, quote=quote, escape=char("Escape") or quote)
    return dialect, [column["type"] for column in found["Columns"]]


def _judge(columns: list[_Column], dialect: Dialect, asked: Overrides) -> str:
    """Give each column its type, format and notes; answers the file's decimal sign."""
    proofs = []
    for column in columns:
        if _code(column) or _plain(column, asked):
            if column.kind == "DOUBLE":
                proofs.append(number_text.Evidence(1.0, {("", "."): 1}))
            continue
        short = {cell: rows for cell, rows in column.cells.items() if len(cell) <= LONGEST}
        column.dates = date_text.evidence(short, asked.date_format) if short else None
        if column.dates is None or column.dates.share < date_text.SURE:
            column.numbers = number_text.evidence(short)
            column.numbers.share *= sum(short.values()) / column.cells.total()
    proofs += [
        column.numbers for column in columns if column.numbers and column.numbers.share >= number_text.SURE
    ]
    decimal, proven = number_text.decimal_of(proofs, dialect.delimiter)
    decimal, proven = (asked.decimal, True) if asked.decimal else (decimal, proven)
    dates = [column.dates for column in columns if column.dates]
    month_first = any(item.month_first for item in dates)
    for column in columns:
        if column.dates and column.dates.share >= date_text.SURE:
            _dates(column, month_first, asked)
        elif column.numbers:
            _numbers(column, decimal, proven, bool(asked.decimal))
    return decimal


def _code(column: _Column) -> bool:
    """Digits that are no number: kept as text."""
    if column.kind not in ("BIGINT", "HUGEINT", "VARCHAR", "DOUBLE") or not column.cells:
        return False
    if not _DIGITS.fullmatch(next(iter(column.cells))) and column.kind != "VARCHAR":
        return False
    digits = [cell for cell in column.cells if _DIGITS.fullmatch(cell)]
    if sum(column.cells[cell] for cell in digits) < number_text.SURE * column.cells.total():
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
        column.notes.append(Note(reason, "", (column.name,), _DOUBTS[reason]))
    return bool(reason)


def _plain(column: _Column, asked: Overrides) -> bool:
    """Whether DuckDB's type says all: numbers that can be read in no other way, or no cell at all."""
    if not column.cells:
        column.kind = "VARCHAR"
        return True
    if column.kind == "BIGINT":
        return not (
            len(column.cells) >= FEW and all(date_text.formats_of(c) == ("%Y%m%d",) for c in column.cells)
        )
    if column.kind != "DOUBLE" or asked.decimal == ",":
        return column.kind == "DOUBLE" and not any("." in cell for cell in column.cells)
    return not all(_DOTTED.fullmatch(cell) or cell.isdigit() for cell in column.cells)


def _dates(column: _Column, month_first: bool, asked: Overrides) -> None:
    found = column.dates
    form = date_text.format_of(found, month_first)
    if form is None:
        column.kind = "VARCHAR"
        return
    time = date_text.has_time(form) or any(":" in cell for cell in column.cells)
    column.kind = "VARCHAR" if found.share < 1 else "TIMESTAMP" if time else "DATE"
    column.format = form
    if found.both and not asked.date_format:
        column.other = (date_text.turned(form), column.kind)
        why = "another column proves it" if month_first else "most of the world writes so"
        first, second = ("month", "day") if month_first else ("day", "month")
        doubt = f"The {second} could come first as well; the {first} was chosen because {why}."
        column.notes.append(Note("date_order", f"read as {form}", (column.name,), doubt))
    elif form:
        code = "date_formats" if "|" in form else "date_format"
        column.notes.append(Note(code, f"read as {form.replace('|', ' or ')}", (column.name,)))


def _numbers(column: _Column, decimal: str, proven: bool, asked: bool) -> None:
    found = column.numbers
    form = number_text.format_of(found, decimal)
    if form is None:
        column.kind = "VARCHAR"
        if found.telephone:
            column.format = CODE
            column.notes.append(Note("telephone", "", (column.name,), _DOUBTS["telephone"]))
        elif len(found.marks) > 1 and found.share >= number_text.SURE:
            column.notes.append(Note("mixed_units", "", (column.name,)))
        elif 0.05 < found.share < number_text.SURE and len(column.cells) >= FEW:
            column.notes.append(Note("mixed_types", f"{found.share:.0%} numbers", (column.name,)))
        return
    style = number_text.style_of(form) or number_text.Style()
    numbers = [number_text.number(cell, style) for cell in column.cells]
    if form == "" and column.kind in ("BIGINT", "DOUBLE"):
        pass
    elif None in numbers:
        column.kind = "VARCHAR"
    else:
        whole = all(value.is_integer() for value in numbers) and not any(
            style.decimal in c for c in column.cells
        )
        column.kind = "BIGINT" if whole else "DOUBLE"
    column.format = form
    doubt = ""
    if number_text.doubtful(found) and not asked:
        other = number_text.format_of(found, "." if decimal == "," else ",") or ""
        column.other = (other, "DOUBLE" if style.decimal != "," or style.thousands == "." else "BIGINT")
        sign = "comma" if decimal == "," else "point"
        why = f"the file's other numbers have a decimal {sign}" if proven else "of the delimiter"
        doubt = f"It could also be {other or 'plain numbers'}; chosen because {why}."
    if form or doubt:
        column.notes.append(
            Note("number_format", f"read as {form or 'plain numbers'}", (column.name,), doubt)
        )


_DOUBTS = {
    "leading_zeros": "Leading zeros are lost in a number; treat the column as numeric if they mean nothing.",
    "telephone": "They look like telephone numbers; treat the column as numeric if they are amounts.",
    "big_integers": "A number would round them; treat the column as numeric if they are amounts.",
}
_WORDS = {
    "leading_zeros": "{} of digits with leading zeros are kept as text: codes, not numbers",
    "telephone": "{} of long digits are kept as text: telephone numbers, not amounts",
    "big_integers": "{} of whole numbers beyond 2^53 are kept as text: a number would round them",
    "mixed_units": "{} have amounts in several currencies or units, which do not add up: kept as text",
    "mixed_types": "{} mix numbers and words ({}): kept as text",
    "date_order": "{} have dates in which day and month cannot be told apart: {}",
    "date_format": "{} have dates that are not ISO 8601: {}",
    "date_formats": "{} have dates in more than one writing: {}",
    "number_format": "{} have numbers that are not plain: {}",
}


def _gathered(notes: list[Note]) -> list[Note]:
    """Notes that say the same of several columns as one, with the columns' number."""
    together: dict[tuple[str, str, str], list[str]] = {}
    for note in notes:
        together.setdefault((note.code, note.message, note.doubt), []).extend(note.columns)
    gathered = []
    for (code, detail, doubt), names in together.items():
        who = f"Column '{names[0]}'" if len(names) == 1 else f"{len(names):,} columns"
        text = _WORDS[code].format(who, detail)
        if len(names) == 1:
            text = (
                text.replace(" are kept", " is kept").replace(" have ", " has ").replace(" mix ", " mixes ")
            )
        gathered.append(Note(code, f"{text}.", tuple(names), doubt))
    return gathered
