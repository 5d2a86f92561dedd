"""Hooks for DuckDB relations: everything stays a query until DuckDB runs it, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import narwhals as nw

from core.cells import date_text, number_text
from core.cells.sql import identifier, literal
from core.engines.engine import MIX, Frame, Parse, start_of


def parse(frame: Frame, parses: Mapping[str, Parse]) -> Frame:
    """Replace columns by their parsed values; the order of rows and columns stays."""
    if not parses:
        return frame
    relation = frame.to_native()
    # Not `* REPLACE`: with hundreds of columns its time grows with their cube (DuckDB 2.0).
    cells = [
        f"{_parsed(identifier(name), parses[name])} AS {identifier(name)}"
        if name in parses
        else identifier(name)
        for name in relation.columns
    ]
    return nw.from_native(relation.project(", ".join(cells)))


def _parsed(column: str, how: Parse) -> str:
    if how.to == "number":
        return number_text.sql(f"CAST({column} AS VARCHAR)", how.format)
    if how.to == "datetime":
        return date_text.sql(f"CAST({column} AS VARCHAR)", how.format)
    # An ENUM is a hash lookup; a CASE over the levels would compare them one by one.
    levels = ", ".join(literal(level) for level in how.levels)
    return f"CAST(enum_code(TRY_CAST(CAST({column} AS VARCHAR) AS ENUM({levels}))) AS DOUBLE)"


def with_random(frame: Frame, source: str, name: str, seed: int) -> Frame:
    """Add `name`: 32 well-mixed bits (as int64) of the integer or text column `source` and the seed."""
    column, mixed = identifier(source), identifier(name)
    relation = frame.to_native()
    if not frame.collect_schema()[source].is_integer():
        bits = f"md5_number_lower({literal(f'{seed}:')} || CAST({column} AS VARCHAR)) & 4294967295"
        return nw.from_native(relation.project(f"*, CAST({bits} AS BIGINT) AS {mixed}"))
    relation = relation.project(f"*, ({column} + {start_of(seed)})::UBIGINT & 4294967295 AS {mixed}")
    for shift, factor in MIX:  # a projection a round: written into one another they would double each time
        bits = f"(xor({mixed}, {mixed} >> {shift}) * {factor}::UBIGINT) & 4294967295"
        relation = relation.project(f"* REPLACE ({bits} AS {mixed})")
    return nw.from_native(
        relation.project(f"* REPLACE (CAST(xor({mixed}, {mixed} >> 16) AS BIGINT) AS {mixed})")
    )


def bin_counts(frame: Frame, inner: Mapping[str, Sequence[float]]) -> dict[str, list[int]]:
    """Count values by bin: up to and with the first of a column's inner edges (rising), then up to the next, ...,
    beyond the last; one bin more than inner edges. Blanks are left out."""
    histograms: list[str] = []
    for name, edges in inner.items():
        bounds = ", ".join(f"{float(edge)!r}::DOUBLE" for edge in edges)
        column = f"CAST({identifier(name)} AS DOUBLE)"
        histograms.append(f"histogram({column}, [{bounds}])" if edges else f"MAP {{'inf': count({column})}}")
    row = frame.to_native().aggregate(", ".join(histograms)).fetchall()[0]
    counts = {}
    for (name, edges), by_bound in zip(inner.items(), row, strict=True):
        by_bound = {float(bound): int(rows) for bound, rows in (by_bound or {}).items()}
        counts[name] = [by_bound.get(float(bound), 0) for bound in (*edges, "inf")]
    return counts


def with_moment(frame: Frame, source: str, name: str) -> Frame:
    """Add `name`: the microseconds (as float64) from 1970 to the date or timestamp in `source`."""
    moment = f"CAST(epoch_us(CAST({identifier(source)} AS TIMESTAMP)) AS DOUBLE)"
    return nw.from_native(frame.to_native().project(f"*, {moment} AS {identifier(name)}"))


def duplicates(frame: Frame, columns: Sequence[str]) -> int:
    """Count the rows that repeat an earlier one in `columns`, by a 64-bit row hash (a plain DISTINCT keeps every row).

    Groups, because a distinct count cannot spill to disk."""
    named = ", ".join(identifier(name) for name in columns)
    groups = frame.to_native().aggregate(f"hash({named}) AS h, count(*) - 1 AS n", "hash(" + named + ")")
    return int(groups.aggregate("coalesce(sum(n), 0)").fetchall()[0][0])


def in_order(frame: Frame, column: str) -> Frame:
    """Return `frame`: its rows rise by the row number already, which is what `column` is."""
    return frame


def write_csv(frame: Frame, path: Path, whole: Sequence[str]) -> None:
    """Write in row order, no header; `whole` names float columns that hold whole numbers, written without `.0`."""
    relation = frame.to_native()
    casts = set(whole)
    cells = [
        f"CAST({identifier(name)} AS BIGINT) AS {identifier(name)}" if name in casts else identifier(name)
        for name in relation.columns
    ]
    relation.project(", ".join(cells)).write_csv(str(path), header=False, sep=",")
