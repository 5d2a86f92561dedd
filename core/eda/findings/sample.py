"""The rows that everything quadratic or costly is measured on: drawn by row hash once, as numbers in memory.

Signals, correlations, patterns of blanks, the target by bin and drift look at these rows and at no others, so their
cost does not grow with the table, and what they answer is an estimate once the table is larger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import narwhals as nw
import numpy as np

from core.eda.profile.fit import with_numbers
from core.eda.split.splits import SPLIT
from core.encoding.contract import TRUE, Column, Contract
from core.engines import Frame, engine_of
from core.engines.arrays import as_array
from core.engines.table import ROW
from core.reading.column_keys import col

ROWS = 100_000  # drawn at most
CELLS = 10_000_000  # so many values at most: of very wide tables fewer rows are drawn, but LEAST
LEAST = 2_000
BLANKS = 50  # columns whose blanks are looked at
_DRAWN, _MOMENT = "__drawn__", "__moment__"


@dataclass(slots=True)
class Feature:
    """One feature: `levels` are its distinct values rising; `codes` each row's place among them, -1 if blank."""

    name: str
    column: Column
    values: np.ndarray  # float64, NaN where blank
    levels: np.ndarray = field(init=False)
    codes: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.levels, codes = np.unique(self.values, return_inverse=True)
        self.codes = codes.astype(np.int32)
        if len(self.levels) and np.isnan(self.levels[-1]):  # numpy sorts the blanks last, as one
            self.levels = self.levels[:-1]
            self.codes[self.codes == len(self.levels)] = -1

    @property
    def is_category(self) -> bool:
        return self.column.kind in ("categorical", "boolean")

    def is_pooled(self, level: float) -> bool:
        """Return whether it is the code that the rare categories share."""
        return self.column.kind == "categorical" and int(level) >= self.column.own_codes

    def text(self, level: float) -> str:
        """Return the category that a level, which is not pooled, stands for."""
        if self.column.kind == "categorical":
            return self.column.levels[int(level)][0]
        return next(
            (text for text, _ in self.column.levels if (text.lower() in TRUE) == bool(level)), str(level)
        )


@dataclass
class Sample:
    """`rows` of `of` rows: `target` (codes, or numbers), `features`, `train` and `test` (which rows), `moments`
    (numbers or datetime64[us] of `moment`, the column that orders rows in time) and `blanks` by raw column."""

    target: np.ndarray
    features: list[Feature]
    split: np.ndarray
    of: int
    moment: str | None
    moments: np.ndarray | None
    blanks: dict[str, np.ndarray]

    @property
    def rows(self) -> int:
        return len(self.target)

    @cached_property
    def train(self) -> np.ndarray:
        return self.split == 0

    @cached_property
    def test(self) -> np.ndarray:
        return self.split == 2


def draw_sample(
    split: Frame, contract: Contract, rows: int, seed: int, moment: Column | None, blank: list[str]
) -> Sample:
    """Draw from `split`, the frame of `rows` raw rows with `__row__` and `__split__`.

    `moment` orders the rows in time (its column, dates or numbers); `blank` are raw columns with some blanks.
    """
    # Another stream than the split's own hash, or the sample would fall into one split only.
    mixed = engine_of(split).with_random(split, ROW, _DRAWN, seed + 1)
    wanted = max(LEAST, min(ROWS, CELLS // (len(contract.features) + 1)))
    if rows > wanted:
        mixed = mixed.filter(nw.col(_DRAWN) < int(wanted / rows * (1 << 32)))
    flags = {f"__{i}__": name for i, name in enumerate(blank[:BLANKS])}
    if flags:  # a cell that is no number is as blank as an empty one, as everywhere
        mixed = with_numbers(mixed, [column for column in contract.columns if column.name in flags.values()])
        mixed = mixed.with_columns(*[col(name).is_null().alias(flag) for flag, name in flags.items()])
    keep = [SPLIT, *flags]
    if moment:
        mixed = with_numbers(mixed, [moment]).with_columns(col(moment.name).alias(_MOMENT))
        keep.append(_MOMENT)
    encoded = contract.encode(mixed, label=True, keep=tuple(keep))
    names = [name for name in encoded.columns if name != _MOMENT]
    numbers = [nw.col(name).cast(nw.Float64).fill_null(float("nan")) for name in names]
    table = encoded.with_columns(*numbers).collect("pyarrow")
    moments = _moments(table[_MOMENT]) if moment else None
    values = np.column_stack([as_array(table[name]) for name in names])
    known = ~np.isnan(values[:, 0])
    values = np.asfortranarray(values[known])
    owners = {feature: column for column in contract.columns for feature in column.features}
    features = [
        Feature(name, owners[name], values[:, i]) for i, name in enumerate(contract.features, start=1)
    ]
    after = 1 + len(features)
    blanks = {name: values[:, after + 1 + i] > 0 for i, name in enumerate(flags.values())}
    return Sample(
        target=values[:, 0],
        features=features,
        split=values[:, after].astype(np.int8),
        of=rows,
        moment=moment.name if moment else None,
        moments=None if moments is None else moments[known],
        blanks=blanks,
    )


def _moments(column: nw.Series) -> np.ndarray:
    """Return numbers with NaN where blank, or moments in microseconds with NaT."""
    known = as_array(column.is_null().cast(nw.Int8)) == 0
    if column.dtype.is_numeric():
        moments, numbers = np.full(len(known), np.nan), column.cast(nw.Float64)
    else:
        moments = np.full(len(known), "NaT", dtype="datetime64[us]")
        numbers = column.cast(nw.Datetime("us")).dt.timestamp("us")
    moments[known] = as_array(numbers.drop_nulls()).astype(moments.dtype)
    return moments
