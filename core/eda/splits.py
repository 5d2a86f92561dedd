"""Train, validation and test: by a hash of (row number, seed), by time, or by group.

A hash needs no shuffle and holds on any engine. Each class is cut at its own quantiles of the hash, so the shares
of the classes are the same in every split, to the row.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np

from core.eda.config import SPLIT_NAMES, EdaConfig
from core.eda.engines import Frame, engine_of
from core.eda.profile import collect
from core.errors import BadSplit

ROW, RANDOM, SPLIT = "__row__", "__random__", "__split__"
_SMALL_CLASS = 1_000  # rows; below, the cut is placed by counting rather than by a quantile


def with_split(frame: Frame, config: EdaConfig, label: str | None, classes: list[tuple[Any, int]]) -> Frame:
    """`frame` with the column `__split__` (0 train, 1 validation, 2 test); needs `__row__`.

    `label` and `classes` (value, rows) are those of a classification, for strata. Raises BadSplit.
    """
    if config.split == "time":
        return _by_time(frame, config)
    if config.split == "group":
        return _by_group(frame, config)
    mixed = engine_of(frame).with_random(frame, ROW, RANDOM, config.seed)
    if label is None:
        mixed = mixed.with_columns(nw.lit(0).alias("__all__"))
        cuts = _cuts(mixed, "__all__", config.fractions)
        return mixed.with_columns(_place(nw.col(RANDOM), *next(iter(cuts.values()))).alias(SPLIT)).drop(
            "__all__"
        )
    cuts = _stratified_cuts(mixed, label, classes, config.fractions)
    place: Any = None
    for value, (low, high) in cuts.items():
        here = nw.when(nw.col(label) == value).then(_place(nw.col(RANDOM), low, high))
        place = here if place is None else here.otherwise(place)
    return mixed.with_columns(place.alias(SPLIT))


def _place(value: nw.Expr, low: Any, high: Any) -> nw.Expr:
    later = nw.when(value < high).then(nw.lit(1)).otherwise(nw.lit(2))
    return nw.when(value < low).then(nw.lit(0)).otherwise(later)


def _cuts(frame: Frame, group: str, fractions: tuple[float, ...]) -> dict[Any, list[Any]]:
    points = [fractions[0], fractions[0] + fractions[1]]
    return engine_of(frame).order_statistics(frame, RANDOM, group, points)


def _stratified_cuts(
    frame: Frame, label: str, classes: list[tuple[Any, int]], fractions: tuple[float, ...]
) -> dict[Any, list[Any]]:
    cuts = {}
    small = [value for value, rows in classes if rows < _SMALL_CLASS]
    if len(small) < len(classes):
        large = frame.filter(~nw.col(label).is_in(small)) if small else frame
        cuts = _cuts(large, label, fractions)
    if small:
        rare = collect(frame.filter(nw.col(label).is_in(small)).select(label, RANDOM))
        for value in small:
            hashes = sorted(row[RANDOM] for row in rare if row[label] == value)
            cuts[value] = _counted_cuts(hashes, fractions)
    return cuts


def _counted_cuts(hashes: list[int], fractions: tuple[float, ...]) -> list[int]:
    """Cuts that leave at least one of three or more rows in each split."""
    test = max(1, round(len(hashes) * fractions[2]))
    validation = max(1, round(len(hashes) * fractions[1]))
    train = max(1, len(hashes) - validation - test)
    return [hashes[train], hashes[train + validation]]


def _by_time(frame: Frame, config: EdaConfig) -> Frame:
    """Oldest rows train, newest rows test; rows of one moment stay together."""
    timed = frame.with_columns(nw.col(config.split_column).alias(RANDOM), nw.lit(0).alias("__all__"))
    timed = timed.filter(~nw.col(RANDOM).is_null())
    low, high = next(iter(_cuts(timed, "__all__", config.fractions).values()))
    return timed.with_columns(_place(nw.col(RANDOM), low, high).alias(SPLIT)).drop("__all__")


def _by_group(frame: Frame, config: EdaConfig) -> Frame:
    """Groups in the order of their hash, cut where the rows add up to the fractions."""
    grouped = engine_of(frame).with_random(
        frame.filter(~nw.col(config.split_column).is_null()), config.split_column, RANDOM, config.seed
    )
    counts = collect(grouped.group_by(RANDOM).agg(nw.len().alias("__n__")).sort(RANDOM))
    if len(counts) < 3:
        raise BadSplit(
            reason=f"'{config.split_column}' has {len(counts)} groups; three splits need three at least."
        )
    rows = np.cumsum([row["__n__"] for row in counts])
    first = int(np.searchsorted(rows, config.fractions[0] * rows[-1])) + 1
    second = int(np.searchsorted(rows, (config.fractions[0] + config.fractions[1]) * rows[-1])) + 1
    first = min(first, len(counts) - 2)
    second = min(max(second, first + 1), len(counts) - 1)
    low, high = counts[first][RANDOM], counts[second][RANDOM]
    return grouped.with_columns(_place(nw.col(RANDOM), low, high).alias(SPLIT))


def sizes(frame: Frame, label: str | None) -> dict[str, dict[Any, int]]:
    """{split: {class value: rows}} ({None: rows} for regression). Raises BadSplit for an empty split."""
    keys = [SPLIT] + ([label] if label else [])
    found: dict[str, dict[Any, int]] = {name: {} for name in SPLIT_NAMES}
    for row in collect(frame.group_by(*keys).agg(nw.len().alias("__n__"))):
        found[SPLIT_NAMES[int(row[SPLIT])]][row[label] if label else None] = int(row["__n__"])
    empty = [name for name, rows in found.items() if not rows]
    if empty:
        raise BadSplit(reason=f"No row falls into {' and '.join(empty)}.")
    return found
