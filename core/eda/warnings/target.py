"""Warnings about the target, and about what tells of it more than it could know."""

from __future__ import annotations

from collections.abc import Iterator

from core.eda.warnings.warning import NAMED, features, named, warning
from core.language import mark, tr
from core.numbers import count, integer, number, score, share
from core.report.column_schema import ColumnEntry, Signal, estimate
from core.report.schema import Report, ReportWarning, Target

LEAKAGE = {"auc": (0.85, 0.97), "r2": (0.90, 0.99)}  # (suspicious, almost certain)
SURE_ROWS = 30  # held out, for more than a suspicion
EASY = 5  # so many columns that tell so much: rather an easy target than so many leaks,
STANDS_OUT = 0.995  # but for those
IMBALANCE = (0.10, 0.02)  # share of the rarer of two classes: (low, medium)
LONG_TAIL = 4.0  # skew of a number to predict; an exponential distribution's is 2
BLANK_TELLS = 3.0  # times the rate, or its complement, of the filled rows
METRICS = {"auc": "AUC", "r2": "R²"}
LEAK = {
    True: mark(
        "'{name}' predicts '{target}' by itself with {metric} {value} on {rows} (95% interval from {low}):"
        " almost certainly target leakage."
    ),
    False: mark(
        "'{name}' predicts '{target}' by itself with {metric} {value} on {rows} (95% interval from {low}):"
        " perhaps target leakage."
    ),
}


def warnings(report: Report) -> Iterator[ReportWarning]:
    """Yield the warnings about the target of a report."""
    yield from _leakage(report)
    leaking = leaks(report)
    for column in features(report):
        if column["name"] not in leaking:
            yield from _blank_tells(column, report["target"])
    yield from _rare(report["target"])
    yield from _imbalance(report["target"])
    yield from _long_target(report)


def leaks(report: Report) -> dict[str, Signal]:
    """Return {column: its signal} of the columns that tell suspiciously much, most first.

    The lower end of the interval must reach the mark: on a few held-out rows chance reaches it easily.
    """
    judged = {column["name"]: column["signal"] for column in features(report) if column["signal"]}
    suspects = [name for name, signal in judged.items() if signal["low"] >= LEAKAGE[signal["metric"]][0]]
    return {name: judged[name] for name in sorted(suspects, key=lambda name: -judged[name]["value"])}


def _leakage(report: Report) -> Iterator[ReportWarning]:
    target = report["target"]["name"]
    suspects = list(leaks(report).items())
    easy = len(suspects) >= EASY
    certain = [name for name, signal in suspects if _certain(signal, easy)]
    for name, signal in suspects:
        if name in certain or not easy:
            yield _leak(name, signal, target, name in certain)
    names = [name for name, _ in suspects if name not in certain]
    if easy and names:
        least = suspects[-1][1]
        yield warning(
            "leakage",
            "medium",
            names,
            tr(
                "{number} columns each predict '{target}' by themselves with {metric} of {value} or "
                "more: {names}.",
                number=len(names),
                target=target,
                metric=METRICS[least["metric"]],
                value=score(least["value"]),
                names=named(names),
            ),
            tr(
                "Either the target is easy, or they were computed from it or recorded after it (target "
                "leakage)."
            ),
            tr("Ask of each whether it is known when a prediction is made; drop those that are not."),
            {"drop": names},
        )


def _certain(signal: Signal, easy: bool) -> bool:
    reached = signal["low"] >= LEAKAGE[signal["metric"]][1] and signal["rows"] >= SURE_ROWS
    return reached and (not easy or signal["value"] >= STANDS_OUT)


def _leak(name: str, signal: Signal, target: str, sure: bool) -> ReportWarning:
    return warning(
        "leakage",
        "high" if sure else "medium",
        [name],
        tr(
            LEAK[sure],
            name=name,
            target=target,
            metric=METRICS[signal["metric"]],
            value=score(signal["value"]),
            rows=count(signal["rows"], "held-out row", "held-out rows"),
            low=score(signal["low"]),
        ),
        tr(
            "It holds what is known only afterwards, or the target itself: the test looks good, and the "
            "model fails in use."
        )
        if sure
        else tr("If it is known only afterwards, the test looks better than the model will be in use."),
        tr("Ask whether '{name}' is known when a prediction is made; if not, drop it.", name=name),
        {"drop": [name]},
    )


def _blank_tells(column: ColumnEntry, target: Target) -> Iterator[ReportWarning]:
    """Warn of a column whose blank cells go with one class: often it is filled only after the outcome."""
    bins = [item for item in column["target_by"] or [] if "rate" in item]
    blank = next((item for item in bins if item.get("blank")), None)
    rows = sum(item["rows"] for item in bins if not item.get("blank"))
    if column["kind"] == "categorical" or blank is None or not rows:
        return  # of a category, what training never saw is blank too
    rate = sum(item.get("rate", 0.0) * item["rows"] for item in bins if not item.get("blank")) / rows
    of_blank, low, high = estimate(blank)
    more = low > min(BLANK_TELLS * rate, 1 - (1 - rate) / BLANK_TELLS)
    fewer = high < max(rate / BLANK_TELLS, 1 - BLANK_TELLS * (1 - rate))
    if more or fewer:
        name = column["name"]
        yield warning(
            "blank_tells",
            "medium",
            [name],
            tr(
                "Where '{name}' is blank ({rows} of the sample), {of_blank} are '{positive}', elsewhere "
                "{rate}.",
                name=name,
                rows=count(blank["rows"], "row", "rows"),
                of_blank=share(of_blank),
                positive=target["positive"],
                rate=share(rate),
            ),
            tr(
                "A cell is often left blank because of the outcome: then the blank gives the answer "
                "away (target leakage)."
            ),
            tr("Ask whether '{name}' would be blank when a prediction is made; if not, drop it.", name=name),
            {"drop": [name]},
        )


def _rare(target: Target) -> Iterator[ReportWarning]:
    if left_out := target["left_out"]:
        classes = ", ".join(f"'{item['class']}' ({item['rows']})" for item in left_out[:NAMED])
        if len(left_out) > NAMED:
            more = integer(len(left_out) - NAMED)
            classes = tr("{names} and {number} more", names=classes, number=more)
        yield warning(
            "rare_class",
            "medium",
            [target["name"]],
            tr(
                "Classes of '{name}' with too few rows were left out: {classes}.",
                name=target["name"],
                classes=classes,
            ),
            tr("The model can never predict them: such a row gets one of the other classes."),
            tr("Gather more rows of them, or merge them with another class in the file."),
        )


def _imbalance(target: Target) -> Iterator[ReportWarning]:
    classes = target["classes"]
    if not classes:
        return
    rarest = min(classes, key=lambda item: item["rows"])
    low, medium = (limit * 2 / len(classes) for limit in IMBALANCE)
    if rarest["share"] < low:
        yield warning(
            "imbalance",
            "medium" if rarest["share"] < medium else "low",
            [target["name"]],
            tr(
                "Only {share} of the rows ({rows}) are '{rarest}'.",
                share=share(rarest["share"]),
                rows=integer(rarest["rows"]),
                rarest=rarest["class"],
            ),
            tr(
                "A model that never says '{rarest}' is right in {others} of the rows.",
                rarest=rarest["class"],
                others=share(1 - rarest["share"]),
            ),
            tr(
                "Leave the data alone, and judge by AUC, not by accuracy. Once a model is trained, "
                "choose its threshold by"
                " what errors cost: Decide on its page, or the verb decide."
            )
            if len(classes) == 2
            else tr("Judge each class by its recall, not all of them by accuracy."),
        )


def _long_target(report: Report) -> Iterator[ReportWarning]:
    target = report["target"]
    column = next(column for column in report["columns"] if column["name"] == target["name"])
    skew = column.get("skew") or 0.0
    if target["problem"] == "regression" and abs(skew) > LONG_TAIL:
        yield warning(
            "long_target",
            "medium",
            [target["name"]],
            tr(
                "'{name}' has a few very large or very small values (skew {skew}).",
                name=target["name"],
                skew=number(skew, 2),
            ),
            tr("A few rows then decide the squared error, in training and in the test."),
            tr("Train with an absolute, gamma or Tweedie objective, and look at the median error too."),
        )
