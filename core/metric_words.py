"""What people call a metric, what it says in one line, how it is written, and by which one runs are ranked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from core import numbers
from core.evaluation_file import Figure, Range
from core.language import mark, tr

PRECISE = 10_000  # rows from which a tenth of a percent holds


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric in words, which `label` and `meaning` say in the reader's language. `meaning` may say {positive}, the
    class that a binary problem looks for.
    """

    label: str
    meaning: str
    is_share: bool = False  # of rows: it is written in percent
    has_unit: bool = False  # the target's own, of any size
    less_is_better: bool = False


METRICS = {
    "auc": Metric("AUC", mark("How well it ranks rows by their probability: 0.5 is guessing, 1 is perfect.")),
    "accuracy": Metric(mark("Accuracy"), mark("The share of rows that it gets right."), is_share=True),
    "recall": Metric(
        mark("Finds (recall)"),
        mark("Of the rows that are {positive}, the share that it finds."),
        is_share=True,
    ),
    "precision": Metric(
        mark("Right (precision)"),
        mark("Of the rows that it takes for {positive}, the share that truly are."),
        is_share=True,
    ),
    "f1": Metric("F1", mark("Finds and Right in one number from 0 to 1: high only where both are.")),
    "aucpr": Metric(
        mark("Average precision"),
        mark("Right (precision), averaged over all shares that it could find; 1 is perfect."),
    ),
    "logloss": Metric(
        mark("Log loss"),
        mark(
            "How far its probabilities are from what came true; 0 is perfect, a confident mistake costs most."
        ),
        less_is_better=True,
    ),
    "balanced_accuracy": Metric(
        mark("Balanced accuracy"),
        mark(
            "The share that it gets right of each class, averaged: a small class counts as much as a large one."
        ),
        is_share=True,
    ),
    "f1_macro": Metric(
        mark("F1 by class"), mark("Finds and right in one number from 0 to 1, averaged over the classes.")
    ),
    "r2": Metric("R²", mark("How much of what varies it explains: 0 is guessing the mean, 1 is perfect.")),
    "mae": Metric(
        mark("Mean error"),
        mark("By how much a prediction is off, on average (MAE)."),
        has_unit=True,
        less_is_better=True,
    ),
    "rmse": Metric(
        mark("Typical error"),
        mark("By how much a prediction is off, where large errors weigh more (RMSE)."),
        has_unit=True,
        less_is_better=True,
    ),
    "error": Metric(
        mark("Error rate"), mark("The share of rows that it gets wrong."), is_share=True, less_is_better=True
    ),
}
METRICS |= {"mlogloss": METRICS["logloss"], "merror": METRICS["error"]}

# Which metric ranks the runs of a problem, and those that stand beside it, the most telling first.
HEADLINE = {
    "binary": ("auc", "accuracy", "recall", "precision", "f1"),
    "multiclass": ("balanced_accuracy", "accuracy", "f1_macro", "auc"),
    "regression": ("r2", "mae", "rmse"),
}


def headline(problem: str, values: Mapping[str, float | None]) -> dict[str, float]:
    """Return {metric: its value} of a problem's headline as far as it is known, the most telling first."""
    known = {name: values.get(name) for name in HEADLINE.get(problem, ())}
    return {name: value for name, value in known.items() if value is not None}


def headline_text(problem: str, metrics: Mapping[str, Figure]) -> dict[str, str]:
    """Return {metric: its value and the ends of its interval, a blank between} of a problem's headline; - for none."""
    found = {name: metrics[name] for name in HEADLINE.get(problem, ()) if name in metrics}
    ends = {name: (each["value"], each["low"], each["high"]) for name, each in found.items()}
    return {
        name: " ".join("-" if end is None else f"{end:.6g}" for end in three) for name, three in ends.items()
    }


def label(name: str) -> str:
    """Return what people call a metric; one that has no words by its name."""
    return tr(METRICS[name].label) if name in METRICS else name


def less_is_better(name: str) -> bool:
    """Return whether a metric is the better the smaller it is; of one that is not known here: no."""
    return name in METRICS and METRICS[name].less_is_better


def meaning(name: str, positive: str, intervals_by: Mapping[str, str]) -> str:
    """Return what a metric says, and the method of its interval as far as that is known."""
    metric, method = METRICS.get(name), intervals_by.get(name, "")
    words = tr(metric.meaning, positive=positive) if metric else ""
    return " ".join(filter(None, (words, tr("95% interval: {method}.", method=tr(method)) if method else "")))


def with_interval(name: str, figure: Figure) -> str:
    """Return a metric with the digits that its interval holds, and the interval: `0.73 (0.69 to 0.76)`."""
    value, ends = figure["value"], interval(name, figure)
    if value is None:
        return "-"
    return f"{cut(name, value, figure)} ({ends})" if ends else cut(name, value, figure)


def interval(name: str, figure: Figure) -> str:
    """Return the interval of a metric with the digits that it holds, `0.69 to 0.76`; "" where it is not known."""
    value, low, high = figure["value"], figure["low"], figure["high"]
    if value is None or low is None or high is None:
        return ""
    return tr("{low} to {high}", low=cut(name, low, figure), high=cut(name, high, figure))


def cut(name: str, value: float, figure: Figure) -> str:
    """Return a value of a metric with as many digits as the interval of `figure` holds; three where it has none."""
    metric = METRICS.get(name)
    middle, low, high = figure["value"], figure["low"], figure["high"]
    if middle is None or low is None or high is None or not high > low:
        return written(name, value)
    # The last digit is the first one that the interval moves.
    digits = -math.floor(math.log10(max(high - middle, middle - low)))
    if metric is not None and metric.has_unit:
        rounded = round(value, digits) + 0.0  # never -0
        return numbers.number(float(rounded), 15) if digits > 0 else numbers.fixed(rounded, 0)
    if metric is not None and metric.is_share:
        return numbers.percent(value, min(max(digits - 2, 0), 2))
    digits = min(max(digits, 1), 4)
    return numbers.fixed(round(value, digits) + 0.0, digits)  # never -0


def written(name: str, value: float, rows: int = 0) -> str:
    """Return a metric of `rows` rows as people write it, with the digits that hold."""
    metric = METRICS.get(name)
    if metric is None or metric.has_unit:
        return numbers.number(value, 4)
    if not metric.is_share:
        return numbers.score(value)
    digits = 1 if rows >= PRECISE else 0
    # What is not quite nothing or all never reads as if it were.
    near = 0 < value < 1 and round(value, digits + 2) in (0, 1)
    return numbers.share(value) if near else numbers.percent(value, digits)


def around(found: Range) -> str:
    """Return what the range around every prediction of a number is, as a sentence."""
    return tr(
        "Each prediction ± {half_width} holds {level} of such rows, as the errors on {rows} of "
        "the validation split say.",
        half_width=numbers.number(found["half_width"], 4),
        level=numbers.percent(found["level"]),
        rows=numbers.count(found["rows"], "row", "rows"),
    )
