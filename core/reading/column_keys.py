"""The name that a column has in an engine's table: plain, whatever the file calls it.

DuckDB and Spark parse the names that they are given as text: a dot is a field, a star is all columns, a quote ends
one. So a name of a file never reaches an engine: its key does, and people see the name.
"""

from __future__ import annotations

import re

import narwhals as nw

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def key(name: str) -> str:
    """Return `name` itself where it is plain, else its bytes as letters, which no column of a file may be called."""
    return name if _PLAIN.fullmatch(name) else f"__{name.encode().hex()}__"


def col(name: str) -> nw.Expr:
    """Return the column that the file calls `name`."""
    return nw.col(key(name))
