"""The dialect of Spark SQL in which cells are read: what DuckDB reads, and nothing else (tests hold them equal).

Spark differs from DuckDB where it must: its casts take less (no `1_000`) or more, its patterns are Java's, and its
dates have letters of their own in place of strptime's directives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from core.cells.date_text import ISO, ZONE
from core.cells.number_text import PLAIN_NUMBER
from core.cells.sql import SqlDialect

# strptime's directives as Spark's patterns; one letter takes one digit or two, as strptime does.
_PATTERNS = {
    **{"Y": "y", "y": "yy", "m": "M", "d": "d", "b": "MMM", "B": "MMMM", "a": "EEE", "A": "EEEE"},
    **{"H": "H", "I": "h", "M": "m", "S": "s", "f": "[SSSSSS][SSSSS][SSSS][SSS][SS][S]", "p": "a", "j": "D"},
}
_WIDE = {"Y": "yyyy", "m": "MM", "d": "dd", "H": "HH", "M": "mm", "S": "ss"}


def literal(text: str) -> str:
    """Return `text` as a string of Spark SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _plain_number(text: str) -> str:
    digits = f"regexp_replace({text}, {literal('(?<=[0-9])_(?=[0-9])')}, '')"  # 1_000, as DuckDB reads it
    number = f"CAST({digits} AS DOUBLE)"
    return f"CASE WHEN {digits} RLIKE {literal(f'^{PLAIN_NUMBER}$')} AND {_finite(number)} THEN {number} END"


def _finite(number: str) -> str:
    return f"abs({number}) < double('Infinity')"


def _moment(text: str, form: str) -> str:
    pattern, signs = "", re.findall(r"%-?(\w)|([^%])", form)
    for index, (directive, character) in enumerate(signs):
        if directive:
            near = signs[max(index - 1, 0) : index + 2]
            pattern += _WIDE.get(directive, _PATTERNS[directive]) if _touch(near) else _PATTERNS[directive]
        else:
            pattern += "''" if character == "'" else f"'{character}'" if character.isalpha() else character
    moment = f"CAST(try_to_timestamp({text}, {literal(pattern)}) AS TIMESTAMP_NTZ)"
    if "%y" in form:  # strptime's century: 69 is 1969
        late = "CASE WHEN year(moment) > 2068 THEN moment - INTERVAL 100 YEARS ELSE moment END"
        moment = f"transform(array({moment}), moment -> {late})[0]"
    return moment


def _touch(signs: list[tuple[str, str]]) -> bool:
    """Return whether two of these directives of a format stand side by side: then each has its full width."""
    return any(left and right for (left, _), (right, _) in pairwise(signs))


def _iso(text: str) -> str:
    text = _without_zone(text)
    moment = f"CAST(replace({text}, '/', '-') AS TIMESTAMP_NTZ)"
    return f"CASE WHEN {text} RLIKE {literal(f'^{ISO}$')} THEN {moment} END"


def _without_zone(text: str) -> str:
    bare = f"regexp_replace({text}, {literal(ZONE)}, '')"
    return f"(CASE WHEN {text} LIKE '%:%' THEN {bare} ELSE {text} END)"


def _lookup(text: str, texts: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{literal(key)}, {literal(value)}" for key, value in texts.items())
    return f"element_at(map({pairs}), {text})"


SPARK = SqlDialect(
    literal=literal,
    trim=lambda text, signs: f"trim(BOTH {literal(signs)} FROM {text})",
    number=lambda text: f"CAST({text} AS DOUBLE)",
    plain_number=_plain_number,
    finite=_finite,
    full_match=lambda text, pattern: f"{text} RLIKE {literal(f'^(?:{pattern})$')}",
    group=lambda text, pattern, number: f"regexp_extract({text}, {literal(f'^(?:{pattern})$')}, {number})",
    find=lambda text, pattern: f"regexp_extract({text}, {literal(pattern)}, 0)",
    replace=lambda text, pattern, by: (
        f"regexp_replace({text}, {literal(pattern)}, {literal(by.replace(chr(92), '$'))})"
    ),
    lookup=_lookup,
    let=lambda name, value, body: f"transform(array({value}), {name} -> {body})[0]",
    moment=_moment,
    iso=_iso,
)
