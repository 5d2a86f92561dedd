"""What is kept of the rows of a file that was predicted, so that outcomes that come later find them.

Of each row it is what tells it apart, as a number (a digest: nothing of a key can be read back), and what the model
said. Which column tells rows apart nobody has said yet: those are kept in which no two rows are alike, of the columns
that the model does not use. Of a long file the rows with the smallest digests are kept, which are rows by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from core.cells.sql import identifier, literal
from core.encoding.contract import Contract
from core.encoding.labels import EDGES, labels_of
from core.encoding.rows import EncodedRows
from core.judging.file_quality import Quality
from core.predictions import probabilities
from core.reading import csv_table
from core.storage import Storage

MOST = 50_000  # rows of a file
MOST_KEYS = 3  # columns, of the first ones of
LOOKED_AT = 12
FEWEST = 0.9  # share of the rows that must have a key
LONGEST_KEY = 200  # characters: a text is no key


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model said of a file: answers to its accepted rows, which of these there are, and how good they are."""

    training_job: str
    contract: Contract
    raw: np.ndarray
    answered: np.ndarray
    quality: Quality | None


def keep(storage: Storage, key: str, encoded: EncodedRows, said: Answered) -> tuple[str, ...]:
    """Write what is kept of the rows to `key`; return the columns that tell them apart, none where nothing is kept.

    Raises StorageFailed, duckdb.Error.
    """
    connection = csv_table.connect(encoded.folder)
    try:
        names = _keys(connection, encoded, said.contract)
        if not names:
            return ()
        connection.register("said", _said(encoded, said))
        digests = ", ".join(f"{digest(name)} AS key{place}" for place, name in enumerate(names))
        with storage.writing(key) as file:
            connection.execute(
                f"COPY (SELECT {digests}, score, label FROM given POSITIONAL JOIN said"
                f" WHERE is_answered AND {digest(names[0])} IS NOT NULL ORDER BY key0 LIMIT {MOST})"
                f" TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)"
            )
    finally:
        connection.close()
    return names


def digest(column: str) -> str:
    """Return the SQL of the number that a key in the text column `column` becomes, the same in every file."""
    return f"md5_number_lower(nullif(trim({identifier(column)}, {literal(EDGES)}), ''))"


def score_of(contract: Contract, raw: np.ndarray) -> np.ndarray:
    """Return what is kept of answers: the probability of class 1, the code of several classes, or the number itself."""
    if contract.label.problem == "binary":
        return probabilities(contract, raw)[:, 1]
    return raw.argmax(axis=1).astype(np.float64) if raw.ndim == 2 else raw


def _keys(connection: duckdb.DuckDBPyConnection, encoded: EncodedRows, contract: Contract) -> tuple[str, ...]:
    known = {*contract.input_names, contract.label.name}
    there = {name for name, *_ in connection.execute("DESCRIBE given").fetchall()}  # as a person renamed them
    tried = [name for name in encoded.names if name in there - known][:LOOKED_AT]
    if not tried:
        return ()
    counts = [
        part
        for name in tried
        for part in (f"count({digest(name)})", f"approx_count_distinct({identifier(name)})",
                     f"coalesce(max(length({identifier(name)})), 0)")
    ]  # fmt: skip
    rows, *found = connection.execute(f"SELECT count(*), {', '.join(counts)} FROM given").fetchall()[0]
    likely = [
        name
        for place, name in enumerate(tried)
        if found[3 * place] >= FEWEST * rows
        and found[3 * place + 1] >= 0.8 * found[3 * place]  # it is off by some percent
        and found[3 * place + 2] <= LONGEST_KEY
    ]
    if not likely:
        return ()
    exact = [
        part for name in likely for part in (f"count({digest(name)})", f"count(DISTINCT {digest(name)})")
    ]
    counted = connection.execute(f"SELECT {', '.join(exact)} FROM given").fetchall()[0]
    alone = [name for place, name in enumerate(likely) if 0 < counted[2 * place] == counted[2 * place + 1]]
    return tuple(alone[:MOST_KEYS])


def _said(encoded: EncodedRows, said: Answered) -> pd.DataFrame:
    """Return what is known of each row of the table `given`."""
    label = labels_of(said.contract, encoded)
    whole = pd.DataFrame(
        {
            "score": np.full(encoded.rows, np.nan, np.float32 if said.contract.classes else np.float64),
            "label": np.full(encoded.rows, np.nan) if label is None else label,
            "is_answered": np.zeros(encoded.rows, bool),
        }
    )
    places = np.flatnonzero(encoded.accepted)[said.answered]
    whole.loc[places, "score"] = score_of(said.contract, np.asarray(said.raw)[said.answered])
    whole.loc[places, "is_answered"] = True
    return whole.drop(index=list(encoded.broken))
