"""A column's entry in report.json, as types."""

from __future__ import annotations

from typing import Literal, NotRequired, Required, TypedDict


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


# The target in one bin or category of a feature: `from` and `to`, or `value`, or one of the three flags; `rate`,
# `mean` or `shares` as the problem is.
TargetBin = TypedDict(
    "TargetBin",
    {
        "from": float,
        "to": float,
        "value": str | float,
        "other": bool,
        "unseen": bool,
        "blank": bool,
        "rows": Required[int],
        "share": Required[float],
        "rate": float,
        "mean": float,
        "low": float | None,
        "high": float | None,
        "shares": dict[str, float],
    },
    total=False,
)


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
