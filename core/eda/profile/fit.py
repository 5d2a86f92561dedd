"""Fit the feature contract on the training split: ranges, levels, and the parts of dates that vary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Literal

import narwhals as nw

from core.eda.profile.statistics import BATCH, collect, top_values
from core.encoding.contract import PARTS, Column
from core.encoding.expressions import columns_of, compile_expression
from core.engines import Frame, Parse, engine_of
from core.engines.table import Scan
from core.language import tr
from core.reading.column_keys import col, key

Range = tuple[float | str | None, float | str | None, int]  # minimum, maximum, blank cells
OWN_CODES = 254  # levels with a code of their own: XGBoost's hist has 256 bins a feature


def fit_columns(
    train: Scan, columns: list[Column], ordered_in_time: bool, tell: Callable[[float], None]
) -> tuple[Column, ...]:
    """Return `columns` (kinds decided, dropped ones marked) with what the training split says of each."""
    scan = typed(train, columns)
    rows = int(collect(train([]).select(nw.len().alias("rows")))[0]["rows"])
    ranges = _ranges(scan, [c for c in columns if c.kind in ("numeric", "datetime")])
    taken = {c.name.casefold() for c in columns}
    fitted = []
    for i, column in enumerate(columns):
        tell(i / len(columns))
        if column.name in ranges:
            low, high, missing = ranges[column.name]
            column = replace(column, minimum=low, maximum=high, missing=missing)
        if column.dropped:
            fitted.append(column)
        elif column.kind == "numeric":
            fitted.append(_numeric(column))
        elif column.kind == "datetime":
            fitted.append(_datetime(scan([column.name]), column, ordered_in_time, taken))
        else:
            fitted.append(_levels(scan([column.name]), column, rows))
    return tuple(fitted)


def typed(scan: Scan, columns: list[Column]) -> Scan:
    """Return a scan whose numbers and dates are parsed, and whose derived columns can be named too."""
    known = {column.name: column for column in columns}

    def frame(names: Sequence[str]) -> Frame:
        wanted = [known[name] for name in names]
        derived = [column for column in wanted if column.expression]
        read = [column.name for column in wanted if not column.expression]
        read += [name for c in derived for name in columns_of(c.name, c.expression or "")]
        inputs = [known[name] for name in dict.fromkeys(read)]
        return with_derived(with_numbers(scan([c.name for c in inputs]), inputs), [*inputs, *derived])

    return frame


def check_derived(column: Column, columns: list[Column]) -> None:
    """Refuse a `column` that cannot be derived from `columns`. Raises BadExpression."""
    numeric = [c.name for c in columns if c.kind == "numeric" and not c.expression]
    compile_expression(column.name, column.expression or "", numeric)


def with_numbers(frame: Frame, columns: list[Column]) -> Frame:
    """Return `frame` with the text of numeric and datetime columns parsed (columns that CSV reading left as text)."""
    parsed: dict[str, Literal["number", "datetime"]] = {"numeric": "number", "datetime": "datetime"}
    texts = [column for column in columns if column.kind in parsed and column.type == "VARCHAR"]
    if not texts:
        return frame
    schema = frame.collect_schema()
    wanted = {
        key(column.name): Parse(parsed[column.kind], format=column.format)
        for column in texts
        if schema[key(column.name)] == nw.String  # and not parsed already
    }
    return engine_of(frame).parse(frame, wanted)


def with_derived(frame: Frame, columns: list[Column]) -> Frame:
    """Return `frame` with the derived columns added. Raises BadExpression."""
    numeric = [column.name for column in columns if column.kind == "numeric" and not column.expression]
    derived = [compile_expression(c.name, c.expression, numeric) for c in columns if c.expression]
    return frame.with_columns(*derived) if derived else frame


def _ranges(scan: Scan, columns: list[Column]) -> dict[str, Range]:
    ranges: dict[str, Range] = {}
    for start in range(0, len(columns), 10 * BATCH):
        batch = columns[start : start + 10 * BATCH]
        wanted = [nw.len().alias("rows")]
        for i, column in enumerate(batch):
            value = col(column.name)
            wanted += [
                value.min().alias(f"{i}:min"),
                value.max().alias(f"{i}:max"),
                value.count().alias(f"{i}:n"),
            ]
        row = collect(scan([column.name for column in batch]).select(*wanted))[0]
        for i, column in enumerate(batch):
            missing = int(row["rows"]) - int(row[f"{i}:n"] or 0)
            ranges[column.name] = _plain(row[f"{i}:min"]), _plain(row[f"{i}:max"]), missing
    return ranges


def _plain(value: float | date | None) -> float | str | None:
    return value.isoformat() if isinstance(value, date) else value


def _numeric(column: Column) -> Column:
    if column.minimum is None or column.minimum == column.maximum:
        return replace(column, dropped=tr("it does not vary in the training split"))
    return replace(column, features={column.name: "value"})


def _levels(frame: Frame, column: Column, rows: int) -> Column:
    levels = tuple((str(value), count) for value, count in top_values(frame, column.name, most=1_000_000))
    column = replace(column, levels=levels, missing=rows - sum(count for _, count in levels))
    if len(levels) < 2:
        return replace(column, dropped=tr("it does not vary in the training split"))
    if column.kind == "boolean":
        return replace(column, features={column.name: "value"})
    return replace(column, features={column.name: "code"}, own_codes=min(len(levels), OWN_CODES))


def _datetime(frame: Frame, column: Column, ordered_in_time: bool, taken: set[str]) -> Column:
    """Return a date column with its parts that vary in training; split in time, those that later rows can share."""
    value = col(column.name).cast(nw.Datetime("us")).dt
    ends = {
        f"{part}:{end}": getattr(getattr(value, part)(), end)() for part in PARTS for end in ("min", "max")
    }
    row = collect(frame.select(*[extreme.alias(name) for name, extreme in ends.items()]))[0]
    parts = [part for part in PARTS if row[f"{part}:min"] != row[f"{part}:max"]]
    if ordered_in_time:
        # The held-out rows lie in years (and, within a year, months) that training never saw.
        years = "year" in parts
        parts = [part for part in parts if part != "year" and (part != "month" or years)]
    features = {}
    for part in parts:
        name = f"{column.name}_{part}"
        while name.casefold() in taken:
            name += "_part"
        taken.add(name.casefold())
        features[name] = part
    if not features:
        return replace(column, dropped=tr("no part of it varies in the training split"))
    return replace(column, features=features)
