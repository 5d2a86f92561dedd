"""How a file of rows fits a model's contract, column by column, before anything is sent: from its beginning."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import duckdb

from core.cells.sql import identifier, literal
from core.encoding.contract import Column, Contract, nearest_names
from core.encoding.encoded_rows import ENCODED
from core.encoding.given_rows import open_rows, read_given, rename_columns
from core.encoding.row_checks import NOTICED, ROW
from core.encoding.row_writings import shown
from core.encoding.rows import checked_rows
from core.encoding.rows_reading import RowsReading
from core.language import joined, tr
from core.numbers import bound, count, integer
from core.reading import csv_table
from core.reading.dialect import Dialect
from core.scratch import Scratch
from core.storage import storage_errors

BEGINNING = 4 << 20  # bytes of a text, whatever follows
ROWS = 20_000  # of a Parquet file
MOSTLY = 0.5  # of the filled cells
NEAR, ALIKE = 3, 0.6  # names that a missing column may have, and how alike they are


class What(StrEnum):
    """What is to be said of a column."""

    missing = "missing"
    renamed = "renamed"
    retyped = "does not fit"
    written = "written otherwise"
    truth = "what came true"
    extra = "not used"


@dataclass(frozen=True, slots=True)
class ColumnFit:
    """A column of the file, or one that it lacks, with what is to be said of it; `near` are columns of the file that a
    missing one may be, the likeliest first."""

    column: str
    what: What
    text: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """A file as it was read, and what differs from what the model was trained on.

    `whole` is whether all of its rows were looked at; `sheets` are the names of those of a workbook.
    """

    names: tuple[str, ...]
    columns: tuple[ColumnFit, ...]
    dialect: Dialect
    sheets: tuple[str, ...]
    rows: int
    whole: bool
    notes: tuple[str, ...]

    def of(self, what: What) -> list[ColumnFit]:
        """Return the columns of which that is to be said."""
        return [column for column in self.columns if column.what == what]


def fit_of(contract: Contract, path: Path, reading: RowsReading) -> Fit:
    """Return how a file of rows fits, from its first 4 MB. Raises DataNotReadable, NoSuchColumn, BadSetting,
    StorageFailed."""
    with Scratch("fit") as folder, closing(csv_table.connect(folder)) as connection:
        beginning = _beginning(connection, path, folder)
        sheet, text, sniffed = open_rows(connection, contract, beginning, folder, reading)
        names = tuple(name for name, _ in sniffed.columns)
        renamed = reading.called(names, contract.input_names)
        called = [renamed.get(name, name) for name in names]
        missing = [column for column in contract.inputs if column.name not in called]
        sniffed, _ = read_given(connection, text, sniffed)
        rename_columns(connection, renamed)
        _add_blank(connection, called, missing)
        delimiter = sniffed.dialect.delimiter if text.file == "csv" else ""
        _, seen, writings = checked_rows(connection, contract, delimiter, reading.overrides)
        rows = connection.execute("SELECT count(*) FROM given").fetchall()[0][0]
        others = [name for name in called if name not in contract.input_names]
        found = [
            *_missing(missing, [name for name in others if name != contract.label.name]),
            *_renamed(renamed),
            *_retyped(connection, contract, seen),
            *_written(contract, writings.contract.columns, writings.doubtful),
            *_extra(contract, others),
        ]
        said = reading.overrides
        dialect = replace(sniffed.dialect, decimal=said.decimal or writings.decimal, overruled=said.names)
        notes = [joined([note.message, note.doubt]) for note in (*text.notes, *sniffed.notes)]
        return Fit(
            names, tuple(found), dialect, sheet.sheets if sheet else (), rows, beginning == path,
            tuple(dict.fromkeys(notes)),
        )  # fmt: skip


def _add_blank(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], missing: Sequence[Column]
) -> None:
    """Add the missing columns, blank, to the table `given`; DuckDB takes names that differ in case for the same."""
    theirs = {name.casefold(): name for name in names}
    for i, column in enumerate(missing):
        if name := theirs.get(column.name.casefold()):
            connection.execute(f'ALTER TABLE given RENAME COLUMN {identifier(name)} TO "__aside_{i}__"')
        connection.execute(f"ALTER TABLE given ADD COLUMN {identifier(column.name)} VARCHAR")


def _beginning(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> Path:
    """Return a file with the first rows of `path`, or itself where it is small, or a workbook."""
    with storage_errors("read", path.name), path.open("rb") as file:
        start = file.read(4)
        if start == b"PAR1":
            return _first_of_parquet(connection, path, folder)
        packed = start.startswith(b"\x1f\x8b")
        if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) or (
            path.stat().st_size <= BEGINNING and not packed
        ):
            return path
        file.seek(0)
        first = file.read(BEGINNING)
    if packed:
        unpacked = zlib.decompressobj(wbits=31)
        try:
            first = unpacked.decompress(first, BEGINNING)
        except zlib.error:
            return path  # whoever reads it says what is wrong
        if unpacked.eof and not unpacked.unused_data and len(first) < BEGINNING:
            return path
    cut = _named(path, folder)
    cut.write_bytes(first[: first.rfind(b"\n") + 1] or first)
    return cut


def _named(path: Path, folder: Path) -> Path:
    """Return where the first rows go, by the name that errors then say."""
    (folder / "first").mkdir()
    return folder / "first" / path.name


def _first_of_parquet(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> Path:
    cut = _named(path, folder)
    rows = f"SELECT * FROM read_parquet({literal(str(path))}, hive_partitioning=false) LIMIT {ROWS}"
    try:
        connection.execute(f"COPY ({rows}) TO {literal(str(cut))} (FORMAT parquet)")
    except duckdb.Error:
        return path  # whoever reads it says what is wrong
    return cut


def _missing(missing: Sequence[Column], others: Sequence[str]) -> Iterator[ColumnFit]:
    for column in missing:
        near = tuple(nearest_names(column.name, others, NEAR, ALIKE))
        text = tr("The model needs it, and the file lacks it.")
        if near:
            text = joined([text, tr("Perhaps it is '{column}'.", column=near[0])])
        yield ColumnFit(column.name, What.missing, text, near)


def _renamed(renamed: Mapping[str, str]) -> Iterator[ColumnFit]:
    for old, new in renamed.items():
        yield ColumnFit(old, What.renamed, tr("Taken for the model's '{column}'.", column=new))


def _retyped(
    connection: duckdb.DuckDBPyConnection, contract: Contract, seen: Mapping[str, Mapping[str, int]]
) -> Iterator[ColumnFit]:
    """Yield the columns with cells that are no number or date, or most of whose cells are none that training had."""
    names = ", ".join(f"count({identifier(column.name)})" for column in contract.inputs)
    filled = connection.execute(f"SELECT {names} FROM given").fetchall()[0]
    for i, (column, cells) in enumerate(zip(contract.inputs, filled, strict=True)):
        for what in NOTICED:
            odd = seen[what].get(column.name, 0)
            if not odd or (what != "bad" and odd < MOSTLY * cells):
                continue
            query = (
                f"SELECT given.{identifier(column.name)} FROM {ENCODED} JOIN given ON given.rowid ="
                f' {ENCODED}."{ROW}" WHERE {ENCODED}."{i}:{what}" ORDER BY {ENCODED}."{ROW}" LIMIT 1'
            )
            first = connection.execute(query).fetchall()[0][0]
            yield ColumnFit(column.name, What.retyped, _odd_words(column, what, odd, cells, first))


def _odd_words(column: Column, what: str, odd: int, cells: int, first: str) -> str:
    some = tr("{odd} of {cells}", odd=integer(odd), cells=count(cells, "cell", "cells"))
    if odd == cells:
        some = tr("All {cells} cells", cells=integer(cells))
    if what == "bad" and column.kind == "numeric":
        return tr(
            '{cells} are no numbers, as "{first}": such rows get no prediction.', cells=some, first=first
        )
    if what == "bad":
        return tr('{cells} are no dates, as "{first}": such rows get no prediction.', cells=some, first=first)
    if what == "unseen":
        return tr('{cells} never occurred in training, as "{first}".', cells=some, first=first)
    return tr(
        '{cells} are outside the range of training, {low} to {high}, as "{first}".',
        cells=some,
        low=bound(column.minimum),
        high=bound(column.maximum),
        first=first,
    )


def _written(contract: Contract, columns: Sequence[Column], doubtful: Collection[str]) -> Iterator[ColumnFit]:
    own = {column.name: column for column in contract.inputs}
    for column in columns:
        if column.name not in own:
            continue
        doubt = tr("Some cells could be read in two ways.") if column.name in doubtful else ""
        before, now = (shown(each.kind, each.format) for each in (own[column.name], column))
        if before != now:
            text = tr("Read as {now}; the training file has {before}.", now=now, before=before)
            yield ColumnFit(column.name, What.written, joined([text, doubt]))
        elif doubt:
            yield ColumnFit(column.name, What.written, joined([tr("Read as in training."), doubt]))


def _extra(contract: Contract, others: Sequence[str]) -> Iterator[ColumnFit]:
    for name in others:
        if name == contract.label.name:
            text = tr("What the model predicts: its answers are held against it.")
            yield ColumnFit(name, What.truth, text)
        else:
            yield ColumnFit(name, What.extra, tr("The model does not take it."))
