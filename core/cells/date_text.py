"""Dates as people write them: how the cells of a column's `format` are read.

A format has strptime's formats, several separated by `|`, of which the first that fits is taken; an empty one is
ISO 8601. `%z` at the end of one allows a zone, which is dropped: the hour stays as written. Where `%b` stands, a month
has its name, in any of the languages of `month_words.py`; `%q` is a quarter (2010-Q1), read as its first day; `@2029`
at the end says which is the latest year that two digits (`%y`) can mean. Reading is the same in SQL (`sql`) and in
Python (`moment`); `date_evidence.py` tells a column's format from its cells.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import reduce

from core.cells import month_words
from core.cells.sql import DUCKDB, SqlDialect
from core.language import tr

ZONE = r"\s*(Z|UTC|GMT|[+-]\d\d:?(\d\d)?)$"
ISO = r"\d{4}([-/])\d{1,2}\1\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?"  # without a zone
# Q1 2010, 2010T1, 1Q2010
QUARTER = r"[qt]([1-4])[ /-]?([0-9]{4})|([0-9]{4})[ /-]?[qt]([1-4])|([1-4])[qt][ /-]?([0-9]{4})"
_ISO = re.compile(ISO)
_QUARTER = re.compile(QUARTER, re.IGNORECASE)
_LATEST = re.compile(r"@(\d{4})$")

_LETTERS = {"%d": "dd", "%m": "mm", "%Y": "yyyy", "%y": "yy", "%H": "HH", "%I": "hh", "%M": "MM", "%S": "SS",
            "%f": "ffffff", "%p": "AM", "%b": "Jan", "%B": "January", "%z": " zone",
            "%q": "Q1"}  # fmt: skip


def in_letters(form: str) -> str:
    """Return a column's `format` as a person writes it: dd/mm/yyyy or ISO 8601."""
    words = [part or "ISO 8601" for part in form.split("|")]
    for sign, letters in _LETTERS.items():
        words = [word.replace(sign, letters) for word in words]
    return reduce(lambda first, other: tr("{first} or {other}", first=first, other=other), map(_dated, words))


def _dated(word: str) -> str:
    """Return the word of a format with the latest year that it can mean, if it says one."""
    form, latest = _latest(word)
    return tr("{format}, to {year}", format=form, year=latest) if latest else word


def turned(form: str) -> str:
    """Return the same format with day and month the other way round."""
    return form.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def is_format(form: str) -> bool:
    """Return whether a column's `format` is one of dates; an empty one may be."""
    return not form or any(sign in form for sign in ("%m", "%b", "%B", "%q"))


def has_time(form: str) -> bool:
    """Return whether a format of the column has a time of day (an ISO one may)."""
    return any("%H" in part or "%I" in part for part in form.split("|"))


def is_day(form: str) -> bool:
    """Return whether a format has one way to write a day, in digits and without a time, which strftime writes too."""
    return set(re.findall("%.", form)) == {"%d", "%m", "%Y"} and "|" not in form


def sql(text: str, form: str, dialect: SqlDialect = DUCKDB) -> str:
    """Return the SQL of the moment in the SQL text `text`: a TIMESTAMP, blank where it is none."""
    parts = [_sql(f"trim({text})", part, dialect) for part in form.split("|")]
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def _sql(text: str, form: str, dialect: SqlDialect) -> str:
    form, latest = _latest(form)
    if form.endswith("%z"):
        text, form = dialect.replace(text, ZONE, ""), form.removesuffix("%z")
    if not form:
        value = dialect.iso(text)
    elif form == "%q":
        value = dialect.moment(_quarter_sql(text, dialect), "%Y-%m")
    else:
        value = dialect.moment(text, form)
        if "%b" in form or "%B" in form:
            named = dialect.moment(month_words.digits_sql(text, dialect), month_words.digits_format(form))
            value = f"coalesce({value}, {named})"
            return dialect.let("found", value, _within("found", form, latest))
    return _within(value, form, latest)


def _within(value: str, form: str, latest: int) -> str:
    """Return the SQL of the moment `value` in the century that `latest` tells, blank where its year is none."""
    if latest:
        century = "INTERVAL 100 YEARS"
        early = f"WHEN year({value}) <= {latest - 100} THEN {value} + {century} "
        return f"CASE WHEN year({value}) > {latest} THEN {value} - {century} {early}ELSE {value} END"
    if "%y" in form:
        return value
    # A year of two digits is no year of four: DuckDB would take 13 for the year 13.
    return f"CASE WHEN year({value}) BETWEEN 1000 AND 9999 THEN {value} END"


def _quarter_sql(text: str, dialect: SqlDialect) -> str:
    """Return the SQL of a quarter's year and first month: 2010-04."""
    groups = [dialect.group(f"lower({text})", QUARTER, group) for group in range(1, 7)]
    quarter, year = (f"concat({', '.join(groups[i] for i in indexes)})" for indexes in ((0, 3, 4), (1, 2, 5)))
    month = dialect.lookup(quarter, {"1": "01", "2": "04", "3": "07", "4": "10"})
    return f"concat({year}, '-', {month})"


def _latest(form: str) -> tuple[str, int]:
    """Return (the format without what it says of two digits, the latest year that they mean or 0)."""
    match = _LATEST.search(form)
    return (form[: match.start()], int(match[1])) if match else (form, 0)


def is_iso(cell: str) -> bool:
    """Return whether `cell` is a date as ISO 8601 writes it."""
    return _iso(cell) is not None


def is_quarter(cell: str) -> bool:
    """Return whether `cell` is a quarter of a year."""
    return _QUARTER.fullmatch(cell) is not None


def moment(cell: object, form: str) -> datetime | None:
    """Return what `sql` reads, in Python, which judges sampled cells one by one: a naive timestamp, or None."""
    text = str(cell).strip(" ")
    for part in form.split("|"):
        value = _iso(text) if not part else _by_format(text, part)
        if value is not None and value.year >= 1000:
            return value
    return None


def _by_format(text: str, form: str) -> datetime | None:
    form, latest = _latest(form)
    if form.endswith("%z"):
        text, form = re.sub(ZONE, "", text), form.removesuffix("%z")
    if form == "%q":
        return _quarter(text)
    value = _strptime(text, form)
    if value is None and ("%b" in form or "%B" in form):
        value = _strptime(month_words.digits(text), month_words.digits_format(form))
    if value is not None and latest:
        years = -100 if value.year > latest else 100 if value.year <= latest - 100 else 0
        value = value.replace(year=value.year + years)
    return value


def _strptime(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


def _quarter(text: str) -> datetime | None:
    match = _QUARTER.fullmatch(text)
    if match is None:
        return None
    quarter, year = match[1] or match[4] or match[5], match[2] or match[3] or match[6]
    return datetime(int(year), 3 * int(quarter) - 2, 1)


def _iso(text: str) -> datetime | None:
    if ":" in text:
        text = re.sub(ZONE, "", text)
    if not _ISO.fullmatch(text):
        return None
    date, _, time = text.replace("/", "-").replace("T", " ").partition(" ")
    hours, *rest = [*time.split(":"), "0", "0"] if time else ["0", "0", "0"]
    try:
        year, month, day_of_month = (int(part) for part in date.split("-"))
        day = datetime(year, month, day_of_month)
        whole, _, part = rest[1].partition(".")
        hour, minute, second = int(hours), int(rest[0]), int(whole)
        if hour == 24 and minute == second == 0 and not int(part or 0):
            return day + timedelta(days=1)
        return day.replace(hour=hour, minute=minute, second=second, microsecond=int(f"{part:0<6}"[:6]))
    except (ValueError, OverflowError):
        return None
