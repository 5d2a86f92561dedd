"""A column's entry in report.json, as types."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict


class Signal(TypedDict):
    """How well a column alone predicts the target on held-out rows. In format 1 `low` is absent."""

    metric: Literal["auc", "r2"]
    value: float
    low: float
    feature: str
    rows: int


class Outliers(TypedDict):
    """Tukey's fences, and the rows beyond them."""

    rule: str
    low: float
    high: float
    below: int
    above: int
    share: float


class Bins(TypedDict):
    """Where the bins of a histogram lie."""

    edges: list[float]
    scale: NotRequired[Literal["linear", "log", "symlog"]]  # absent in format 1
    unit: NotRequired[float]


class HistogramCounts(Bins):
    """The bins of a histogram, and the rows in each."""

    counts: list[int]


class Gap(TypedDict):
    """A run of days without a row between two days that have some."""

    after: str
    before: str
    days: int


class Timeline(TypedDict):
    """Of a span that is too long for days only the years are counted."""

    unit: Literal["day", "month", "year"]
    periods: list[str]
    counts: list[int]
    weekdays: NotRequired[list[int]]
    days: NotRequired[int]
    gaps: NotRequired[list[Gap]]


class TopValue(TypedDict):
    """A frequent value, and its share of the filled cells."""

    value: str | float | bool
    rows: int
    share: float


# What a bin of a feature holds: from one number to another, one value, all other categories, categories that training
# never saw, or blanks.
BinName = TypedDict(
    "BinName",
    {"from": float, "to": float, "value": str | float, "other": bool, "unseen": bool, "blank": bool},
    total=False,
)


class Estimate(TypedDict, total=False):
    """The target of some rows: the `rate` of the positive class or the `mean` with its 95% interval, or `shares`."""

    rate: float
    mean: float
    low: float | None
    high: float | None
    shares: dict[str, float]


class TargetBin(BinName, Estimate):
    """The target in one bin of a feature."""

    rows: int
    share: float


def estimate(item: TargetBin) -> tuple[float, float, float]:
    """Return (rate or mean of the target in a bin, low, high); of a single row there is no interval."""
    value = item["rate"] if "rate" in item else item.get("mean", 0.0)
    low, high = item.get("low"), item.get("high")
    return value, value if low is None else low, value if high is None else high


class Drift(TypedDict):
    """The test split against the training split; `ks` of numbers only."""

    psi: float
    noise: float
    ks: float | None
    rows: list[int]


class ColumnEntry(TypedDict):
    """A column: its kind, what it becomes, and as they apply its figures."""

    name: str
    kind: str
    type: str
    expression: str | None
    rows: int
    missing: int
    distinct: int
    features: list[str]
    dropped: str | None
    written: NotRequired[dict[str, object]]  # what `dropped` was written from (`core/retelling.py`)
    picture: str | None
    signal: Signal | None
    target_by: list[TargetBin] | None
    drift: Drift | None
    unparsed: NotRequired[int]
    minimum: NotRequired[float | str | None]
    maximum: NotRequired[float | str | None]
    mean: NotRequired[float | None]
    std: NotRequired[float | None]
    skew: NotRequired[float | None]
    kurtosis: NotRequired[float | None]
    zeros: NotRequired[int]
    negatives: NotRequired[int]
    quantiles: NotRequired[dict[str, float]]
    outliers: NotRequired[Outliers | None]
    histogram: NotRequired[HistogramCounts]
    timeline: NotRequired[Timeline]
    minimum_length: NotRequired[int]
    mean_length: NotRequired[float]
    maximum_length: NotRequired[int]
    top: NotRequired[list[TopValue]]
