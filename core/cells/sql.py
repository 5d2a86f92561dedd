"""Text as SQL: names and strings quoted, so that no cell, header or path is ever taken for code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literals(texts: Iterable[str]) -> str:
    """Return `texts` as an SQL list of strings."""
    return "[" + ", ".join(literal(text) for text in texts) + "]"


@dataclass(frozen=True, slots=True)
class SqlDialect:
    """How an engine's SQL says what the readers of cells need; each takes and returns SQL, patterns are Python's.

    Each kind of cell is written once in these terms (`number_text.sql`, `date_text.sql`, `duration_text.sql`), so that
    DuckDB and Spark read a cell alike.
    """

    literal: Callable[[str], str]
    trim: Callable[[str, str], str]  # (text, signs)
    number: Callable[[str], str]  # of a text of plain digits: a double, blank where it is none
    plain_number: Callable[
        [str], str
    ]  # of any text: a finite double, blank where it is no number as programs write it
    finite: Callable[[str], str]  # whether a double is neither infinite nor NaN
    full_match: Callable[[str, str], str]  # (text, pattern)
    group: Callable[[str, str, int], str]  # (text, pattern of all of it, number): "" where it does not match
    find: Callable[[str, str], str]  # (text, pattern): "" where it is not in it
    replace: Callable[[str, str, str], str]  # (text, pattern, by): all of them
    lookup: Callable[[str, Mapping[str, str]], str]  # (text, texts): blank where it is none of them
    let: Callable[[str, str, str], str]  # (name, SQL, SQL with the name in it): computed once, and short
    moment: Callable[[str, str], str]  # (text, strptime's format): a timestamp, blank where it does not fit
    iso: Callable[[str], str]  # a timestamp of ISO 8601, blank where it does not fit


def _lookup(text: str, texts: Mapping[str, str]) -> str:
    pairs = ", ".join(f"{literal(key)}: {literal(value)}" for key, value in texts.items())
    return f"MAP {{{pairs}}}[{text}]"


DUCKDB = SqlDialect(
    literal=literal,
    trim=lambda text, signs: f"trim({text}, {literal(signs)})",
    number=lambda text: f"TRY_CAST({text} AS DOUBLE)",
    plain_number=lambda text: (
        f"CASE WHEN isfinite(TRY_CAST({text} AS DOUBLE)) THEN TRY_CAST({text} AS DOUBLE) END"
    ),
    finite=lambda value: f"isfinite({value})",
    full_match=lambda text, pattern: f"regexp_full_match({text}, {literal(pattern)})",
    group=lambda text, pattern, number: f"regexp_extract({text}, {literal(f'^(?:{pattern})$')}, {number})",
    find=lambda text, pattern: f"regexp_extract({text}, {literal(pattern)}, 0)",
    replace=lambda text, pattern, by: f"regexp_replace({text}, {literal(pattern)}, {literal(by)}, 'g')",
    lookup=_lookup,
    let=lambda name, value, body: f"list_transform([{value}], lambda {name}: {body})[1]",
    moment=lambda text, form: f"try_strptime({text}, {literal(form)})",
    iso=lambda text: f"TRY_CAST({text} AS TIMESTAMP)",
)
