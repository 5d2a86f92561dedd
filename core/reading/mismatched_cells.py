"""Columns in which some cell did not fit the type from the sample: judged again by those cells, wherever they are.

Thousands, decimal commas, per cent or another writing of dates often begin late, in one row of a million even. The
table holds such a column as text by now; how its mismatched cells are written becomes part of its format, and where
that reads every cell the column gets its type back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import duckdb

from core.cells import date_evidence, date_text, number_evidence, number_text
from core.cells.cell_text import is_nothing, nothing, said, unread
from core.cells.sql import DUCKDB, identifier
from core.language import tr
from core.reading.column_keys import key
from core.reading.dialect import CODE, Note, Sniffed
from core.reading.sampled_columns import EXACT, LONGEST, gathered

LOOKS = 3  # at the cells that are left
ROWS = 5_000  # of each: sample_cells from all over, and that do not fit
OF_WRITING = ("number_format", "mixed_types", "mixed_units", "date_format", "date_formats")


def resolve_mismatches(
    connection: duckdb.DuckDBPyConnection, table: str, sniffed: Sniffed, tried: Mapping[str, str]
) -> Sniffed:
    """Convert the text columns `tried` of `table` and return `sniffed` with their types and formats.

    `tried` has the type that did not fit, by column.

    What few words keep from being numbers or dates stays text, and its format reads the rest.
    """
    for name, kind in tried.items():
        of = _Dates if kind in ("DATE", "TIMESTAMP") else _Numbers
        sniffed = of(connection, table, sniffed, name).resolved()
    return sniffed


def value_of(column: str, form: str, date: bool = False) -> str:
    """Return the SQL of the number or date in a text column of that format; infinity is a number here."""
    if date:
        return date_text.sql(column, form)
    return number_text.sql(column, form) if number_text.is_format(form) else DUCKDB.number(column)


def count_rows(connection: duckdb.DuckDBPyConnection, table: str, test: str) -> int:
    """Return how many rows of `table` pass `test`."""
    return int(connection.execute(f"SELECT count(*) FROM {table} WHERE {test}").fetchall()[0][0])


def sample_cells(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, test: str, row: str = "rowid"
) -> Counter[str]:
    """Return the filled cells of rows that pass `test`, sample_cells by a hash of the row, with how many have each."""
    some = f"SELECT {column} AS cell FROM {table} WHERE {test} ORDER BY hash({row}) LIMIT {ROWS}"
    query = f"SELECT cell, count(*) FROM ({some}) WHERE length(cell) <= {LONGEST} GROUP BY cell"
    counts = connection.execute(query).fetchall()
    return Counter({cell: rows for cell, rows in counts if not is_nothing(cell)})


class _Numbers:
    """A text column of `table` that is to hold numbers."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: str, sniffed: Sniffed, name: str
    ) -> None:
        self.connection, self.table, self.sniffed, self.name = connection, table, sniffed, name
        self.column = identifier(key(name))
        form = sniffed.format(name)
        self.form = "" if form == CODE else form
        self.forced = name in sniffed.numbers
        self.doubt = ""

    def resolved(self) -> Sniffed:
        first = left = self._misfits(self.form)
        cells = sample_cells(self.connection, self.table, self.column, "true")
        for _ in range(LOOKS):
            if not left:
                break
            cells |= sample_cells(self.connection, self.table, self.column, self._misfit(self.form))
            form = self._better(cells)
            if form is None or form == self.form or (fewer := self._misfits(form)) >= left:
                break
            self.form, left = form, fewer
        if not left:
            return self._converted()
        filled = self._count(said(self.column))
        if left > (1 - number_evidence.SURE) * filled and not self.forced:
            return self.sniffed
        self.connection.execute(f"UPDATE {self.table} SET {self.column} = NULL WHERE {nothing(self.column)}")
        return self._retyped("VARCHAR") if left < first else self.sniffed

    def value(self, form: str) -> str:
        return value_of(self.column, form)

    def _better(self, cells: Counter[str]) -> str | None:
        evidence = number_evidence.evidence_of(cells)
        self.doubt = ""
        form = number_evidence.format_of(evidence, self.sniffed.dialect.decimal, every=True)
        if number_evidence.doubtful(evidence) and not self.sniffed.dialect.overruled:
            self.doubt = tr("Its numbers could be read with the other decimal sign as well.")
        return number_text.PLAIN if form == "" else form

    def kind(self, value: str) -> str:
        whole = f"{value} = trunc({value}) AND abs({value}) <= {EXACT}"
        return "DOUBLE" if self._count(f"{value} IS NOT NULL AND NOT ({whole})") else "BIGINT"

    def code(self) -> str:
        return "number_format"

    def _misfit(self, form: str) -> str:
        return unread(self.column, self.value(form))

    def _misfits(self, form: str) -> int:
        return self._count(self._misfit(form))

    def _count(self, test: str) -> int:
        return count_rows(self.connection, self.table, test)

    def _converted(self) -> Sniffed:
        value = self.value(self.form)
        kind = self.kind(value)
        self.connection.execute(
            f"ALTER TABLE {self.table} ALTER COLUMN {self.column} TYPE {kind} USING CAST({value} AS {kind})"
        )
        return self._retyped(kind)

    def _retyped(self, kind: str) -> Sniffed:
        """Return the new type and format, with a note in place of those that the first look left."""
        notes = []
        for note in self.sniffed.notes:
            rest = tuple(column for column in note.columns if column != self.name)
            if note.code not in OF_WRITING or rest == note.columns:
                notes.append(note)
            elif rest:
                notes.append(replace(note, columns=rest))
        dated = self.code() == "date_formats"
        shown = date_text.in_letters(self.form) if dated else self.form or tr("plain numbers")
        notes += gathered([Note(self.code(), shown, (self.name,), self.doubt)])
        formats = {name: form for name, form in self.sniffed.formats.items() if name != self.name}
        formats |= {self.name: self.form} if self.form else {}
        return replace(self.sniffed.retyped({self.name: kind}), formats=formats, notes=tuple(notes))


class _Dates(_Numbers):
    """A text column of `table` that is to hold dates."""

    def value(self, form: str) -> str:
        return value_of(self.column, form, date=True)

    def _better(self, cells: Counter[str]) -> str | None:
        """Return the format with the most frequent ones of the cells that it does not read yet, of the same order."""
        fits: Counter[str] = Counter()
        for cell, rows in cells.items():
            if date_text.moment(cell, self.form) is None:
                for form in date_evidence.formats_of(cell):
                    if date_text.turned(form) not in self.form.split("|"):
                        fits[form] += rows
        more = [form for form, _ in fits.most_common(date_evidence.MOST_FORMATS)]
        return "|".join([*self.form.split("|"), *more]) if more else None

    def kind(self, value: str) -> str:
        return "TIMESTAMP" if self._count(f"{value} <> date_trunc('day', {value})") else "DATE"

    def code(self) -> str:
        return "date_formats"
