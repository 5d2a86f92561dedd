"""Times of day and durations, as a number of hours: 13:30 and 1:30 PM, 36:15:00, 1h 30m, PT1H30M, 2 days 04:00:00.

Two formats by example, CLOCK and DURATION. Reading is the same in SQL (`sql`) and in Python (`hours`).
"""

from __future__ import annotations

import re

from core.cells.sql import DUCKDB, SqlDialect

CLOCK, DURATION = "13:30", "1h 30m"
_SPACES = " \u00a0\u202f='\""
_NUMBER = r"[0-9]+(?:[.,][0-9]+)?"
_DAYS = rf"(?:({_NUMBER}) ?(?:d|days?|d[ií]as?|jours?|j|tage?|giorn[oi])[ ,t]*)?"
# (days, hours, minutes, seconds, half of the day, minutes behind hours as in 1h30), each perhaps missing
_PATTERNS = {
    CLOCK: r"(?:([0-9]+) ?(?:d|days?|d[ií]as?|jours?|tage?)?,? [+]?)?"
    r"([0-9]{1,4})(?::([0-5]?[0-9](?:[.,][0-9]+)?))?(?::([0-5]?[0-9](?:[.,][0-9]+)?))? ?([ap][.]? ?m[.]?)?()",
    DURATION: rf"p?{_DAYS}t?"
    rf"(?:({_NUMBER}) ?(?:h|hrs?|hours?|horas?|heures?|std|stunden?|or[ae])[ .,]*(?:and |y |e |et |und )?)?"
    rf"(?:({_NUMBER}) ?(?:m|mins?|minutes?|minutos?|minuten?|minut[oi])[ .,]*(?:and |y |e |et |und )?)?"
    rf"(?:({_NUMBER}) ?(?:s|secs?|seconds?|segs?|segundos?|sek|sekunden?|second[oi])[ .]*)?()([0-5][0-9])?",
}
# What the pattern alone would let through: a number without a sign that it is a time.
_LOOKS = {CLOCK: r".*(:|[0-9] ?[ap][.]? ?m).*", DURATION: r".*[0-9] ?(d|j|t|g|h|s|m|o).*"}
_COMPILED = {form: (re.compile(pattern), re.compile(_LOOKS[form])) for form, pattern in _PATTERNS.items()}


def sql(text: str, form: str, dialect: SqlDialect = DUCKDB) -> str:
    """Return the SQL of the hours in the SQL text `text`, blank where it is no time."""
    bare = "CASE WHEN left(said, 1) IN ('-', '−') THEN substr(said, 2) ELSE said END"
    pattern = _PATTERNS[form]
    days, hour, minute, second, more = (
        f"coalesce({dialect.number(_with_points(dialect.group('bare', pattern, group)))}, 0)"
        for group in (1, 2, 3, 4, 6)
    )
    half = dialect.group("bare", pattern, 5)
    turned = f"{hour} % 12 + CASE WHEN left({half}, 1) = 'p' THEN 12 ELSE 0 END"
    hour = f"CASE WHEN {half} = '' THEN {hour} ELSE {turned} END"
    value = f"({days} * 24 + {hour} + ({minute} + {more}) / 60 + {second} / 3600)"
    signed = f"CASE WHEN bare = said THEN 1 ELSE -1 END * {value}"
    fits = f"{dialect.full_match('bare', pattern)} AND {dialect.full_match('bare', _LOOKS[form])}"
    read = dialect.let("bare", bare, f"CASE WHEN {fits} THEN {signed} END")
    return dialect.let("said", dialect.trim(f"lower({text})", _SPACES), read)


def _with_points(text: str) -> str:
    return f"replace({text}, ',', '.')"


def hours(text: str, form: str) -> float | None:
    """Return what `sql` reads, in Python, which judges sampled cells one by one."""
    lower = text.lower().strip(_SPACES)
    pattern, looks = _COMPILED[form]
    bare = lower[1:] if lower[:1] in ("-", "−") else lower
    match = pattern.fullmatch(bare)
    if match is None or not looks.fullmatch(bare):
        return None
    days, hour, minute, second, more = (
        float(match[group].replace(",", ".")) if match[group] else 0.0 for group in (1, 2, 3, 4, 6)
    )
    if half := match[5]:
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    value = days * 24 + hour + (minute + more) / 60 + second / 3600
    return -value if bare != lower else value


def written(value: float, form: str) -> str:
    """Return hours as a column of that format writes them: 13.5 is 13:30:00.000, or 13.5h."""
    if form == DURATION:
        return f"{value}h"
    seconds = round(abs(value) * 3600, 3)
    minutes, rest = divmod(seconds, 60)
    return f"{'-' if value < 0 else ''}{int(minutes // 60)}:{int(minutes % 60):02}:{rest:06.3f}"
