"""The text report's sections on what was measured on the sample: target, correlations, blanks, drift, accuracy."""

from __future__ import annotations

from core.numbers import count, integer, number, period, score, share
from core.report.column_schema import TargetBin
from core.report.schema import Report
from core.report.text_table import table, title
from core.report.wording import METRICS, blank_columns, estimates

TOLD = 5  # columns whose target by bin is written out: those that tell most
PAIRS = 10
DRIFTED = 10


def target_analysis(report: Report) -> str:
    """Return what each column tells alone, and the target by bin or category of those that tell most."""
    judged = [(column, column["signal"]) for column in report["columns"] if column["signal"]]
    judged.sort(key=lambda item: -item[1]["value"])
    if not judged:
        return ""
    first = judged[0][1]
    metric = METRICS[first["metric"]]
    rows = [[column["name"], signal["feature"], score(signal["value"])] for column, signal in judged]
    head = (
        f"How well each column predicts by itself, on {count(first['rows'], 'held-out row', 'held-out rows')}"
    )
    parts = [head, table(["column", "by", metric], rows)]
    for column, signal in judged[:TOLD]:
        if column["target_by"]:
            parts.append(_target_by(signal["feature"], column["target_by"]))
    return f"{title('Target analysis')}\n" + "\n\n".join([f"{parts[0]}\n{parts[1]}", *parts[2:]])


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
        return table([feature, "rows", *classes], rows)
    kind = "rate" if "rate" in bins[0] else "mean"
    show = share if kind == "rate" else number
    rows = [[_bin(f), integer(f["rows"]), *(show(f.get(key)) for key in (kind, "low", "high"))] for f in bins]
    return table([feature, "rows", kind, "from (95%)", "to"], rows)


def _bin(item: TargetBin) -> str:
    if item.get("blank"):
        return "(blank)"
    if item.get("other"):
        return "(other)"
    if item.get("unseen"):
        return "(not in training)"
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
        "ratio": "corr. ratio",
    }
    rows = [
        [p["a"], p["b"], methods[p["method"]], score(p["value"])] for p in coefficients["strongest"][:PAIRS]
    ]
    if not rows:
        return ""
    left = (
        f"; without {count(len(coefficients['left_out']), 'other column', 'other columns')}"
        if coefficients["left_out"]
        else ""
    )
    head = f"The strongest of {count(len(coefficients['numbers']), 'column', 'columns')} of numbers and "
    head += f"{count(len(coefficients['categories']), 'column', 'columns')} of categories{left}"
    return f"{title('Correlations')}\n{head}\n{table(['column', 'with', 'by', 'value'], rows)}"


def missing(report: Report) -> str:
    """Return which columns are blank, and which of them in the same rows."""
    blank = blank_columns(report)
    if not blank:
        return ""
    rows = [[c["name"], integer(c["missing"]), share(c["missing"] / c["rows"])] for c in blank[:20]]
    parts = [table(["column", "blank", "share"], rows)]
    together = [pattern for pattern in report["missing"]["together"] if len(pattern["columns"]) > 1][:PAIRS]
    if together:
        rows = [[" + ".join(pattern["columns"])[:90], share(pattern["share"])] for pattern in together]
        parts.append(table(["blank together, and no others", "share"], rows))
    return f"{title('Missing values')}\n" + "\n\n".join(parts)


def dates(report: Report) -> str:
    """Return spans, days and gaps of the date columns."""
    parts: list[str] = []
    for column in report["columns"]:
        if not (timeline := column.get("timeline")):
            continue
        lines = [f"{column['name']}: {column.get('minimum')} to {column.get('maximum')}"]
        if "days" in timeline:
            gaps = (
                ", ".join(
                    f"{count(g['days'], 'day', 'days')} after {g['after']}" for g in timeline.get("gaps", ())
                )
                or "none"
            )
            lines.append(
                f"  {count(timeline['days'], 'different day', 'different days')}; longest gaps: {gaps}"
            )
        rows = [
            [period, integer(rows)]
            for period, rows in zip(timeline["periods"], timeline["counts"], strict=True)
        ]
        if len(rows) <= 36:
            lines.append(table([timeline["unit"], "rows"], rows))
        parts.append("\n".join(lines))
    return f"{title('Dates')}\n" + "\n\n".join(parts) if parts else ""


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
        parts.append(table([f"{over['column']}, from", "rows", "target", "from (95%)", "to"], rows))
    later = over["psi"] if over else {}
    moved = [(column["name"], column["drift"]) for column in report["columns"] if column["drift"]]
    moved.sort(key=lambda item: -max(item[1]["psi"] - item[1]["noise"], later.get(item[0], 0.0)))
    rows = [
        [name, *(score(value) for value in (drift["psi"], drift["noise"], later.get(name)))]
        for name, drift in moved[:DRIFTED]
    ]
    if rows:
        parts.append(
            table(["PSI of", "test against training", "by chance", "later half against earlier"], rows)
        )
    return f"{title('Drift')}\n" + "\n\n".join(parts) if parts else ""


def accuracy(report: Report) -> str:
    """Return which figures are estimates, and how far off they may be; all others are exact."""
    lines = estimates(report)
    rest = "All others are exact, over all rows." if lines else "Every figure is exact, over all rows."
    return f"{title('What is estimated')}\n" + "\n".join([*lines, rest])
