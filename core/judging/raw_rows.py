"""The raw rows of the test split beside their predictions: cells in the words of the file, by its own reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from core.cells import cell_text
from core.cells.sql import identifier
from core.encoding.contract import Column, Contract
from core.encoding.given_rows import read_given
from core.encoding.rows import blanks
from core.reading import csv_table
from core.reading.mismatched_cells import value_of
from core.reading.sniff import sniff_rows
from core.reading.text_file import opened
from core.scratch import Scratch

if TYPE_CHECKING:
    import pyarrow as pa


TOGETHER = 25  # columns that are read at once


@dataclass(frozen=True, slots=True)
class RawRows:
    """Rows as they stand in the file, in the table `given` of `connection`, all text, in order.

    `positions` has the place of each in the test split, `names` the file's columns.
    """

    connection: duckdb.DuckDBPyConnection
    folder: Path
    names: tuple[str, ...]
    positions: np.ndarray

    def values(self, columns: Sequence[Column]) -> Iterator[tuple[Column, pa.ChunkedArray]]:
        """Yield each of `columns` with its values: numbers, moments, or texts, null where a cell is blank."""
        for start in range(0, len(columns), TOGETHER):
            batch = columns[start : start + TOGETHER]
            values = ", ".join(f"{_value(column)} AS v{index}" for index, column in enumerate(batch))
            table = self.connection.sql(f"SELECT {values} FROM given").to_arrow_table()
            yield from zip(batch, table.columns, strict=True)

    def cells(self, places: Sequence[int]) -> list[tuple[str | None, ...]]:
        """Return the cells of the rows at `places` of the table, in their order, as they stand."""
        names, chosen = ", ".join(map(identifier, self.names)), ", ".join(map(str, places)) or "-1"
        found = self.connection.execute(f"SELECT rowid, {names} FROM given WHERE rowid IN ({chosen})")
        by_place = {place: tuple(cells) for place, *cells in found.fetchall()}
        return [by_place[place] for place in places]


def _value(column: Column) -> str:
    name, blank = identifier(column.name), blanks(column)
    if column.kind == "numeric":
        return value_of(cell_text.filled(name, blank), column.format)
    if column.kind == "datetime":
        return f"CAST({value_of(cell_text.filled(name, blank), column.format, date=True)} AS TIMESTAMP)"
    return cell_text.read(name, blank)


def numbers(values: pa.ChunkedArray) -> np.ndarray:
    """Return numbers, NaN where there is none."""
    return values.to_numpy(zero_copy_only=False).astype(np.float64)


def moments(values: pa.ChunkedArray) -> np.ndarray:
    """Return moments as datetime64, NaT where there is none."""
    return values.to_numpy(zero_copy_only=False).astype("datetime64[us]")


def words(values: pa.ChunkedArray) -> tuple[list[str | None], np.ndarray]:
    """Return (the different texts, None of a blank cell; of each row the index of its text)."""
    import pyarrow as pa

    coded = values.combine_chunks().dictionary_encode("encode")
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    return coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)


@contextmanager
def raw_rows(path: Path, contract: Contract, every: int) -> Iterator[RawRows]:
    """Read test_raw.csv, which holds each row of the test split whose place `every` divides.

    Raises DataNotReadable, MissingColumns, StorageFailed.
    """
    with Scratch("judging") as folder:
        connection = csv_table.connect(folder)
        try:
            text = opened(path, folder, guess=contract.dialect.encoding)
            sniffed = sniff_rows(connection, text, contract.dialect, contract.input_names)
            names = tuple(name for name, _ in sniffed.columns)
            contract.require(names)
            _, broken = read_given(connection, text, sniffed)
            [(rows,)] = connection.execute("SELECT count(*) FROM given").fetchall()
            places = np.ones(rows + len(broken), dtype=bool)
            places[[row.line - 2 for row in broken]] = False
            yield RawRows(connection, folder, names, np.flatnonzero(places) * every)
        finally:
            connection.close()
