"""What a picture shows, as plain data with its words and its numbers; page and HTML each draw it their way."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from core import numbers

TICKS = 7  # marks on an axis that is not linear


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """`alt` says in words what is to be seen, `header` and `rows` are its numbers as a table, ready to read."""

    title: str
    alt: str
    header: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram(Picture):
    """Counts between `edges`, one more than there are counts. Bins are drawn equally wide."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    scale: str = "linear"  # or log or symlog

    def place(self, value: float) -> float:
        """Return where `value` stands on an axis on which each bin is 1 wide."""
        i = min(max(bisect_right(self.edges, value) - 1, 0), len(self.counts) - 1)
        low, high = self.edges[i], self.edges[i + 1]
        return i + (value - low) / (high - low) if high > low else float(i)

    def marks(self) -> list[tuple[float, str]]:
        """Return where on the axis its ticks stand, and what they say."""
        ticks = self.ticks()
        texts = numbers.apart(lambda digits: [numbers.number(tick, digits) for tick in ticks])
        return [(self.place(tick), text) for tick, text in zip(ticks, texts, strict=True)]

    def ticks(self) -> list[float]:
        """Return a few round values within the edges: powers of ten where the scale is not linear."""
        low, high = self.edges[0], self.edges[-1]
        if self.scale == "linear":
            step = _round_step(high / 5 - low / 5)  # high - low may overflow
            first = math.ceil(low / step)
            return [step * i for i in range(first, math.floor(high / step) + 1)]
        powers = [10.0**k for k in range(-6, 16)]
        near = [0.0, *powers, *(-power for power in powers)]
        candidates = sorted(value for value in near if low <= value <= high)
        # Crowded around zero on a symlog axis: only those that stand apart are marked.
        apart: list[float] = []
        for value in sorted(candidates, key=abs) if low < 0 else candidates:
            if all(abs(self.place(value) - self.place(other)) >= len(self.counts) / TICKS for other in apart):
                apart.append(value)
        return sorted(apart) if len(apart) > 1 else [low, high]


def _round_step(rough: float) -> float:
    if rough <= 0 or not math.isfinite(rough):
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= rough)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars(Picture):
    """One bar for each label; `across` where the labels are long and the bars lie."""

    labels: tuple[str, ...]
    values: tuple[float, ...]
    unit: str  # rows, share, or what the values are called
    across: bool = True
    origin: float = 0.0  # where the bars begin: what says nothing
    marks: tuple[float, ...] = ()  # a limit for each bar, to compare it with
    mark: str = ""  # what the limits are


@dataclass(frozen=True, slots=True, kw_only=True)
class Points(Picture):
    """A value with its 95% interval for each label, `level` is that of all rows; `weights` are shares of rows."""

    labels: tuple[str, ...]
    values: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    weights: tuple[float, ...]
    level: float
    unit: str
    percent: bool
    ordered: bool  # whether the labels follow each other, as numbers and periods do
    ticks: tuple[str, ...] = ()  # shorter labels, for an axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares(Picture):
    """For each label the shares of several parts, which add up to 1 at most."""

    labels: tuple[str, ...]
    parts: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Picture):
    """A value or None for each pair; from -1 to 1 where `signed`, else from 0 to 1."""

    down: tuple[str, ...]
    across: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    signed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve(Picture):
    """A line through pairs of shares, such as a ROC curve; with chance's `diagonal` where there is one."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    across: str  # what x is
    up: str  # what y is
    diagonal: bool = False
