"""The operations of an engine over pandas frames: the oracle that the real engines are held against.

Its cells are read in Python (dates and durations by `core/cells`, which tells a column's format with the same
functions; numbers by functions of this module), those of DuckDB and Spark by SQL.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd

from core.cells import date_text, duration_text, number_text
from core.engines import Engine, engine_of
from core.engines.engine import MIX, Parse, start_of

Frame = nw.DataFrame


def engine_for(frame: nw.LazyFrame | nw.DataFrame) -> Engine:
    """Return the engine that holds a lazy frame; for an eager one this module."""
    return engine_of(frame) if isinstance(frame, nw.LazyFrame) else sys.modules[__name__]


def parse(frame: Frame, parses: dict[str, Parse]) -> Frame:
    """Replace columns by their parsed values; the order of rows and columns stays."""
    native = frame.to_native()
    replaced = {name: _parsed(native[name], how) for name, how in parses.items()}
    return nw.from_native(native.assign(**replaced), eager_only=True)


def _parsed(column: pd.Series, how: Parse) -> pd.Series:
    text = column.astype(object).where(column.notna(), None)
    if how.to == "number":
        return text.map(lambda cell: number(str(cell), how.format), na_action="ignore").astype("float64")
    if how.to == "datetime":
        values = [None if cell is None else date_text.moment(cell, how.format) for cell in text]
        return pd.Series(np.array(values, dtype="datetime64[us]"), index=column.index)
    codes = {level: float(code) for code, level in enumerate(how.levels)}
    return text.map(lambda cell: codes.get(str(cell)), na_action="ignore").astype("float64")


def number(cell: str, form: str) -> float | None:
    """Return the number that `number_text.sql` reads in `cell`."""
    if form in (duration_text.CLOCK, duration_text.DURATION):
        return duration_text.hours(cell, form)
    styles = number_text.styles_of(form)
    values = [_styled(cell, style) for style in styles] if styles else [_plain(cell)]
    return next((value for value in values if value is not None), None)


def _plain(cell: str) -> float | None:
    """Return a finite number as DuckDB's TRY_CAST reads it; float() also reads other scripts' digits."""
    try:
        value = float(cell) if cell.isascii() else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _styled(cell: str, style: number_text.Style) -> float | None:
    if style.factor != 1 and style.after not in cell:
        return None
    body = cell.replace(style.before, "").replace(style.after, "").strip(number_text.GUARDS)
    core = body.strip(number_text.EDGES)
    if not re.fullmatch(style.grammar, core, re.ASCII):
        return None
    digits = core.replace(style.thousands, "") if style.thousands else core
    try:
        value = float(digits.replace(style.decimal, "."))
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return style.factor * (-value if body[:1] in "-−(" or body[-1:] in "−-" else value)


def with_random(frame: Frame, source: str, name: str, seed: int) -> Frame:
    """Add `name`: 32 well-mixed bits (as int64) of the integer or text column `source` and the seed."""
    native = frame.to_native()
    if pd.api.types.is_integer_dtype(native[source]):
        mask = np.uint64(0xFFFFFFFF)
        mixed = (native[source].to_numpy().astype("uint64") + np.uint64(start_of(seed))) & mask
        for shift, factor in MIX:
            mixed = ((mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)) & mask
        mixed = mixed ^ (mixed >> np.uint64(16))
        values = pd.Series(mixed.astype("int64"), index=native.index)
    else:
        values = native[source].map(lambda text: _md5_bits(f"{seed}:{text}"), na_action="ignore")
    return nw.from_native(native.assign(**{name: values}), eager_only=True)


def _md5_bits(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:12], "little")


def bin_counts(frame: Frame, inner: dict[str, list[float]]) -> dict[str, list[int]]:
    """Values by bin: up to and with the first of a column's inner edges (rising), then up to the next, ...,
    beyond the last; one bin more than inner edges. Blanks are left out."""
    counts = {}
    for name, edges in inner.items():
        values = frame.to_native()[name].dropna().to_numpy(dtype="float64")
        places = np.searchsorted(edges, values, side="left")
        counts[name] = np.bincount(places, minlength=len(edges) + 1).tolist()
    return counts


def with_moment(frame: Frame, source: str, name: str) -> Frame:
    """Add `name`: the microseconds (as float64) from 1970 to the date or timestamp in `source`."""
    native = frame.to_native()
    since = pd.to_datetime(native[source]) - pd.Timestamp(0)
    return nw.from_native(native.assign(**{name: since / pd.Timedelta(microseconds=1)}), eager_only=True)


def duplicates(frame: Frame, columns: list[str]) -> int:
    """Rows that repeat an earlier one in `columns`."""
    return int(frame.to_native().duplicated(subset=columns).sum())


def in_order(frame: Frame, column: str) -> Frame:
    """Rows rising by `column`, which here they are already."""
    return frame


def write_csv(frame: Frame, path: Path, whole: list[str]) -> None:
    """Write in row order, no header; `whole` names float columns that hold whole numbers, written without `.0`."""
    native = frame.to_native().astype(dict.fromkeys(whole, "Int64"))
    native.to_csv(path, index=False, header=False)
