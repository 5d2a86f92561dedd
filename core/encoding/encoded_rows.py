"""Rows that are ready for an endpoint, those that cannot be used, and what was noticed of each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np

from core.encoding.row_checks import FLAGS, REASON, ROW, in_words
from core.errors import RowTooLarge
from core.language import tr
from core.numbers import integer
from core.reading import csv_table
from core.reading.broken_rows import BrokenRow
from core.reading.dialect import Dialect
from core.scratch import Scratch

ENCODED = "encoded"  # the table of a spool file's database


class RejectedRow(NamedTuple):
    """`row` counts the data rows of the file from 1; `line` is where it begins in the file, or its row of the sheet, 0
    where there are none, as in Parquet. `reason` is in English, as files keep it, and `told` in the reader's language.
    """

    row: int
    reason: str
    line: int = 0

    def place(self, sheet: object) -> str:
        """Return where it stands, for a person to find it; of a workbook its `sheet` counts."""
        if not self.line:
            return tr("row {row}", row=integer(self.row))
        if sheet:
            return tr("row {row} of the sheet", row=integer(self.line))
        return tr("line {line}", line=integer(self.line))

    @property
    def told(self) -> str:
        return in_words(self.reason)


@dataclass(frozen=True, slots=True)
class OddRows:
    """Of each of some rows, whether it has a category that training never saw, and a number beyond its range there."""

    unseen: np.ndarray  # bool, (rows,), as the other one
    out_of_range: np.ndarray

    def at(self, rows: np.ndarray | slice) -> OddRows:
        """Return the same of some of the rows, by their places or by a mask."""
        return OddRows(self.unseen[rows], self.out_of_range[rows])


@dataclass(slots=True)
class EncodedRows:
    """Rows ready for the endpoint, and what was noticed on the way. Its spool file lives as long as it does."""

    rows: int  # all data rows, rejected ones too
    accepted: np.ndarray  # bool, (rows,)
    unseen: dict[str, int]  # column -> cells whose category training never saw
    out_of_range: dict[str, int]  # column -> cells beyond the training split's range
    ignored: list[str]  # columns that the contract does not use
    broken: dict[int, BrokenRow]  # data row from 0 -> its line, where it is no row of the table
    empty_lines: np.ndarray  # data rows from 0, rejected as each would be a line that no CSV reader counts
    names: tuple[str, ...]  # the input's columns; a form has none to give back
    dialect: Dialect  # how the input is written
    notes: tuple[str, ...]  # what is written otherwise than in the training file
    book: tuple[Path, int] | None  # their workbook, and how many rows of its sheet are above them
    odd: OddRows  # of all data rows
    lines: np.ndarray  # of the rejected rows, on which line each begins; 0 where there are none
    _spool: Scratch = field(repr=False)
    noticed: Mapping[str, list[tuple[int, str]]] | None = (
        None  # of a form's rows, by REASON and FLAGS: see `texts`
    )
    # Whether every cell fits the model's own writing: then a row reads as it would without the rows beside it.
    as_trained: bool = False

    @property
    def rejected_count(self) -> int:
        """Return how many rows cannot be used."""
        return self.rows - int(self.accepted.sum())

    @property
    def rejected(self) -> list[RejectedRow]:
        """Return the rows that cannot be used, in order, with the reasons: of few rows, for all are in memory then."""
        return self.first_rejected(self.rows)

    def first_rejected(self, most: int) -> list[RejectedRow]:
        """Return the first of the rows that cannot be used, as many as that."""
        broken = [(place, row.reason) for place, row in self.broken.items()]
        first = sorted([*self._noticed(REASON, most), *broken])[:most]
        return [RejectedRow(place + 1, why, int(self.lines[i])) for i, (place, why) in enumerate(first)]

    @property
    def flags(self) -> dict[int, str]:
        """Return {data row from 0: what was noticed of it}: of few rows, likewise."""
        return dict(self._noticed(FLAGS, self.rows))

    def _noticed(self, column: str, most: int) -> list[tuple[int, str]]:
        """Return (place, text) of the first rows of the table that have a text in `column`."""
        # How many rows of the table stand before each line that is none.
        whole = [place - before for before, place in enumerate(sorted(self.broken))]
        if self.noticed is not None:
            found = self.noticed[column][:most]
        else:
            with closing(csv_table.connect(self.folder)) as connection:
                found = texts(connection, column, most)
        return [(row + bisect_right(whole, row), text) for row, text in found]

    def chunks(self, max_bytes: int) -> Iterator[bytes]:
        """Yield the accepted rows as CSV, features only, no header, cut at row ends into bodies of <= `max_bytes`.

        Raises RowTooLarge when one row alone is larger than that.
        """
        with (self.folder / "rows.csv").open("rb") as file:
            rest = b""
            while True:
                block = rest + file.read(max_bytes - len(rest))
                if not block:
                    return
                end = block.rfind(b"\n") + 1
                if end == 0:
                    raise RowTooLarge(limit=integer(max_bytes))
                yield block[:end]
                rest = block[end:]

    @property
    def folder(self) -> Path:
        """Return where `rows.csv` has the accepted rows, and of a file `table.duckdb` the tables `given`, all rows but
        the broken ones, cells as they stand, and ENCODED, what was noticed of each of them in REASON and FLAGS."""
        return self._spool.path

    def close(self) -> None:
        """Remove the spool file now rather than when this object goes."""
        self._spool.close()


def texts(connection: duckdb.DuckDBPyConnection, column: str, most: int) -> list[tuple[int, str]]:
    """Return (row of the table ENCODED, text) of its first rows with a text in `column`, REASON or FLAGS."""
    return connection.execute(
        f'SELECT "{ROW}", "{column}" FROM {ENCODED} WHERE "{column}" IS NOT NULL LIMIT {most}'
    ).fetchall()
