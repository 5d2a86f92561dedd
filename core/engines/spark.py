"""Hooks for PySpark frames: expressions of Spark SQL alone, so that executors need no Python package."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import narwhals as nw

from core.cells import date_text, number_text
from core.cells.sql import Words
from core.engines.engine import MIX, Frame, Parse, start_of
from core.engines.spark_table import quoted, write_parts

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
_ISO = r"^\d{4}([-/])\d{1,2}\1\d{1,2}([ T]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?$"
# strptime's directives as Spark's patterns; one letter takes one digit or two, as strptime does.
_PATTERNS = {
    **{"Y": "y", "y": "yy", "m": "M", "d": "d", "b": "MMM", "B": "MMMM", "a": "EEE", "A": "EEEE"},
    **{"H": "H", "I": "h", "M": "m", "S": "s", "f": "[SSSSSS][SSSSS][SSSS][SSS][SS][S]", "p": "a", "j": "D"},
}
_WIDE = {"Y": "yyyy", "m": "MM", "d": "dd", "H": "HH", "M": "mm", "S": "ss"}


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _replace(frame: Frame, expressions: dict[str, str]) -> Frame:
    """Columns replaced, or added after the others, by SQL expressions."""
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
        return (
            number_text.sql(text, how.format, _WORDS) if number_text.is_format(how.format) else _number(text)
        )
    return date_text.sql(text, how.format, _WORDS)


def _number(text: str) -> str:
    digits = f"regexp_replace({text}, {_literal('(?<=[0-9])_(?=[0-9])')}, '')"  # 1_000, as DuckDB reads it
    number = f"CAST({digits} AS DOUBLE)"
    return f"CASE WHEN {digits} RLIKE {_literal(_NUMBER)} AND {_finite(number)} THEN {number} END"


def _finite(number: str) -> str:
    return f"abs({number}) < double('Infinity')"


def _moment(text: str, form: str) -> str:
    pattern, signs = "", re.findall(r"%-?(\w)|([^%])", form)
    for place, (directive, character) in enumerate(signs):
        if directive:
            near = signs[max(place - 1, 0) : place + 2]
            pattern += _WIDE.get(directive, _PATTERNS[directive]) if _touch(near) else _PATTERNS[directive]
        else:
            pattern += "''" if character == "'" else f"'{character}'" if character.isalpha() else character
    moment = f"CAST(try_to_timestamp({text}, {_literal(pattern)}) AS TIMESTAMP_NTZ)"
    if "%y" in form:  # strptime's century: 69 is 1969
        late = "CASE WHEN year(moment) > 2068 THEN moment - INTERVAL 100 YEARS ELSE moment END"
        moment = f"transform(array({moment}), moment -> {late})[0]"
    return moment


def _touch(signs: list[tuple[str, str]]) -> bool:
    """Whether of these signs of a format two directives stand side by side: then each has its full width."""
    return any(left and right for (left, _), (right, _) in pairwise(signs))


def _iso(text: str) -> str:
    text = _without_zone(text)
    moment = f"CAST(replace({text}, '/', '-') AS TIMESTAMP_NTZ)"
    return f"CASE WHEN {text} RLIKE {_literal(_ISO)} THEN {moment} END"


def _without_zone(text: str) -> str:
    bare = f"regexp_replace({text}, {_literal(date_text.ZONE)}, '')"
    return f"(CASE WHEN {text} LIKE '%:%' THEN {bare} ELSE {text} END)"


_WORDS = Words(
    _literal,
    lambda text, signs: f"trim(BOTH {_literal(signs)} FROM {text})",
    lambda text: f"CAST({text} AS DOUBLE)",
    _finite,
    lambda text, pattern: f"{text} RLIKE {_literal(f'^(?:{pattern})$')}",
    lambda text, pattern, number: f"regexp_extract({text}, {_literal(f'^(?:{pattern})$')}, {number})",
    lambda text, pattern: f"regexp_extract({text}, {_literal(pattern)}, 0)",
    lambda text, pattern, by: (
        f"regexp_replace({text}, {_literal(pattern)}, {_literal(by.replace(chr(92), '$'))})"
    ),
    lambda text, texts: (
        f"element_at(map({', '.join(f'{_literal(k)}, {_literal(v)}' for k, v in texts.items())}), {text})"
    ),
    lambda name, value, body: f"transform(array({value}), {name} -> {body})[0]",
    _moment,
    _iso,
)


def _coded(frame: Frame, name: str, levels: tuple[str, ...]) -> Frame:
    """A small table that every executor gets is a hash lookup; a CASE would compare the levels one by one."""
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
        text = f"md5(concat({_literal(f'{seed}:')}, CAST({column} AS STRING)))"
        little = ", ".join(f"substr({text}, {place}, 2)" for place in (23, 21, 19, 17))
        return _replace(frame, {name: f"CAST(conv(concat({little}), 16, 10) AS BIGINT)"})
    frame = _replace(frame, {name: f"(CAST({column} AS BIGINT) + {start_of(seed)}) & 4294967295"})
    for shift, factor in MIX:  # the product overflows, which leaves its lower 32 bits as they are
        bits = f"(({mixed} ^ shiftrightunsigned({mixed}, {shift})) * {factor}L) & 4294967295"
        frame = _replace(frame, {name: bits})
    return _replace(frame, {name: f"{mixed} ^ shiftrightunsigned({mixed}, 16)"})


def bin_counts(frame: Frame, inner: Mapping[str, Sequence[float]]) -> dict[str, list[int]]:
    """Values by bin: up to and with the first of a column's inner edges (rising), then up to the next, ...,
    beyond the last; one bin more than inner edges. Blanks are left out."""
    counts = {}
    for name, edges in inner.items():
        value = f"CAST({quoted(name)} AS DOUBLE)"
        filled = frame.to_native().where(f"{quoted(name)} IS NOT NULL")
        found = filled.selectExpr(f"{_bin(value, edges, 0, len(edges))} AS bin").groupBy("bin").count()
        rows = {row["bin"]: row["count"] for row in found.collect()}
        counts[name] = [int(rows.get(place, 0)) for place in range(len(edges) + 1)]
    return counts


def _bin(value: str, edges: Sequence[float], low: int, high: int) -> str:
    """The number of edges below `value`, by halves: six comparisons for forty bins."""
    if low == high:
        return str(low)
    middle = (low + high) // 2
    left, right = _bin(value, edges, low, middle), _bin(value, edges, middle + 1, high)
    return f"CASE WHEN {value} <= double('{edges[middle]!r}') THEN {left} ELSE {right} END"


def with_moment(frame: Frame, source: str, name: str) -> Frame:
    """Add `name`: the microseconds (as float64) from 1970 to the date or timestamp in `source`."""
    return _replace(frame, {name: f"CAST(unix_micros(CAST({quoted(source)} AS TIMESTAMP)) AS DOUBLE)"})


def duplicates(frame: Frame, columns: Sequence[str]) -> int:
    """Rows that repeat an earlier one in `columns`, by a 64-bit row hash."""
    # Spark's hash skips blanks, so that (1, blank) and (blank, 1) would be one row: where they are counts too.
    cells = ", ".join(f"{quoted(name)}, isnull({quoted(name)})" for name in columns)
    groups = frame.to_native().selectExpr(f"xxhash64({cells}) AS h").groupBy("h").count()
    return int(groups.selectExpr("coalesce(sum(count - 1), 0)").collect()[0][0])


def in_order(frame: Frame, column: str) -> Frame:
    """Rows rising by `column`, from part to part too."""
    return nw.from_native(frame.to_native().orderBy(quoted(column)))


def write_csv(frame: Frame, path: Path, whole: Sequence[str]) -> None:
    """Write in row order, into parts in the place of `path`: part-00000.csv, part-00001.csv, ... `whole` names float
    columns that hold whole numbers, written without `.0`."""
    whole_numbers = {name: f"CAST({quoted(name)} AS BIGINT)" for name in whole}
    write_parts(_replace(frame, whole_numbers).to_native(), path.parent)
