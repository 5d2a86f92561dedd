"""Texts in the reader's language, by gettext.

The texts in the code are English, and so the keys of the catalogues (`core/ui/locale/`); what has no translation
stays as it is. Babel finds them where they are an argument of `tr`, `trn`, `mark` or `numbers.count`, which is why
each is one whole literal: names stand in it as `{name}`, and what they stand for is given beside.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from core import locales

FOLDER = Path(__file__).with_name("ui") / "locale"
DOMAIN = "sendero"
LANGUAGES = {"en": "English", "es": "Español"}  # that there are, each as it calls itself
PSEUDO = "pseudo"  # no language: each text stands between marks, so that one which went through no catalogue is seen
MARKS = "⟦", "⟧"


class Text(str):
    """A text that keeps what it was written from, so that it can be written again for another reader."""

    by: str  # the function that wrote it,
    of: tuple[object, ...]  # from these arguments
    facts: Mapping[str, object]  # and these

    @classmethod
    def written(cls, text: str, by: str, /, *of: object, **facts: object) -> Text:
        """Return `text` as what the function called `by` wrote from `of` and `facts`."""
        self = cls(text)
        self.by, self.of, self.facts = by, of, facts
        return self


def spoken() -> str:
    """Return the language that the reader's texts are in: one of LANGUAGES, English where there is none of theirs."""
    name = locales.language()
    return name if name in LANGUAGES or name == PSEUDO else locales.ENGLISH


def tr(message: str, /, **facts: object) -> str:
    """Return a text in the reader's language; with facts, `{name}` in it stands for the fact of that name."""
    text = _catalogue(spoken()).gettext(message) if message else ""
    return Text.written(text.format(**facts) if facts else text, "tr", message, **facts)


def trn(one: str, many: str, number: int, /, **facts: object) -> str:
    """Return the text for `number` things in the reader's language: `one` and `many` are its two English forms."""
    text = _catalogue(spoken()).ngettext(one, many, number)
    return Text.written(text.format(**facts) if facts else text, "trn", one, many, number, **facts)


def listed(parts: Sequence[str]) -> str:
    """Return the parts as a sentence names them: `a, b and c`."""
    if len(parts) < 2:
        return parts[0] if parts else ""
    text = tr("{parts} and {last}", parts=", ".join(parts[:-1]), last=parts[-1])
    return Text.written(text, "listed", list(parts))


def either(parts: Sequence[str]) -> str:
    """Return the parts of which one is meant: `a, b or c`."""
    if len(parts) < 2:
        return parts[0] if parts else ""
    text = tr("{parts} or {last}", parts=", ".join(parts[:-1]), last=parts[-1])
    return Text.written(text, "either", list(parts))


def joined(parts: Sequence[str], sign: str = " ") -> str:
    """Return whole texts one after the other, those that are empty left out."""
    return Text.written(sign.join(filter(None, parts)), "joined", list(parts), sign)


def mark(message: str) -> str:
    """Return `message` as it is: a text that is defined before a reader is known, and translated by `tr` where used."""
    return message


class _Pseudo(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return message.join(MARKS)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return super().ngettext(msgid1, msgid2, n).join(MARKS)


@lru_cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == PSEUDO:
        return _Pseudo()
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)
