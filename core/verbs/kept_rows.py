"""What is kept of the rows of a file that was predicted, so that outcomes that come later find them.

Of each row it is what tells it apart, as a number (a digest: nothing of a key can be read back), and what the model
said. Which column tells rows apart nobody has said yet: those are kept in which no two rows are alike, of the columns
that the model does not use. Of a long file some rows by chance are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from core.cells.sql import identifier, literal
from core.encoding.contract import Contract
from core.encoding.encoded_rows import EncodedRows
from core.encoding.labels import EDGES, labels_of
from core.judging.file_quality import Quality
from core.predictions import probabilities
from core.reading import csv_table
from core.storage import Storage

MOST = 50_000  # rows of a file
MOST_KEYS = 3  # columns, of the first ones of
LOOKED_AT = 12
FIRST = 2_000  # rows that show of most columns that they are no keys
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
        digests = ", ".join(f"{digest(f'text{place}')} AS key{place}" for place in range(len(names)))
        texts = ", ".join(f"{_cell(name)} AS text{place}" for place, name in enumerate(names))
        with storage.writing(key) as file:
            connection.execute(
                f"COPY (SELECT {digests}, score, label FROM (SELECT {texts}, said.score, said.label"
                f" FROM given POSITIONAL JOIN said WHERE said.is_answered AND {_key(_cell(names[0]))} IS NOT NULL"
                f" ORDER BY hash({_cell(names[0])}) LIMIT {MOST}) ORDER BY key0)"
                f" TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)"
            )
    finally:
        connection.close()
    return names


def digest(text: str) -> str:
    """Return the SQL of the number that a key in the SQL text `text` becomes, the same in every file."""
    return f"md5_number_lower({_key(text)})"


def _key(text: str) -> str:
    return f"nullif(trim({text}, {literal(EDGES)}), '')"


def _cell(column: str) -> str:
    """Return a column of the file in SQL, whatever stands beside it."""
    return f"given.{identifier(column)}"


def score_of(contract: Contract, raw: np.ndarray) -> np.ndarray:
    """Return what is kept of answers: the probability of class 1, the code of several classes, or the number itself."""
    if contract.label.problem == "binary":
        return probabilities(contract, raw)[:, 1]
    return raw.argmax(axis=1).astype(np.float64) if raw.ndim == 2 else raw


def _keys(connection: duckdb.DuckDBPyConnection, encoded: EncodedRows, contract: Contract) -> tuple[str, ...]:
    known = {*contract.input_names, contract.label.name}
    there = {name for name, *_ in connection.execute("DESCRIBE given").fetchall()}  # as a person renamed them
    tried = [name for name in encoded.names if name in there - known][:LOOKED_AT]
    first = f"(SELECT * FROM given LIMIT {FIRST}) AS given"
    likely = [name for name in tried if _tell_apart(connection, first, name)]
    alone = [name for name in likely if _tell_apart(connection, "given", name)]
    return tuple(alone[:MOST_KEYS])


def _tell_apart(connection: duckdb.DuckDBPyConnection, rows: str, name: str) -> bool:
    """Return whether no two of `rows` have the same in a column, and hardly one has nothing."""
    key = _key(_cell(name))
    different = f"count(DISTINCT CASE WHEN {key} IS NOT NULL THEN hash({key}) END)"
    query = f"SELECT count(*), count({key}), {different}, max(length({key})) FROM {rows}"
    every, filled, distinct, longest = connection.execute(query).fetchall()[0]
    return 0 < filled == distinct and filled >= FEWEST * every and longest <= LONGEST_KEY


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
