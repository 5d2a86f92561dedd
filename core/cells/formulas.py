"""Cells that a spreadsheet would run as formulas when a file is opened, and how they are made harmless.

https://owasp.org/www-community/attacks/CSV_Injection. A sign before a number is none.
"""

from __future__ import annotations

from core.cells.sql import literal, literals

STARTS = ("=", "@", "\t", "\n", "\r", "＝", "＋", "－", "＠")
_STARTS = literals(STARTS)
_SIGNED_NUMBER = literal(r"[+-][\d.,\s\x{a0}\x{202f}'’%€$£¥]*([eE][+-]?\d+)?")


def is_formula(cell: str) -> str:
    """Return the SQL of whether the SQL text `cell` is one."""
    signed = f"{cell}[1] IN ['+', '-'] AND NOT regexp_full_match({cell}, {_SIGNED_NUMBER})"
    return f"coalesce({cell}[1] IN {_STARTS} OR ({signed}), false)"


def harmless(cell: str) -> str:
    """Return the SQL of the SQL text `cell`, with an apostrophe before it where it is one."""
    return f"if({is_formula(cell)}, chr(39) || {cell}, {cell})"
