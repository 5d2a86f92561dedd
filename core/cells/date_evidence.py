"""How a column's dates are written, inferred from some of its cells: see date_text.py for what a format is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from core.cells import month_words
from core.cells.date_text import is_iso, is_quarter, moment

MOST_FORMATS = 3  # of one column
SURE = 0.95  # of the cells
AHEAD = 5  # years from now that a year of two digits may lie
_NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2}|[A-Za-z]{3,9})\2(\d{1,4})")
_JAPANESE = re.compile(r"\d{4}年\d{1,2}月\d{1,2}日")
_WORDS = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4})|([A-Za-z]{3,9}) (\d{1,2})(,?) (\d{4})")
_YEAR = r"(?:18|19|20|21)\d\d"
_PARTIAL = re.compile(rf"{_YEAR}(?P<sign>[-/]|M)(?:0?[1-9]|1[0-2])|(?:0?[1-9]|1[0-2])(?P<before>[-/]){_YEAR}")
_COMPACT = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
    r"(?P<time>(?P<t>T?)(?:[01]\d|2[0-3])[0-5]\d(?P<seconds>[0-5]\d)?(?P<zone>Z|[+-]\d\d:?(?:\d\d)?)?)?"
)
_TIME = re.compile(
    r"(?P<gap>[T :]|, )\d{1,2}:\d\d(?P<seconds>:\d\d(?P<part>(?P<sign>[.,])\d{1,6})?)?(?P<half> ?[AaPp][Mm])?"
    r"(?P<zone>\s*(Z|UTC|GMT|[+-]\d\d:?(\d\d)?))?"
)
# A date whose month has its name, as month_words.named writes it.
_NAMED = (
    (re.compile(r"\d{1,2} [a-z]+ (\d{4}(?!\d)|\d\d(?![\d:]))"), "%d %b {0}"),
    (re.compile(r"[a-z]+ \d{1,2} (\d{4})(?!\d)"), "%b %d {0}"),
    (re.compile(r"(\d{4}) [a-z]+ \d{1,2}(?![\d:])"), "{0} %b %d"),
    (re.compile(r"[a-z]+ \d{1,2} \d{1,2}:\d\d:\d\d (\d{4})"), "%b %d %H:%M:%S {0}"),
    (re.compile(r"[a-z]+ (\d{4}|\d\d)(?![\d:])"), "%b {0}"),
    (re.compile(r"(\d{4}) [a-z]+(?![\d:])"), "{0} %b"),
)
_MONTHS = {month: sign for sign in ("%B", "%b") for n in range(1, 13)
           for month in [datetime(2000, n, 1).strftime(sign).lower()]}  # fmt: skip
_BIRTH = re.compile(r"birth|born|dob|nac|naiss|nasc|geb", re.IGNORECASE)


def is_day(cell: str) -> bool:
    """Return whether `cell` is a date with its day; 2010-01 and Q1 2010 could be names of columns as well."""
    return any(not form or "%d" in form for form in formats_of(cell))


@lru_cache(1 << 16)
def formats_of(cell: str) -> tuple[str, ...]:
    """Return the formats that read `cell`; two where day and month could stand either way, none for what is no date."""
    cell = cell.strip()
    if is_iso(cell):
        return ("",)
    if match := _COMPACT.fullmatch(cell):
        return (_of_digits(match),)
    if match := _PARTIAL.fullmatch(cell):
        return (f"%Y{match['sign']}%m" if match["sign"] else f"%m{match['before']}%Y",)
    if is_quarter(cell):
        return ("%q",)
    for pattern, dates in ((_NUMERIC, _of_numbers), (_WORDS, _of_words), (_JAPANESE, _of_japanese)):
        if match := pattern.match(cell):
            time = _of_time(cell[match.end() :])
            if forms := () if time is None else tuple(date + time for date in dates(match)):
                return forms
    return _of_names(cell)


def _of_digits(match: re.Match[str]) -> str:
    if not match["time"]:
        return "%Y%m%d"
    return f"%Y%m%d{match['t']}%H%M" + ("%S" if match["seconds"] else "") + ("%z" if match["zone"] else "")


def _of_names(cell: str) -> tuple[str, ...]:
    """Return the format of a date whose month has its name in any language."""
    text = month_words.named(cell) if any(map(str.isalpha, cell)) else ""
    for pattern, form in _NAMED if text else ():
        if match := pattern.match(text):
            time = _of_time(text[match.end() :].replace("am", "AM").replace("pm", "PM"))
            year = "%Y" if len(match[1]) == 4 else "%y"
            return () if time is None else (form.format(year) + time,)
    return ()


def _of_numbers(match: re.Match[str]) -> list[str]:
    first, sign, middle, last = match.groups()
    if len(first) == 4:
        return [f"%Y{sign}%m{sign}%d"] if middle.isdigit() and len(last) <= 2 else []
    year = {4: "%Y", 2: "%y"}.get(len(last))
    if year is None or len(first) > 2:
        return []
    if middle.isalpha():
        month = _MONTHS.get(middle.lower())
        return [f"%d{sign}{month}{sign}{year}"] if month else []
    possible = []
    if 1 <= int(first) <= 31 and 1 <= int(middle) <= 12:
        possible.append(f"%d{sign}%m{sign}{year}")
    if 1 <= int(first) <= 12 and 1 <= int(middle) <= 31:
        possible.append(f"%m{sign}%d{sign}{year}")
    return possible


def _of_words(match: re.Match[str]) -> list[str]:
    _, middle, _, first, _, comma, _ = match.groups()
    month = _MONTHS.get((middle or first).lower())
    if month is None:
        return []
    return [f"%d {month} %Y"] if middle else [f"{month} %d{comma} %Y"]


def _of_japanese(_: re.Match[str]) -> list[str]:
    return ["%Y年%m月%d日"]


def _of_time(rest: str) -> str | None:
    """Return the format of what follows a date, "" for nothing, None for what is no time."""
    if not rest:
        return ""
    match = _TIME.fullmatch(rest)
    if match is None:
        return None
    form = match["gap"] + ("%I" if match["half"] else "%H") + ":%M"
    form += (":%S" if match["seconds"] else "") + (f"{match['sign']}%f" if match["part"] else "")
    form += (" %p" if match["half"].startswith(" ") else "%p") if match["half"] else ""
    return form + ("%z" if match["zone"] else "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The formats of a column's cells; `fits` holds every format with how many rows it reads."""

    share: float  # of the rows that are dates
    fits: Counter[str]
    rows: int

    @property
    def both(self) -> bool:
        """Return whether every cell could be read day first and month first."""
        days, months = self._order("%d", "%m"), self._order("%m", "%d")
        return days == months > 0

    @property
    def ordered(self) -> bool:
        """Return whether some cell has day and month as numbers, in one order or the other."""
        return self._order("%d", "%m") + self._order("%m", "%d") > 0

    def _order(self, first: str, second: str) -> int:
        return sum(n for form, n in self.fits.items() if _begins(form, first, second))

    @property
    def month_first(self) -> bool:
        """Return whether only month first reads them all."""
        return self._order("%m", "%d") > self._order("%d", "%m")


def _begins(form: str, first: str, second: str) -> bool:
    return form.startswith(first) and form[3:5] == second


def evidence_of(cells: Mapping[str, int], preferred: str = "") -> Evidence:
    """Return the formats of a column's filled, distinct cells, by rows; `preferred` is taken where it fits."""
    fits: Counter[str] = Counter()
    dates = 0
    for cell, rows in cells.items():
        forms = formats_of(cell)
        if preferred:
            wanted = tuple(form for form in forms if form.startswith(preferred))
            forms = wanted or ((preferred,) if moment(cell, preferred) else forms)
        dates += rows if forms else 0
        fits.update(dict.fromkeys(forms, rows))
    total = sum(cells.values())
    fits = _one_spelling(fits)
    return Evidence(dates / (total or 1), fits, total)


def _one_spelling(fits: Counter[str]) -> Counter[str]:
    """Return `fits` with one format for those that differ in how a month's name is set apart, which are read alike."""
    together: dict[str, list[str]] = {}
    for form in fits:
        named = "%b" in form or "%B" in form
        together.setdefault(month_words.digits_format(form) if named else form, []).append(form)
    merged: Counter[str] = Counter()
    for forms in together.values():
        plain = [form for form in forms if not re.search(r"[-/.]", form)] or forms
        merged[max(plain, key=fits.__getitem__)] = sum(fits[form] for form in forms)
    return merged


def format_of(evidence: Evidence, month_first: bool) -> str | None:
    """Return the column's `format`, the most frequent first, or None where it holds no dates to speak of."""
    if evidence.share < SURE:
        return None
    turned = evidence.both and month_first
    left = {f: n for f, n in evidence.fits.items() if not (evidence.both and _begins(f, *_other(turned)))}
    if not evidence.both:  # what one order reads alone settles it for the cells that either could read
        order = ("%m", "%d") if evidence.month_first else ("%d", "%m")
        kept = {form: n for form, n in left.items() if not _begins(form, order[1], order[0])}
        left = kept if sum(kept.values()) >= SURE * evidence.rows else left
    forms = sorted(left, key=lambda form: (-left[form], form))[:MOST_FORMATS]
    if sum(left[form] for form in forms) < SURE * evidence.rows:
        return None
    return "|".join(forms)


def _other(month_first: bool) -> tuple[str, str]:
    return ("%d", "%m") if month_first else ("%m", "%d")


def with_century(form: str, cells: Iterable[str], name: str, now: int) -> str:
    """Return `form` with the latest year that two digits mean in it, where some would lie in the future.

    Years that follow one another stay together: births from 30 to 68 are all of the last century, and what runs from
    a little before today to long after, as contracts end, is of this one.
    """
    parts = form.split("|")
    short = [part for part in parts if "%y" in part]
    years = sorted({date.year % 100 for cell in cells for part in short if (date := moment(cell, part))})
    born = _BIRTH.search(name) is not None
    latest = now if born else now + AHEAD
    if not years or all((1900 if year >= 69 else 2000) + year <= latest for year in years):
        return form
    gaps = [(later - year - 1) % 100 for year, later in zip(years, [*years[1:], years[0]], strict=True)]
    widest = max(
        range(len(years)), key=gaps.__getitem__
    )  # the widest: before and behind it the years begin and end
    start, end = 2000 + years[(widest + 1) % len(years)], 2000 + years[widest]
    if start <= now <= end and not born:
        return form
    if start <= latest <= end:
        latest = start - 1
    return "|".join(f"{part}@{latest}" if "%y" in part else part for part in parts)
