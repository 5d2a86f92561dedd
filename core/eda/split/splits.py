"""Train, validation and test: by a hash of (row number, seed), by time, or by group.

A hash needs no shuffle and holds on any engine. Each class is cut at its own quantiles of the hash, so the shares
of the classes are the same in every split, to the row.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import narwhals as nw
import numpy as np

from core.eda.config import EdaConfig
from core.eda.profile.ranks import at_ranks
from core.eda.profile.statistics import collect
from core.engines import Frame, engine_of
from core.engines.table import ROW
from core.errors import BadSplit
from core.keys import SPLIT_NAMES
from core.language import listed, tr
from core.reading.column_keys import col, key

RANDOM, SPLIT = "__random__", "__split__"
_BUCKET, _BUCKETS = 1 << 20, "__bucket__"  # hashes a bucket: 4,096 of them


SplitSizes = dict[str, dict[object, int]]  # {split: {class value: rows}}; {None: rows} for regression
AddSplit = Callable[[Frame], Frame]


def placement(frame: Frame, config: EdaConfig, label: str | None) -> AddSplit:
    """Return a function that adds `__split__` (0 train, 1 validation, 2 test) to a frame with `__row__`.

    `frame` has these columns and all the rows; `label` is that of a classification, whose classes are strata.
    Rows without a value to split by are left out. Raises BadSplit.
    """
    if config.split == "time":
        return _by_time(frame, config)
    if config.split == "group":
        return _by_group(frame, config)
    cuts = _cuts(_mixed(frame, config.seed), label, config.fractions)

    def with_split(rows: Frame) -> Frame:
        if label is None:
            return _mixed(rows, config.seed).with_columns(
                _split_code(nw.col(RANDOM), *cuts[None]).alias(SPLIT)
            )
        chosen: nw.Expr | None = None
        for value, (low, high) in cuts.items():
            here = nw.when(col(label) == value).then(_split_code(nw.col(RANDOM), low, high))
            chosen = here if chosen is None else here.otherwise(chosen)
        mixed = _mixed(rows, config.seed)
        return mixed if chosen is None else mixed.with_columns(chosen.alias(SPLIT))

    return with_split


def _mixed(frame: Frame, seed: int) -> Frame:
    return engine_of(frame).with_random(frame, ROW, RANDOM, seed)


def _split_code(value: nw.Expr, low: float, high: float) -> nw.Expr:
    later = nw.when(value < high).then(nw.lit(1)).otherwise(nw.lit(2))
    return nw.when(value < low).then(nw.lit(0)).otherwise(later)


def _cuts(mixed: Frame, label: str | None, fractions: tuple[float, ...]) -> dict[object, list[int]]:
    """Return {class: [first hash of validation, first hash of test]}; {None: ...} without classes.

    Counted in buckets of the hash first, so that only the rows of the buckets with a cut are looked at one by one.
    """
    bucket = (nw.col(RANDOM) // _BUCKET).alias(_BUCKETS)
    keys = [key(label)] if label else []
    binned = mixed.select(*keys, RANDOM, bucket)
    counts: dict[object, dict[int, int]] = {}
    for row in collect(binned.group_by(*keys, _BUCKETS).agg(nw.len().alias("__n__"))):
        counts.setdefault(row[key(label)] if label else None, {})[int(row[_BUCKETS])] = int(row["__n__"])
    ranks = {value: _first_rows(sum(by_bucket.values()), fractions) for value, by_bucket in counts.items()}
    wanted: dict[object, dict[int, int]] = {}  # {class: {bucket: rows of the class in buckets before it}}
    inside: nw.Expr | None = None
    for value, by_bucket in counts.items():
        buckets = sorted(by_bucket)
        ends = np.cumsum([by_bucket[b] for b in buckets])
        hit = {int(np.searchsorted(ends, rank, side="right")) for rank in ranks[value]}
        wanted[value] = {buckets[i]: int(ends[i]) - by_bucket[buckets[i]] for i in hit}
        here = nw.col(_BUCKETS).is_in(list(wanted[value]))
        here = here & (col(label) == value) if label else here
        inside = here if inside is None else inside | here
    hashes: dict[object, dict[int, list[int]]] = {value: {} for value in counts}
    for row in collect(binned if inside is None else binned.filter(inside)):
        rows = hashes[row[key(label)] if label else None]
        rows.setdefault(int(row[_BUCKETS]), []).append(int(row[RANDOM]))
    return {value: [_at(rank, wanted[value], hashes[value]) for rank in ranks[value]] for value in counts}


def _first_rows(rows: int, fractions: tuple[float, ...]) -> list[int]:
    """Return how many rows come before validation and before test; of three or more rows each split has one."""
    test = max(1, round(rows * fractions[2]))
    validation = max(1, round(rows * fractions[1]))
    train = max(1, rows - validation - test)
    return [min(train, rows - 1), min(train + validation, rows - 1)]


def _at(rank: int, before: dict[int, int], hashes: dict[int, list[int]]) -> int:
    bucket = max((b for b, rows in before.items() if rows <= rank), key=before.__getitem__)
    return sorted(hashes[bucket])[rank - before[bucket]]


def _by_time(frame: Frame, config: EdaConfig) -> AddSplit:
    """Split by time: oldest rows train, newest rows test; rows of one moment stay together."""

    column = config.split_by

    def timed(rows: Frame) -> Frame:
        if rows.collect_schema()[key(column)].is_numeric():
            rows = rows.with_columns(col(column).cast(nw.Float64).alias(RANDOM))
        else:
            rows = engine_of(rows).with_moment(rows, key(column), RANDOM)
        return rows.filter(~nw.col(RANDOM).is_null())

    moments = timed(frame)
    ends = nw.col(RANDOM)
    row = collect(
        moments.select(ends.count().alias("rows"), ends.min().alias("low"), ends.max().alias("high"))
    )[0]
    if not row["rows"]:
        raise BadSplit(reason=tr("'{column}' is blank in every row.", column=column))
    first = config.fractions[0], config.fractions[0] + config.fractions[1]
    ranks = [max(0, math.ceil(share * row["rows"]) - 1) for share in first]
    values = at_ranks(moments, RANDOM, int(row["rows"]), row["low"], row["high"], ranks)
    low, high = (values[rank] for rank in ranks)
    return lambda rows: timed(rows).with_columns(_split_code(nw.col(RANDOM), low, high).alias(SPLIT))


def _by_group(frame: Frame, config: EdaConfig) -> AddSplit:
    """Split by group, in the order of their hash, cut where the rows add up to the fractions."""

    column = config.split_by

    def grouped(rows: Frame) -> Frame:
        filled = rows.filter(~col(column).is_null())
        return engine_of(rows).with_random(filled, key(column), RANDOM, config.seed)

    counts = collect(grouped(frame).group_by(RANDOM).agg(nw.len().alias("__n__")).sort(RANDOM))
    if len(counts) < 3:
        raise BadSplit(
            reason=tr(
                "'{column}' has {groups} groups; three splits need three at least.",
                column=column,
                groups=len(counts),
            )
        )
    rows = np.cumsum([row["__n__"] for row in counts])
    first = int(np.searchsorted(rows, config.fractions[0] * rows[-1])) + 1
    second = int(np.searchsorted(rows, (config.fractions[0] + config.fractions[1]) * rows[-1])) + 1
    first = min(first, len(counts) - 2)
    second = min(max(second, first + 1), len(counts) - 1)
    low, high = counts[first][RANDOM], counts[second][RANDOM]
    return lambda rows: grouped(rows).with_columns(_split_code(nw.col(RANDOM), low, high).alias(SPLIT))


def sizes(frame: Frame, label: str | None) -> SplitSizes:
    """Return {split: {class value: rows}} ({None: rows} for regression). Raises BadSplit for an empty split."""
    keys = [SPLIT] + ([key(label)] if label else [])
    split_sizes: SplitSizes = {name: {} for name in SPLIT_NAMES}
    for row in collect(frame.group_by(*keys).agg(nw.len().alias("__n__"))):
        split_sizes[SPLIT_NAMES[int(row[SPLIT])]][row[key(label)] if label else None] = int(row["__n__"])
    empty = [name for name, rows in split_sizes.items() if not rows]
    if empty:
        raise BadSplit(reason=tr("No row falls into {splits}.", splits=listed(empty)))
    return split_sizes
