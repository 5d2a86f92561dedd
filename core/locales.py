"""For whom texts and numbers are written: the locale of the person who reads.

A face says how it learns of it: a page asks the browser, the command line its environment. A job has no face, and what
it logs and writes is English. So is what a verb keeps for others `for_everybody`: a file by whose bytes somebody goes,
such as a registered model card, is not to change with who has looked at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

_ENGLISH = {"", "c", "posix", "en", "en-us", "en-gb"}  # which write as Python does
ENGLISH = "en"
VARIABLE = "SENDERO_LANGUAGE"  # the language of texts for both faces, whatever the locale
_asked: Callable[[], str] = str
_asked_language: Callable[[], str] = str
_everybody = ContextVar("everybody", default=False)


def follow(ask: Callable[[], str], ask_language: Callable[[], str] | None = None) -> None:
    """Let `ask` name the reader's locale from now on, as `es-MX`, `es_MX.UTF-8` or nothing.

    `ask_language` does so for texts, where their locale may be another one than that of numbers.
    """
    global _asked, _asked_language
    _asked, _asked_language = ask, ask_language or ask


def language() -> str:
    """Return the language of the reader's texts, as a catalogue is named: `es`, and `en` where nobody knows it."""
    name = "" if _everybody.get() else _asked_language()
    return name.partition(".")[0].replace("_", "-").partition("-")[0].lower() or ENGLISH


def reader() -> Locale | None:
    """Return the reader's locale, None where numbers are written as in English, and where nobody knows the locale."""
    return None if _everybody.get() else _known(_asked())


@contextmanager
def for_everybody() -> Iterator[None]:
    """Write what is in the block, or the function that this decorates, in English, whoever reads beside."""
    before = _everybody.set(True)
    try:
        yield
    finally:
        _everybody.reset(before)


@lru_cache(maxsize=64)
def _known(name: str) -> Locale | None:
    tag = name.split(".")[0].split("@")[0].replace("_", "-")
    if tag.lower() in _ENGLISH:
        return None
    from babel import Locale, UnknownLocaleError  # which no English reader waits for

    for known in (tag, tag.split("-")[0]):
        try:
            return Locale.parse(known, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return None
