"""One file of rows as a whole: its format from a sample, with what is ambiguous resolved by a pass over all of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import duckdb

from core.language import joined, tr, trn
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
    notes, lines = [], []
    if rules := reasons[RULE]:
        lines.append(tr("{lines} of dashes", lines=integer(rules)))
    if units := reasons[UNITS]:
        lines.append(tr("{lines} of units", lines=integer(units)))
    if reasons[NOTHING]:
        notes.append(
            trn(
                "{rows} row of nothing but delimiters is left out.",
                "{rows} rows of nothing but delimiters are left out.",
                reasons[NOTHING],
                rows=integer(reasons[NOTHING]),
            )
        )
    if reasons[AGAIN]:
        notes.append(
            trn(
                "The header stands {times} time among the rows, as in files that were joined.",
                "The header stands {times} times among the rows, as in files that were joined.",
                reasons[AGAIN],
                times=integer(reasons[AGAIN]),
            )
        )
    if lines:
        notes.append(tr("Lines that are no rows are left out: {lines}.", lines=joined(lines, ", ")))
    added = tuple(Note("no_rows", note) for note in notes)
    broken = [row for row in broken if row.reason != NOTHING]
    return replace(sniffed, notes=(*sniffed.notes, *added)), rows, broken
