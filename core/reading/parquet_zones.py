"""Moments with a zone in a Parquet file, as the clocks of that zone showed them: what a CSV of the same table has.

Parquet stores them in UTC; the zone stands in the Arrow schema that the file carries, which DuckDB does not read.
"""

from __future__ import annotations

import re
from pathlib import Path

from core.cells.sql import literal

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def zones_of(path: Path) -> list[str]:
    """Return the zone of each column of the file, "" where it has none."""
    import pyarrow
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
    except (pyarrow.ArrowException, OSError):
        return []  # DuckDB says what is wrong with it
    return [getattr(field.type, "tz", None) or "" for field in schema]


def wall_clock(column: str, zone: str) -> str:
    """Return the SQL of the moment in the SQL column `column` as the clocks of `zone` show it, without the zone."""
    if offset := _OFFSET.fullmatch(zone):
        minutes = int(f"{offset[1]}1") * (60 * int(offset[2]) + int(offset[3]))
        return f"timezone('UTC', {column}) + INTERVAL ({minutes}) MINUTE"
    return f"timezone({literal(zone)}, {column})" if zone else column
