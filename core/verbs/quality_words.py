"""What is known of a file's predictions in words, the same on every face."""

from __future__ import annotations

from core import metric_words
from core.judging.comparison import Verdict
from core.judging.file_quality import MEASURED, Quality
from core.numbers import count, number, share

SAME = "the same within noise"
ESTIMATE = (
    "An estimate from what the probabilities came to on the validation split; it holds as long as they mean the same"
    " here. Only rows with their truth can tell."
)
ESTIMATED_ERROR = (
    "An estimate from the errors on the validation split of rows with like predictions; it holds as long as they mean"
    " the same here. Only rows with their truth can tell."
)


def sentence(quality: Quality) -> str:
    """Return how good the predictions are, in their most telling metric, as a sentence."""
    label = quality["label"]
    shown = names(quality)
    rows = count(quality["rows"], "row", "rows")
    if not shown:
        return f"On {rows} nothing can be told of the predictions of {label}."
    name = shown[0]
    here = metric_words.with_interval(name, quality["metrics"][name])
    known = quality["test"].get(name)
    test = f"on the test split {metric_words.with_interval(name, known)}" if known else ""
    if quality["basis"] != MEASURED:
        start = f"The file does not say {label}. To be expected of {rows}: {metric_words.label(name)} {here}"
        return f"{start}; {test} was measured." if test else f"{start}."
    start = f"Measured on {rows} by their own {label}: {metric_words.label(name)} {here}"
    verdict = verdict_words(quality, name)
    return f"{'; '.join(filter(None, (start, test)))}{f': {verdict}' if verdict else ''}."


def names(quality: Quality) -> list[str]:
    """Return the metrics of the headline that are known, the most telling first."""
    found = {name: figure["value"] for name, figure in quality["metrics"].items()}
    return list(metric_words.headline(quality["problem"], found))


def verdict_words(quality: Quality, name: str) -> str:
    """Return what the difference in a metric says of the file; "" where none was taken."""
    change = quality["changes"].get(name)
    if change is None:
        return ""
    return SAME if change["verdict"] == Verdict.same else f"{change['verdict']} here"


def others(quality: Quality) -> list[str]:
    """Return what else there is to say, as sentences: the share of the positive class, costs, and how it was found."""
    lines: list[str] = []
    if (found := quality.get("positives")) and found["value"] is not None and "positive" in quality:
        low, high = found["low"], found["high"]
        range_ = "" if low is None or high is None else f" ({share(low)} to {share(high)})"
        are = "are" if quality["basis"] == MEASURED else "are likely to be"
        lines.append(f"{share(found['value'])}{range_} of the rows {are} {quality['positive']}.")
    cost, test = quality.get("cost_per_1000"), quality.get("cost_on_test")
    if cost and cost["value"] is not None:
        low, high = cost["low"], cost["high"]
        range_ = "" if low is None or high is None else f" ({number(low, 3)} to {number(high, 3)})"
        told = f"; on the test split {number(test['value'], 3)}" if test and test["value"] is not None else ""
        lines.append(
            f"Errors at the decision's threshold cost {number(cost['value'], 3)}{range_} per 1,000 rows{told}."
        )
    estimate = ESTIMATED_ERROR if quality["problem"] == "regression" else ESTIMATE
    return [*lines, *([estimate] if quality["basis"] != MEASURED else []), *quality["notes"]]
