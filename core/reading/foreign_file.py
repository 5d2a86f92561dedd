"""Files that are no text and no Parquet: what each is, by its first bytes, and what to give instead."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from core.language import mark, tr

SAVE = mark("open it, save the sheet as CSV UTF-8, and give that")
_BYTES = (
    (rb"\xd0\xcf\x11\xe0", mark("It is an old Excel workbook, or one with a password: {save}.")),
    (rb"\t[\0\x02\x04\x08][\x04\x06\x08\x10]\0", mark("It is a very old Excel workbook: {save}.")),
    (rb"%PDF-", mark("It is a PDF.")),
    (rb"\x28\xb5\x2f\xfd", mark("It is compressed with zstd: unpack it, or compress it with gzip.")),
    (rb"BZh[1-9](1AY&SY|\x17rE8)", mark("It is compressed with bzip2: unpack it, or compress it with gzip.")),
    (rb"\xfd7zXZ\0", mark("It is compressed with xz: unpack it, or compress it with gzip.")),
    (rb"7z\xbc\xaf\x27\x1c", mark("It is a 7-Zip archive: unpack it, and give the file in it.")),
    (rb"Rar!\x1a\x07", mark("It is a RAR archive: unpack it, and give the file in it.")),
)
# A member of the archive, and what it makes of it.
_IN_ZIP = (
    ("xl/", mark("It is an Excel workbook: {save}.")),
    ("word/", mark("It is a Word document.")),
    ("ppt/", mark("It is a PowerPoint document.")),
    ("Index/", mark("It is a Numbers spreadsheet: {save}.")),
)
_OPEN_SHEET = b"application/vnd.oasis.opendocument.spreadsheet"
# What sites and old programs give under the name of .xls or .csv.
_MARKUP = (
    (
        rb"<\?xml[^>]*>.{0,2000}(office:spreadsheet|<Workbook)",
        mark("It is an Excel workbook, written as XML: {save}."),
    ),
    (
        rb"(?i:<(!doctype html|html|head|body|table|meta)\b)",
        mark("It is a web page, as some sites give as .xls or .csv: {save}."),
    ),
    (rb"<\?xml", mark("It is XML, not rows of cells.")),
    (
        rb'(\[\s*)?\{\s*"([^"\\]|\\.)*"\s*:',
        mark("It is JSON, not rows of cells: make a CSV or a Parquet file of it."),
    ),
)


def foreign(path: Path, start: bytes) -> str | None:
    """Return what `path` is and what to do, where its first bytes tell that it is no file of rows; else None."""
    if start.startswith(b"PK\x03\x04"):
        return _of_zip(path)
    text = start[:8192].removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").replace(b"\0", b"").lstrip()
    known = [(pattern, reason, start) for pattern, reason in _BYTES]
    known += [(pattern, reason, text) for pattern, reason in _MARKUP]
    found = (reason for pattern, reason, data in known if re.match(pattern, data, re.DOTALL))
    reason = next(found, None)
    return reason and tr(reason, save=tr(SAVE))


def _of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        return tr(
            "It is a ZIP archive or an Excel workbook, and damaged or cut short: {save}.", save=tr(SAVE)
        )
    if kind.startswith(_OPEN_SHEET):
        return tr("It is an OpenDocument spreadsheet: {save}.", save=tr(SAVE))
    for start, reason in _IN_ZIP:
        if any(name.startswith(start) for name in names):
            return tr(reason, save=tr(SAVE))
    if kind.startswith(b"application/vnd.oasis"):
        return tr("It is an OpenDocument text, not a table.")
    files = ", ".join(names[:3]) or tr("nothing")
    if len(names) > 3:
        return tr(
            "It is a ZIP archive (with {files} and more in it): unpack it, and give the file of rows.",
            files=files,
        )
    return tr("It is a ZIP archive (with {files} in it): unpack it, and give the file of rows.", files=files)
