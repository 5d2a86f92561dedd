"""The words of the pages, explained in two lines each: docs/words.md, on the page Words and as tooltips."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "docs" / "words.md"


@cache
def words() -> dict[str, str]:
    """Return {word: its two lines}, in the order of the alphabet."""
    return dict(re.findall(r"^\*\*(.+?)\*\*: (.+\n.+)$", FILE.read_text(encoding="utf-8"), re.MULTILINE))


def explain(word: str) -> str:
    """Return the two lines of a word, for a tooltip where it stands. Raises KeyError for a word that has none."""
    return f"**{word}**: {words()[word]}  \n[All words](Words)"
