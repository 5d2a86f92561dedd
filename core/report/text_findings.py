"""The text report's sections on what was measured on the sample: target, correlations, blanks, drift, accuracy."""

from __future__ import annotations

from core.language import mark, tr
from core.numbers import count, integer, number, period, score, share
from core.report.column_schema import TargetBin
from core.report.schema import Report
from core.report.text_table import table, title
from core.report.wording import METRICS, UNITS, blank_columns, estimates, said

TOLD = 5  # columns whose target by bin is written out: those that tell most
PAIRS = 10
DRIFTED = 10
RATE, MEAN = mark("rate"), mark("mean")


def target_analysis(report: Report) -> str:
    """Return what each column tells alone, and the target by bin or category of those that tell most."""
    judged = [(column, column["signal"]) for column in report["columns"] if column["signal"]]
    judged.sort(key=lambda item: -item[1]["value"])
    if not judged:
        return ""
    first = judged[0][1]
    metric = METRICS[first["metric"]]
    rows = [[column["name"], signal["feature"], score(signal["value"])] for column, signal in judged]
    head = tr(
        "How well each column predicts by itself, on {rows}",
        rows=count(first["rows"], "held-out row", "held-out rows"),
    )
    parts = [head, table([tr("column"), tr("by"), metric], rows)]
    for column, signal in judged[:TOLD]:
        if column["target_by"]:
            parts.append(_target_by(signal["feature"], column["target_by"]))
    return f"{title(tr('Target analysis'))}\n" + "\n\n".join([f"{parts[0]}\n{parts[1]}", *parts[2:]])


def _target_by(feature: str, bins: list[TargetBin]) -> str:
    if "shares" in bins[0]:
        classes = list(dict.fromkeys(name for item in bins for name in item.get("shares", ())))[:6]
        rows = [
            [
                _bin(f),
                integer(f["rows"]),
                *[share(f.get("shares", {}).get(name, 0.0)) for name in classes],
            ]
            for f in bins
        ]
        return table([feature, tr("rows"), *classes], rows)
    kind = "rate" if "rate" in bins[0] else "mean"
    show = share if kind == "rate" else number
    rows = [[_bin(f), integer(f["rows"]), *(show(f.get(key)) for key in (kind, "low", "high"))] for f in bins]
    return table(
        [feature, tr("rows"), tr(RATE if kind == "rate" else MEAN), tr("from (95%)"), tr("to")], rows
    )


def _bin(item: TargetBin) -> str:
    if item.get("blank"):
        return tr("(blank)")
    if item.get("other"):
        return tr("(other)")
    if item.get("unseen"):
        return tr("(not in training)")
    if "from" in item:
        return period(item["from"], item.get("to"))
    return str(item.get("value"))[:40]


def correlations(report: Report) -> str:
    """Return the strongest pairs of columns."""
    coefficients = report["correlations"]
    methods = {
        "pearson": "Pearson",
        "spearman": "Spearman",
        "cramers_v": "Cramer's V",
        "ratio": tr("corr. ratio"),
    }
    rows = [
        [p["a"], p["b"], methods[p["method"]], score(p["value"])] for p in coefficients["strongest"][:PAIRS]
    ]
    if not rows:
        return ""
    numbers = count(len(coefficients["numbers"]), "column", "columns")
    categories = count(len(coefficients["categories"]), "column", "columns")
    head = tr(
        "The strongest of {numbers} of numbers and {categories} of categories",
        numbers=numbers,
        categories=categories,
    )
    if coefficients["left_out"]:
        head = tr(
            "The strongest of {numbers} of numbers and {categories} of categories; without {others}",
            numbers=numbers,
            categories=categories,
            others=count(len(coefficients["left_out"]), "other column", "other columns"),
        )
    return f"{title(tr('Correlations'))}\n{head}\n{table([tr('column'), tr('with'), tr('by'), tr('value')], rows)}"


def missing(report: Report) -> str:
    """Return which columns are blank, and which of them in the same rows."""
    blank = blank_columns(report)
    if not blank:
        return ""
    rows = [[c["name"], integer(c["missing"]), share(c["missing"] / c["rows"])] for c in blank[:20]]
    parts = [table([tr("column"), tr("blank"), tr("share")], rows)]
    together = [pattern for pattern in report["missing"]["together"] if len(pattern["columns"]) > 1][:PAIRS]
    if together:
        rows = [[" + ".join(pattern["columns"])[:90], share(pattern["share"])] for pattern in together]
        parts.append(table([tr("blank together, and no others"), tr("share")], rows))
    return f"{title(tr('Missing values'))}\n" + "\n\n".join(parts)


def dates(report: Report) -> str:
    """Return spans, days and gaps of the date columns."""
    parts: list[str] = []
    for column in report["columns"]:
        if not (timeline := column.get("timeline")):
            continue
        span = {"low": column.get("minimum"), "high": column.get("maximum")}
        lines = [tr("{name}: {low} to {high}", name=column["name"], **span)]
        if "days" in timeline:
            gaps = ", ".join(
                tr("{days} after {day}", days=count(gap["days"], "day", "days"), day=gap["after"])
                for gap in timeline.get("gaps", ())
            )
            days = count(timeline["days"], "different day", "different days")
            lines.append("  " + tr("{days}; longest gaps: {gaps}", days=days, gaps=gaps or tr("none")))
        rows = [
            [period, integer(rows)]
            for period, rows in zip(timeline["periods"], timeline["counts"], strict=True)
        ]
        if len(rows) <= 36:
            lines.append(table([said(UNITS, timeline["unit"]), tr("rows")], rows))
        parts.append("\n".join(lines))
    return f"{title(tr('Dates'))}\n" + "\n\n".join(parts) if parts else ""


def drift(report: Report) -> str:
    """Return the target over time, and what moves most between training and test and between the halves."""
    parts: list[str] = []
    if over := report["over_time"]:
        rows = [
            [
                str(p["from"]).replace("T", " "),
                integer(p["rows"]),
                *[number(p[key], 4) for key in ("value", "low", "high")],
            ]
            for p in over["periods"]
        ]
        parts.append(
            table(
                [
                    tr("{column}, from", column=over["column"]),
                    tr("rows"),
                    tr("target"),
                    tr("from (95%)"),
                    tr("to"),
                ],
                rows,
            )
        )
    later = over["psi"] if over else {}
    moved = [(column["name"], column["drift"]) for column in report["columns"] if column["drift"]]
    moved.sort(key=lambda item: -max(item[1]["psi"] - item[1]["noise"], later.get(item[0], 0.0)))
    rows = [
        [name, *(score(value) for value in (drift["psi"], drift["noise"], later.get(name)))]
        for name, drift in moved[:DRIFTED]
    ]
    if rows:
        parts.append(
            table(
                [
                    tr("PSI of"),
                    tr("test against training"),
                    tr("by chance"),
                    tr("later half against earlier"),
                ],
                rows,
            )
        )
    return f"{title(tr('Drift'))}\n" + "\n\n".join(parts) if parts else ""


def accuracy(report: Report) -> str:
    """Return which figures are estimates, and how far off they may be; all others are exact."""
    lines = estimates(report)
    rest = (
        tr("All others are exact, over all rows.") if lines else tr("Every figure is exact, over all rows.")
    )
    return f"{title(tr('What is estimated'))}\n" + "\n".join([*lines, rest])
