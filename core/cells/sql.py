"""Text as SQL: names and strings quoted, so that no cell, header or path is ever taken for code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literals(texts: Iterable[str]) -> str:
    """`texts` as an SQL list of strings."""
    return "[" + ", ".join(literal(text) for text in texts) + "]"


@dataclass(frozen=True, slots=True)
class Words:
    """How an engine's SQL says what the readers of text need; each takes and answers SQL, patterns are Python's."""

    literal: Callable[[str], str]
    trim: Callable[[str, str], str]  # (text, signs)
    number: Callable[[str], str]  # a double, blank where the text is none
    finite: Callable[[str], str]
    full_match: Callable[[str, str], str]  # (text, pattern)
    group: Callable[[str, str, int], str]  # (text, pattern of all of it, number): "" where it does not match
    find: Callable[[str, str], str]  # (text, pattern): "" where it is not in it
    replace: Callable[[str, str, str], str]  # (text, pattern, by): all of them
    lookup: Callable[[str, Mapping[str, str]], str]  # (text, texts): blank where it is none of them
    let: Callable[[str, str, str], str]  # (name, SQL, SQL with the name in it): computed once, and short
    moment: Callable[[str, str], str]  # (text, strptime's format): a timestamp, blank where it does not fit
    iso: Callable[[str], str]


DUCKDB = Words(
    literal,
    lambda text, signs: f"trim({text}, {literal(signs)})",
    lambda text: f"TRY_CAST({text} AS DOUBLE)",
    lambda value: f"isfinite({value})",
    lambda text, pattern: f"regexp_full_match({text}, {literal(pattern)})",
    lambda text, pattern, number: f"regexp_extract({text}, {literal(f'^(?:{pattern})$')}, {number})",
    lambda text, pattern: f"regexp_extract({text}, {literal(pattern)}, 0)",
    lambda text, pattern, by: f"regexp_replace({text}, {literal(pattern)}, {literal(by)}, 'g')",
    lambda text, texts: (
        f"MAP {{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in texts.items())}}}[{text}]"
    ),
    lambda name, value, body: f"list_transform([{value}], lambda {name}: {body})[1]",
    lambda text, form: f"try_strptime({text}, {literal(form)})",
    lambda text: f"TRY_CAST({text} AS TIMESTAMP)",
)
