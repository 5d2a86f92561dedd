"""The verb `watch --outcomes`: truth that comes later, joined to what was predicted, by a key.

A file has a column that tells rows apart and one with what came true. Each file that was predicted through the
endpoint, or by a transform job of its model, and has that key keeps what is known of its rows, so that outcomes may
come bit by bit; how good its predictions were is measured anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from core.backends.base import Backend
from core.cells.sql import identifier, literal
from core.encoding.contract import Contract
from core.encoding.given_rows import read_given
from core.encoding.labels import label_sql
from core.errors import NoSuchColumn, NothingJoined
from core.judging import file_quality
from core.judging.file_quality import LEAST, Quality
from core.language import joined, tr
from core.numbers import count, integer
from core.reading import csv_table
from core.reading.dialect import Sniffed
from core.reading.sniff import sniff_rows
from core.reading.text_file import opened
from core.reading.workbook import sheet_of
from core.scratch import Scratch
from core.verbs import watching
from core.verbs.kept_rows import digest
from core.verbs.model_description import describe_model
from core.verbs.training import evaluation_of
from core.verbs.watching import FileDrift


@dataclass(frozen=True, slots=True)
class Joined:
    """One file that was predicted: how many of its rows have got their truth now, and how many have one in all."""

    file: str
    at: str
    rows: int
    known: int
    quality: Quality | None  # None below LEAST rows


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of a file of outcomes, by predicted file, the newest first."""

    rows: int
    unreadable: int  # rows without a key, or whose outcome is no value of the target
    several: int  # keys with more than one outcome, which are left out
    joined: tuple[Joined, ...]


def join(backend: Backend, endpoint: str, file: Path, key: str, outcome: str = "") -> Outcomes:
    """Join the outcomes in `file` to what was predicted through `endpoint`, or by transform jobs of its model.

    How good the predictions of these files were is measured anew.

    `outcome` is the column with what came true, the target's by default.
    Raises NotFound, NoSuchColumn, NothingJoined, DataNotReadable, StorageFailed, StorageDamaged.
    """
    files = [each for each in watching.watch(backend, endpoint).files if each.id]
    wanted = [each for each in files if key in each.keys]
    if not wanted:
        raise NothingJoined(file=file.name, reason=_no_key(key, files))
    with Scratch("outcomes") as folder:
        connection = csv_table.connect(folder)
        try:
            contract = describe_model(backend, wanted[0].training_job).contract
            named = outcome or contract.label.name
            sniffed = _read(connection, folder, file, contract, (key, named))
            found: list[tuple[FileDrift, Joined]] = []
            counts = (0, 0, 0)
            prepared = ""
            for each in wanted:
                if each.training_job != prepared:
                    contract = describe_model(backend, each.training_job).contract
                    counts = _prepare(connection, contract, sniffed, key, outcome or contract.label.name)
                    prepared = each.training_job
                if joined := _join(backend, endpoint, connection, each, key, folder):
                    found.append((each, joined))
        except duckdb.IOException as error:
            raise csv_table.os_error(error) from error
        finally:
            connection.close()
    if not found:
        reason = tr("None of its keys in '{key}' is one of the rows that were predicted.", key=key)
        raise NothingJoined(file=file.name, reason=reason)
    measured = {each.id: joined.quality for each, joined in found if joined.quality}
    watching.change_qualities(backend, endpoint, wanted, measured)
    return Outcomes(*counts, tuple(joined for _, joined in found))


def words(done: Outcomes) -> str:
    """Return what came of a file of outcomes, in a sentence."""
    rows = sum(each.rows for each in done.joined)
    told = [
        tr(
            "{outcomes}, which are those of {rows} in {files}.",
            outcomes=count(done.rows, "outcome", "outcomes"),
            rows=count(rows, "row", "rows"),
            files=count(len(done.joined), "predicted file", "predicted files"),
        )
    ]
    if done.unreadable:
        unreadable = count(done.unreadable, "row", "rows")
        told.append(tr("{rows} without a key or with no value of the target.", rows=unreadable))
    if done.several:
        several = count(done.several, "key", "keys")
        told.append(tr("{keys} with several outcomes, which are left out.", keys=several))
    return joined(told)


def known_keys(files: tuple[FileDrift, ...]) -> list[str]:
    """Return the columns by which outcomes can be joined."""
    return list(dict.fromkeys(name for file in files for name in file.keys))


def _no_key(key: str, files: list[FileDrift]) -> str:
    named = ", ".join(known_keys(tuple(files)))
    if named:
        return tr(
            "No file that was predicted has a column '{key}' that tells its rows apart. Those are: {columns}.",
            key=key,
            columns=named,
        )
    return tr(
        "Of no file that was predicted anything is kept: it needs a column beside those of the model in which no two"
        " rows are alike, such as an order's number. Of a transform job it is kept once its predictions are written."
    )


def _read(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    file: Path,
    contract: Contract,
    columns: tuple[str, str],
) -> Sniffed:
    """Read the file into the table `given`. Raises NoSuchColumn, DataNotReadable, StorageFailed."""
    taken = sheet_of(file, folder, "", columns, contract.dialect.sheet)
    text = opened(file, folder, guess=contract.dialect.encoding, sheet=taken)
    sniffed = sniff_rows(connection, text, contract.dialect, columns)
    names = [name for name, _ in sniffed.columns]
    for column in columns:
        if column not in names:
            raise NoSuchColumn(column=column, file=file.name, columns=", ".join(names[:50]))
    return read_given(connection, text, sniffed)[0]


def _prepare(
    connection: duckdb.DuckDBPyConnection, contract: Contract, sniffed: Sniffed, key: str, outcome: str
) -> tuple[int, int, int]:
    """Make the table `outcomes` of keys and labels; return (rows, unreadable ones, keys with several outcomes)."""
    label = label_sql(contract, outcome, sniffed.dialect.decimal)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE read_outcomes AS SELECT {digest(identifier(key))} AS key, {label} AS label"
        " FROM given"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE outcomes AS SELECT key, min(label) AS label, min(label) = max(label) AS is_one"
        " FROM read_outcomes WHERE key IS NOT NULL AND label IS NOT NULL GROUP BY key"
    )
    query = (
        "SELECT (SELECT count(*) FROM read_outcomes),"
        " (SELECT count(*) FROM read_outcomes WHERE key IS NULL OR label IS NULL),"
        " (SELECT count(*) FROM outcomes WHERE NOT is_one)"
    )
    rows, unreadable, several = connection.execute(query).fetchall()[0]
    return rows, unreadable, several


def _join(
    backend: Backend,
    endpoint: str,
    connection: duckdb.DuckDBPyConnection,
    file: FileDrift,
    key: str,
    folder: Path,
) -> Joined | None:
    """Join the outcomes to the rows that are kept of a file; return None where none is of them."""
    storage, kept = backend.storage, watching.rows_kept(endpoint, file)
    if not storage.exists(kept):
        return None
    column = f"key{file.keys.index(key)}"
    with storage.local(kept) as before:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE joined AS SELECT before.* REPLACE (coalesce(outcomes.label, before.label)"
            f" AS label), outcomes.key IS NOT NULL AS is_new FROM read_parquet({literal(str(before))}) AS before"
            f" LEFT JOIN outcomes ON before.{column} = outcomes.key AND outcomes.is_one"
        )
    [(rows, new, known)] = connection.execute(
        "SELECT count(*), count_if(is_new), count_if(label IS NOT NULL AND NOT isnan(label)) FROM joined"
    ).fetchall()
    if not new:
        return None
    with storage.writing(kept) as after:
        connection.execute(
            f"COPY (SELECT * EXCLUDE is_new FROM joined ORDER BY key0) TO {literal(str(after))}"
            " (FORMAT parquet, COMPRESSION zstd)"
        )
    quality = None
    if known >= LEAST:
        both = connection.execute("SELECT label, score FROM joined ORDER BY key0").fetchnumpy()
        label, score = (np.ma.filled(both[name], np.nan).astype(np.float64) for name in ("label", "score"))
        model = describe_model(backend, file.training_job)
        quality = file_quality.measured(
            label, score, model.contract.label, evaluation_of(backend, file.training_job), model.decision
        )
        if rows < file.rows:
            quality["notes"].append(
                tr(
                    "Of its {rows}, {kept} by chance are kept.",
                    rows=count(file.rows, "row", "rows"),
                    kept=integer(rows),
                )
            )
    return Joined(file.file, file.at, new, known, quality)
