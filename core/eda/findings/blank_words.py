"""Words that spell "missing" and may yet be values: the class None, the country NA, a grade of `-`.

A cell of a CSV cannot say which it is. In a column of words it counts as blank, how many cells are such words is told,
and a person can keep them; of the target, a word that is as frequent as a class is one. Parquet has blanks of its own.
"""

from __future__ import annotations

import duckdb

from core.cells.sql import identifier, literals
from core.eda.profile.statistics import collect, top_values
from core.eda.split.positive import positive_of
from core.eda.split.target import MAX_CLASSES, MIN_CLASS_ROWS
from core.engines.table import Table
from core.reading import csv_table
from core.reading.column_keys import col, key
from core.reading.dialect import CODE
from core.reading.kept_words import WORDS
from core.reading.text_file import TextFile

# A program's or a spreadsheet's own signs for nothing are no name that a person gives a class.
_NO_CLASS = tuple(word for word in WORDS if word[0] in "<(\\?" or word.lower() in ("nan", "nat"))
BATCH = 64  # columns; DuckDB runs out of its memory over the histograms of 400


def count_blank_words(
    connection: duckdb.DuckDBPyConnection, text: TextFile, table: Table
) -> dict[str, dict[str, int]]:
    """Return {column: {word: cells}} of the words that were taken for blank; one pass for each BATCH columns."""
    sniffed = table.sniffed
    names = [
        name
        for name, kind in sniffed.columns
        if kind == "VARCHAR" and name not in sniffed.kept and sniffed.format(name) != CODE
    ]
    if not names or text.file != "csv":
        return {}
    filled = collect(table.scan(names).select(*[col(name).count() for name in names]))[0]
    names = [name for name in names if filled[key(name)] < table.rows]
    if not names:
        return {}
    rows = csv_table.rows_of(text, sniffed.as_text(), rejects=False, blanks=("",))
    blank_words: dict[str, dict[str, int]] = {}
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        counts = ", ".join(
            f"histogram(CASE WHEN {identifier(name)} IN {literals(WORDS)} THEN {identifier(name)} END)"
            for name in batch
        )
        values = csv_table.run(connection, text, f"SELECT {counts} FROM {rows}").fetchall()[0]
        blank_words |= {name: words for name, words in zip(batch, values, strict=True) if words}
    return {
        name: dict(sorted(words.items(), key=lambda item: (-item[1], item[0])))
        for name, words in blank_words.items()
    }


def classes_among(words: dict[str, int], table: Table, target: str) -> tuple[str, ...]:
    """Return those of the target's `words` that are classes."""
    if not (candidates := {word: cells for word, cells in words.items() if word not in _NO_CLASS}):
        return ()
    counts = top_values(table.scan([target]), target, most=MAX_CLASSES + 1)
    return as_frequent(candidates, counts) if len(counts) <= MAX_CLASSES else ()


def as_frequent(words: dict[str, int], counts: list[tuple[object, int]]) -> tuple[str, ...]:
    """Return those of `words` with half the rows of the rarest class, at least; beside yes and no there is no third."""
    if len(counts) == 2 and positive_of(*(str(value) for value, _ in counts)):
        return ()
    rarest = min((rows for _, rows in counts if rows >= MIN_CLASS_ROWS), default=0)
    return tuple(word for word, cells in words.items() if cells >= max(MIN_CLASS_ROWS, rarest / 2))
