"""Columns in which the words that spell "missing" are values: kept on request, and in Parquet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.cells import cell_text
from core.reading.dialect import Sniffed

# A spreadsheet's error is no value anywhere.
WORDS = tuple(blank for blank in cell_text.BLANKS if blank and blank[0] != "#")


def keeping(sniffed: Sniffed, columns: Iterable[str], words: tuple[str, ...] = WORDS) -> Sniffed:
    """Return `sniffed` where `words` are values of `columns`, which are text then."""
    kept = dict.fromkeys(columns, words)
    return replace(sniffed.retyped(dict.fromkeys(kept, "VARCHAR")), kept={**sniffed.kept, **kept})


def with_parquets_words(sniffed: Sniffed) -> Sniffed:
    """Return `sniffed` with the words of text columns of a Parquet file kept."""
    if sniffed.dialect.file != "parquet":
        return sniffed
    return keeping(sniffed, [name for name, kind in sniffed.columns if kind == "VARCHAR"])
