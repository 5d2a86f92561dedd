"""The program that copies one sheet of a workbook to CSV: `core/reading/workbook.py` runs it as a process of its own.

A whole sheet is held in memory, and a cell in its far corner makes it larger than any machine's. What is too large
then ends this process, and not the app. It imports nothing of the project, and starts in a tenth of a second.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

if TYPE_CHECKING:
    from core.reading.workbook import Asked, Copied, Size

LOOK = 100  # rows, among which the header is looked for
EXACT = 2**53


def copied(asked: Asked) -> Copied:
    """Write the sheet that is meant as CSV, line by line as its rows stand from the first one on."""
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    answer: Copied = {"failed": "", "reason": "", "number": 0, "sheet": "", "named": [], "sizes": []}
    try:
        book = CalamineWorkbook.from_path(asked["book"])
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        named = answer["named"] = [sheet.name for sheet in sheets]
        shown = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
        if asked["sheet"] and asked["sheet"] not in named:
            return {**answer, "failed": "no-sheet"}
        names = [asked["sheet"]] if asked["sheet"] else shown or named
        chosen, sizes = _chosen(book, names, asked)
        if chosen is None:
            return {**answer, "failed": "empty"}
        _write(chosen, Path(asked["target"]))
        return {**answer, "sheet": chosen.name, "sizes": sizes}
    except PasswordError:
        return {**answer, "failed": "password"}
    except CalamineError as error:
        return {**answer, "failed": "damaged", "reason": str(error)}
    except OSError as error:
        return {**answer, "failed": "disk", "number": error.errno or 0, "reason": str(error)}


def _chosen(
    book: CalamineWorkbook, names: Sequence[str], asked: Asked
) -> tuple[CalamineSheet | None, list[Size]]:
    """Return (the sheet that has the `wanted` names, else the one of the largest table; the size of each)."""
    chosen, best = None, (False, False, 0)
    sizes: list[Size] = []
    for name in names:
        sheet = book.get_sheet_by_name(name)
        if not sheet.height:
            continue
        sizes.append({"name": name, "rows": sheet.height, "columns": sheet.width})
        mark = (_has(sheet, asked["wanted"]), name == asked["likely"], sheet.height * sheet.width)
        if chosen is None or mark > best:
            chosen, best = sheet, mark
    return chosen, sizes


def _has(sheet: CalamineSheet, wanted: Sequence[str]) -> bool:
    """Return whether a row has all names that are wanted."""
    names = set(wanted)
    return bool(names) and any(
        names <= {str(_plain(cell)).strip() for cell in row} for row in islice(sheet.iter_rows(), LOOK)
    )


def _write(sheet: CalamineSheet, target: Path) -> None:
    """Write the sheet; a column in which some moments have a time of day gets one for all of them."""
    kinds: list[set[type]] = [set() for _ in range(sheet.width)]
    for row in sheet.iter_rows():
        for seen, cell in zip(kinds, row, strict=True):
            seen.add(type(cell))
    timed = {column for column, seen in enumerate(kinds) if {date, datetime} <= seen}
    blanks: list[list[object]] = []  # rows that are written if another one follows
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerows
        for row in sheet.iter_rows():  # from the first row on, blank or not
            cells = [_plain(cell) if type(cell) is not str or "\r" in cell else cell for cell in row]
            for column in timed:
                if type(row[column]) is date:
                    cells[column] = f"{row[column]} 00:00:00"
            blanks.append(cells)
            if any(cell != "" for cell in row):
                write(blanks)
                blanks.clear()


def _plain(cell: object) -> object:
    """Return a cell as CSV is to have it; the module csv writes numbers and days itself."""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() and abs(cell) < EXACT else cell
    if isinstance(cell, str):
        return cell.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return cell


if __name__ == "__main__":
    json.dump(copied(json.load(sys.stdin)), sys.stdout)
