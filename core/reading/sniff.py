"""What a file of rows is: dialect, columns with their types, formats, and notes on what is odd.

It is told from the first rows, and as many more from places all over the file (`sample_positions.py`).

DuckDB tells quoting and types, once `layout.py` has found where the table stands; `sampled_columns.py` looks again at
what spreadsheets make of numbers and dates.
"""

from __future__ import annotations

import re
from dataclasses import replace

import duckdb

from core.cells.cell_text import BLANKS
from core.cells.sql import literal, literals
from core.errors import DataNotReadable
from core.reading.csv_table import AS_IT_IS, make_room, rows_of, run
from core.reading.dialect import DELIMITERS, Dialect, Note, Overrides, Sniffed
from core.reading.kept_words import with_parquets_words
from core.reading.layout import Layout, find_layout
from core.reading.names import plain_name, unique_names
from core.reading.plain_text import as_plain
from core.reading.sample_positions import sample_rows
from core.reading.sampled_columns import SampledColumn, gathered, judge
from core.reading.text_file import TextFile

SAMPLE_ROWS, SAMPLE_CELLS = 2_000, 400_000


def sniff(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    asked: Overrides | None = None,
    single: bool = False,
    untidy: tuple[str, ...] = (),
) -> Sniffed:
    """Dialect, columns and formats of `text`, which is `untidy` as a Dialect may be. Raises DataNotReadable,
    StorageFailed."""
    asked = asked or Overrides()
    of = _of_parquet if text.file == "parquet" else _of_csv
    dialect, names, types, notes = of(connection, text, asked, single, untidy)
    make_room(connection, len(names))
    rows = max(50, min(SAMPLE_ROWS, SAMPLE_CELLS // len(names)))
    plain = Sniffed(dialect, tuple((name, "VARCHAR") for name in names))
    query = f"SELECT * FROM {rows_of(text, plain, rejects=False)} LIMIT {rows}"
    found = run(connection, text, query).fetchall()
    if text.file == "csv" and len(found) == rows:
        path, written, _ = as_plain(text, plain)
        found += sample_rows(path, written, len(names), rows)
    cells = zip(*found, strict=True) if found else ([] for _ in names)
    columns = [
        SampledColumn.of(name, kind, taken) for name, kind, taken in zip(names, types, cells, strict=True)
    ]
    decimal = judge(columns, dialect, asked)
    return with_parquets_words(
        Sniffed(
            replace(dialect, decimal=decimal, date_format=asked.date_format),
            tuple((column.name, column.kind) for column in columns),
            {column.name: column.format for column in columns if column.format},
            (*text.notes, *notes, *gathered([note for column in columns for note in column.notes])),
            {column.name: column.other for column in columns if column.other},
        )
    )


def sniff_rows(
    connection: duckdb.DuckDBPyConnection, text: TextFile, own: Dialect, needed: tuple[str, ...]
) -> Sniffed:
    """Dialect and names of a file of rows to predict, all columns text.

    The model's `own` dialect is tried first: where it gives the columns that are `needed`, it is the file's; a line
    that has them all is the header. Then it is judged as any file is, and last by each delimiter. Only where training
    met totals are they looked for. Raises DataNotReadable, StorageFailed.
    """
    known = Overrides(delimiter=own.delimiter, skip=own.skip if "skip" in own.overruled else None)
    others = [Overrides(delimiter=sign) for sign in DELIMITERS.values() if sign != own.delimiter]
    tries = [Overrides()] if "parquet" in (own.file, text.file) else [known, Overrides(), *others]
    of = _of_parquet if text.file == "parquet" else _of_csv
    best: Sniffed | None = None
    refused: DataNotReadable | None = None
    for asked in tries:
        try:
            dialect, names, _, notes = of(connection, text, asked, True, (), needed)
        except DataNotReadable as error:
            refused = refused or error
            continue
        dialect = replace(dialect, footer=dialect.footer if own.footer else 0)
        found = Sniffed(dialect, tuple((name, "VARCHAR") for name in names), notes=tuple(notes))
        if set(needed) <= set(names):
            return found
        best = found if best is None or asked == Overrides() else best
    if best is None:
        raise refused or AssertionError("at least one way to read the file is tried")
    return best


def _of_csv(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    asked: Overrides,
    single: bool,
    untidy: tuple[str, ...],
    wanted: tuple[str, ...] = (),
) -> tuple[Dialect, tuple[str, ...], list[str], list[Note]]:
    """(dialect, names, types as DuckDB sniffs them, notes)."""
    layout = find_layout(text.path, text.name, asked, single, wanted)
    dialect = Dialect(
        delimiter=layout.delimiter,
        encoding=text.encoding,
        compression=text.compression,
        skip=layout.skip,
        footer=layout.footer,
        quote=layout.quote,
        as_is=text.as_is,
        untidy=tuple(sorted({*layout.untidy, *untidy})),
        overruled=asked.names,
    )
    types: list[str] = []
    if not (wanted and dialect.untidy):  # rows to predict are all text
        dialect, types = _ask_duckdb(connection, text, dialect, layout)
    if len(types) != len(layout.names):
        types = ["VARCHAR"] * len(layout.names)
    return dialect, layout.names, types, list(layout.notes)


def _of_parquet(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    asked: Overrides,
    single: bool,
    untidy: tuple[str, ...],
    wanted: tuple[str, ...] = (),
) -> tuple[Dialect, tuple[str, ...], list[str], list[Note]]:
    query = f"DESCRIBE SELECT * FROM read_parquet({literal(str(text.path))}, hive_partitioning=false)"
    found = run(connection, text, query).fetchall()
    names = unique_names([plain_name(str(row[0])) for row in found])
    return Dialect(file="parquet"), tuple(names), [_kept(str(row[1])) for row in found], []


def _kept(kind: str) -> str:
    """A Parquet type as one of those that a table of the product has."""
    if re.fullmatch(r"U?(TINY|SMALL|BIG)?INT(EGER)?", kind):
        return "BIGINT"
    if re.match(r"FLOAT|DOUBLE|DECIMAL", kind):
        return "DOUBLE"
    return kind.partition("_")[0] if kind.startswith(("TIMESTAMP", "DATE")) else "VARCHAR"


def _ask_duckdb(
    connection: duckdb.DuckDBPyConnection, text: TextFile, dialect: Dialect, layout: Layout
) -> tuple[Dialect, list[str]]:
    """The dialect with its quoting, and a type for each column, none where no dialect fits the first rows."""
    path, plain, _ = as_plain(text, Sniffed(dialect, tuple((name, "VARCHAR") for name in layout.names)))
    # A stray quote among its rows would have DuckDB look for another sign.
    quoting = """, quote='"', escape='"'""" if dialect.untidy or layout.quoted else ""
    query = (
        f'SELECT "Quote", "Columns" FROM '
        f"sniff_csv({literal(str(path))}, {AS_IT_IS}, header=true, ignore_errors=true{quoting}, "
        f"delim={literal(plain.delimiter)}, skip={plain.skip}, nullstr={literals(BLANKS)})"
    )
    try:
        quote, columns = connection.execute(query).fetchall()[0]
    except duckdb.Error:
        return dialect, []
    # A sample without quotes says nothing about the rest of the file: RFC 4180's quote stays in force.
    quote = '"' if quote in (None, "", "(empty)", "\\0") else quote
    if not quoting:
        dialect = replace(dialect, quote=quote, escape=quote)
    return dialect, [column["type"] for column in columns]
