"""How a column's numbers are written, inferred from some of its cells: see number_text.py for what a format is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice

from core.cells import duration_text
from core.cells.number_text import PLAIN, PLAIN_NUMBER, SPACES, Style, styles_of
from core.cells.unit_text import LARGER, MARKS, factors

SURE = 0.95  # of the cells; fewer that are numbers do not make a column of numbers
MOST_FORMATS = 12  # of one column
FEW = 20  # cells, of which one at least is a time where a column has times
UNIT_SHARE = 0.5  # of the numbers; a word behind fewer is no unit
_SIGNS = "−+-"
_THOUSANDS = ("", ".", ",", "'", "’", " ", "\u00a0", "\u202f")
_MARK = "|".join(re.escape(mark) for mark in sorted(MARKS, key=len, reverse=True))
_UNIT = r"(?:[^\W\d_]|[°µ″′\"/])[^\d|=]{0,19}?(?:(?<=m)[23]|/100 ?km)?"
_CELL = re.compile(
    rf"[{SPACES}]*\(?[{SPACES}{_SIGNS}]*(?P<before>{_MARK})?[{SPACES}{_SIGNS}]*"
    rf"(?P<body>\d[\d.,'’{SPACES}]*?|[.,]\d+)(?P<exponent>[eE][+-]?\d+)?"
    rf"(?P<gap>[{SPACES}{_SIGNS}]*)(?P<after>{_MARK}|{_UNIT})?[{SPACES}{_SIGNS}]*\)?[{SPACES}]*"
)
_PLAIN = re.compile(PLAIN_NUMBER)
_SIGNED = re.compile(r"1\D?234\D56")
_ALIKE = dict.fromkeys(map(ord, "123456789"), "1")


def is_number(cell: str) -> bool:
    """Return whether `cell` is a number in some writing, with a currency or a per cent sign at most."""
    match = _CELL.fullmatch(cell)
    return match is not None and (not match["after"] or match["after"] in MARKS)


def is_plain(cell: str) -> bool:
    """Return whether `cell` is a number as programs write it."""
    return _PLAIN.fullmatch(cell) is not None


@dataclass(slots=True)
class Evidence:
    """What a column's sampled cells say of how its numbers are written."""

    share: float  # of the cells that are numbers in some writing
    fits: dict[tuple[str, str], int] = field(default_factory=dict)  # (thousands, decimal): cells
    befores: dict[str, int] = field(default_factory=dict)  # marks before the number, with their space: "€ "
    afters: dict[str, int] = field(default_factory=dict)  # and behind it: " %"
    odd_signs: bool = False  # some cell is no plain number
    signs: bool = False  # some cell has a point or a comma
    shapes: dict[str, int] = field(default_factory=dict)  # 1 for any digit but 0: which fit is the same
    telephone: bool = False
    times: str = ""  # the format of times of day or durations, where these are

    @property
    def best(self) -> list[tuple[str, str]]:
        most = max(self.fits.values(), default=0)
        return [pair for pair, count in self.fits.items() if count == most > 0]

    @property
    def sure(self) -> str:
        """Return the decimal sign, where the cells leave no other; else ""."""
        signs = {decimal for _, decimal in self.best}
        return signs.pop() if len(signs) == 1 else ""

    @property
    def mixed(self) -> bool:
        """Return whether there are marks of several things that do not add up."""
        return len(_bare(self.befores)) > 1 or factors(_bare(self.afters)) is None


def _bare(marks: Mapping[str, int]) -> set[str]:
    return {mark.strip(SPACES) for mark in marks}


def evidence_of(cells: Mapping[str, int]) -> Evidence:
    """Return what a column's filled, distinct cells say, each counted by the rows that have it."""
    evidence, total = Evidence(0.0), sum(cells.values()) or 1
    units: dict[str, int] = {}
    matches = []
    for cell, rows in cells.items():
        match = _CELL.fullmatch(cell)
        if match is not None:
            matches.append((cell, match, rows))
            if (after := match["after"]) and after not in MARKS:
                units[after] = units.get(after, 0) + rows
    numbers = sum(rows for _, _, rows in matches)
    # In a column of words, those that begin with a number have no unit: 9E is an airline.
    known = _units(units, numbers) if numbers >= UNIT_SHARE * total else set()
    for cell, match, rows in matches:
        before, after = match["before"] or "", match["after"] or ""
        if after in units and after not in known:
            continue
        shape = match["body"].translate(_ALIKE)
        evidence.shapes[shape] = evidence.shapes.get(shape, 0) + rows
        evidence.odd_signs |= not is_plain(cell)
        if before:
            evidence.befores[before] = evidence.befores.get(before, 0) + rows
        if after:
            mark = (" " if match["gap"].strip(_SIGNS) else "") + after.rstrip(SPACES)
            evidence.afters[mark] = evidence.afters.get(mark, 0) + rows
    evidence.share = sum(evidence.shapes.values()) / total
    if evidence.share < SURE or evidence.mixed:
        evidence.times = _times(cells, total)
    if evidence.times or not evidence.shapes:
        evidence.share = 1.0 if evidence.times else 0.0
        return evidence
    for pair, fits in _writings().items():
        evidence.fits[pair] = sum(rows for body, rows in evidence.shapes.items() if fits(body))
    spaced = sum(any(space in body for space in SPACES) for body in evidence.shapes)
    lengths = {sum(char.isdigit() for char in body) for body in evidence.shapes}
    evidence.telephone = spaced == len(evidence.shapes) and len(lengths) == 1 and min(lengths) >= 7
    evidence.signs = any(sign in body for body in evidence.shapes for sign in ".,")
    evidence.telephone &= not evidence.signs
    return evidence


def _units(units: Mapping[str, int], numbers: int) -> set[str]:
    """Return the words that are the unit of most numbers: one, in its spellings, or a family's.

    Else the cells are words that begin with a number: 12 Main Street.
    """
    bare: dict[str, int] = {}
    for unit, rows in units.items():
        bare[unit.strip(SPACES)] = bare.get(unit.strip(SPACES), 0) + rows
    total = sum(bare.values())
    chosen: set[str] = set()
    for unit in sorted(bare, key=bare.__getitem__, reverse=True)[:MOST_FORMATS]:
        if factors({*chosen, unit}) is not None:
            chosen.add(unit)
    if sum(bare[unit] for unit in chosen) < SURE * total:
        return set()
    if total < UNIT_SHARE * numbers and not all(unit in LARGER for unit in chosen):
        return set()
    return {unit for unit in units if unit.strip(SPACES) in chosen}


def _times(cells: Mapping[str, int], total: int) -> str:
    for form in (duration_text.CLOCK, duration_text.DURATION):
        if any(duration_text.hours(cell, form) is not None for cell in islice(cells, FEW)):
            read = sum(rows for cell, rows in cells.items() if duration_text.hours(cell, form) is not None)
            if read >= SURE * total:
                return form
    return ""


@cache
def _writings() -> dict[tuple[str, str], Callable[[str], object]]:
    return {
        (thousands, decimal): lru_cache(1 << 16)(
            re.compile(Style(thousands, decimal).grammar, re.ASCII).fullmatch
        )
        for thousands in _THOUSANDS
        for decimal in ".,"
        if thousands != decimal
    }


def decimal_of(columns: list[Evidence], delimiter: str) -> tuple[str, bool]:
    """Return (the file's decimal sign, whether some column proves it)."""
    votes = [item.sure for item in columns if item.sure]
    if votes:
        return max(",.", key=votes.count), True
    return ("," if delimiter == ";" else "."), False


def format_of(evidence: Evidence, decimal: str, every: bool = False) -> str | None:
    """Return the column's `format` ("" where it is plain), or None where it holds no numbers to speak of.

    With `every` it reads each cell that is a number in any writing, however few they are.
    """
    if evidence.times:
        return evidence.times
    if not every and (evidence.share < SURE or evidence.telephone or evidence.mixed):
        return None
    pairs = _pairs(evidence, decimal)
    if not pairs or (not every and evidence.fits[pairs[0]] < SURE * max(evidence.fits.values())):
        return None
    if pairs[0] == ("", ".") and not evidence.odd_signs:
        return ""
    pairs = pairs if every else pairs[:1]
    return "|".join([_example(pair, *marks) for pair in pairs for marks in _marks(evidence)][:MOST_FORMATS])


def respelt(form: str, evidence: Evidence, decimal: str) -> str:
    """Return `form` with the signs that the cells have, and their marks where it has none."""
    (thousands, sign), *_ = _pairs(evidence, decimal)
    if any(style.before or style.after for style in styles_of(form)) or evidence.mixed:
        return _SIGNED.sub(f"1{thousands}234{sign}56", form or PLAIN)
    return "|".join(_example((thousands, sign), *marks) for marks in _marks(evidence))


def _pairs(evidence: Evidence, decimal: str) -> list[tuple[str, str]]:
    """Return the (thousands, decimal) that reads most cells, and those that read what it leaves."""
    best = evidence.best
    pairs = [pair for pair in best if pair[1] == decimal or not evidence.signs] or best
    chosen = pairs[:1]  # the fewest signs come first
    left = dict(evidence.shapes)
    while chosen:
        fits = _writings()[chosen[-1]]
        left = {shape: rows for shape, rows in left.items() if not fits(shape)}
        counts = {pair: sum(r for s, r in left.items() if fit(s)) for pair, fit in _writings().items()}
        more = max(counts, key=counts.__getitem__)
        if not counts[more]:
            break
        chosen.append(more)
    return chosen


def _marks(evidence: Evidence) -> list[tuple[str, str]]:
    """Return (before, after) of the marks, the longer first, of which the shorter may be a part."""
    befores = sorted(evidence.befores, key=evidence.befores.__getitem__, reverse=True)
    most: dict[str, str] = {}  # of one mark the more frequent spacing
    for mark in sorted(evidence.afters, key=evidence.afters.__getitem__):
        most[mark.strip(SPACES)] = mark
    afters = sorted(most.values(), key=lambda mark: -len(mark.strip(SPACES)))
    worth = factors(most) or {}
    if all(worth.get(mark, 1.0) != 1 for mark in most):
        afters.append("")  # a number without a mark is what it says
    return [(before, after) for before in befores or [""] for after in afters]


def _example(pair: tuple[str, str], before: str, after: str) -> str:
    thousands, decimal = pair
    return f"{before}1{thousands}234{decimal}56{after}"


def doubtful(evidence: Evidence) -> bool:
    """Return whether both decimal signs fit, with other values: 1.234 is a thousand or a little more than one."""
    return evidence.signs and evidence.share >= SURE and len({decimal for _, decimal in evidence.best}) > 1
