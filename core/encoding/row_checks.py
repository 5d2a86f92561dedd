"""What is noticed about raw rows: cells that cannot be read, categories never seen, values out of range.

Written as narwhals expressions over text columns; a file and the rows of a form are both tables of DuckDB here.
"""

from __future__ import annotations

from collections.abc import Collection

import narwhals as nw

from core.cells.cell_text import NOTHING, SPACES
from core.encoding.contract import FALSE, TRUE, Column, Contract
from core.engines import Frame, Parse, engine_of
from core.reading.column_keys import col

AMBIGUOUS = r"^[^0-9]*[0-9]{1,3}[.,][0-9]{3}[^0-9]*$"  # a thousand, or a little more than one
REASON, FLAGS = "__reason__", "__flags__"
ONLY_FEATURE_BLANK = "is the only feature, and blank"  # ends the reason why such a row is rejected


def noticed(contract: Contract, raw: Frame) -> Frame:
    """Return `raw` with, for each input column i, `i:bad`, `i:unseen` or `i:out`: true where that was noticed."""
    copies = {f"{i}:value": column for i, column in enumerate(contract.inputs) if column.kind != "boolean"}
    doubled = raw.with_columns(*[col(column.name).alias(copy) for copy, column in copies.items()])
    parsed = engine_of(raw).parse(doubled, {copy: _parse(column) for copy, column in copies.items()})
    return parsed.with_columns(
        *[test.alias(name) for i, c in enumerate(contract.inputs) for name, test in _tests(i, c).items()]
    )


def _parse(column: Column) -> Parse:
    if column.kind == "numeric":
        return Parse("number", format=column.format)
    if column.kind == "datetime":
        return Parse("datetime", format=column.format)
    return Parse("code", levels=tuple(text for text, _ in column.levels))


def _tests(i: int, column: Column) -> dict[str, nw.Expr]:
    text = col(column.name)
    filled = ~text.is_null() & (text.str.strip_chars() != "")
    if column.kind == "boolean":
        return {f"{i}:unseen": filled & ~text.str.to_lowercase().is_in([*TRUE, *FALSE])}
    value = nw.col(f"{i}:value")
    if column.kind == "categorical":
        return {f"{i}:unseen": filled & value.is_null()}
    # What says that there is nothing (`..`, 0000-00-00) is blank, as training took it.
    nothing = text.str.to_lowercase().str.strip_chars(SPACES).str.contains(f"^(?s:{NOTHING})$")
    tests = {f"{i}:bad": nw.when(filled & value.is_null()).then(~nothing).otherwise(nw.lit(False))}
    if column.kind == "numeric" and column.minimum is not None:
        tests[f"{i}:out"] = ~value.is_null() & ((value < column.minimum) | (value > column.maximum))
    return tests


def flagged(contract: Contract, raw: Frame, doubtful: Collection[str] = ()) -> Frame:
    """Return `raw` with REASON (why a row cannot be used) and FLAGS (what was noticed), blank where there is nothing.

    Of the columns `doubtful` each cell is flagged that could be read in two ways.
    """
    reasons: list[nw.Expr] = []
    flags: list[nw.Expr] = []
    for i, column in enumerate(contract.inputs):
        for test in _tests(i, column):
            what = test.partition(":")[2]
            cell = col(column.name)
            if what == "bad":
                thing = "number" if column.kind == "numeric" else "date"
                text = nw.concat_str(nw.lit(f"{column.name} is no {thing}: "), cell)
                reasons.append(nw.when(nw.col(test)).then(text))
            else:
                word = "unseen" if what == "unseen" else "out of range"
                text = nw.concat_str(nw.lit(f"{word} {column.name}="), cell)
                flags.append(nw.when(nw.col(test)).then(text))
    for column in (column for column in contract.inputs if column.name in doubtful):
        cell = col(column.name)
        either = cell.str.contains(AMBIGUOUS) if column.kind == "numeric" else ~cell.is_null()
        text = nw.concat_str(nw.lit(f"could be read in two ways {column.name}="), cell)
        flags.append(nw.when(either).then(text))
    return noticed(contract, raw).with_columns(_joined(reasons).alias(REASON), _joined(flags).alias(FLAGS))


def no_empty_line(contract: Contract, encoded: Frame) -> Frame:
    """Reject the blank rows of a single feature: each would be an empty line, which no CSV reader counts."""
    feature, *others = contract.features
    if others:
        return encoded
    reason = nw.col(REASON)
    lost = nw.when(col(feature).is_null()).then(nw.lit(f"{feature} {ONLY_FEATURE_BLANK}"))
    return encoded.with_columns(nw.when(~reason.is_null()).then(reason).otherwise(lost).alias(REASON))


def _joined(texts: list[nw.Expr]) -> nw.Expr:
    if not texts:
        return nw.lit(None, nw.String)
    joined = nw.concat_str(*texts, separator="; ", ignore_nulls=True)
    return nw.when(joined != "").then(joined)


def counts(contract: Contract, seen: Frame) -> dict[str, dict[str, int]]:
    """Return {"bad", "unseen" and "out": {column: cells}} of a frame from `noticed`."""
    cells: dict[str, dict[str, int]] = {"bad": {}, "unseen": {}, "out": {}}
    names = [f"{i}:{what}" for i in range(len(contract.inputs)) for what in cells]
    present = [name for name in names if name in seen.collect_schema().names()]
    if not present:
        return cells
    sums = seen.select(*[nw.col(name).cast(nw.Int64).sum() for name in present])
    row = sums.collect("pyarrow").rows(named=True)[0]
    for name in present:
        i, what = name.split(":")
        if rows := int(row[name] or 0):
            cells[what][contract.inputs[int(i)].name] = rows
    return cells
