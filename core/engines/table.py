"""The data set as a table that was read once, whichever engine holds it.

A scan of it names its columns: to plan a query costs an engine the width of what the query starts from, so that
starting from all of 2,000 columns for each of them would cost the square.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.engines.engine import Frame
from core.reading.broken_rows import BrokenRow
from core.reading.dialect import Sniffed

ROW = "__row__"  # the place of a row in the file, from 0; broken rows have none
Scan = Callable[[Sequence[str]], Frame]


@dataclass(frozen=True, slots=True)
class Table:
    """`scan(names)` is a lazy frame of `__row__` and the named columns; `sniffed` has the types as read."""

    scan: Scan
    sniffed: Sniffed
    rows: int
    broken: list[BrokenRow]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.sniffed.columns]
