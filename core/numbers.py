"""How numbers, shares, counts, amounts and moments are written for people: pages, reports, pictures, command line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime

NUMERIC_DATE = re.compile(r"%[dmYHMS]|[-/. :T]")  # of a date's format: what is digits in any language


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
    text = f"{value:,.{decimals}f}" if size >= 10_000 else f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: float | None) -> str:
    """Return a share as percent, `-` for None; what is not quite nothing or all never reads as if it were."""
    if part is None:
        return "-"
    if 0 < part < 0.0005:
        return "<0.1%"
    if 0.9995 < part < 1:
        return ">99.9%"
    return f"{part:.1%}" if 0 < part < 1 else f"{part:.0%}"


def score(value: float | None) -> str:
    """Return a measure of a model or a column: three decimals that hold, fewer of what is beyond 10; `-` for None."""
    return number(value, 4) if value is None or abs(value) >= 10 else f"{value:.3f}"


def count(many: int, one: str, several: str = "") -> str:
    """Return a count with its noun: `1 column`, `7,043 rows`; `several` is the plural where it is not one with s."""
    return f"{many:,} {one if many == 1 else several or f'{one}s'}"


def apart(write: Callable[[int], list[str]]) -> tuple[str, ...]:
    """Return what `write` makes with as few significant digits as tell all labels of an axis apart."""
    for digits in (6, 9, 12, 17):
        labels = tuple(write(digits))
        if len(set(labels)) == len(labels):
            break
    return labels


def bound(value: object, digits: int = 6, form: str = "") -> str:
    """Return a minimum or a maximum: a number, or a moment as `form` has it in the data, else `2013-01-01 05:15`."""
    if isinstance(value, str):
        if form and not NUMERIC_DATE.sub("", form):
            return datetime.fromisoformat(value).strftime(form)
        return value.replace("T", " ").removesuffix(" 00:00:00").removesuffix(":00")
    return "" if value is None else number(value, digits)


def period(low: object, high: object, digits: int = 6) -> str:
    """Return a stretch of numbers or of time, moments cut to their days where those differ."""
    if isinstance(low, str) and isinstance(high, str) and low[:10] != high[:10]:
        low, high = low[:10], high[:10]
    low, high = bound(low, digits), bound(high, digits)
    return low if low == high else f"{low} to {high}"


def size(count: int) -> str:
    """Return an amount of bytes as a person says it: 640 bytes, 12.5 kB, 1,391.7 MB."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:,.1f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"
