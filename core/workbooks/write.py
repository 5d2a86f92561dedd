"""A workbook of one table and a sheet about it, written row by row: texts, numbers and dates stay what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeAlias

from core.language import tr
from core.numbers import integer

Cell: TypeAlias = str | float | bool | date | time | timedelta | None
MOST_ROWS, MOST_COLUMNS, LONGEST = 1_048_576, 16_384, 32_767  # of a sheet; characters of a cell
ABOUT = "About"
FIRST_YEAR = 1900  # that Excel can write
_FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss", timedelta: "[h]:mm:ss"}
_NAME = re.compile(r"(?!')[^][:*?/\\]{1,31}(?<!')")  # of a sheet


def write(
    path: Path,
    sheet: str,
    names: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    formats: Sequence[str],
    about: Sequence[tuple[str, str]],
) -> None:
    """Write `rows` below `names`; `formats` says how Excel shows a column's numbers and dates, "" as it likes.

    No more of it is in memory than a row. A text is never a formula or a link. Raises ValueError for a text that is
    longer than a cell can be.
    """
    import xlsxwriter  # late: no page needs it to start

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        table = book.add_worksheet(
            sheet if _NAME.fullmatch(sheet) and sheet.lower() != "about" else "Predictions"
        )
        table.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for column, name in enumerate(names):
            table.write_string(0, column, name, bold)
        known = {
            form: book.add_format({"num_format": form}) for form in {*formats, *_FORMATS.values()} - {""}
        }
        own = [known.get(form) for form in formats]
        dated = {kind: known[form] for kind, form in _FORMATS.items()}
        for row, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    if len(cell) > LONGEST:
                        raise ValueError(
                            tr(
                                "a text of {characters} characters in '{column}'",
                                characters=integer(len(cell)),
                                column=names[column],
                            )
                        )
                    if cell:
                        table.write_string(row, column, cell)
                elif isinstance(cell, bool):
                    table.write_boolean(row, column, cell)
                elif isinstance(cell, float | int):
                    table.write_number(row, column, cell, own[column])
                elif isinstance(cell, date) and cell.year < FIRST_YEAR:
                    table.write_string(row, column, str(cell))
                elif cell is not None:
                    table.write(row, column, cell, own[column] or dated[type(cell)])
        told = book.add_worksheet(ABOUT)
        told.set_column(0, 0, 24)
        told.set_column(1, 1, 100, book.add_format({"text_wrap": True}))
        for row, (label, text) in enumerate(about):
            told.write_string(row, 0, label, bold)
            told.write_string(row, 1, text)
