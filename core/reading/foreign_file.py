"""Files that are no text and no Parquet: what each is, by its first bytes, and what to give instead."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

SAVE = "open it, save the sheet as CSV UTF-8, and give that"
_BYTES = (
    (rb"\xd0\xcf\x11\xe0", f"It is an old Excel workbook, or one with a password: {SAVE}."),
    (rb"\t[\0\x02\x04\x08][\x04\x06\x08\x10]\0", f"It is a very old Excel workbook: {SAVE}."),
    (rb"%PDF-", "It is a PDF."),
    (rb"\x28\xb5\x2f\xfd", "It is compressed with zstd: unpack it, or compress it with gzip."),
    (rb"BZh[1-9](1AY&SY|\x17rE8)", "It is compressed with bzip2: unpack it, or compress it with gzip."),
    (rb"\xfd7zXZ\0", "It is compressed with xz: unpack it, or compress it with gzip."),
    (rb"7z\xbc\xaf\x27\x1c", "It is a 7-Zip archive: unpack it, and give the file in it."),
    (rb"Rar!\x1a\x07", "It is a RAR archive: unpack it, and give the file in it."),
)
# A member of the archive, and what it makes of it.
_IN_ZIP = (
    ("xl/", f"It is an Excel workbook: {SAVE}."),
    ("word/", "It is a Word document."),
    ("ppt/", "It is a PowerPoint document."),
    ("Index/", f"It is a Numbers spreadsheet: {SAVE}."),
)
_OPEN_SHEET = b"application/vnd.oasis.opendocument.spreadsheet"
# What sites and old programs give under the name of .xls or .csv.
_MARKUP = (
    (
        rb"<\?xml[^>]*>.{0,2000}(office:spreadsheet|<Workbook)",
        f"It is an Excel workbook, written as XML: {SAVE}.",
    ),
    (
        rb"(?i:<(!doctype html|html|head|body|table|meta)\b)",
        f"It is a web page, as some sites give as .xls or .csv: {SAVE}.",
    ),
    (rb"<\?xml", "It is XML, not rows of cells."),
    (
        rb'(\[\s*)?\{\s*"([^"\\]|\\.)*"\s*:',
        "It is JSON, not rows of cells: make a CSV or a Parquet file of it.",
    ),
)


def foreign(path: Path, start: bytes) -> str | None:
    """Return what `path` is and what to do, where its first bytes tell that it is no file of rows; else None."""
    if start.startswith(b"PK\x03\x04"):
        return _of_zip(path)
    text = start[:8192].removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").replace(b"\0", b"").lstrip()
    known = [(pattern, reason, start) for pattern, reason in _BYTES]
    known += [(pattern, reason, text) for pattern, reason in _MARKUP]
    return next((reason for pattern, reason, data in known if re.match(pattern, data, re.DOTALL)), None)


def _of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, ValueError):
        return f"It is a ZIP archive or an Excel workbook, and damaged or cut short: {SAVE}."
    if kind.startswith(_OPEN_SHEET):
        return f"It is an OpenDocument spreadsheet: {SAVE}."
    for start, reason in _IN_ZIP:
        if any(name.startswith(start) for name in names):
            return reason
    if kind.startswith(b"application/vnd.oasis"):
        return "It is an OpenDocument text, not a table."
    inside = ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")
    return f"It is a ZIP archive (with {inside or 'nothing'} in it): unpack it, and give the file of rows."
