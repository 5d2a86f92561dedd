"""Hooks for PySpark frames: expressions of Spark SQL alone, so that executors need no Python package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import narwhals as nw

from core.cells import date_text, number_text
from core.cells.spark_sql import SPARK, literal
from core.engines.engine import MIX, Frame, Parse, start_of
from core.engines.spark_table import quoted, write_parts


def _replace(frame: Frame, expressions: dict[str, str]) -> Frame:
    """Replace columns, or add them after the others, by SQL expressions."""
    native = frame.to_native()
    columns = [f"{expressions.get(n, quoted(n))} AS {quoted(n)}" for n in native.columns]
    columns += [f"{sql} AS {quoted(n)}" for n, sql in expressions.items() if n not in native.columns]
    return nw.from_native(native.selectExpr(*columns))


def parse(frame: Frame, parses: Mapping[str, Parse]) -> Frame:
    """Replace columns by their parsed values; the order of rows and columns stays."""
    texts = {name: how for name, how in parses.items() if how.to != "code"}
    if texts:
        frame = _replace(frame, {name: _parsed(quoted(name), how) for name, how in texts.items()})
    for name, how in parses.items():
        if how.to == "code":
            frame = _coded(frame, name, how.levels)
    return frame


def _parsed(column: str, how: Parse) -> str:
    text = f"CAST({column} AS STRING)"
    if how.to == "number":
        return number_text.sql(text, how.format, SPARK)
    return date_text.sql(text, how.format, SPARK)


def _coded(frame: Frame, name: str, levels: tuple[str, ...]) -> Frame:
    """Join a small table that every executor gets, a hash lookup; a CASE would compare the levels one by one."""
    from pyspark.sql import functions as F

    native = frame.to_native()
    codes = [(level, float(code)) for code, level in enumerate(levels)]
    table = native.sparkSession.createDataFrame(codes, "__level__ string, __code__ double")
    text = F.col(quoted(name)).cast("string")
    joined = native.join(F.broadcast(table), text == F.col("__level__"), "left")
    columns = [(F.col("__code__") if n == name else F.col(quoted(n))).alias(n) for n in native.columns]
    return nw.from_native(joined.select(*columns))


def with_random(frame: Frame, source: str, name: str, seed: int) -> Frame:
    """Add `name`: 32 well-mixed bits (as int64) of the integer or text column `source` and the seed."""
    column, mixed = quoted(source), quoted(name)
    if not frame.collect_schema()[source].is_integer():
        text = f"md5(concat({literal(f'{seed}:')}, CAST({column} AS STRING)))"
        little = ", ".join(f"substr({text}, {start}, 2)" for start in (23, 21, 19, 17))
        return _replace(frame, {name: f"CAST(conv(concat({little}), 16, 10) AS BIGINT)"})
    frame = _replace(frame, {name: f"(CAST({column} AS BIGINT) + {start_of(seed)}) & 4294967295"})
    for shift, factor in MIX:  # the product overflows, which leaves its lower 32 bits as they are
        bits = f"(({mixed} ^ shiftrightunsigned({mixed}, {shift})) * {factor}L) & 4294967295"
        frame = _replace(frame, {name: bits})
    return _replace(frame, {name: f"{mixed} ^ shiftrightunsigned({mixed}, 16)"})


def bin_counts(frame: Frame, inner: Mapping[str, Sequence[float]]) -> dict[str, list[int]]:
    """Count values by bin: up to and with the first of a column's inner edges (rising), then up to the next, ...,
    beyond the last; one bin more than inner edges. Blanks are left out."""
    counts = {}
    for name, edges in inner.items():
        value = f"CAST({quoted(name)} AS DOUBLE)"
        filled = frame.to_native().where(f"{quoted(name)} IS NOT NULL")
        counted = filled.selectExpr(f"{_bin(value, edges, 0, len(edges))} AS bin").groupBy("bin").count()
        rows = {row["bin"]: row["count"] for row in counted.collect()}
        counts[name] = [int(rows.get(index, 0)) for index in range(len(edges) + 1)]
    return counts


def _bin(value: str, edges: Sequence[float], low: int, high: int) -> str:
    """Return the SQL of the number of edges below `value`, by halves: six comparisons for forty bins."""
    if low == high:
        return str(low)
    middle = (low + high) // 2
    left, right = _bin(value, edges, low, middle), _bin(value, edges, middle + 1, high)
    return f"CASE WHEN {value} <= double('{edges[middle]!r}') THEN {left} ELSE {right} END"


def with_moment(frame: Frame, source: str, name: str) -> Frame:
    """Add `name`: the microseconds (as float64) from 1970 to the date or timestamp in `source`."""
    return _replace(frame, {name: f"CAST(unix_micros(CAST({quoted(source)} AS TIMESTAMP)) AS DOUBLE)"})


def duplicates(frame: Frame, columns: Sequence[str]) -> int:
    """Count the rows that repeat an earlier one in `columns`, by a 64-bit row hash."""
    # Spark's hash skips blanks, so that (1, blank) and (blank, 1) would be one row: where they are counts too.
    cells = ", ".join(f"{quoted(name)}, isnull({quoted(name)})" for name in columns)
    groups = frame.to_native().selectExpr(f"xxhash64({cells}) AS h").groupBy("h").count()
    return int(groups.selectExpr("coalesce(sum(count - 1), 0)").collect()[0][0])


def in_order(frame: Frame, column: str) -> Frame:
    """Sort the rows by `column`, rising from part to part too."""
    return nw.from_native(frame.to_native().orderBy(quoted(column)))


def write_csv(frame: Frame, path: Path, whole: Sequence[str]) -> None:
    """Write in row order, into parts in the place of `path`: part-00000.csv, part-00001.csv, ... `whole` names float
    columns that hold whole numbers, written without `.0`."""
    whole_numbers = {name: f"CAST({quoted(name)} AS BIGINT)" for name in whole}
    write_parts(_replace(frame, whole_numbers).to_native(), path.parent)
