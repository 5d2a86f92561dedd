"""What is known of a file's predictions in words, the same on every face."""

from __future__ import annotations

from collections.abc import Callable

from core import metric_words
from core.evaluation_file import Figure
from core.judging.comparison import Verdict
from core.judging.file_quality import MEASURED, Quality
from core.language import mark, tr
from core.numbers import count, number, share
from core.retelling import retold

ESTIMATE = mark(
    "An estimate from what the probabilities came to on the validation split; it holds as long as they mean the same"
    " here. Only rows with their truth can tell."
)
ESTIMATED_ERROR = mark(
    "An estimate from the errors on the validation split of rows with like predictions; it holds as long as they mean"
    " the same here. Only rows with their truth can tell."
)


def sentence(quality: Quality) -> str:
    """Return how good the predictions are, in their most telling metric, as a sentence."""
    label = quality["label"]
    shown = names(quality)
    rows = count(quality["rows"], "row", "rows")
    if not shown:
        return tr("On {rows} nothing can be told of the predictions of {label}.", rows=rows, label=label)
    name = shown[0]
    here = metric_words.with_interval(name, quality["metrics"][name])
    known = quality["test"].get(name)
    facts = {
        "rows": rows,
        "label": label,
        "metric": metric_words.label(name),
        "value": here,
        "test": metric_words.with_interval(name, known) if known else "",
        "verdict": verdict_words(quality, name),
    }
    if quality["basis"] != MEASURED:
        text = (
            mark(
                "The file does not say {label}. To be expected of {rows}: {metric} {value};"
                " on the test split {test} was measured."
            )
            if known
            else mark("The file does not say {label}. To be expected of {rows}: {metric} {value}.")
        )
    elif known and facts["verdict"]:
        text = mark(
            "Measured on {rows} by their own {label}: {metric} {value}; on the test split {test}: {verdict}."
        )
    elif known:
        text = mark("Measured on {rows} by their own {label}: {metric} {value}; on the test split {test}.")
    elif facts["verdict"]:
        text = mark("Measured on {rows} by their own {label}: {metric} {value}: {verdict}.")
    else:
        text = mark("Measured on {rows} by their own {label}: {metric} {value}.")
    return tr(text, **facts)


def names(quality: Quality) -> list[str]:
    """Return the metrics of the headline that are known, the most telling first."""
    found = {name: figure["value"] for name, figure in quality["metrics"].items()}
    return list(metric_words.headline(quality["problem"], found))


def verdict_words(quality: Quality, name: str) -> str:
    """Return what the difference in a metric says of the file; "" where none was taken."""
    change = quality["changes"].get(name)
    if change is None:
        return ""
    words = {
        Verdict.better: tr("better here"),
        Verdict.worse: tr("worse here"),
        Verdict.same: tr("the same within noise"),
    }
    return words[Verdict(change["verdict"])]


def others(quality: Quality) -> list[str]:
    """Return what else there is to say, as sentences: the share of the positive class, costs, and how it was found."""
    lines: list[str] = []
    if (found := quality.get("positives")) and found["value"] is not None and "positive" in quality:
        facts = {"share": _ranged(found, share), "class": quality["positive"]}
        lines.append(
            tr("{share} of the rows are {class}.", **facts)
            if quality["basis"] == MEASURED
            else tr("{share} of the rows are likely to be {class}.", **facts)
        )
    cost, test = quality.get("cost_per_1000"), quality.get("cost_on_test")
    if cost and cost["value"] is not None:
        here = _ranged(cost, lambda value: number(value, 3))
        lines.append(
            tr(
                "Errors at the decision's threshold cost {cost} per 1,000 rows; on the test split {test}.",
                cost=here,
                test=number(test["value"], 3),
            )
            if test and test["value"] is not None
            else tr("Errors at the decision's threshold cost {cost} per 1,000 rows.", cost=here)
        )
    estimate = tr(ESTIMATED_ERROR) if quality["problem"] == "regression" else tr(ESTIMATE)
    return [*lines, *([estimate] if quality["basis"] != MEASURED else []), *map(retold, quality["notes"])]


def _ranged(figure: Figure, write: Callable[[float | None], str]) -> str:
    """Return a figure with its interval, where it has one."""
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return write(figure["value"])
    return tr("{value} ({low} to {high})", value=write(figure["value"]), low=write(low), high=write(high))
