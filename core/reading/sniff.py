"""What a file of rows is: dialect, columns with their types, formats, and notes on what is odd.

It is inferred from the first rows, and as many more from positions all over the file (`sample_positions.py`).

DuckDB infers quoting and types, once `layout.py` has found where the table stands; `sampled_columns.py` looks again at
what spreadsheets make of numbers and dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    overrides: Overrides | None = None,
    single: bool = False,
    untidy: tuple[str, ...] = (),
) -> Sniffed:
    """Return dialect, columns and formats of `text`, which is `untidy` as a Dialect may be. Raises DataNotReadable,
    StorageFailed."""
    overrides = overrides or Overrides()
    structure = _structure(connection, text, overrides, single=single, untidy=untidy)
    if text.sheet and not overrides.decimal:
        overrides = replace(overrides, decimal=".")  # its numbers are numbers, and were written so
    dialect, names = structure.dialect, structure.names
    make_room(connection, len(names))
    rows = max(50, min(SAMPLE_ROWS, SAMPLE_CELLS // len(names)))
    plain = Sniffed(dialect, tuple((name, "VARCHAR") for name in names))
    query = f"SELECT * FROM {rows_of(text, plain, rejects=False)} LIMIT {rows}"
    sample: list[Sequence[str | None]] = [*run(connection, text, query).fetchall()]
    if text.file == "csv" and len(sample) == rows:
        path, written, _ = as_plain(text, plain)
        sample += sample_rows(path, written, len(names), rows)
    cells = zip(*sample, strict=True) if sample else ([] for _ in names)
    columns = [
        SampledColumn.of(name, kind, taken)
        for name, kind, taken in zip(names, structure.types, cells, strict=True)
    ]
    decimal = judge(columns, dialect, overrides)
    return with_parquets_words(
        Sniffed(
            replace(dialect, decimal=decimal, date_format=overrides.date_format),
            tuple((column.name, column.kind) for column in columns),
            {column.name: column.format for column in columns if column.format},
            (*text.notes, *structure.notes, *gathered([note for column in columns for note in column.notes])),
            {column.name: column.other for column in columns if column.other},
        )
    )


def sniff_rows(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    own: Dialect,
    needed: tuple[str, ...],
    said: Overrides | None = None,
) -> Sniffed:
    """Return dialect and names of a file of rows to predict, all columns text.

    The model's `own` dialect is tried first: where it gives the columns that are `needed`, it is the file's; a line
    that has them all is the header. Then it is judged as any file is, and last by each delimiter. What a person has
    `said` goes before all of it. Only where training met totals are they looked for.
    Raises DataNotReadable, StorageFailed.
    """
    known = Overrides(delimiter=own.delimiter, skip=own.skip if "skip" in own.overruled else None)
    others = [Overrides(delimiter=sign) for sign in DELIMITERS.values() if sign != own.delimiter]
    tries = [known, Overrides(), *others]
    if text.sheet:
        tries = [replace(known, delimiter=",")]
    elif "parquet" in (own.file, text.file):
        tries = [Overrides()]
    said = said or Overrides()
    structural = {name: getattr(said, name) for name in ("delimiter", "skip", "header") if name in said.names}
    tries = list(dict.fromkeys(replace(each, **structural) for each in tries))
    best: Sniffed | None = None
    refused: DataNotReadable | None = None
    for overrides in tries:
        try:
            structure = _structure(connection, text, overrides, single=True, wanted=needed)
        except DataNotReadable as error:
            refused = refused or error
            continue
        dialect = replace(structure.dialect, footer=structure.dialect.footer if own.footer else 0)
        columns = tuple((name, "VARCHAR") for name in structure.names)
        sniffed = Sniffed(dialect, columns, notes=structure.notes)
        if set(needed) <= set(structure.names):
            return sniffed
        best = sniffed if best is None or overrides == Overrides() else best
    if best is None:
        raise refused or AssertionError("at least one way to read the file is tried")
    return best


@dataclass(frozen=True, slots=True)
class _Structure:
    """How a file is cut into columns, before its cells are judged."""

    dialect: Dialect
    names: tuple[str, ...]
    types: list[str]  # one a column, as DuckDB sniffs them
    notes: tuple[Note, ...] = ()


def _structure(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    overrides: Overrides,
    *,
    single: bool = False,
    untidy: tuple[str, ...] = (),
    wanted: tuple[str, ...] = (),
) -> _Structure:
    """Return the structure of `text`; a Parquet file says its own, and takes none of the rest.

    Raises DataNotReadable, StorageFailed.
    """
    if text.file == "parquet":
        return _parquet_structure(connection, text)
    given = replace(overrides, delimiter=",") if text.sheet else overrides
    layout = find_layout(text.path, text.name, given, single, wanted)
    dialect = Dialect(
        delimiter=layout.delimiter,
        encoding=text.encoding,
        compression=text.compression,
        skip=layout.skip,
        footer=layout.footer,
        sheet=text.sheet,
        quote=layout.quote,
        as_is=text.as_is,
        untidy=tuple(sorted({*layout.untidy, *untidy})),
        overruled=overrides.names,
    )
    types: list[str] = []
    if not (wanted and dialect.untidy):  # rows to predict are all text
        dialect, types = _ask_duckdb(connection, text, dialect, layout)
    if len(types) != len(layout.names):
        types = ["VARCHAR"] * len(layout.names)
    return _Structure(dialect, layout.names, types, layout.notes)


def _parquet_structure(connection: duckdb.DuckDBPyConnection, text: TextFile) -> _Structure:
    query = f"DESCRIBE SELECT * FROM read_parquet({literal(str(text.path))}, hive_partitioning=false)"
    columns = run(connection, text, query).fetchall()
    names = unique_names([plain_name(str(row[0])) for row in columns])
    return _Structure(Dialect(file="parquet"), tuple(names), [_table_type(str(row[1])) for row in columns])


def _table_type(kind: str) -> str:
    """Return a Parquet type as one of those that a table of the product has."""
    if re.fullmatch(r"U?(TINY|SMALL|BIG)?INT(EGER)?", kind):
        return "BIGINT"
    if re.match(r"FLOAT|DOUBLE|DECIMAL", kind):
        return "DOUBLE"
    return kind.partition("_")[0] if kind.startswith(("TIMESTAMP", "DATE")) else "VARCHAR"


def _ask_duckdb(
    connection: duckdb.DuckDBPyConnection, text: TextFile, dialect: Dialect, layout: Layout
) -> tuple[Dialect, list[str]]:
    """Return the dialect with its quoting, and a type for each column, none where no dialect fits the first rows."""
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
