"""What an engine is: lazy frames of narwhals, and the operations that narwhals lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import narwhals as nw

Frame: TypeAlias = nw.LazyFrame[Any]  # of DuckDB or Spark: their native tables have no common type

# lowbias32 (Chris Wellons, "Prospecting for Hash Functions"): (shift, factor) rounds of 32-bit mixing.
MIX = ((16, 0x7FEB352D), (15, 0x846CA68B))


def start_of(seed: int) -> int:
    """Return where a seed starts the row hash: far apart for neighbouring seeds."""
    return (seed * 0x9E3779B1 + 1) % (1 << 32)


@dataclass(frozen=True, slots=True)
class Parse:
    """How text becomes a float64: `number`, `datetime` (then a timestamp), or `code` (its index in `levels`).

    `format` is how the column is written, as `core/cells/number_text.py` and `date_text.py` say it (empty: plain
    numbers, ISO 8601). What does not parse is blank; numbers that are not finite are blank too. A time zone is
    dropped: the wall clock stays as written.
    """

    to: Literal["number", "datetime", "code"]
    format: str = ""
    levels: tuple[str, ...] = ()


class Engine(Protocol):
    """The operations that each engine implements in its own SQL; its module is the object."""

    def parse(self, frame: Frame, parses: Mapping[str, Parse]) -> Frame:
        """Replace columns by their parsed values; the order of rows and columns stays."""
        ...

    def with_random(self, frame: Frame, source: str, name: str, seed: int) -> Frame:
        """Add `name`: 32 well-mixed bits (as int64) of the integer or text column `source` and the seed."""
        ...

    def bin_counts(self, frame: Frame, inner: Mapping[str, Sequence[float]]) -> dict[str, list[int]]:
        """Count values by bin: up to and with the first of a column's inner edges (rising), then up to the next, ...,
        beyond the last; one bin more than inner edges. Blanks are left out."""
        ...

    def with_moment(self, frame: Frame, source: str, name: str) -> Frame:
        """Add `name`: the microseconds (as float64) from 1970 to the date or timestamp in `source`."""
        ...

    def duplicates(self, frame: Frame, columns: Sequence[str]) -> int:
        """Count the rows that repeat an earlier one in `columns`."""
        ...

    def in_order(self, frame: Frame, column: str) -> Frame:
        """Sort the rows by `column`, rising, where the engine does not keep their order by itself."""
        ...

    def write_csv(self, frame: Frame, path: Path, whole: Sequence[str]) -> None:
        """Write the rows in order, without a header; `whole` names float columns written without `.0`."""
        ...
