"""Numbers as people and their spreadsheets write them: 1.234,56 and 1'234.56, 12 %, € 5, (5) and 5-.

How a column is written is told by example: 1234.56 written that way is the column's `format`, which the Configuration
page shows and the contract keeps. Reading is the same in SQL (`sql`) and in Python (`number`); a test holds them
against each other. A per cent sign is dropped: 12 % is 12.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from core.eda.sql import literal

SPACES = " \u00a0\u202f"
MARKS = (*("%", "‰", "€", "$", "£", "¥", "₹", "₽", "₺", "₩", "US$", "R$", "S/", "Fr.", "kr", "zł", "Kč", "Ft"),
         *("EUR", "USD", "GBP", "CHF", "JPY", "MXN", "ARS", "COP", "BRL", "SEK", "NOK", "DKK", "PLN"))  # fmt: skip
SURE = 0.95  # of the cells; fewer that are numbers do not make a column of numbers
_MINUS, _SIGNS = "−-", "−+-"  # the hyphen last: these stand in classes of patterns
EDGES = f"{SPACES}{_SIGNS}()"
_THOUSANDS = ("", ".", ",", "'", "’", " ", "\u00a0", "\u202f")
_MARK = "|".join(re.escape(mark) for mark in sorted(MARKS, key=len, reverse=True))
_CELL = re.compile(
    rf"[{SPACES}]*\(?[{SPACES}{_SIGNS}]*(?P<before>{_MARK})?[{SPACES}{_SIGNS}]*"
    rf"(?P<body>\d[\d.,'’{SPACES}]*?|[.,]\d+)(?P<exponent>[eE][+-]?\d+)?"
    rf"(?P<gap>[{SPACES}{_MINUS}]*)(?P<after>{_MARK})?[{SPACES}{_MINUS}]*\)?[{SPACES}]*"
)
_PLAIN = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_ALIKE = dict.fromkeys(map(ord, "123456789"), "1")
_EXAMPLE = re.compile(r"(?P<before>.*?)1(?P<thousands>\D?)234(?P<decimal>\D)56(?P<after>.*)")


@dataclass(frozen=True, slots=True)
class Style:
    """The signs between thousands and before decimals ("" where there are none), and a mark to drop."""

    thousands: str = ""
    decimal: str = "."
    mark: str = ""
    example: str = ""

    @property
    def grammar(self) -> str:
        """A pattern of the digits, for RE2, Java and Python alike."""
        grouped = rf"[1-9]\d{{0,2}}({_escaped(self.thousands)}\d{{3}})+|\d+" if self.thousands else r"\d+"
        return rf"({grouped})?({_escaped(self.decimal)}\d*)?([eE][+-]?\d+)?"


def _escaped(sign: str) -> str:
    return "[.]" if sign == "." else sign


@cache
def style_of(form: str) -> Style | None:
    """The style that a column's `format` tells by example; None for one that tells no number."""
    found = _EXAMPLE.fullmatch(form)
    if found is None:
        return None
    mark = (found["before"] or found["after"]).strip(SPACES)
    return Style(found["thousands"], found["decimal"], mark, form)


def sql(text: str, style: Style) -> str:
    """SQL of the number in the SQL text `text`: a DOUBLE, blank where it is none."""
    body = f"replace({text}, {literal(style.mark)}, '')" if style.mark else text
    body = f"trim({body}, {literal(SPACES)})"
    core = f"trim({body}, {literal(EDGES)})"
    digits = f"replace({core}, {literal(style.thousands)}, '')" if style.thousands else core
    value = f"TRY_CAST(replace({digits}, {literal(style.decimal)}, '.') AS DOUBLE)"
    negative = f"left({body}, 1) IN ('-', '−', '(') OR right({body}, 1) IN ('-', '−')"
    signed = f"CASE WHEN {negative} THEN -({value}) ELSE {value} END"
    fits = f"regexp_full_match({core}, {literal(style.grammar)}) AND isfinite({value})"
    return f"CASE WHEN {fits} THEN {signed} END"


def number(text: str, style: Style) -> float | None:
    """What `sql` reads, in Python."""
    body = (text.replace(style.mark, "") if style.mark else text).strip(SPACES)
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
    return -value if body[:1] in "-−(" or body[-1:] in _MINUS else value


# --- sniffing ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Evidence:
    """What a column's sampled cells say of how its numbers are written."""

    share: float  # of the cells that are numbers in some writing
    fits: dict[tuple[str, str], int] = field(default_factory=dict)  # (thousands, decimal): cells
    marks: dict[str, int] = field(default_factory=dict)  # as in an example: "€ ", " %"
    odd_signs: bool = False  # some cell is no plain number
    signs: bool = False  # some cell has a point or a comma
    shapes: dict[str, int] = field(
        default_factory=dict
    )  # 1 for any digit but 0: which writings fit is the same
    telephone: bool = False

    @property
    def best(self) -> list[tuple[str, str]]:
        most = max(self.fits.values(), default=0)
        return [pair for pair, count in self.fits.items() if count == most > 0]

    @property
    def sure(self) -> str:
        """The decimal sign, where the cells leave no other; else ""."""
        signs = {decimal for _, decimal in self.best}
        return signs.pop() if len(signs) == 1 else ""


def evidence(cells: Mapping[str, int]) -> Evidence:
    """Look at a column's filled, distinct cells, each with the rows that have it."""
    found = Evidence(0.0)
    bodies = found.shapes
    for cell, rows in cells.items():
        match = _CELL.fullmatch(cell)
        if match is None:
            continue
        shape = match["body"].translate(_ALIKE)
        bodies[shape] = bodies.get(shape, 0) + rows
        found.odd_signs |= _PLAIN.fullmatch(cell) is None
        gap = " " if match["gap"].strip("−-") else ""
        for mark in ({f"{match['before']}|"} if match["before"] else set()) | (
            {f"|{gap}{match['after']}"} if match["after"] else set()
        ):
            found.marks[mark] = found.marks.get(mark, 0) + 1
    found.share = sum(bodies.values()) / (sum(cells.values()) or 1)
    if found.share < SURE:
        return found
    for pair, fits in _writings().items():
        found.fits[pair] = sum(rows for body, rows in bodies.items() if fits(body))
    spaced = sum(any(space in body for space in SPACES) for body in bodies)
    lengths = {sum(char.isdigit() for char in body) for body in bodies}
    found.telephone = spaced == len(bodies) and len(lengths) == 1 and min(lengths) >= 7
    found.signs = any(sign in body for body in bodies for sign in ".,")
    found.telephone &= not found.signs
    return found


@cache
def _writings() -> dict[tuple[str, str], Callable[[str], object]]:
    return {
        (thousands, decimal): re.compile(Style(thousands, decimal).grammar, re.ASCII).fullmatch
        for thousands in _THOUSANDS
        for decimal in ".,"
        if thousands != decimal
    }


def decimal_of(found: list[Evidence], delimiter: str) -> tuple[str, bool]:
    """(the file's decimal sign, whether some column proves it)."""
    votes = [item.sure for item in found if item.sure]
    if votes:
        return max(",.", key=votes.count), True
    return ("," if delimiter == ";" else "."), False


def format_of(found: Evidence, decimal: str) -> str | None:
    """The column's `format` ("" where it is plain), or None where it holds no numbers to speak of."""
    if found.share < SURE or found.telephone or len({mark.strip("|" + SPACES) for mark in found.marks}) > 1:
        return None
    best = found.best
    pairs = [pair for pair in best if pair[1] == decimal or not found.signs] or best
    if not pairs or found.fits[pairs[0]] < SURE * max(found.fits.values()):
        return None
    thousands, decimal = pairs[0]  # the fewest signs come first
    if (thousands, decimal) == ("", ".") and not found.odd_signs:
        return ""
    before, _, after = max(found.marks, key=found.marks.get, default="|").partition("|")
    return f"{before}1{thousands}234{decimal}56{after}"


def doubtful(found: Evidence) -> bool:
    """Whether both decimal signs fit, with other values: 1.234 is a thousand or a little more than one."""
    return found.signs and found.share >= SURE and not found.sure
