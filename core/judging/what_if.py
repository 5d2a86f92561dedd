"""What a model would answer were one cell of a row another: the cells that are tried, and where the data had rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from core.cells import date_text
from core.encoding.contract import Column

STEPS = 41  # values over a range
BEYOND = 0.1  # of the range, on either side: what the model would make of what it never saw
LEVELS = 30  # of words, the most frequent
EPOCH = datetime(1970, 1, 1)  # dates are counted from it as they stand, whatever zone this machine is in
EARLIEST, LATEST = (
    (each.replace(microsecond=0) - EPOCH).total_seconds() for each in (datetime.min, datetime.max)
)

Cell = str | float | datetime | None


@dataclass(frozen=True, slots=True)
class TriedCell:
    """A cell that is tried: what stands in it, and whether rows of the data had the like."""

    cell: Cell
    known: bool


def tried_cells(column: Column, bins: Sequence[tuple[float, float]] | None = None) -> tuple[TriedCell, ...]:
    """Return the cells to try in `column`: over its range and somewhat beyond, or its levels. Empty where it has none.

    `bins` are those of the data that have rows, as (low, high) of numbers. None where nobody counted: then all within
    the range is known.
    """
    if column.kind in ("categorical", "boolean"):
        return tuple(TriedCell(text, True) for text, _ in column.levels[:LEVELS])
    ends = _ends(column)
    if ends is None:
        return ()
    low, high = ends
    margin = BEYOND * (high - low)
    values = np.linspace(low - margin, high + margin, STEPS)
    if column.kind == "datetime":  # no later than there are dates: of 9999-12-31, which stands for never
        values = values[(values >= EARLIEST) & (values <= LATEST)]
    if all(float(end).is_integer() for end in ends) and high - low >= STEPS:
        values = np.unique(np.round(values))
    known = [low <= value <= high and _filled(value, bins) for value in values]
    return tuple(
        TriedCell(_cell(column, float(value)), bool(seen)) for value, seen in zip(values, known, strict=True)
    )


def own_cell(column: Column, cell: object, encoded: Sequence[float]) -> Cell:
    """Return a row's own cell as it stands among those that are tried; None where it is blank.

    `encoded` are its features.
    """
    if cell is None:
        return None
    if column.kind == "datetime":
        return date_text.moment(str(cell), column.format)
    if column.kind == "numeric":
        return float(encoded[0]) if len(encoded) and not np.isnan(encoded[0]) else None
    return str(cell)


def _ends(column: Column) -> tuple[float, float] | None:
    """Return the range of a column as numbers, None where it has no width."""
    if column.minimum is None or column.maximum is None:
        return None
    if column.kind == "datetime":
        moments = (datetime.fromisoformat(str(end)) for end in (column.minimum, column.maximum))
        ends = tuple((moment.replace(tzinfo=None) - EPOCH).total_seconds() for moment in moments)
    else:
        ends = float(column.minimum), float(column.maximum)
    return (ends[0], ends[1]) if ends[0] < ends[1] else None


def _filled(value: float, bins: Sequence[tuple[float, float]] | None) -> bool:
    return bins is None or any(low <= value <= high for low, high in bins)


def _cell(column: Column, value: float) -> Cell:
    if column.kind == "datetime":
        return EPOCH + timedelta(seconds=round(value))
    return value
