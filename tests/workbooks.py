"""Workbooks as Excel writes them, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

import xlsxwriter

Cell = str | float | bool | date | time | timedelta | None
Rows = Sequence[Sequence[Cell]]
FORMATS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss", timedelta: "[h]:mm:ss"}


def workbook(
    path: Path, sheets: Mapping[str, Rows], hidden: Sequence[str] = (), merged: Sequence[str] = ()
) -> Path:
    """Write sheets of cells from A1 on, None for a blank one, with the ranges `merged` in each; return the path."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    formats = {kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        if name in hidden:
            sheet.hide()
        for cells in merged:
            sheet.merge_range(cells, "")
        for row, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write(row, column, cell, formats.get(type(cell)))
    book.close()
    return path
