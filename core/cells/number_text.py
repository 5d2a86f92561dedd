"""Numbers as people and their spreadsheets write them: 1.234,56 and 1'234.56, 1,23,456, 12 %, € 5, 12 kg, (5) and 5-.

How a column is written is told by example: 1234.56 written that way is the column's `format`, which the Configuration
page shows and the contract keeps; several are separated by `|`, of which the first that fits is taken. Times of day and
durations are numbers too (`duration_text.py`). Reading is the same in SQL (`sql`) and in Python (`number`); a test
holds them against each other. A unit is dropped: 12 % is 12.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache

from core.cells import duration_text
from core.cells.sql import DUCKDB, Words
from core.cells.unit_text import factors

SPACES = " \u00a0\u202f"
PLAIN = "1234.56"  # the format of plain numbers, where a column must be read as text for its blanks
_MINUS, _SIGNS = "−-", "−+-"  # the hyphen last: these stand in classes of patterns
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
        """A pattern of the digits, for RE2, Java and Python alike. Commas may group by twos, as in India."""
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
    """The styles that a column's `format` tells by example; none for one that tells no number."""
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
    """Whether a column's `format` is one of numbers that are not plain."""
    return form in (duration_text.CLOCK, duration_text.DURATION) or bool(styles_of(form))


def sql(text: str, form: str, words: Words = DUCKDB) -> str:
    """SQL of the number in the SQL text `text`: a double, blank where it is none."""
    if form in (duration_text.CLOCK, duration_text.DURATION):
        return duration_text.sql(text, form, words)
    values = [_styled(text, style, words) for style in styles_of(form)]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"


def _styled(text: str, style: Style, words: Words) -> str:
    body = text
    for mark in filter(None, (style.before, style.after)):
        body = f"replace({body}, {words.literal(mark)}, '')"
    body = words.trim(body, GUARDS)
    core = words.trim(body, EDGES)
    digits = f"replace({core}, {words.literal(style.thousands)}, '')" if style.thousands else core
    value = words.number(f"replace({digits}, {words.literal(style.decimal)}, '.')")
    negative = f"left({body}, 1) IN ('-', '−', '(') OR right({body}, 1) IN ('-', '−')"
    signed = f"CASE WHEN {negative} THEN -({value}) ELSE {value} END"
    fits = f"{words.full_match(core, style.grammar)} AND {words.finite(value)}"
    if style.factor != 1:
        fits = f"{text} LIKE {words.literal(f'%{style.after}%')} AND {fits}"
        signed = f"{style.factor!r} * {signed}"
    return f"CASE WHEN {fits} THEN {signed} END"


def number(text: str, form: str) -> float | None:
    """What `sql` reads, in Python."""
    if form in (duration_text.CLOCK, duration_text.DURATION):
        return duration_text.hours(text, form)
    values = (_number(text, style) for style in styles_of(form))
    return next((value for value in values if value is not None), None)


def _number(text: str, style: Style) -> float | None:
    if style.factor != 1 and style.after not in text:
        return None
    body = text.replace(style.before, "").replace(style.after, "").strip(GUARDS)
    core = body.strip(EDGES)
    if not re.fullmatch(style.grammar, core, re.ASCII):
        return None
    digits = core.replace(style.thousands, "") if style.thousands else core
    try:
        value = float(digits.replace(style.decimal, "."))
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return style.factor * (-value if body[:1] in "-−(" or body[-1:] in _MINUS else value)


def written(value: float, form: str) -> str:
    """`value` as a column of that format would have it, marks left out."""
    if form in (duration_text.CLOCK, duration_text.DURATION):
        return duration_text.written(value, form)
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    styles = styles_of(form)
    return text.replace(".", styles[0].decimal) if styles else text
