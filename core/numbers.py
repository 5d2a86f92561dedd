"""How numbers, shares, counts, amounts and moments are written for people: pages, reports, pictures, command line.

They are written as the reader's locale has them (`core/locales.py`): 31,070.5 or 31.070,5.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from copy import copy
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from core import locales
from core.language import Text, tr, trn

if TYPE_CHECKING:
    from babel import Locale
    from babel.numbers import NumberPattern

P = ParamSpec("P")

NUMERIC_DATE = re.compile(r"%[dmYHMS]|[-/. :T]")  # of a date's format: what is digits in any language

# These write 7043, and 31.070: CLDR says so, and Babel leaves it out.
FOUR_TOGETHER = frozenset({"es", "es_ES", "it", "it_IT", "pl", "pl_PL", "pt_PT"})


def _kept(write: Callable[P, str]) -> Callable[P, str]:
    """Let what `write` returns keep what it was written from."""

    @wraps(write)
    def writing(*of: P.args, **facts: P.kwargs) -> str:
        return Text.written(write(*of, **facts), write.__name__, *of, **facts)

    return writing


@_kept
def fixed(value: float, places: int, grouped: bool = True) -> str:
    """Return a number with `places` decimals, its thousands marked if `grouped`."""
    text = f"{value:,.{places}f}" if grouped else f"{value:.{places}f}"
    locale = locales.reader()
    if locale is None or not math.isfinite(value):
        return text
    return _in(locale, locale.decimal_formats[None], Decimal(text.replace(",", "")), places, grouped)


@_kept
def integer(value: int) -> str:
    """Return a whole number with its thousands marked."""
    return fixed(value, 0)


@_kept
def signed(value: float, places: int = 0) -> str:
    """Return a difference with its sign, and without one where it is written as nothing."""
    text = fixed(value, places)
    if not round(value, places):
        return text.lstrip("-")
    return text if value < 0 else f"+{text}"


@_kept
def percent(part: float, places: int = 0) -> str:
    """Return a share as percent with `places` decimals."""
    locale = locales.reader()
    text = f"{part:.{places}%}"
    if locale is None or not math.isfinite(part):
        return text
    return _in(locale, locale.percent_formats[None], Decimal(text.rstrip("%")).scaleb(-2), places)


def _in(locale: Locale, pattern: NumberPattern, rounded: Decimal, places: int, grouped: bool = True) -> str:
    """Return a number as a locale's pattern has it, with `places` decimals: Python has rounded, for everybody alike."""
    pattern = copy(pattern)
    pattern.frac_prec = (places, places)
    grouped = grouped and not (str(locale) in FOUR_TOGETHER and abs(rounded) < 10_000)
    return pattern.apply(rounded, locale, group_separator=grouped)


def marks() -> tuple[str, str]:
    """Return the reader's mark before decimals and the one between thousands."""
    locale = locales.reader()
    if locale is None:
        return ".", ","
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return get_decimal_symbol(locale), get_group_symbol(locale)


@_kept
def number(value: object, digits: int = 6) -> str:
    """Return a measured number for reading: significant digits, thousands marked from 10,000; `-` for None."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    size = abs(value)
    if isinstance(value, float) and (not math.isfinite(value) or (size and not 1e-9 <= size < 1e18)):
        return f"{value:.{digits}g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(size))) if size else 0
    if isinstance(value, int):
        decimals = 0
    kept = len(f"{value:.{decimals}f}".rstrip("0").partition(".")[2])  # the decimals that say something
    return fixed(value, kept, grouped=size >= 10_000)


@_kept
def share(part: float | None) -> str:
    """Return a share as percent, `-` for None; what is not quite nothing or all never reads as if it were."""
    if part is None:
        return "-"
    if 0 < part < 0.0005:
        return f"<{percent(0.001, 1)}"
    if 0.9995 < part < 1:
        return f">{percent(0.999, 1)}"
    return percent(part, 1 if 0 < part < 1 else 0)


@_kept
def score(value: float | None) -> str:
    """Return a measure of a model or a column: three decimals that hold, fewer of what is beyond 10; `-` for None."""
    return number(value, 4) if value is None or abs(value) >= 10 else fixed(value, 3)


@_kept
def count(many: int, one: str, several: str) -> str:
    """Return a count with its noun, given as one and as several: `1 column`, `7,043 rows`."""
    return f"{integer(many)} {trn(one, several, many)}"


def apart(write: Callable[[int], list[str]]) -> tuple[str, ...]:
    """Return what `write` makes with as few significant digits as tell all labels of an axis apart."""
    for digits in (6, 9, 12, 17):
        labels = tuple(write(digits))
        if len(set(labels)) == len(labels):
            break
    return labels


@_kept
def bound(value: object, digits: int = 6, form: str = "") -> str:
    """Return a minimum or a maximum: a number, or a moment as `form` has it in the data, else `2013-01-01 05:15`."""
    if isinstance(value, str):
        if form and not NUMERIC_DATE.sub("", form):
            return datetime.fromisoformat(value).strftime(form)
        return value.replace("T", " ").removesuffix(" 00:00:00").removesuffix(":00")
    return "" if value is None else number(value, digits)


@_kept
def period(low: object, high: object, digits: int = 6) -> str:
    """Return a stretch of numbers or of time, moments cut to their days where those differ."""
    if isinstance(low, str) and isinstance(high, str) and low[:10] != high[:10]:
        low, high = low[:10], high[:10]
    low, high = bound(low, digits), bound(high, digits)
    return low if low == high else tr("{low} to {high}", low=low, high=high)


@_kept
def size(count: int) -> str:
    """Return an amount of bytes as a person says it: 640 bytes, 12.5 kB, 1,391.7 MB."""
    if count < 1000:
        return trn("{count} byte", "{count} bytes", count, count=count)
    return f"{fixed(count / 1e3, 1)} kB" if count < 1e6 else f"{fixed(count / 1e6, 1)} MB"
