"""What a model goes by: each column's share in all that the columns of the file add to its answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.encoding.contract import Contract
from core.judging.intervals import Interval, t_quantile
from core.judging.reasons import Margins, used_columns


@dataclass(frozen=True, slots=True)
class ColumnShare:
    """A column's share (0 to 1) of all that the columns add to the answers, with its 95% interval."""

    column: str
    share: Interval


def shares(margins: Margins) -> tuple[ColumnShare, ...]:
    """Return the share of each column in the mean size of the contributions, the largest first.

    Of several classes, the mean over their margins. The interval is over the rows: a share is a quotient of two means,
    whose variance is that of (size of the column - share x size of all) over the mean size of all (delta method).
    """
    sizes = np.abs(margins.added).mean(axis=1)
    rows, whole = len(sizes), float(sizes.sum(axis=1).mean()) if len(sizes) else 0.0
    if not whole:
        return tuple(ColumnShare(name, Interval(0.0)) for name in margins.columns)
    part = sizes.mean(axis=0) / whole
    if rows == 1:
        wide = np.full(len(part), np.inf)
    else:
        rest = sizes - part * sizes.sum(axis=1, keepdims=True)
        wide = t_quantile(rows - 1) * rest.std(axis=0, ddof=1) / np.sqrt(rows) / whole
    found = [
        ColumnShare(name, Interval(value, max(value - half, 0.0), min(value + half, 1.0)))
        for name, value, half in zip(margins.columns, part.tolist(), wide.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda each: -each.share.value))


def gains_by_column(contract: Contract, gains: Sequence[tuple[str, float]]) -> tuple[ColumnShare, ...]:
    """Return the shares of the total gain, (feature, share) as evaluation.json has them, added up by column."""
    of_feature = dict(gains)
    found = [
        ColumnShare(column.name, Interval(sum(of_feature.get(feature, 0.0) for feature in column.features)))
        for column in used_columns(contract)
    ]
    return tuple(sorted(found, key=lambda each: -each.share.value))
