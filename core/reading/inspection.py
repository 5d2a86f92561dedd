"""One file of rows as a whole: its format from a sample, with what is ambiguous resolved by a pass over all of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import duckdb

from core.numbers import integer
from core.reading.ambiguities import resolve_ambiguities
from core.reading.broken_rows import BrokenRow
from core.reading.dialect import Note, Overrides, Sniffed
from core.reading.no_rows import AGAIN, NOTHING, RULE, UNITS
from core.reading.plain_text import LINES
from core.reading.sniff import sniff
from core.reading.text_file import TextFile

LARGE = 1 << 26  # bytes that are not read twice without need


def infer_format(connection: duckdb.DuckDBPyConnection, text: TextFile) -> Sniffed:
    """Return how `text` is read; by a pass over all of it, unless it is large and nothing seems in doubt."""
    if text.file != "csv" or (text.path.stat().st_size > LARGE and text.quotes == 0):
        sniffed = sniff(connection, text)
        return resolve_ambiguities(connection, text, sniffed)[0] if sniffed.others else sniffed
    return inspect_file(connection, text)[0]


def inspect_file(
    connection: duckdb.DuckDBPyConnection, text: TextFile, overrides: Overrides | None = None
) -> tuple[Sniffed, int, list[BrokenRow]]:
    """Return (dialect, columns and notes, rows, what is none of them). Raises DataNotReadable, StorageFailed."""
    sniffed, rows, broken, odd = resolve_ambiguities(connection, text, sniff(connection, text, overrides))
    if odd:
        again = sniff(connection, text, overrides, untidy=(LINES,))
        if any(copy.changed for copy in text.copies.values()):
            sniffed, rows, broken, _ = resolve_ambiguities(connection, text, again)
    reasons = Counter(row.reason for row in broken)
    lines = ", ".join(
        f"{integer(reasons[what])} of {what.removeprefix('a line of ')}"
        for what in (RULE, UNITS)
        if reasons[what]
    )
    notes = []
    if reasons[NOTHING]:
        notes.append(f"{integer(reasons[NOTHING])} rows of nothing but delimiters are left out.")
    if reasons[AGAIN]:
        notes.append(
            f"The header stands {integer(reasons[AGAIN])} times among the rows, as in files that were joined."
        )
    if lines:
        notes.append(f"Lines that are no rows are left out: {lines}.")
    added = tuple(Note("no_rows", note) for note in notes)
    broken = [row for row in broken if row.reason != NOTHING]
    return replace(sniffed, notes=(*sniffed.notes, *added)), rows, broken
