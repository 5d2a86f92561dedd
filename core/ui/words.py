"""The words of the pages, explained in two lines each, on the page Words and as tooltips: docs/words.md for readers of
English, and docs/words.es.md, which names the English word of each beside its own, for those of Spanish.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from core.language import MARKS, PSEUDO, spoken, tr

FOLDER = Path(__file__).resolve().parents[2] / "docs"
FILE = FOLDER / "words.md"
# **Conjunto de datos** (Data set): the first line, and the second.
_ENTRY = re.compile(r"^\*\*(.+?)\*\*(?: \((.+?)\))?: (.+\n.+)$", re.MULTILINE)


class Word(NamedTuple):
    """A word as its reader says it, and its two lines."""

    name: str
    lines: str


def words() -> dict[str, Word]:
    """Return {word in English: it in the reader's language}, in the order of their alphabet."""
    return _words(spoken())


@cache
def _words(language: str) -> dict[str, Word]:
    file = FOLDER / f"words.{language}.md"
    text = (file if file.is_file() else FILE).read_text(encoding="utf-8")
    begin, end = MARKS if language == PSEUDO else ("", "")
    return {
        english or name: Word(f"{begin}{name}{end}", f"{begin}{lines}{end}")
        for name, english, lines in _ENTRY.findall(text)
    }


def explain(word: str) -> str:
    """Return the two lines of a word, for a tooltip where it stands. Raises KeyError for a word that has none."""
    name, lines = words()[word]
    return f"**{name}**: {lines}  \n[{tr('All words')}](Words)"
