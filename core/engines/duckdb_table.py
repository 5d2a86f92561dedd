"""Reading a data set into DuckDB: a table in the scratch folder, of which memory holds what is being read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import narwhals as nw

from core.cells.sql import identifier
from core.engines.engine import Frame
from core.engines.table import ROW, Table
from core.reading import csv_table
from core.reading.column_keys import key
from core.reading.dialect import Sniffed
from core.reading.text_file import TextFile

GROUP_CELLS = 8_000_000  # a row group is written whole, and each thread holds one: 64 MB of numbers
GROUP_ROWS, GROUP_STEP = 122_880, 2_048  # DuckDB's own size, and what sizes must be multiples of
PROGRESS_SECONDS = 0.5  # seconds between two readings of the progress


def read(
    connection: duckdb.DuckDBPyConnection,
    text: TextFile,
    sniffed: Sniffed,
    scratch: Path,
    tell: Callable[[float], None],
) -> Table:
    """Read `text` into a file below `scratch`; `tell(share)` gets the share. Raises DataNotReadable, StorageFailed."""
    rows = max(GROUP_CELLS // len(sniffed.columns) // GROUP_STEP, 1) * GROUP_STEP
    file = csv_table.literal(str(scratch / "rows.duckdb"))
    connection.execute(f"ATTACH IF NOT EXISTS {file} AS scratch (ROW_GROUP_SIZE {min(rows, GROUP_ROWS)})")
    connection.execute("USE scratch")
    with progress(connection, tell):
        sniffed, broken = csv_table.read_table(connection, text, sniffed, "raw")
    rows = connection.execute("SELECT count(*) FROM raw").fetchall()[0][0]

    def scan(names: Sequence[str]) -> Frame:
        columns = "".join(f", {identifier(key(name))}" for name in names)
        return nw.from_native(connection.sql(f"SELECT rowid AS {identifier(ROW)}{columns} FROM raw"))

    return Table(scan, sniffed, rows, broken)


@contextmanager
def progress(connection: duckdb.DuckDBPyConnection, tell: Callable[[float], None]) -> Iterator[None]:
    """Tell the share that is done while the block runs queries, from another thread."""
    connection.execute("SET enable_progress_bar=true")
    connection.execute("SET enable_progress_bar_print=false")
    done = threading.Event()

    def watch() -> None:
        while not done.wait(PROGRESS_SECONDS):
            percent = connection.query_progress()
            if percent > 0:
                tell(min(percent / 100, 1.0))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
