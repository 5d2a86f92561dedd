"""The pictures of the whole table: the target, what tells of it, correlations, blanks, drift."""

from __future__ import annotations

from typing import Literal

from core import numbers
from core.language import mark, tr
from core.report import wording
from core.report.pictures import Bars, Matrix, Points
from core.report.schema import Coefficients, CorrelationMethod, Period, Report

MOST = 15  # bars of a ranking
SHOWN = 50  # columns with blanks
Side = Literal["numbers", "categories"]
METHODS: dict[CorrelationMethod, tuple[str, Side, Side]] = {
    "pearson": ("Pearson", "numbers", "numbers"),
    "spearman": ("Spearman", "numbers", "numbers"),
    "cramers_v": ("Cramér's V", "categories", "categories"),
    "ratio": (mark("Correlation ratio"), "categories", "numbers"),
}  # name, down, across


def balance(report: Report) -> Bars | None:
    """Return rows of each class of the target; None for a number."""
    classes = report["target"]["classes"]
    if not classes:
        return None
    splits = report["splits"]["sizes"]
    rows = [
        (
            item["class"], str(item["code"]), item["rows"], numbers.share(item["share"]),
            *(split["classes"].get(item["class"], 0) for split in splits.values()),
        )
        for item in classes
    ]  # fmt: skip
    shares = ", ".join(
        f"{wording.short(item['class'])} {numbers.share(item['share'])}" for item in classes[:10]
    )
    return Bars(
        title=tr("Class balance"), alt=tr("Share of each class: {shares}.", shares=shares), rows=tuple(rows),
        header=(
            *(tr("class"), tr("code"), tr("rows"), tr("share")),
            *(wording.said(wording.SPLITS, name) for name in splits),
        ),
        labels=tuple(item["class"] for item in classes), values=tuple(item["share"] for item in classes), unit="share",
    )  # fmt: skip


def power(report: Report) -> Bars | None:
    """Return how well each column alone predicts the target on held-out rows, the best first."""
    signals = [(column["name"], column["signal"]) for column in report["columns"] if column["signal"]]
    if not signals:
        return None
    signals.sort(key=lambda item: -item[1]["value"])
    best, first = signals[0]
    metric = wording.METRICS[first["metric"]]
    rows = [(name, numbers.score(signal["value"]), signal["feature"]) for name, signal in signals]
    return Bars(
        title=tr("How well each column predicts by itself ({metric})", metric=metric),
        alt=tr(
            "{metric} of each column by itself, on held-out rows; the best is {best} with {value}.",
            metric=metric, best=wording.short(best), value=numbers.score(first["value"]),
        ),
        header=(tr("column"), metric, tr("by its feature")), rows=tuple(rows),
        labels=tuple(name for name, _ in signals[:MOST]), unit=metric,
        origin=0.5 if metric == wording.METRICS["auc"] else 0.0,
        values=tuple(signal["value"] for _, signal in signals[:MOST]),
    )  # fmt: skip


def drift(report: Report) -> Bars | None:
    """Return the population stability index of test against train, by how far it is beyond chance."""
    moved = [(column["name"], column["drift"]) for column in report["columns"] if column["drift"]]
    if not moved:
        return None
    moved.sort(key=lambda item: item[1]["noise"] - item[1]["psi"])
    beyond = sum(fact["psi"] > fact["noise"] for _, fact in moved)
    rows: list[tuple[str, ...]] = []
    for name, fact in moved:
        ks = "" if fact["ks"] is None else numbers.score(fact["ks"])
        rows.append((name, numbers.score(fact["psi"]), numbers.score(fact["noise"]), ks))
    furthest, first = moved[0]
    return Bars(
        title=tr("How far the test rows differ from the training rows (PSI)"),
        alt=tr(
            "Population stability index of each column, test against train; {beyond} of {all} have "
            "changed more than chance explains; the furthest is {furthest} with {psi}.",
            beyond=beyond, all=len(moved), furthest=wording.short(furthest), psi=numbers.score(first["psi"]),
        ),
        header=(tr("column"), "PSI", tr("by chance (95%)"), "KS"), rows=tuple(rows),
        labels=tuple(name for name, _ in moved[:MOST]), unit="PSI",
        values=tuple(fact["psi"] for _, fact in moved[:MOST]),
        marks=tuple(fact["noise"] for _, fact in moved[:MOST]), mark=tr("what chance explains, 19 times in 20"),
    )  # fmt: skip


def over_time(report: Report) -> Points | None:
    """Return the target's rate or mean by period of equal rows."""
    time, target = report["over_time"], report["target"]
    if not time or not time["periods"]:
        return None
    periods = time["periods"]
    percent = bool(target["classes"])
    write = numbers.share if percent else numbers.number
    what = wording.followed(target)
    labels = tuple(numbers.period(p["from"], p["to"]) for p in periods)
    values = tuple(p["value"] for p in periods)
    total = sum(p["rows"] for p in periods) or 1
    most, least = (pick(range(len(values)), key=values.__getitem__) for pick in (max, min))
    lows = tuple(p["value"] if p["low"] is None else p["low"] for p in periods)
    highs = tuple(p["value"] if p["high"] is None else p["high"] for p in periods)
    rows = [
        (label, p["rows"], write(p["value"]), write(low), write(high))
        for label, p, low, high in zip(labels, periods, lows, highs, strict=True)
    ]
    return Points(
        title=tr("{what} over {column}", what=what, column=time["column"]),
        alt=tr(
            "{what} over {column} in {periods}: from {least} in {period} to {most} in {other_period}.",
            what=what, column=time["column"], periods=numbers.count(len(periods), "period", "periods"),
            least=write(values[least]), period=labels[least],
            most=write(values[most]), other_period=labels[most],
        ),
        header=(tr("period"), tr("rows"), what, tr("95% from"), tr("to")),
        rows=tuple(rows), labels=labels, values=values, lows=lows, highs=highs,
        weights=tuple(p["rows"] / total for p in periods),
        level=sum(p["value"] * p["rows"] for p in periods) / total, unit=what, percent=percent,
        ordered=True, ticks=_begins(periods),
    )  # fmt: skip


def _begins(periods: list[Period]) -> tuple[str, ...]:
    """Return when each period begins: its day, or the moment too where several begin on one day."""
    moments = [numbers.bound(period["from"]) for period in periods]
    days = [moment[:10] for moment in moments]
    return tuple(days if len(set(days)) == len(days) else moments)


def correlation(report: Report, method: CorrelationMethod) -> Matrix | None:
    """Return one of METHODS as a matrix; None where there are no two columns for it."""
    known = report["correlations"]
    title, down, across = METHODS[method]
    values = known[method]
    if not values or len(known[down]) * len(known[across]) < 2:
        return None
    pairs = [
        (abs(value), known[down][i], known[across][j], value)
        for i, row in enumerate(values)
        for j, value in enumerate(row)
        if value is not None and known[down][i] != known[across][j]
    ]
    size = {"down": len(known[down]), "across": len(known[across])}
    title = tr("{method} of {down} by {across} columns", method=tr(title), **size)
    alt = f"{title}."
    if pairs:
        _, a, b, value = max(pairs)
        alt = tr(
            "{title}; the strongest is {column} with {other}, {value}.",
            title=title,
            column=wording.short(a),
            other=wording.short(b),
            value=numbers.fixed(value, 2),
        )
    signed = method in ("pearson", "spearman")
    return _matrix(title, alt, known[down], known[across], values, signed)


def missing(report: Report) -> Bars | None:
    """Return the share of blank cells of each column that has any, most first."""
    blank = wording.blank_columns(report)[:SHOWN]
    if not blank:
        return None
    names = [column["name"] for column in blank]
    shares = [column["missing"] / max(column["rows"], 1) for column in blank]
    rows = [
        (column["name"], column["missing"], numbers.share(part))
        for column, part in zip(blank, shares, strict=True)
    ]
    return Bars(
        title=tr("Share of blank cells"),
        alt=tr(
            "Share of blank cells by column; most in {column}, {share}.",
            column=wording.short(names[0]), share=numbers.share(shares[0]),
        ),
        header=(tr("column"), tr("blank cells"), tr("share")), rows=tuple(rows),
        labels=tuple(names), values=tuple(shares), unit="share",
    )  # fmt: skip


def together(report: Report) -> Matrix | None:
    """Return which columns are blank in the same rows: a pattern across, a column down."""
    patterns = report["missing"]["together"]
    if not patterns:
        return None
    named = {name for pattern in patterns for name in pattern["columns"]}
    down = [name for name in report["missing"]["columns"] if name in named]
    values: Coefficients = [
        [1.0 if name in pattern["columns"] else None for pattern in patterns] for name in down
    ]
    first = patterns[0]
    across = [f"{i}: {numbers.share(pattern['share'])}" for i, pattern in enumerate(patterns, start=1)]
    return Matrix(
        title=tr("Blank in the same rows"),
        alt=tr(
            "{number} patterns of blank cells; the first, {share} of the rows, is {columns}.",
            number=len(patterns), share=numbers.share(first["share"]),
            columns=wording.short(", ".join(first["columns"]), 200),
        ),
        header=(tr("share of rows"), tr("blank columns")),
        rows=tuple((numbers.share(p["share"]), ", ".join(p["columns"])) for p in patterns),
        down=tuple(down), across=tuple(across), values=tuple(map(tuple, values)), signed=False,
    )  # fmt: skip


def blank_correlation(report: Report) -> Matrix | None:
    """Return how far the blanks of two columns go together."""
    known = report["missing"]
    if not known["phi"] or len(known["columns"]) < 2:
        return None
    title, columns = tr("Correlation of being blank (phi)"), known["columns"]
    return _matrix(title, f"{title}.", columns, columns, known["phi"], True)


def _matrix(
    title: str, alt: str, down: list[str], across: list[str], values: Coefficients, signed: bool
) -> Matrix:
    rows = [
        (name, *("" if value is None else numbers.fixed(value, 2) for value in row))
        for name, row in zip(down, values, strict=True)
    ]
    return Matrix(
        title=title, alt=alt, header=("", *across), rows=tuple(rows), down=tuple(down),
        across=tuple(across), values=tuple(map(tuple, values)), signed=signed,
    )  # fmt: skip
