"""A file as DuckDB can read it: Parquet and UTF-8 as they lie, any other text as a copy in UTF-8.

DuckDB reads UTF-8. Any other encoding, gzip, NUL bytes and mixed line ends are made plain in one pass over the
file in bounded memory, into the scratch folder of whoever reads.
"""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from core.errors import DataNotReadable
from core.gunzipped import Gunzipped, UnpacksTooLarge
from core.language import mark, tr, trn
from core.numbers import integer
from core.reading.dialect import Dialect, Note
from core.reading.foreign_file import foreign
from core.reading.workbook import Sheet
from core.scratch import plain_path
from core.storage import os_failure

if TYPE_CHECKING:
    from core.reading.tidy import TidyCopy

BLOCK = 1 << 22
START = 1 << 16
BAD_GZIP = mark("Its gzip is damaged: {error}.")
NUL_SHARE = 0.001  # more NUL bytes than this, and it is no text
DAMAGED_SHARE = 0.02  # of the bytes beyond ASCII; fewer that are no UTF-8 are damage, more another encoding


@dataclass(frozen=True, slots=True)
class TextFile:
    """`path` is UTF-8 with one kind of line end; `name`, `encoding`, `compression` are those of the file given, and
    `sheet` is that of a workbook."""

    path: Path
    name: str
    encoding: str = "utf-8"
    compression: str = ""
    as_is: bool = True
    notes: tuple[Note, ...] = ()
    file: str = "csv"
    sheet: str = ""
    lines: int = -1  # where they were counted
    quotes: int = -1  # double ones
    folder: Path | None = None  # where copies are made
    copies: dict[tuple[object, ...], TidyCopy] = field(default_factory=dict, compare=False, repr=False)


def opened(
    path: Path,
    folder: Path,
    dialect: Dialect | None = None,
    encoding: str = "",
    guess: str = "",
    most: int = 0,
    sheet: Sheet | None = None,
) -> TextFile:
    """Return `path` as DuckDB can read it: itself or a link, or a copy of its first `most` bytes in `folder`.

    `dialect` is what is known from an earlier reading, which spares another; `encoding` what a person says,
    `guess` what it is if it is no UTF-8. A workbook is read by the CSV of its `sheet`. Raises DataNotReadable for what
    is no text, StorageFailed.
    """
    if sheet:
        found = _examine(sheet.path, "", "")
        text_file = replace(found, name=sheet.book, sheet=sheet.name, notes=(*sheet.notes, *found.notes))
    elif dialect is None:
        text_file = _examine(path, encoding, guess)
    else:
        text_file = TextFile(
            path,
            path.name,
            dialect.encoding,
            dialect.compression,
            dialect.as_is,
            file=dialect.file,
            sheet=dialect.sheet,
        )
    if text_file.as_is:
        return replace(text_file, path=plain_path(text_file.path, folder), folder=folder)
    return replace(
        text_file,
        folder=folder,
        path=_copy(text_file.path, folder, text_file.encoding, text_file.compression, most),
    )


def checked_file(path: Path) -> Path:
    """Return `path`, unless it is a pipe or a device, on which a reader would wait for ever. Raises DataNotReadable."""
    if path.exists() and not path.is_file() and not path.is_dir():
        reason = tr("It is a pipe or a device; a file can be read twice.")
        raise DataNotReadable(file=path.name, reason=reason)
    return path


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if isinstance(error, UnpacksTooLarge):
            reason = tr(
                "Its gzip is no table: {error}. Unpack it first where it is one.", error=error.args[0]
            )
            raise DataNotReadable(file=path.name, reason=reason) from error
        if isinstance(error, gzip.BadGzipFile):
            raise DataNotReadable(file=path.name, reason=tr(BAD_GZIP, error=error)) from error
        raise os_failure("read", path.name, error) from error
    except EOFError as error:
        reason = tr("Its gzip ends too early: it was cut short.")
        raise DataNotReadable(file=path.name, reason=reason) from error
    except zlib.error as error:
        raise DataNotReadable(file=path.name, reason=tr(BAD_GZIP, error=error)) from error


@contextmanager
def _writing(path: Path, folder: Path) -> Iterator[None]:
    """Say that the disk that fills is the one of the copy, and not that of the file."""
    try:
        yield
    except OSError as error:
        raise os_failure("read", path.name, error, f"({folder})") from error


def _unpacked(path: Path, compression: str) -> IO[bytes] | Gunzipped:
    return Gunzipped(path) if compression else path.open("rb")


def _examine(path: Path, given: str, guess: str) -> TextFile:
    with _reading(path):
        with path.open("rb") as file:
            first = file.read(START)
        if first.startswith(b"PAR1"):
            return TextFile(path, path.name, file="parquet")
        if reason := foreign(path, first):
            raise DataNotReadable(file=path.name, reason=reason)
        compression = "gzip" if first.startswith(b"\x1f\x8b") else ""
        with _unpacked(path, compression) as file:
            start = file.read(START)
            wide = _wide(start)
            if wide or given.startswith("utf-16"):
                return TextFile(path, path.name, given or wide, compression, as_is=False)
            scan = _Scan()
            block = start
            while block:
                scan.take(block)
                block = file.read(BLOCK)
            scan.end()
    if scan.nul > max(16, NUL_SHARE * scan.size):
        raise DataNotReadable(file=path.name, reason=tr("It is binary, not text."))
    notes = []
    if scan.nul:
        notes.append(
            Note(
                "nul_bytes",
                trn(
                    "{number} NUL byte was taken out: something damaged the file.",
                    "{number} NUL bytes were taken out: something damaged the file.",
                    scan.nul,
                    number=integer(scan.nul),
                ),
            )
        )
    encoding, doubt = given or "utf-8", ""
    if not given and scan.damaged > DAMAGED_SHARE * scan.beyond_ascii:
        encoding, doubt = (guess, "") if guess and not guess.startswith("utf") else _one_byte(scan)
        text = tr("Read as {encoding}: it is not UTF-8.", encoding=encoding)
        notes.append(Note("encoding", text, doubt=doubt))
    marked = start.startswith(2 * codecs.BOM_UTF8)  # DuckDB takes one mark away
    if marked:
        notes.append(
            Note(
                "byte_order_marks",
                tr("It begins with a byte order mark more than once: they were taken out."),
            )
        )
    damaged = encoding == "utf-8" and scan.damaged
    if damaged:
        text = trn(
            "{places} place is not UTF-8 and was read as the sign \ufffd: something damaged the file.",
            "{places} places are not UTF-8 and were read as the sign \ufffd: something damaged the file.",
            scan.damaged,
            places=integer(scan.damaged),
        )
        notes.append(Note("damaged_bytes", text))
    as_is = encoding == "utf-8" and not (compression or scan.nul or scan.mixed or marked or damaged)
    text_file = TextFile(path, path.name, encoding, compression, as_is, tuple(notes))
    return replace(text_file, lines=scan.lines, quotes=scan.quotes)


def _wide(start: bytes) -> str:
    """Return UTF-16 by its mark, or by its zeros where every second byte is one."""
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    even, odd = start[0::2].count(0), start[1::2].count(0)
    many = 0.3 * len(start) / 2
    if odd > many and even < 0.01 * len(start):
        return "utf-16-le"
    return "utf-16-be" if even > many and odd < 0.01 * len(start) else ""


def _one_byte(scan: _Scan) -> tuple[str, str]:
    if scan.upper_controls:
        return "cp1252", tr(
            "Bytes such as 0x80 (the euro sign) speak for Windows-1252; another of one byte a letter (ISO 8859-15,"
            " Windows-1250, Mac) cannot be told apart from it."
        )
    return "latin-1", tr(
        "No byte speaks against Latin-1, which Windows-1252 shares; another of one byte a letter (ISO 8859-15,"
        " Windows-1250, Mac) cannot be told apart from it."
    )


class _Scan:
    """What one pass over the bytes counts."""

    def __init__(self) -> None:
        self.size = self.nul = self.damaged = self.beyond_ascii = self.quotes = 0
        self.upper_controls = False  # bytes that are letters in Windows-1252 and nothing in Latin-1
        self.crlf = self.cr = self.lf = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._strict = True
        self._last = b""

    def take(self, block: bytes) -> None:
        self.size += len(block)
        self.nul += block.count(0)
        self.quotes += block.count(b'"')
        if b"\r" in block or self._last == b"\r":
            self.crlf += block.count(b"\r\n") + (self._last == b"\r" and block[:1] == b"\n")
            self.cr += block.count(b"\r")
        self.lf += block.count(b"\n")
        self._last = block[-1:]
        if not block.isascii():
            self._decode(block)
        elif self._strict:
            self._decode(b"" if self._decoder.getstate()[0] == b"" else block)

    def _decode(self, block: bytes) -> None:
        beyond = block.translate(None, bytes(range(128)))
        self.beyond_ascii += len(beyond)
        if self._strict:
            try:
                self._decoder.decode(block)
                return
            except UnicodeDecodeError:
                self._strict = False
        self.upper_controls |= bool(beyond.translate(None, bytes(range(0xA0, 256))))
        self.damaged += block.decode("utf-8", errors="replace").count("\ufffd")

    def end(self) -> None:
        if self._strict:
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self.damaged += 1

    @property
    def lines(self) -> int:
        return self.lf + self.cr - self.crlf + (self._last not in (b"\n", b"\r", b""))

    @property
    def mixed(self) -> bool:
        """Return whether there are line ends of more than one kind, which DuckDB's parser refuses."""
        kinds = (self.crlf, self.cr - self.crlf, self.lf - self.crlf)
        return sum(count > 0 for count in kinds) > 1


def _copy(path: Path, folder: Path, encoding: str, compression: str, most: int) -> Path:
    copy, first = folder / "plain.csv", True
    plain = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    with _writing(path, folder), copy.open("wb") as target:
        for block in _blocks(path, compression, most):
            decoded = plain.decode(block)
            target.write(_utf8(decoded.lstrip("\ufeff") if first else decoded))
            first = first and not decoded
        target.write(_utf8(plain.decode(b"", final=True)))
    return copy


def _blocks(path: Path, compression: str, most: int) -> Iterator[bytes]:
    """Yield the unpacked bytes of a file; what goes wrong where they are written is none of its errors."""
    done = 0
    with _reading(path), _unpacked(path, compression) as file:
        while (not most or done < most) and (block := file.read(BLOCK)):
            yield block
            done += len(block)


def _utf8(text: str) -> bytes:
    return text.replace("\0", "").encode("utf-8", errors="replace")
