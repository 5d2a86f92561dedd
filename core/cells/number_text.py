"""Numbers as people and their spreadsheets write them: 1.234,56 and 1'234.56, 1,23,456, 12 %, € 5, 12 kg, (5) and 5-.

How a column is written is told by example: 1234.56 written that way is the column's `format`, which the Configuration
page shows and the contract keeps; several are separated by `|`, of which the first that fits is taken. Times of day and
durations are numbers too (`duration_text.py`). They are read by SQL alone (`sql`), the same for DuckDB and Spark; tests
hold both against a reader in Python. A unit is dropped: 12 % is 12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from core.cells import duration_text
from core.cells.sql import DUCKDB, SqlDialect
from core.cells.unit_text import factors

SPACES = " \u00a0\u202f"
PLAIN_NUMBER = r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*"  # a pattern: as programs write a number
PLAIN = "1234.56"  # the format of plain numbers, where a column must be read as text for its blanks
_SIGNS = "−+-"
EDGES = f"{SPACES}{_SIGNS}()"
GUARDS = f"{SPACES}='\""  # what a spreadsheet sets round a cell so that it stays as it is
_EXAMPLE = re.compile(r"(?P<before>.*?)1(?P<thousands>\D?)234(?P<decimal>\D)56(?P<after>.*)")


@dataclass(frozen=True, slots=True)
class Style:
    """The signs between thousands and before decimals ("" where there are none), marks to drop, and what the number
    counts."""

    thousands: str = ""
    decimal: str = "."
    before: str = ""
    after: str = ""
    factor: float = 1.0

    @property
    def grammar(self) -> str:
        """Return a pattern of the digits, for RE2, Java and Python alike. Commas may group by twos, as in India."""
        grouped = r"\d+"
        if self.thousands:
            grouped = rf"[1-9]\d{{0,2}}({_escaped(self.thousands)}\d{{3}})+|\d+"
        if self.thousands == ",":
            grouped = rf"[1-9]\d?(,\d\d)+,\d{{3}}|{grouped}"
        return rf"({grouped})?({_escaped(self.decimal)}\d*)?([eE][+-]?\d+)?"


def _escaped(sign: str) -> str:
    return "[.]" if sign == "." else sign


@cache
def styles_of(form: str) -> tuple[Style, ...]:
    """Return the styles that a column's `format` tells by example; none for one that tells no number."""
    parts = form.split("|")
    examples = [match for part in parts if (match := _EXAMPLE.fullmatch(part))]
    if len(examples) < len(parts):
        return ()
    marks = [(match["before"].strip(SPACES), match["after"].strip(SPACES)) for match in examples]
    worth = factors([after for _, after in marks if after]) or {}
    return tuple(
        Style(match["thousands"], match["decimal"], before, after, worth.get(after, 1.0))
        for match, (before, after) in zip(examples, marks, strict=True)
    )


def is_format(form: str) -> bool:
    """Return whether a column's `format` is one of numbers that are not plain."""
    return form in (duration_text.CLOCK, duration_text.DURATION) or bool(styles_of(form))


def sql(text: str, form: str, dialect: SqlDialect = DUCKDB) -> str:
    """Return the SQL of the number in the SQL text `text`: a finite double, blank where it is none.

    A `form` that tells no writing ("" or CODE) is that of plain numbers.
    """
    if form in (duration_text.CLOCK, duration_text.DURATION):
        return duration_text.sql(text, form, dialect)
    values = [_styled(text, style, dialect) for style in styles_of(form)] or [dialect.plain_number(text)]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _styled(text: str, style: Style, dialect: SqlDialect) -> str:
    body = text
    for mark in filter(None, (style.before, style.after)):
        body = f"replace({body}, {dialect.literal(mark)}, '')"
    body = dialect.trim(body, GUARDS)
    core = dialect.trim(body, EDGES)
    digits = f"replace({core}, {dialect.literal(style.thousands)}, '')" if style.thousands else core
    value = dialect.number(f"replace({digits}, {dialect.literal(style.decimal)}, '.')")
    negative = f"left({body}, 1) IN ('-', '−', '(') OR right({body}, 1) IN ('-', '−')"
    signed = f"CASE WHEN {negative} THEN -({value}) ELSE {value} END"
    fits = f"{dialect.full_match(core, style.grammar)} AND {dialect.finite(value)}"
    if style.factor != 1:
        fits = f"{text} LIKE {dialect.literal(f'%{style.after}%')} AND {fits}"
        signed = f"{style.factor!r} * {signed}"
    return f"CASE WHEN {fits} THEN {signed} END"


def written(value: float, form: str) -> str:
    """Return `value` as a column of that format would have it, marks left out."""
    if form in (duration_text.CLOCK, duration_text.DURATION):
        return duration_text.written(value, form)
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    styles = styles_of(form)
    return text.replace(".", styles[0].decimal) if styles else text
