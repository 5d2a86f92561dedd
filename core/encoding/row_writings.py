"""How rows to predict are written, judged as a whole, as a training file is: a form's row like a file of a million.

The model's own writing is theirs until a cell does not fit it. Then the cells say what the rows' writing is: another
decimal sign, day and month the other way round, another date. One column's proof holds for all. What stays open
is read by what training saw and the delimiter suggest, and each such cell is flagged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import duckdb

from core.cells import cell_text, date_evidence, date_text, number_evidence, number_text
from core.cells.duration_text import CLOCK, DURATION
from core.cells.sql import identifier
from core.encoding.contract import Column, Contract
from core.encoding.row_checks import ROW
from core.language import tr
from core.reading.column_keys import key
from core.reading.dialect import Overrides
from core.reading.mismatched_cells import count_rows, sample_cells, value_of


@dataclass(slots=True)
class RowWritings:
    """The contract whose formats read these rows, what to say of that, and the columns with two possible readings."""

    contract: Contract
    decimal: str
    notes: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    as_trained: bool = (
        False  # whether every cell fits the model's own writing, so that no other was looked for
    )


def as_written(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    table: str,
    odd: Collection[str],
    delimiter: str,
    said: Overrides,
) -> RowWritings:
    """Return how the rows of `table` are written.

    All cells are text, columns are named by their keys, with ROW; some cells of the columns `odd` do not fit the
    contract. Where a person has `said` a decimal sign or a date's writing, it is that in all columns that it reads.
    """
    writings = RowWritings(contract, contract.dialect.decimal)
    samples = _Samples(connection, table)
    numeric = [column for column in contract.inputs if column.kind == "numeric"]
    dated = [column for column in contract.inputs if column.kind == "datetime"]
    formats = _numbers(samples, writings, numeric, odd, delimiter, said.decimal)
    formats |= _dates(samples, writings, dated, odd, said.date_format)
    for column in contract.inputs:
        if column.name in formats:
            own, new = (shown(column.kind, form) for form in (column.format, formats[column.name]))
            text = tr(
                "'{column}' is read as {new}; the training file has {own}.",
                column=column.name,
                new=new,
                own=own,
            )
            writings.notes.append(text)
    changed = tuple(
        replace(column, format=formats[column.name]) if column.name in formats else column
        for column in contract.columns
    )
    writings.contract = replace(contract, columns=changed)
    return writings


def shown(kind: str, form: str) -> str:
    """Return how the cells of a column are written, as a person reads it."""
    return date_text.in_letters(form) if kind == "datetime" else form or tr("plain numbers")


@dataclass(slots=True)
class _Samples:
    """Cells of the columns of a table, as evidence of how they are written."""

    connection: duckdb.DuckDBPyConnection
    table: str

    def cells(self, column: Column) -> Counter[str]:
        """Draw some cells from all over, and some that the column's own format does not read."""
        text = identifier(key(column.name))
        unread = cell_text.unread(text, value_of(text, column.format, column.kind == "datetime"))
        everywhere, odd = (
            sample_cells(self.connection, self.table, text, test, ROW) for test in ("true", unread)
        )
        return everywhere | odd

    def unread(self, column: Column, form: str) -> int:
        """Count the cells that `form` does not read."""
        text = identifier(key(column.name))
        return count_rows(
            self.connection,
            self.table,
            cell_text.unread(text, value_of(text, form, column.kind == "datetime")),
        )

    def inside(self, column: Column, form: str) -> int:
        """Count the cells within the range that training saw, read by `form`."""
        if column.minimum is None:
            return 0
        value = value_of(identifier(key(column.name)), form)
        return count_rows(
            self.connection, self.table, f"{value} BETWEEN {column.minimum!r} AND {column.maximum!r}"
        )


# --- numbers ----------------------------------------------------------------------------------------------


def _decimal(column: Column) -> str:
    return next((style.decimal for style in number_text.styles_of(column.format)), ".")


def _grouped(column: Column) -> bool:
    return any(
        style.thousands in (".", ",") and style.thousands for style in number_text.styles_of(column.format)
    )


def _numbers(
    samples: _Samples,
    writings: RowWritings,
    numeric: list[Column],
    odd: Collection[str],
    delimiter: str,
    said: str,
) -> dict[str, str]:
    """Return {column: the format that reads it here} of the columns of numbers that are written otherwise."""
    own = writings.contract.dialect.delimiter
    examined = {c.name: c for c in numeric if c.name in odd or (_grouped(c) and delimiter not in ("", own))}
    seen = {name: number_evidence.evidence_of(samples.cells(column)) for name, column in examined.items()}
    votes = [said] if said else [item.sure for item in seen.values() if item.sure and item.signs]
    unsure = [column for name, column in examined.items() if number_evidence.doubtful(seen[name])]
    if votes:
        writings.decimal = max(",.", key=votes.count)
    elif unsure:
        writings.decimal = _likely(samples, writings, unsure, seen, odd, delimiter)
    others = [c for c in numeric if c.name not in examined and _decimal(c) != writings.decimal]
    if votes or unsure:
        examined |= {column.name: column for column in others}
        seen |= {column.name: number_evidence.evidence_of(samples.cells(column)) for column in others}
    formats: dict[str, str] = {}
    for name, column in examined.items():
        form = _respelt(column, seen[name], writings.decimal)
        if form is None or form == column.format:
            continue
        fewer = samples.unread(column, form) - samples.unread(column, column.format)
        if fewer < 0 or (fewer == 0 and _decimal(column) != writings.decimal and seen[name].signs):
            formats[name] = form
    return formats


def _respelt(column: Column, seen: number_evidence.Evidence, decimal: str) -> str | None:
    times = (CLOCK, DURATION)
    if seen.times or column.format in times:
        return seen.times if seen.times and column.format in times else None
    return number_evidence.respelt(column.format, seen, decimal) if seen.best else None


def _likely(
    samples: _Samples,
    writings: RowWritings,
    unsure: list[Column],
    seen: dict[str, number_evidence.Evidence],
    odd: Collection[str],
    delimiter: str,
) -> str:
    """Return the decimal sign with which more numbers lie in the range of training; where neither has more, the columns
    are in doubt."""
    inside = {
        sign: sum(samples.inside(c, number_evidence.respelt(c.format, seen[c.name], sign)) for c in unsure)
        for sign in ",."
    }
    if max(inside.values()) > 2 * min(inside.values()):
        return max(inside, key=inside.__getitem__)
    writings.doubtful |= {column.name for column in unsure}
    if not any(column.name in odd for column in unsure):
        return writings.decimal  # the model's own writing reads them all
    return "," if delimiter == ";" else "."


# --- dates ------------------------------------------------------------------------------------------------


def _month_first(forms: Iterable[str]) -> bool | None:
    """Return whether the formats have the month before the day; None where they have no order."""
    orders = {part[:2] for form in forms for part in form.split("|") if re.match(r"%d.%m|%m.%d", part)}
    return orders == {"%m"} if orders else None


def _dates(
    samples: _Samples, writings: RowWritings, dated: list[Column], odd: Collection[str], said: str
) -> dict[str, str]:
    """Return {column: the format that reads it here} of the columns of dates that are written otherwise."""
    formats: dict[str, str] = {}
    if said:
        reads = [c for c in dated if samples.unread(c, said) <= samples.unread(c, c.format)]
        formats = {column.name: said for column in reads if column.format != said}
        dated = [column for column in dated if column not in reads]
    examined = {column.name: column for column in dated if column.name in odd}
    cells = {name: samples.cells(column) for name, column in examined.items()}
    seen = {name: date_evidence.evidence_of(some) for name, some in cells.items()}
    proofs = {item.month_first for item in seen.values() if item.ordered and not item.both}
    own = _month_first(column.format for column in dated)
    first = proofs.pop() if len(proofs) == 1 else bool(own)
    turned = [c for c in dated if c.name not in examined and _month_first([c.format]) is (not first)]
    if len(proofs) == 0 and examined and first is not own:
        examined |= {column.name: column for column in turned}
        cells |= {column.name: samples.cells(column) for column in turned}
        seen |= {column.name: date_evidence.evidence_of(cells[column.name]) for column in turned}
    proven = any(item.ordered and not item.both for item in seen.values())
    for name, column in examined.items():
        form = _dated(column, cells[name], seen[name], first)
        if form is None or form == column.format:
            continue
        fewer = samples.unread(column, form) - samples.unread(column, column.format)
        if fewer < 0 or (fewer == 0 and name not in odd and proven):
            formats[name] = form
            if seen[name].both and not proven and own is None:
                writings.doubtful.add(name)
    return formats


def _dated(
    column: Column, cells: Counter[str], seen: date_evidence.Evidence, month_first: bool
) -> str | None:
    """Return the format of dates that are as exact as those of training, None where none fits."""
    exact = "%d" in column.format or "" in column.format.split("|")
    fits = Counter({form: n for form, n in seen.fits.items() if not exact or not form or "%d" in form})
    form = date_evidence.format_of(
        replace(seen, share=1.0, rows=round(seen.share * seen.rows), fits=fits), month_first
    )
    if not form or "%y" not in form:
        return form
    latest = re.search(r"@\d{4}", column.format)
    if latest:
        return "|".join(f"{part}{latest[0]}" if "%y" in part else part for part in form.split("|"))
    return date_evidence.with_century(form, cells, column.name, datetime.now(UTC).year)
