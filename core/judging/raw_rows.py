"""The raw rows of the test split beside their predictions: cells in the words of the file, by its own reader."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from core.cells import cell_text
from core.cells.sql import identifier
from core.encoding.contract import Column, Contract
from core.encoding.rows import blanks, read_given
from core.reading import csv_table
from core.reading.mismatched_cells import value_of
from core.reading.sniff import sniff_rows
from core.reading.text_file import opened
from core.scratch import Scratch

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class RawRows:
    """Rows as they stand in the file, in the table `given` of `connection`, all text, in order.

    `positions` has the place of each in the test split, `names` the file's columns.
    """

    connection: duckdb.DuckDBPyConnection
    folder: Path
    names: tuple[str, ...]
    positions: np.ndarray

    def words(self, column: Column) -> tuple[list[str | None], np.ndarray]:
        """Return (the different cells of a column, None of a blank one; of each row the index of its cell)."""
        import pyarrow as pa

        cell = cell_text.read(identifier(column.name), blanks(column))
        coded = self._fetched(cell).combine_chunks().dictionary_encode("encode")
        if isinstance(coded, pa.ChunkedArray):
            coded = coded.combine_chunks()
        return coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)

    def numbers(self, column: Column) -> np.ndarray:
        """Return the numbers of a column, NaN where there is none."""
        cell = cell_text.filled(identifier(column.name), blanks(column))
        return self._fetched(value_of(cell, column.format)).to_numpy(zero_copy_only=False).astype(np.float64)

    def moments(self, column: Column) -> np.ndarray:
        """Return the dates of a column as datetime64, NaT where there is none."""
        cell = cell_text.filled(identifier(column.name), blanks(column))
        moments = self._fetched(f"CAST({value_of(cell, column.format, date=True)} AS TIMESTAMP)")
        return moments.to_numpy(zero_copy_only=False).astype("datetime64[us]")

    def _fetched(self, value: str) -> pa.ChunkedArray:
        return self.connection.sql(f"SELECT {value} AS value FROM given").to_arrow_table().column("value")


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
