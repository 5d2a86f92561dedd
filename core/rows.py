"""Raw rows to predictions: encode them by the contract, cut them into request bodies, write what comes back.

A file and the rows of a form go through DuckDB alike, in bounded memory: the same contract, the same numbers.
A row that cannot be used keeps its place in the output, with a blank prediction and the reason.
"""

from __future__ import annotations

import errno
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd

from core.contract import Column, Contract
from core.eda import csv_table
from core.eda.broken_rows import BrokenRow, rejects
from core.eda.dialect import Dialect, Sniffed
from core.eda.engines import Frame, engine_of
from core.eda.number_text import style_of
from core.eda.sniff import sniff_rows
from core.eda.sql import identifier, literal
from core.eda.text_file import opened
from core.errors import BadAnswer, DataNotReadable, RowTooLarge
from core.row_checks import FLAGS, REASON, counts, flagged, no_empty_line, noticed
from core.storage import storage_errors

ROW = "__row__"
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """`row` counts the data rows of the file from 1."""

    row: int
    reason: str


@dataclass(slots=True)
class EncodedRows:
    """Rows ready for the endpoint, and what was noticed on the way. Its spool file lives as long as it does."""

    rows: int  # all data rows, rejected ones too
    accepted: np.ndarray  # bool, (rows,)
    rejected: list[RejectedRow]
    unseen: dict[str, int]  # column -> cells whose category training never saw
    out_of_range: dict[str, int]  # column -> cells beyond the training split's range
    ignored: list[str]  # columns that the contract does not use
    flags: dict[int, str]  # data row from 0 -> what was noticed
    _spool: tempfile.TemporaryDirectory[str] = field(repr=False)

    def chunks(self, max_bytes: int) -> Iterator[bytes]:
        """The accepted rows as CSV, features only, no header, cut at row ends into bodies of <= `max_bytes`.

        Raises RowTooLarge when one row alone is larger than that.
        """
        with (Path(self._spool.name) / "rows.csv").open("rb") as file:
            rest = b""
            while True:
                block = rest + file.read(max_bytes - len(rest))
                if not block:
                    return
                end = block.rfind(b"\n") + 1
                if end == 0:
                    raise RowTooLarge(limit=max_bytes)
                yield block[:end]
                rest = block[end:]

    def close(self) -> None:
        """Remove the spool file now rather than when this object goes."""
        self._spool.cleanup()


def encode_file(contract: Contract, path: Path, progress: Progress | None = None) -> EncodedRows:
    """Encode a file of raw rows, written as the training file was: any column order, categories as text, blanks.

    Raises MissingColumns, DataNotReadable, StorageFailed.
    """
    tell = progress or (lambda share: None)
    path, own = Path(path), Dialect.from_dict(contract.dialect)
    with _spool() as (spool, connection):
        text = opened(path, Path(spool.name), guess=own.encoding)
        sniffed = sniff_rows(connection, text, own, lambda found: contract.has_inputs(_names(found)))
        ignored = contract.require(_names(sniffed))
        tell(0.05)
        wanted = ", ".join(identifier(column.name) for column in contract.inputs)
        rows = csv_table.rows_of(text, sniffed)
        csv_table.run(connection, text, f"CREATE TABLE raw AS SELECT {wanted} FROM {rows}")
        broken = rejects(connection, text.path, sniffed.dialect)[1]
        broken += csv_table.drop_totals(connection, sniffed, "raw", len(broken))
        tell(0.4)
        result = _encoded(connection, contract, broken, ignored, spool, tell)
    if result.rows == 0:
        raise DataNotReadable(file=path.name, reason="It has a header line and nothing below it.")
    tell(1.0)
    return result


def _names(sniffed: Sniffed) -> list[str]:
    return [name for name, _ in sniffed.columns]


@contextmanager
def _spool() -> Iterator[tuple[tempfile.TemporaryDirectory[str], duckdb.DuckDBPyConnection]]:
    """A folder that outlives the block, unless it fails, and a connection that does not."""
    spool = tempfile.TemporaryDirectory(prefix="rows-")
    connection = csv_table.connect(Path(spool.name))
    try:
        yield spool, connection
    except BaseException:
        connection.close()
        spool.cleanup()
        raise
    connection.close()
    for leftover in ("table.duckdb", "table.duckdb.wal", "plain.csv"):
        (Path(spool.name) / leftover).unlink(missing_ok=True)


def encode_records(contract: Contract, records: list[dict[str, Any]]) -> EncodedRows:
    """Encode rows given as dicts (a form): {column: text, number, or None for blank}. Raises MissingColumns.

    They go the way of a file, so that a form and a file can never disagree.
    """
    names = list(dict.fromkeys(name for record in records for name in record))
    ignored = contract.require(names)
    cells = [[_text(record.get(column.name), column) for column in contract.inputs] for record in records]
    with _spool() as (spool, connection):
        columns = ", ".join(f"{identifier(column.name)} VARCHAR" for column in contract.inputs)
        connection.execute(f"CREATE TABLE raw ({columns})")
        if cells:
            marks = ", ".join("?" for _ in contract.inputs)
            connection.executemany(f"INSERT INTO raw VALUES ({marks})", cells)
        return _encoded(connection, contract, [], ignored, spool, lambda share: None)


def _text(cell: Any, column: Column) -> str | None:
    """A cell as the file would have it: numbers and moments in the column's own writing."""
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and np.isnan(cell)):
        return None
    if isinstance(cell, datetime) and column.format:
        return cell.strftime(column.format.partition("|")[0].removesuffix("%z"))
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell)
    if isinstance(cell, int | float) and (style := style_of(column.format)):
        text = text.replace(".", style.decimal)
    return None if text.strip() in csv_table.BLANKS else text


def _encoded(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    broken: list[BrokenRow],
    ignored: list[str],
    spool: tempfile.TemporaryDirectory[str],
    tell: Progress,
) -> EncodedRows:
    """The rows of the table `raw`, all text, by the contract."""
    raw = nw.from_native(connection.sql(f'SELECT rowid AS "{ROW}", * FROM raw'))
    encoded = contract.encode(flagged(contract, raw), label=False, keep=(ROW, REASON, FLAGS))
    no_empty_line(contract, encoded).to_native().create("encoded")
    tell(0.7)
    result = _result(nw.from_native(connection.table("encoded")), contract, broken, ignored, spool)
    result.unseen, result.out_of_range = counts(contract, noticed(contract, raw))
    tell(0.95)
    return result


def _result(
    encoded: Frame,
    contract: Contract,
    broken: list[BrokenRow],
    ignored: list[str],
    spool: tempfile.TemporaryDirectory[str],
) -> EncodedRows:
    """Spool the accepted rows, and put the broken ones back in their places among the data rows."""
    noted = encoded.filter(~nw.col(REASON).is_null() | ~nw.col(FLAGS).is_null()).select(ROW, REASON, FLAGS)
    count = encoded.select(nw.len().alias("n"))
    if isinstance(encoded, nw.LazyFrame):
        noted, count = noted.collect("pyarrow"), count.collect("pyarrow")
    notes = noted.rows()
    usable = int(count.rows()[0][0])
    total = usable + len(broken)
    accepted = np.ones(total, dtype=bool)
    lost = np.array([row.line - 2 for row in broken], dtype=np.int64)
    accepted[lost[lost < total]] = False
    places = np.flatnonzero(accepted)
    rejected = [RejectedRow(row.line - 1, row.reason) for row in broken]
    flags: dict[int, str] = {}
    for row, reason, flag in notes:
        place = int(places[row])
        if isinstance(reason, str):
            accepted[place] = False
            rejected.append(RejectedRow(place + 1, reason))
        if isinstance(flag, str):
            flags[place] = flag
    rejected.sort(key=lambda row: row.row)
    body = encoded.filter(nw.col(REASON).is_null()).select(*contract.features)
    engine_of(body).write_csv(body, Path(spool.name) / "rows.csv", contract.whole_features)
    return EncodedRows(total, accepted, rejected, {}, {}, ignored, flags, spool)


# --- what comes back ------------------------------------------------------------------------------------


def probabilities(contract: Contract, raw: np.ndarray) -> np.ndarray:
    """The endpoint's answer as one probability a class, (n, classes). Raises BadAnswer for a wrong shape."""
    classes = len(contract.classes)
    if contract.label.problem == "binary" and raw.ndim == 1:
        return np.column_stack([1.0 - raw, raw])
    if raw.ndim == 2 and raw.shape[1] == classes:
        return raw
    raise BadAnswer(reason=f"It answered {raw.shape} numbers where ({len(raw)}, {classes}) belong.")


def _class_numbers(contract: Contract, raw: np.ndarray) -> np.ndarray:
    if len(raw) and not np.isin(raw, np.arange(len(contract.classes))).all():
        reason = f"It answered numbers that are no class of 0 to {len(contract.classes) - 1}."
        raise BadAnswer(reason=reason)
    return raw.astype(int)


def _columns(contract: Contract, raw: np.ndarray) -> dict[str, Any]:
    """Output columns for the accepted rows: see `write_predictions`."""
    if contract.label.problem == "regression":
        return {"prediction": raw}
    if contract.label.problem == "multiclass" and raw.ndim == 1:
        # multi:softmax answers the number of the class and no probabilities.
        codes = _class_numbers(contract, raw)
        return {"prediction": pd.Categorical.from_codes(codes, list(contract.classes))}
    shares = probabilities(contract, raw)
    codes = shares.argmax(axis=1)
    if contract.label.problem == "binary":
        codes = (shares[:, 1] >= 0.5).astype(int)
    columns: dict[str, Any] = {
        "prediction": pd.Categorical.from_codes(codes, list(contract.classes)),
        "probability": shares[np.arange(len(shares)), codes],
    }
    shown = contract.classes[1:] if contract.label.problem == "binary" else contract.classes
    for name in shown:
        columns[f"probability_{name}"] = shares[:, contract.classes.index(name)]
    return columns


def decode(contract: Contract, raw: np.ndarray) -> list[dict[str, Any]]:
    """One dict a row: {"prediction": class or number, "probability": ..., "probability_<class>": ...}."""
    return pd.DataFrame(_columns(contract, np.asarray(raw, dtype="float64"))).to_dict("records")


def write_predictions(
    contract: Contract,
    encoded: EncodedRows,
    raw: np.ndarray,
    output: Path,
) -> None:
    """Write one line per input row, in order, whole or not at all.

    Columns: `prediction` (class text or number); for classes `probability` of the predicted class and
    `probability_<class>` (binary: of the positive class only); `flags`. A rejected row is blank but for its
    flags. `raw` is (n,) or (n, k), for the accepted rows in order.
    Raises BadAnswer when it has not one answer a row, StorageFailed.
    """
    raw = np.asarray(raw, dtype="float64")
    expected = int(encoded.accepted.sum())
    if len(raw) != expected:
        raise BadAnswer(reason=f"It answered {len(raw):,} rows for {expected:,}.")
    answers = pd.DataFrame(_columns(contract, raw), index=np.flatnonzero(encoded.accepted))
    table = answers.reindex(np.arange(encoded.rows))
    flags = pd.Series(encoded.flags, dtype=object).reindex(table.index)
    for row in encoded.rejected:
        flags[row.row - 1] = f"rejected: {row.reason}"
    table["flags"] = flags.where(flags.notna(), None)
    output = Path(output)
    temporary = output.with_name(f".{output.name}.{secrets.token_hex(4)}.tmp")
    with storage_errors("write", output.name):
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            _write(table, temporary)
            os.replace(temporary, output)
        finally:
            temporary.unlink(missing_ok=True)


def _write(table: pd.DataFrame, path: Path) -> None:
    connection = csv_table.connect()
    try:
        connection.register("answers", table)
        connection.execute(f"COPY answers TO {literal(str(path))} (HEADER, DELIMITER ',')")
    except duckdb.IOException as error:
        full = "no space left" in str(error).lower()
        raise OSError(errno.ENOSPC if full else errno.EIO, str(error).splitlines()[0]) from error
    finally:
        connection.close()
