"""The program that copies one sheet of a workbook to CSV: `core/reading/workbook.py` runs it as a process of its own.

A whole sheet is held in memory, and a cell in its far corner makes it larger than any machine's. What is too large
then ends this process, and not the app. It imports nothing of the project, and starts in a tenth of a second.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

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
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
# Attributes of OpenDocument: how often a row or a cell is there, and how many columns and rows a merged one takes.
SPAN = ("number-columns-repeated", "number-columns-spanned", "number-rows-spanned")
SPANS = {"table-row": ("number-rows-repeated", *SPAN[1:])}
JOIN = " / "  # between the lines of a header
YEARS = range(1900, 2101)

Joined = dict[int, list[Any]]  # {row of the sheet from 0: its cells}


def copied(asked: Asked) -> Copied:
    """Write the sheet that is meant as CSV, line by line as its rows stand from the first one on."""
    resource.setrlimit(resource.RLIMIT_AS, (asked["memory"], asked["memory"]))
    answer: Copied = {
        "failed": "", "reason": "", "number": 0, "sheet": "", "named": [], "sizes": [], "joined": [],
    }  # fmt: skip
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
        joined = _joined(chosen, asked)
        _write(chosen, joined, Path(asked["target"]))
        lines = [row + 1 for row in joined]
        return {**answer, "sheet": chosen.name, "sizes": sizes, "joined": lines}
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
        mark = (_has(sheet, asked), name == asked["likely"], sheet.height * sheet.width)
        if chosen is None or mark > best:
            chosen, best = sheet, mark
    return chosen, sizes


def _has(sheet: CalamineSheet, asked: Asked) -> bool:
    """Return whether a row has all names that are wanted."""
    names = set(asked["wanted"])
    if not names:
        return False
    rows = islice(_rows(sheet, _joined(sheet, asked)), LOOK)
    return any(names <= {str(_plain(cell)).strip() for cell in row} for row in rows)


def _rows(sheet: CalamineSheet, joined: Joined) -> Iterator[list[Any]]:
    """Yield the rows of a sheet as they are read."""
    for number, row in enumerate(sheet.iter_rows()):
        yield joined.get(number, row)


def _joined(sheet: CalamineSheet, asked: Asked) -> Joined:
    """Return the rows of a header of several lines, which has names over several columns in merged cells: the last of
    them with the names of all lines joined, the others blank. None where the header has one line, or a person says
    that it is another one.

    Only titles, in a few cells, stand above it.
    """
    header, end = asked["header"], sheet.width - 1
    told = [(*first, *last) for first, last in sheet.merged_cell_ranges or []]
    # A merged cell may reach farther than the table does.
    merged = [
        (top, left, bottom, min(right, end))
        for top, left, bottom, right in told or _spanned(asked["book"], sheet.name)
        if left <= end
    ]
    wide = {row for row, left, _, right in merged if left < right and row < LOOK}
    rows = [list(row) for row in islice(sheet.iter_rows(), LOOK + 2)]
    for first in sorted(wide):
        if any(2 * _filled(row) >= sheet.width for row in rows[:first]):
            break
        last = first + 1
        while last in wide:
            last += 1
        if last + 1 >= len(rows) or (header is not None and header != last + 1):
            continue
        names = _names(rows, [each for each in merged if each[0] <= last], first, last)
        if names:
            return {**{row: [""] * len(names) for row in range(first, last)}, last: names}
    return {}


def _spanned(book: str, name: str) -> Iterator[tuple[int, int, int, int]]:
    """Yield the merged cells in the first rows of a sheet of OpenDocument, of which python-calamine tells none."""
    row = column = 0
    is_sheet = False
    if not zipfile.is_zipfile(book):
        return
    with zipfile.ZipFile(book) as archive:
        if "content.xml" not in archive.namelist():
            return
        with archive.open("content.xml") as file:
            for event, element in ElementTree.iterparse(file, ("start", "end")):
                tag = element.tag.removeprefix(TABLE)
                many, wide, high = (int(element.get(f"{TABLE}{each}", "1")) for each in SPANS.get(tag, SPAN))
                if event == "end" and tag == "table-row":
                    element.clear()
                    row += many
                elif event == "end" and tag == "table" and is_sheet:
                    return
                elif event == "start" and tag == "table":
                    is_sheet, row = element.get(f"{TABLE}name") == name, 0
                elif event == "start" and tag == "table-row":
                    column = 0
                    if is_sheet and row >= LOOK:
                        return
                elif event == "start" and tag in ("table-cell", "covered-table-cell"):
                    if is_sheet and max(wide, high) > 1:
                        yield row, column, row + high - 1, column + wide - 1
                    column += many


def _names(
    rows: Sequence[list[Any]], merged: Sequence[tuple[int, int, int, int]], first: int, last: int
) -> list[str]:
    """Return what the columns are called by the rows `first` to `last`; nothing where those are no header."""
    lines = [list(row) for row in rows[first : last + 1]]
    for top, left, bottom, right in merged:
        for row in range(max(top, first), min(bottom, last) + 1):
            lines[row - first][left : right + 1] = [rows[top][left]] * (right + 1 - left)
    grouped = [j for top, left, _, right in merged if first <= top < last for j in range(left, right + 1)]
    if not all(_is_name(lines[-1][j]) for j in grouped):
        return []
    if not all(cell == "" or _is_name(cell) for line in lines for cell in line):
        return []
    if _filled(rows[first]) == 1 and min(grouped) <= min(j for j, cell in enumerate(lines[-1]) if cell != ""):
        return []  # a title over the whole table
    names: list[str] = []
    for parts in zip(*lines, strict=True):
        texts = [str(_plain(part)).strip() for part in parts if part != ""]
        names.append(JOIN.join(text for i, text in enumerate(texts) if i == 0 or text != texts[i - 1]))
    filled = list(filter(None, names))
    return names if len(set(filled)) == len(filled) else []


def _filled(row: Sequence[object]) -> int:
    return sum(cell != "" for cell in row)


def _is_name(cell: object) -> bool:
    """Return whether a cell of a header can name a column: a word, or a year."""
    if isinstance(cell, str):
        return cell.strip() != ""
    return type(cell) in (int, float) and cell in YEARS


def _write(sheet: CalamineSheet, joined: Joined, target: Path) -> None:
    """Write the sheet; a column in which some moments have a time of day gets one for all of them."""
    kinds: list[set[type]] = [set() for _ in range(sheet.width)]
    for row in _rows(sheet, joined):
        for seen, cell in zip(kinds, row, strict=True):
            seen.add(type(cell))
    timed = {column for column, seen in enumerate(kinds) if {date, datetime} <= seen}
    blanks: list[list[object]] = []  # rows that are written if another one follows
    with target.open("w", encoding="utf-8", errors="replace", newline="") as file:
        write = csv.writer(file, lineterminator="\n").writerows
        for row in _rows(sheet, joined):  # from the first row on, blank or not
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
