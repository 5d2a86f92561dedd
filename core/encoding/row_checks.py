"""Raw rows encoded, with what was noticed on the way: cells that cannot be read, new categories, values out of range.

The contract reads each cell once, beside its text: what it made of a text says what is wrong with it. Written as
narwhals expressions over text columns; a file and the rows of a form are both tables of DuckDB here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import narwhals as nw

from core.cells.cell_text import NOTHING, SPACES
from core.encoding.contract import Column, Contract, truth
from core.engines import Frame, engine_of
from core.language import joined, mark, tr
from core.reading.column_keys import col, key

AMBIGUOUS = r"^[^0-9]*[0-9]{1,3}[.,][0-9]{3}[^0-9]*$"  # a thousand, or a little more than one
ROW = "__row__"
REASON, FLAGS, EMPTY_LINE = "__reason__", "__flags__", "__empty_line__"
# What is said of a cell, as the table has it for everybody, and whole, to be told to who reads.
NO_NUMBER, NO_DATE, UNSEEN = "is not a number", "is not a date", "never occurred in training"
OUTSIDE, DOUBTFUL = "is outside the training range", "could be read in two ways"
_TOLD = {
    NO_NUMBER: mark('{column}: "{cell}" is not a number'),
    NO_DATE: mark('{column}: "{cell}" is not a date'),
    UNSEEN: mark('{column}: "{cell}" never occurred in training'),
    OUTSIDE: mark('{column}: "{cell}" is outside the training range'),
    DOUBTFUL: mark('{column}: "{cell}" could be read in two ways'),
}
_OF_ONE = re.compile(rf'(.*?): "(.*?)" ({"|".join(_TOLD)})(?:; |$)', re.DOTALL)
_ONLY = " is the only feature, and blank"
NOTICED = ("bad", "unseen", "out")  # a cell that is no number or date, a new category, a value out of range


def encode_rows(contract: Contract, raw: Frame, doubtful: Collection[str] = ()) -> Frame:
    """Return the rows of `raw`, all text, as the contract's features; their ROW and what was noticed follow.

    REASON says why a row cannot be used and FLAGS what is odd about it, blank where there is nothing; of the columns
    `doubtful` each cell is flagged that could be read in two ways. `i:bad`, `i:unseen` or `i:out` (NOTICED) are true
    where that was noticed of the i-th input column. EMPTY_LINE is true where the only feature is blank: no CSV reader
    counts such a row, so that it is rejected too.
    """
    inputs = list(enumerate(contract.inputs))
    values = {f"{i}:value": column for i, column in inputs if column.parse}
    doubled = raw.with_columns(*[col(column.name).alias(name) for name, column in values.items()])
    read = engine_of(raw).parse(doubled, {name: c.parse for name, c in values.items() if c.parse})
    tests = {name: test for i, column in inputs for name, test in _tests(i, column).items()}
    checked = read.with_columns(*[test.alias(name) for name, test in tests.items()])
    reasons, flags = _words(contract.inputs, tests, doubtful)
    noted = checked.with_columns(
        _joined(reasons).alias(REASON), _joined(flags).alias(FLAGS), nw.lit(False).alias(EMPTY_LINE)
    )
    kept = (ROW, REASON, FLAGS, EMPTY_LINE, *tests)
    cells = [nw.col(f"{i}:value").alias(key(c.name)) if c.parse else col(c.name) for i, c in inputs]
    encoded = contract.encode_values(noted.select(*cells, *kept), label=False, keep=kept)
    return _without_empty_lines(contract, encoded)


def _tests(i: int, column: Column) -> dict[str, nw.Expr]:
    """Return {`i:what`: whether that is noticed of a cell}."""
    text = col(column.name)
    filled = ~text.is_null() & (text.str.strip_chars() != "")
    if column.kind == "boolean":
        return {f"{i}:unseen": filled & truth(text).is_null()}
    value = nw.col(f"{i}:value")
    if column.kind == "categorical":
        return {f"{i}:unseen": filled & value.is_null()}
    # What says that there is nothing (`..`, 0000-00-00) is blank, as training took it.
    nothing = text.str.to_lowercase().str.strip_chars(SPACES).str.contains(f"^(?s:{NOTHING})$")
    tests = {f"{i}:bad": nw.when(filled & value.is_null()).then(~nothing).otherwise(nw.lit(False))}
    if column.kind == "numeric" and column.minimum is not None:
        tests[f"{i}:out"] = ~value.is_null() & ((value < column.minimum) | (value > column.maximum))
    return tests


def _words(
    inputs: Sequence[Column], tests: Collection[str], doubtful: Collection[str]
) -> tuple[list[nw.Expr], list[nw.Expr]]:
    """Return (reasons, flags): a text for each of `tests` that is true of a row."""
    reasons: list[nw.Expr] = []
    flags: list[nw.Expr] = []
    for test in tests:
        i, what = test.split(":")
        column = inputs[int(i)]
        if what == "bad":
            words = NO_NUMBER if column.kind == "numeric" else NO_DATE
            reasons.append(nw.when(nw.col(test)).then(_of_cell(column, words)))
        else:
            words = UNSEEN if what == "unseen" else OUTSIDE
            flags.append(nw.when(nw.col(test)).then(_of_cell(column, words)))
    for column in (column for column in inputs if column.name in doubtful):
        cell = col(column.name)
        either = cell.str.contains(AMBIGUOUS) if column.kind == "numeric" else ~cell.is_null()
        flags.append(nw.when(either).then(_of_cell(column, DOUBTFUL)))
    return reasons, flags


def _of_cell(column: Column, words: str) -> nw.Expr:
    """Return a sentence about the cell of a column, as in `carrier: "ZZ" never occurred in training`."""
    return nw.concat_str(nw.lit(f'{column.name}: "'), col(column.name), nw.lit(f'" {words}'))


def _joined(texts: list[nw.Expr]) -> nw.Expr:
    if not texts:
        return nw.lit(None, nw.String)
    joined = nw.concat_str(*texts, separator="; ", ignore_nulls=True)
    return nw.when(joined != "").then(joined)


def _without_empty_lines(contract: Contract, encoded: Frame) -> Frame:
    """Reject the blank rows of a single feature that nothing else rejects."""
    feature, *others = contract.features
    if others:
        return encoded
    empty = nw.col(REASON).is_null() & col(feature).is_null()
    reason = nw.when(empty).then(nw.lit(f"{feature}{_ONLY}")).otherwise(nw.col(REASON))
    return encoded.with_columns(empty.alias(EMPTY_LINE), reason.alias(REASON))


def in_words(noticed: str) -> str:
    """Return what the table says of a row, its reason or its flags, in the reader's language."""
    cells = list(_OF_ONE.finditer(noticed))
    if cells and "".join(cell[0] for cell in cells) == noticed:
        return joined([tr(_TOLD[cell[3]], column=cell[1], cell=cell[2]) for cell in cells], "; ")
    if noticed.endswith(_ONLY):
        return tr("{feature} is the only feature, and blank", feature=noticed.removesuffix(_ONLY))
    return tr(noticed)


def count_noticed(contract: Contract, encoded: Frame) -> dict[str, dict[str, int]]:
    """Return {each of NOTICED: {column: cells}} of a frame from `encode_rows`."""
    inputs = contract.inputs
    cells: dict[str, dict[str, int]] = {what: {} for what in NOTICED}
    columns = set(encoded.collect_schema().names())
    present = [name for i in range(len(inputs)) for what in NOTICED if (name := f"{i}:{what}") in columns]
    if not present:
        return cells
    sums = encoded.select(*[nw.col(name).cast(nw.Int64).sum() for name in present])
    row = sums.collect("pyarrow").rows(named=True)[0]
    for name in present:
        i, what = name.split(":")
        if rows := int(row[name] or 0):
            cells[what][inputs[int(i)].name] = rows
    return cells
