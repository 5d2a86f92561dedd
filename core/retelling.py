"""Texts kept in a file as what they were written from, and written again in the language of who reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, TypedDict, cast

from core import language, locales, numbers
from core.language import Text


class Written(TypedDict):
    """What a text was written from, as JSON holds it; an argument may be such a text itself."""

    by: str
    of: list[object]
    facts: dict[str, object]


WRITERS: Mapping[str, Callable[..., str]] = {
    write.__name__: write
    for write in (
        *(language.tr, language.trn, language.listed, language.either, language.joined),
        *(numbers.bound, numbers.count, numbers.fixed, numbers.integer, numbers.number, numbers.percent),
        *(numbers.period, numbers.score, numbers.share, numbers.signed, numbers.size),
    )
}
# A file's template may name facts, and ask nothing of them.
_NAMES_ALONE = re.compile(r"(?:[^{}]|\{\{|\}\}|\{\w+\})*")


def kept(value: object) -> object:
    """Return a value as JSON keeps it: of a `Text` what it was written from, else itself."""
    if isinstance(value, Text):
        facts = {name: kept(fact) for name, fact in value.facts.items()}
        return Written(by=value.by, of=[kept(part) for part in value.of], facts=facts)
    if isinstance(value, list | tuple):
        return [kept(part) for part in cast("list[object]", value)]
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Integral):  # numpy's own, which JSON does not know
        return int(value)
    return float(value) if isinstance(value, Real) else str(value)


def told(holder: Mapping[str, Any], part: str) -> str:
    """Return a text that a file holds, in the reader's language where `written` says what it was written from."""
    try:
        return str(again(holder["written"][part]))
    except (KeyError, TypeError, ValueError):  # of an earlier version, or edited by hand
        return str(holder.get(part, ""))


def retold(text: str) -> str:
    """Return a text that was written for another reader in the language of who reads now; any other as it is."""
    try:
        return str(again(kept(text)))
    except ValueError:
        return text


def in_english(text: str) -> str:
    """Return a text that was written for a reader as it is kept for everybody."""
    with locales.for_everybody():
        return retold(text)


def again(value: object) -> object:
    """Return what `kept` kept, in the reader's language now. Raises ValueError of what was not kept by it."""
    if isinstance(value, list):
        return [again(part) for part in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    written = cast(Written, value)
    try:
        write, of = WRITERS[written["by"]], [again(part) for part in written["of"]]
        facts = {name: again(fact) for name, fact in written["facts"].items()}
        if not all(_NAMES_ALONE.fullmatch(part) for part in of if isinstance(part, str)) and facts:
            raise ValueError(written)
        return write(*of, **facts)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(value) from error
