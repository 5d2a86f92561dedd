"""A sheet of a workbook (Excel, OpenDocument) as a CSV: everything else of the project then reads it as any other.

Its line N is row N of the sheet. Numbers, dates and logical values are written plainly, text as it stands.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypedDict

from core import numbers
from core.errors import DataNotReadable
from core.language import joined, mark, tr
from core.reading.dialect import Note
from core.reading.memory import memory
from core.storage import os_failure, storage_errors

MOST_UNPACKED = 4 << 30  # bytes: a sheet as large as Excel allows has less
SHARE = 0.5  # of the memory here, for the process that reads
LISTED = 5  # sheets
READER = (
    Path(__file__).parents[1] / "workbooks" / "read_sheet.py"
)  # python-calamine is there, which is in no job
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and whatever has a password
OPEN_SHEET = b"application/vnd.oasis.opendocument.spreadsheet"
SAVE = mark("open it in Excel or LibreOffice, save it as a new .xlsx, and give that")
_DAMAGED = mark("It is a workbook, and damaged, cut short or none that can be read: {save}.")
_REASONS = {
    "password": mark("It is a workbook with a password: save it without one, and give that."),
    "empty": mark("Its sheets are empty."),
    "damaged": _DAMAGED,
}
_TOO_LARGE = mark(
    "Its sheet needs more memory than there is. Often a cell far off makes it so large (Ctrl+End goes there):"
    " delete the empty rows and columns up to it, or save the sheet as CSV UTF-8, and give that."
)


class Asked(TypedDict):
    """What the program is asked: `sheet` is the one that is meant, "" where names and sizes decide; `header` is the row
    of it that is the header, where a person says so."""

    book: str
    target: str
    sheet: str
    likely: str
    wanted: list[str]
    header: int | None
    memory: int


class Size(TypedDict):
    """A sheet with rows and columns."""

    name: str
    rows: int
    columns: int


class Copied(TypedDict):
    """What became of it: the sheet with all that hold a table, or why there is none."""

    failed: str  # password, damaged, empty, no-sheet, disk
    reason: str
    number: int  # of the system's error
    sheet: str
    named: list[str]  # all visible sheets
    sizes: list[Size]  # of those that hold a table
    joined: list[int]  # rows of the header that were joined into the last of them, from 1


@dataclass(frozen=True, slots=True)
class Sheet:
    """The CSV `path` that was made of a sheet of the workbook `book`; `sheets` are the names of all in it."""

    path: Path
    book: str
    name: str
    sheets: tuple[str, ...]
    notes: tuple[Note, ...] = ()


def is_workbook(path: Path) -> bool:
    """Return whether `path` is an Excel or OpenDocument workbook. Raises StorageFailed."""
    with storage_errors("read", path.name), path.open("rb") as file:
        start = file.read(8)
    return start == OLE or (start.startswith(b"PK\x03\x04") and bool(_archive(path)))


def sheet_of(
    path: Path,
    folder: Path,
    asked: str = "",
    wanted: Collection[str] = (),
    likely: str = "",
    header: int | None = None,
) -> Sheet | None:
    """Return the sheet that is `asked` for of a workbook, as a CSV in `folder`; None where `path` is no workbook.

    Where none is asked for it is the one that has the names that are `wanted` in a row, of several the `likely` one,
    else that with the largest table. A header of several lines in merged cells is joined, unless a person says that the
    `header` is another row. Raises DataNotReadable, StorageFailed.
    """
    if not is_workbook(path):
        if asked:
            raise DataNotReadable(file=path.name, reason=tr("A sheet is named, and it is no workbook."))
        return None
    members = _archive(path)
    if (unpacked := sum(members.values())) > MOST_UNPACKED:
        reason = tr(
            "It unpacks to {size}, more than any sheet holds: {save}.",
            size=numbers.size(unpacked),
            save=tr(SAVE),
        )
        raise DataNotReadable(file=path.name, reason=reason)
    question: Asked = {
        "book": str(path.absolute()),
        "target": str(folder / "sheet.csv"),
        "sheet": asked,
        "likely": likely,
        "wanted": list(wanted),
        "header": header,
        "memory": int(memory() * SHARE),
    }
    answer = _read(path, question)
    notes = _notes(answer, asked)
    if any(name.endswith("vbaProject.bin") for name in members):
        notes.append(Note("macros", tr("Its macros are neither run nor kept.")))
    return Sheet(folder / "sheet.csv", path.name, answer["sheet"], tuple(answer["named"]), tuple(notes))


def rows_above(sheet: Sheet, lines: int) -> int:
    """Return how many rows of the sheet the first `lines` of its CSV are: a cell may span several."""
    with sheet.path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(islice(file, lines)))


def _read(path: Path, question: Asked) -> Copied:
    """Return the answer of the process that reads. Raises DataNotReadable, StorageFailed."""
    command = [sys.executable, "-I", str(READER)]  # -I: no module of the folder where the app was started
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True)
    if done.returncode < 0 or "MemoryError" in done.stderr:
        raise DataNotReadable(file=path.name, reason=tr(_TOO_LARGE))
    if "No module named 'python_calamine'" in done.stderr:
        reason = tr("It is a workbook, and python-calamine, which reads them, is not installed here.")
        raise DataNotReadable(file=path.name, reason=reason)
    if done.returncode:
        raise DataNotReadable(file=path.name, reason=tr(_DAMAGED, save=tr(SAVE)))
    answer: Copied = json.loads(done.stdout)
    failed = answer["failed"]
    if failed == "disk":
        raise os_failure("read", path.name, OSError(answer["number"], answer["reason"]))
    if failed == "no-sheet":
        reason = tr(
            "It has no sheet '{sheet}'. Its sheets: {sheets}.",
            sheet=question["sheet"],
            sheets=_listed(answer["named"]),
        )
        raise DataNotReadable(file=path.name, reason=reason)
    if failed:
        raise DataNotReadable(file=path.name, reason=tr(_REASONS[failed], save=tr(SAVE)))
    return answer


def _notes(answer: Copied, asked: str) -> list[Note]:
    """Return what is to be said of a header that was joined, and of the choice of the sheet, where there was one."""
    notes: list[Note] = []
    if rows := answer["joined"]:
        first, last = map(numbers.integer, (rows[0], rows[-1]))
        told = tr(
            "The header stands in rows {first} to {last} in merged cells, whose names are joined.",
            first=first,
            last=last,
        )
        notes.append(Note("header", told))
    others = [
        tr("{sheet} ({rows})", sheet=size["name"], rows=numbers.count(size["rows"], "row", "rows"))
        for size in answer["sizes"]
        if size["name"] != answer["sheet"] and size["rows"] > 1 and size["columns"] > 1
    ]
    if asked or not others:
        return notes
    doubt = tr(
        "The workbook has others that could be meant: {sheets}; choose one (--sheet).", sheets=_listed(others)
    )
    text = tr("The sheet that is read is {sheet}.", sheet=answer["sheet"])
    return [*notes, Note("sheet", text, doubt=doubt)]


def _listed(names: Sequence[str]) -> str:
    first = joined(names[:LISTED], ", ")
    if len(names) <= LISTED:
        return first
    return tr("{sheets} and {more} more", sheets=first, more=numbers.integer(len(names) - LISTED))


def _archive(path: Path) -> dict[str, int]:
    """Return the members of a workbook's archive with their bytes when unpacked; none where `path` is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {item.filename: item.file_size for item in archive.infolist()}
            kind = archive.open("mimetype").read(100) if "mimetype" in members else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        return {}
    excel = any(name.startswith("xl/") for name in members)
    return members if excel or kind.startswith(OPEN_SHEET) else {}
