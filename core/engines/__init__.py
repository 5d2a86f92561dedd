"""What narwhals lacks, as one small module of named hooks per engine: `engine_of(frame).parse(...)`.

Each module has the same functions, with the same answers: a test holds them against each other.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import narwhals as nw

Frame = nw.LazyFrame[Any] | nw.DataFrame[Any]

# lowbias32 (Chris Wellons, "Prospecting for Hash Functions"): (shift, factor) rounds of 32-bit mixing.
MIX = ((16, 0x7FEB352D), (15, 0x846CA68B))


def start_of(seed: int) -> int:
    """Where a seed starts the row hash: far apart for neighbouring seeds."""
    return (seed * 0x9E3779B1 + 1) % (1 << 32)


@dataclass(frozen=True, slots=True)
class Parse:
    """How text becomes a float64: `number`, `datetime` (then a timestamp), or `code` (its place in `levels`).

    `format` is how the column is written, as `core/cells/number_text.py` and `date_text.py` say it (empty: plain
    numbers, ISO 8601). What does not parse is blank; numbers that are not finite are blank too. A time zone is
    dropped: the wall clock stays as written.
    """

    to: str
    format: str = ""
    levels: tuple[str, ...] = ()


def engine_of(frame: Frame) -> Any:
    """The hooks for a frame's engine. Raises ModuleNotFoundError for an engine without hooks."""
    name = frame.implementation.name.lower().removeprefix("py")
    return importlib.import_module(f"core.engines.{name}")
