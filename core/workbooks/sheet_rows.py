"""The rows of a sheet as they stand in it: numbers, dates, texts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.workbooks.write import Cell


def sheet_rows(path: Path, sheet: str, above: int, columns: int) -> Iterator[list[Cell]]:
    """Yield the cells of the rows below the first `above` ones, as far as `columns`; a blank one is "". No name is the
    first `sheet`.

    It is for a sheet that was read once already (`core/reading/workbook.py`), in a process that it could not end.
    """
    from python_calamine import CalamineWorkbook  # late: no page needs it to start

    with CalamineWorkbook.from_path(path) as book:
        found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
        for row in islice(found.iter_rows(), above, None):
            yield list(row[:columns])
