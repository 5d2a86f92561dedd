"""One CSV file, read once: its dialect as DuckDB sniffs it, a table of its rows, and the rows that are broken.

Every reader of the project (data sets, EDA, inference) comes through here, so a file means the same everywhere.
Cells that spell "missing" (BLANKS) are blank; true/false columns stay text, so that a class keeps the name it has
in the file (DuckDB would turn yes/no into a boolean).
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from core.eda.broken_rows import BrokenRow, rejects
from core.eda.memory import memory_limit, threads
from core.errors import DataNotReadable, StorageFailed
from core.storage import os_reason

BLANKS = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None", "?", "#N/A")
MAX_COLUMNS = 5_000
_DELIMITERS = (",", ";", "\t", "|")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Names that the table's own columns have while it is read and encoded, and DuckDB's pseudo column.
_RESERVED = re.compile(r"rowid|__\w+__|\d+:(value|bad|unseen|out)", re.IGNORECASE)
_KEPT_TYPES = {"BIGINT", "DOUBLE", "DATE", "TIMESTAMP"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the file is written; formats are strptime's, empty for ISO 8601."""

    delimiter: str = ","
    quote: str = '"'
    escape: str = '"'
    encoding: str = "utf-8"
    skip: int = 0
    header: bool = True
    date_format: str = ""
    timestamp_format: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file's dialect and its columns as (name, DuckDB type), in order."""

    dialect: Dialect
    columns: tuple[tuple[str, str], ...]

    def retyped(self, types: dict[str, str]) -> Sniffed:
        return replace(self, columns=tuple((name, types.get(name, kind)) for name, kind in self.columns))

    def as_text(self) -> Sniffed:
        return replace(self, columns=tuple((name, "VARCHAR") for name, _ in self.columns))


def connect(folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection that spills into `folder` rather than taking what memory it finds."""
    connection = duckdb.connect(str(folder / "table.duckdb") if folder else ":memory:")
    connection.execute(f"SET threads={threads()}")
    connection.execute(f"SET memory_limit='{memory_limit(threads()) >> 20}MiB'")
    connection.execute("SET TimeZone='UTC'")
    connection.execute("SET enable_progress_bar=false")
    if folder:
        connection.execute(f"SET temp_directory={literal(str(folder / 'spill'))}")
    return connection


def literal(text: str) -> str:
    """`text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def encoding_of(path: Path) -> str:
    """utf-8, utf-16 or latin-1 (anything else reads as latin-1). Raises DataNotReadable for binary data."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _opened(path) as file:
        start = file.read(1 << 16)
        if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        if b"\0" in start:
            raise DataNotReadable(file=path.name, reason="It is binary, not text.")
        block = start
        try:
            while block:
                decoder.decode(block)
                block = file.read(1 << 22)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8"


def _opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise StorageFailed(action="read", key=path.name, reason=os_reason(error)) from error


def sniff(connection: duckdb.DuckDBPyConnection, path: Path, encoding: str | None = None) -> Sniffed:
    """Dialect and columns of `path`. Raises DataNotReadable, StorageFailed."""
    with _opened(path) as file:
        start = file.read(1 << 20)
    if not start.strip():
        raise DataNotReadable(file=path.name, reason="The file is empty.")
    encoding = encoding or encoding_of(path)
    text = start.decode(encoding, errors="replace").removeprefix("\ufeff")
    found = _ask_duckdb(connection, path, encoding)
    dialect = found.dialect if found else Dialect(delimiter=_likely_delimiter(text), encoding=encoding)
    names = _header(path, text, dialect)
    types = [kind for _, kind in found.columns] if found else []
    if len(types) != len(names):
        types = ["VARCHAR"] * len(names)
    return Sniffed(dialect, tuple(zip(names, types, strict=True)))


def _ask_duckdb(connection: duckdb.DuckDBPyConnection, path: Path, encoding: str) -> Sniffed | None:
    query = (
        f"FROM sniff_csv({literal(str(path))}, header=true, ignore_errors=true, "
        f"nullstr={_list(BLANKS)}, encoding='{encoding}')"
    )
    try:
        cursor = connection.execute(query)
        found = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    except duckdb.Error:
        return None  # no dialect fits the first rows; the header still tells the delimiter

    def char(key: str) -> str:
        return "" if found[key] in (None, "(empty)", "\\0") else found[key]

    dialect = Dialect(
        delimiter=char("Delimiter").replace("\\t", "\t") or ",",
        # A sample without quotes says nothing about the rest of the file: RFC 4180's quote stays in force.
        quote=char("Quote") or '"',
        escape=char("Escape") or char("Quote") or '"',
        encoding=encoding,
        skip=int(found["SkipRows"] or 0),
        date_format=found["DateFormat"] or "",
        timestamp_format=found["TimestampFormat"] or "",
    )
    columns = [(column["name"], _kept_type(column["type"])) for column in found["Columns"]]
    return Sniffed(dialect, tuple(columns))


def _kept_type(kind: str) -> str:
    if kind.startswith("TIMESTAMP"):
        return "TIMESTAMP"  # zones are dropped: the hour as written is what a model can use
    return kind if kind in _KEPT_TYPES else "VARCHAR"


def _likely_delimiter(text: str) -> str:
    first = text.splitlines()[0]
    return max(_DELIMITERS, key=first.count)


def _header(path: Path, text: str, dialect: Dialect) -> list[str]:
    """Column names: trimmed, filled in where empty, numbered where repeated. Raises DataNotReadable."""
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=dialect.delimiter, quotechar=dialect.quote or '"'
    )
    try:
        for _ in range(dialect.skip):
            next(reader)
        cells = [cell.strip() for cell in next(reader)]
    except (StopIteration, csv.Error):
        raise DataNotReadable(file=path.name, reason="Its first line cannot be read.") from None
    if len(cells) < 2:
        raise DataNotReadable(file=path.name, reason="It has a single column: no delimiter was found.")
    if len(cells) > MAX_COLUMNS:
        raise DataNotReadable(file=path.name, reason=f"It has more than {MAX_COLUMNS} columns.")
    if any(_NUMBER.fullmatch(cell) for cell in cells):
        raise DataNotReadable(
            file=path.name, reason=f"Its first line holds values, not column names: {', '.join(cells[:5])}."
        )
    return unique_names(cells)


def reserved(name: str) -> bool:
    """Whether a column of that name would meet one of the table's own."""
    return bool(_RESERVED.fullmatch(name))


def unique_names(cells: list[str]) -> list[str]:
    """Names that differ even when case is ignored, as DuckDB does: `a, A` become `a, A_2`.

    A reserved one is numbered as if it were taken: `rowid` becomes `rowid_2`, in training as at inference.
    """
    taken: set[str] = set()
    names = []
    for position, cell in enumerate(cells, start=1):
        base = name = cell or f"column_{position}"
        number = 1
        while name.casefold() in taken or reserved(name):
            number += 1
            name = f"{base}_{number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def read_csv_call(path: Path, sniffed: Sniffed, extra: str = "") -> str:
    """The `read_csv(...)` call that reads `path` as `sniffed` says, setting broken rows aside."""
    dialect = sniffed.dialect
    columns = ", ".join(f"{literal(name)}: '{kind}'" for name, kind in sniffed.columns)
    formats = f", dateformat={literal(dialect.date_format)}" if dialect.date_format else ""
    if dialect.timestamp_format:
        formats += f", timestampformat={literal(dialect.timestamp_format)}"
    return (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, skip={dialect.skip}, "
        f"delim={literal(dialect.delimiter)}, quote={literal(dialect.quote)}, escape={literal(dialect.escape)}, "
        f"encoding='{dialect.encoding}', nullstr={_list(BLANKS)}, columns={{{columns}}}{formats}, "
        f"ignore_errors=true, store_rejects=true, rejects_limit=0{extra})"
    )


def read_table(
    connection: duckdb.DuckDBPyConnection, path: Path, sniffed: Sniffed, table: str
) -> tuple[Sniffed, list[BrokenRow]]:
    """Read `path` into `table`, once; a column whose later rows do not fit its type is read again as text.

    Numbers that are not finite become blank. Answers the types as read, and the broken rows in order.
    Raises DataNotReadable.
    """
    while True:
        star = f"* REPLACE ({', '.join(_checked(sniffed))})" if _checked(sniffed) else "*"
        call = read_csv_call(path, _whole_as_double(sniffed))
        try:
            run(connection, path, f"CREATE OR REPLACE TABLE {table} AS SELECT {star} FROM {call}")
        except NotWhole:
            sniffed = sniffed.retyped(dict.fromkeys(_fractions(connection, path, sniffed), "DOUBLE"))
            continue
        misfits, broken = rejects(connection, path, sniffed.dialect.quote)
        if not misfits:
            return sniffed, broken
        sniffed = sniffed.retyped(dict.fromkeys(misfits, "VARCHAR"))


class NotWhole(Exception):
    """A column of whole numbers turned out to hold a fraction."""


_NOT_WHOLE = "not a whole number"


def _checked(sniffed: Sniffed) -> list[str]:
    """Numbers as they enter the table. DuckDB rounds 2.5 silently in a BIGINT column, so those are read as
    DOUBLE and narrowed here, where a fraction is an error."""
    checked = []
    for name, kind in sniffed.columns:
        column = identifier(name)
        if kind == "DOUBLE":
            checked.append(f"CASE WHEN isfinite({column}) THEN {column} END AS {column}")
        elif kind == "BIGINT":
            whole = f"{column} IS NULL OR ({column} = trunc({column}) AND abs({column}) < 9e18)"
            checked.append(
                f"CASE WHEN {whole} THEN CAST({column} AS BIGINT) ELSE error('{_NOT_WHOLE}') END AS {column}"
            )
    return checked


def _whole_as_double(sniffed: Sniffed) -> Sniffed:
    return sniffed.retyped({name: "DOUBLE" for name, kind in sniffed.columns if kind == "BIGINT"})


def _fractions(connection: duckdb.DuckDBPyConnection, path: Path, sniffed: Sniffed) -> list[str]:
    """The columns read as whole numbers that hold a fraction somewhere."""
    names = [name for name, kind in sniffed.columns if kind == "BIGINT"]
    tests = ", ".join(
        f"count_if({identifier(n)} <> trunc({identifier(n)}) OR abs({identifier(n)}) >= 9e18)" for n in names
    )
    query = f"SELECT {tests} FROM {read_csv_call(path, _whole_as_double(sniffed))}"
    counts = run(connection, path, query).fetchall()[0]
    rejects(connection, path, sniffed.dialect.quote)
    return [name for name, count in zip(names, counts, strict=True) if count]


def run(connection: duckdb.DuckDBPyConnection, path: Path, query: str) -> Any:
    """Execute a query that reads `path`. DuckDB's messages span a screen: raises DataNotReadable, StorageFailed."""
    try:
        return connection.execute(query)
    except duckdb.OutOfMemoryException as error:
        raise StorageFailed(action="read", key=path.name, reason="Memory and spill disk are full.") from error
    except duckdb.IOException as error:
        reason = (
            "The disk is full." if "space" in str(error).lower() else "The file vanished or cannot be read."
        )
        raise StorageFailed(action="read", key=path.name, reason=reason) from error
    except duckdb.Error as error:
        if _NOT_WHOLE in str(error):
            raise NotWhole from None
        raise DataNotReadable(file=path.name, reason=str(error).splitlines()[0][:200]) from error


def _list(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(literal(text) for text in texts) + "]"
