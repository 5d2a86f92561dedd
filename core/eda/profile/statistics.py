"""What the cells of each column are: filled, distinct, the least and the greatest, the most frequent.

The columns share a few scans. What only numbers and dates have is in distributions.py and timeline.py.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

import narwhals as nw

from core.cells.date_text import is_format
from core.eda.profile.column_stats import ColumnStats, Stats
from core.engines import Frame, Parse, engine_of
from core.engines.table import ROW, Scan
from core.reading.column_keys import col, key
from core.reading.dialect import CODE

TOP = 20
LOOK = 1_000  # rows
BATCH = 16  # columns a scan
NUMBERS = ("BIGINT", "DOUBLE")
WIDE = 200  # columns of a look at few rows


Row = dict[str, Any]  # whatever an engine answers in a cell: its type is the query's


def collect(frame: Frame) -> list[Row]:
    """Return the rows of a small frame as dicts."""
    eager = frame.collect("pyarrow")
    return [{key: _plain(value) for key, value in row.items()} for row in eager.rows(named=True)]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):  # how Arrow carries DuckDB's 128-bit sums
        return int(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def basic(
    scan: Scan,
    types: dict[str, str],
    rows: int,
    parse: Collection[str] = (),
    formats: Mapping[str, str] = MappingProxyType({}),
) -> Stats:
    """Return {column: type, rows, missing, distinct (0 for numbers as yet), minimum, maximum, ...}.

    How much of a text column parses, as `formats` say, is measured where its first rows parse, or where `parse`
    names it; codes are no numbers, whatever they look like.
    """
    stats: Stats = {}
    names = list(types)
    for batch in batches(names, BATCH):
        frame = scan(batch)
        row = collect(
            frame.select(*[e for i, name in enumerate(batch) for e in _basics(name, types[name], i)])
        )[0]
        for i, name in enumerate(batch):
            stats[name] = _read_basics(row, i, types[name], rows)
            # Of numbers they are counted with their distribution.
            stats[name]["distinct"] = 0 if types[name] in NUMBERS else distinct(scan([name]), name)
    every = [name for name in names if types[name] == "VARCHAR"]
    texts = [name for name in every if formats.get(name) != CODE or name in parse]
    # Few text columns hold numbers or dates: a look at some rows all over spares the others a whole pass.
    likely = [
        name
        for batch in batches(texts, WIDE)
        for name, shares in _parsed(_some(scan(batch), rows), batch, formats).items()
        if max(shares) >= 0.5 or name in parse
    ]
    for name in every:
        stats[name]["parsed_numbers"] = stats[name]["parsed_datetimes"] = 0.0
    for batch in batches(likely, BATCH):
        for name, (numbers, moments) in _parsed(scan(batch), batch, formats).items():
            stats[name]["parsed_numbers"], stats[name]["parsed_datetimes"] = numbers, moments
    return stats


def _some(frame: Frame, rows: int) -> Frame:
    """Return rows at even distances, or the first ones where the frame does not count them."""
    if ROW in frame.collect_schema().names():
        frame = frame.filter(nw.col(ROW) % max(rows // LOOK, 1) == 0)
    return frame.head(2 * LOOK)


def batches(names: list[str], size: int) -> Iterator[list[str]]:
    """Yield `names` in runs of at most `size`."""
    for start in range(0, len(names), size):
        yield names[start : start + size]


def distinct(frame: Frame, name: str) -> int:
    """Return distinct values, blanks left out: by groups, which spill to disk where a distinct count cannot."""
    groups = frame.select(key(name)).group_by(key(name)).agg(nw.len().alias("__n__"))
    groups = groups.filter(~col(name).is_null())
    return int(collect(groups.select(nw.len().alias("__n__")))[0]["__n__"])


def _parsed(frame: Frame, names: list[str], formats: Mapping[str, str]) -> dict[str, tuple[float, float]]:
    """Return the shares of filled text cells that parse as numbers and as datetimes; 1 where all are blank."""
    if not names:
        return {}
    shares: dict[str, list[float]] = {name: [] for name in names}
    targets: tuple[Literal["number", "datetime"], ...] = ("number", "datetime")
    for to in targets:
        typed = engine_of(frame).parse(
            frame, {key(name): _parse(to, formats.get(name, "")) for name in names}
        )
        filled = collect(frame.select(*[col(name).count() for name in names]))[0]
        counts = collect(typed.select(*[col(name).count() for name in names]))[0]
        for name in names:
            rows = filled[key(name)]
            shares[name].append(counts[key(name)] / rows if rows else 1.0)
    return {name: (numbers, moments) for name, (numbers, moments) in shares.items()}


def _parse(to: Literal["number", "datetime"], form: str) -> Parse:
    return Parse(to, format=form if to == "number" or is_format(form) else "")


def _basics(name: str, kind: str, i: int) -> list[nw.Expr]:
    value = col(name)
    expressions = [value.count().alias(f"{i}:count")]
    if kind in NUMBERS:
        expressions += [
            value.min().alias(f"{i}:minimum"),
            value.max().alias(f"{i}:maximum"),
            (value == 0).cast(nw.Int64).sum().alias(f"{i}:zeros"),
            (value < 0).cast(nw.Int64).sum().alias(f"{i}:negatives"),
        ]
    elif kind in ("DATE", "TIMESTAMP"):
        expressions += [value.min().alias(f"{i}:minimum"), value.max().alias(f"{i}:maximum")]
    else:
        length = value.str.len_chars()
        expressions += [
            length.min().alias(f"{i}:minimum_length"),
            length.mean().alias(f"{i}:mean_length"),
            length.max().alias(f"{i}:maximum_length"),
        ]
    return expressions


def _read_basics(row: Row, i: int, kind: str, rows: int) -> ColumnStats:
    missing = rows - int(row[f"{i}:count"] or 0)
    stats: ColumnStats = {"type": kind, "rows": rows, "missing": missing, "distinct": 0}
    if kind in NUMBERS or kind in ("DATE", "TIMESTAMP"):
        stats["minimum"], stats["maximum"] = row[f"{i}:minimum"], row[f"{i}:maximum"]
    else:
        stats["minimum_length"] = row[f"{i}:minimum_length"] or 0
        stats["mean_length"] = row[f"{i}:mean_length"] or 0
        stats["maximum_length"] = row[f"{i}:maximum_length"] or 0
    if kind in NUMBERS:
        stats["zeros"], stats["negatives"] = row[f"{i}:zeros"] or 0, row[f"{i}:negatives"] or 0
    return stats


def top_values(frame: Frame, column: str, most: int = TOP) -> list[tuple[object, int]]:
    """Return the most frequent values with their counts, ties by value, blanks left out."""
    name = key(column)
    counted = frame.filter(~col(column).is_null()).group_by(name).agg(nw.len().alias("__n__"))
    ordered = counted.sort("__n__", name, descending=[True, False]).head(most)
    return [(row[name], int(row["__n__"])) for row in collect(ordered)]
