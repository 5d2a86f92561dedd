"""Dates as people write them: which of strptime's formats a column's cells have, and how they are read.

A column's `format` has strptime's formats, several separated by `|`, of which the first that fits is taken; an empty
one is ISO 8601. `%z` at the end of one allows a zone, which is dropped: the hour stays as written. Reading is the
same in SQL (`sql`) and in Python (`moment`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from core.eda.sql import literal

MOST_FORMATS = 3  # of one column
SURE = 0.95  # of the cells
ZONE = r"\s*(Z|UTC|GMT|[+-]\d\d:?(\d\d)?)$"
_ISO = re.compile(r"\d{4}([-/])\d{1,2}\1\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?")
_NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2}|[A-Za-z]{3,9})\2(\d{1,4})")
_WORDS = re.compile(r"(\d{1,2}) ([A-Za-z]{3,9}) (\d{4})|([A-Za-z]{3,9}) (\d{1,2})(,?) (\d{4})")
_COMPACT = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_TIME = re.compile(
    r"(?P<gap>[T ]|, )\d{1,2}:\d\d(?P<seconds>:\d\d(?P<part>\.\d{1,6})?)?(?P<half> ?[AaPp][Mm])?"
    r"(?P<zone>\s*(Z|UTC|GMT|[+-]\d\d:?(\d\d)?))?"
)
_MONTHS = {month: sign for sign in ("%b", "%B") for n in range(1, 13)
           for month in [datetime(2000, n, 1).strftime(sign).lower()]}  # fmt: skip


@lru_cache(1 << 16)
def formats_of(cell: str) -> tuple[str, ...]:
    """The formats that read `cell`; two where day and month could stand either way, none for what is no date."""
    cell = cell.strip()
    if _iso(cell):
        return ("",)
    if _COMPACT.fullmatch(cell):
        return ("%Y%m%d",)
    for pattern, dates in ((_NUMERIC, _of_numbers), (_WORDS, _of_words)):
        if found := pattern.match(cell):
            rest = cell[found.end() :]
            time = _of_time(rest)
            return () if time is None else tuple(date + time for date in dates(found))
    return ()


def _of_numbers(found: re.Match[str]) -> list[str]:
    first, sign, middle, last = found.groups()
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


def _of_words(found: re.Match[str]) -> list[str]:
    _, middle, _, first, _, comma, _ = found.groups()
    month = _MONTHS.get((middle or first).lower())
    if month is None:
        return []
    return [f"%d {month} %Y"] if middle else [f"{month} %d{comma} %Y"]


def _of_time(rest: str) -> str | None:
    """The format of what follows a date, "" for nothing, None for what is no time."""
    if not rest:
        return ""
    found = _TIME.fullmatch(rest)
    if found is None:
        return None
    form = found["gap"] + ("%I" if found["half"] else "%H") + ":%M"
    form += (":%S" if found["seconds"] else "") + (".%f" if found["part"] else "")
    form += (" %p" if found["half"].startswith(" ") else "%p") if found["half"] else ""
    return form + ("%z" if found["zone"] else "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The formats of a column's cells; `fits` holds every format with how many rows it reads."""

    share: float  # of the rows that are dates
    fits: Counter[str]
    rows: int

    @property
    def both(self) -> bool:
        """Whether every cell could be read day first and month first."""
        days, months = self._order("%d", "%m"), self._order("%m", "%d")
        return days == months > 0

    def _order(self, first: str, second: str) -> int:
        return sum(n for form, n in self.fits.items() if _begins(form, first, second))

    @property
    def month_first(self) -> bool:
        """Whether only month first reads them all."""
        return self._order("%m", "%d") > self._order("%d", "%m")


def _begins(form: str, first: str, second: str) -> bool:
    return form.startswith(first) and form[3:5] == second


def evidence(cells: Mapping[str, int], asked: str = "") -> Evidence:
    """Look at a column's filled, distinct cells and the rows that have each; `asked` is preferred where it fits."""
    fits: Counter[str] = Counter()
    dates = 0
    for cell, rows in cells.items():
        found = formats_of(cell)
        if asked:
            wanted = tuple(form for form in found if form.startswith(asked))
            found = wanted or ((asked,) if moment(cell, asked) else found)
        dates += rows if found else 0
        fits.update(dict.fromkeys(found, rows))
    total = sum(cells.values())
    return Evidence(dates / (total or 1), fits, total)


def format_of(found: Evidence, month_first: bool) -> str | None:
    """The column's `format`, the most frequent first, or None where it holds no dates to speak of."""
    if found.share < SURE:
        return None
    turned = found.both and month_first
    left = {f: n for f, n in found.fits.items() if not (found.both and _begins(f, *_other(turned)))}
    if not found.both:  # what one order reads alone settles it for the cells that either could read
        order = ("%m", "%d") if found.month_first else ("%d", "%m")
        kept = {form: n for form, n in left.items() if not _begins(form, order[1], order[0])}
        left = kept if sum(kept.values()) >= SURE * found.rows else left
    forms = sorted(left, key=lambda form: (-left[form], form))[:MOST_FORMATS]
    if sum(left[form] for form in forms) < SURE * found.rows:
        return None
    return "|".join(forms)


def _other(month_first: bool) -> tuple[str, str]:
    return ("%d", "%m") if month_first else ("%m", "%d")


_LETTERS = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%y": "yy", "%H": "HH", "%I": "hh", "%M": "MM", "%S": "SS",
            "%f": "ffffff", "%p": "AM", "%b": "Jan", "%B": "January", "%z": " zone"}  # fmt: skip


def in_letters(form: str) -> str:
    """A column's `format` as a person writes it: dd/mm/yyyy or ISO 8601."""
    words = [part or "ISO 8601" for part in form.split("|")]
    for sign, letters in _LETTERS.items():
        words = [word.replace(sign, letters) for word in words]
    return " or ".join(words)


def turned(form: str) -> str:
    """The same format with day and month the other way round."""
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def is_format(form: str) -> bool:
    """Whether a column's `format` is one of dates; an empty one may be."""
    return not form or any(sign in form for sign in ("%m", "%b", "%B"))


def has_time(form: str) -> bool:
    """Whether a format of the column has a time of day (an ISO one may)."""
    return any("%H" in part or "%I" in part for part in form.split("|"))


def sql(text: str, form: str) -> str:
    """SQL of the moment in the SQL text `text`: a TIMESTAMP, blank where it is none."""
    trimmed = f"trim({text})"
    parts = []
    for part in form.split("|"):
        if not part:
            value = f"TRY_CAST({trimmed} AS TIMESTAMP)"
        elif part.endswith("%z"):
            bare = f"regexp_replace({trimmed}, {literal(ZONE)}, '')"
            value = f"try_strptime({bare}, {literal(part.removesuffix('%z'))})"
        else:
            value = f"try_strptime({trimmed}, {literal(part)})"
        # A year of two digits is no year of four: DuckDB would take 13 for the year 13.
        parts.append(f"CASE WHEN year({value}) BETWEEN 1000 AND 9999 THEN {value} END")
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"


def moment(cell: object, form: str) -> datetime | None:
    """What `sql` reads, in Python: a naive timestamp, any zone dropped, else None."""
    text = str(cell).strip(" ")
    for part in form.split("|"):
        found = _iso(text) if not part else _by_format(text, part)
        if found is not None and found.year >= 1000:
            return found
    return None


def _by_format(text: str, form: str) -> datetime | None:
    if form.endswith("%z"):
        text, form = re.sub(ZONE, "", text), form.removesuffix("%z")
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    if ":" in text:
        text = re.sub(ZONE, "", text)
    if not _ISO.fullmatch(text):
        return None
    date, _, time = text.replace("/", "-").replace("T", " ").partition(" ")
    hours, *rest = [*time.split(":"), "0", "0"] if time else ["0", "0", "0"]
    try:
        day = datetime(*[int(part) for part in date.split("-")])
        whole, _, part = rest[1].partition(".")
        hour, minute, second = int(hours), int(rest[0]), int(whole)
        if hour == 24 and minute == second == 0 and not int(part or 0):
            return day + timedelta(days=1)
        return day.replace(hour=hour, minute=minute, second=second, microsecond=int(f"{part:0<6}"[:6]))
    except (ValueError, OverflowError):
        return None
