"""Text as SQL: names and strings quoted, so that no cell, header or path is ever taken for code."""

from __future__ import annotations

from collections.abc import Iterable


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literals(texts: Iterable[str]) -> str:
    """`texts` as an SQL list of strings."""
    return "[" + ", ".join(literal(text) for text in texts) + "]"
