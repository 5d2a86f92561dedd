"""EDA_Report.txt: basic information, warnings, descriptive statistics, frequencies, and what was measured further."""

from __future__ import annotations

from core.language import joined, tr
from core.numbers import count, integer, number, share, size
from core.report import text_findings
from core.report.schema import Report
from core.report.text_table import table, title
from core.report.wording import KINDS, SEVERITIES, columns_told, dropped, said, short
from core.retelling import told

TOLD = ("message", "reason", "action")  # of a warning


def text_report(report: Report) -> str:
    """Return every section of a report as report.json holds it, for reading in a terminal."""
    sections = [_basic(report), _warnings(report), _statistics(report), _frequencies(report)]
    sections += [text_findings.dates(report), text_findings.missing(report)]
    sections += [text_findings.target_analysis(report), text_findings.correlations(report)]
    sections += [text_findings.drift(report), text_findings.accuracy(report)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _basic(report: Report) -> str:
    overview, target = report["overview"], report["target"]
    kinds = ", ".join(f"{integer(count)} {said(KINDS, kind)}" for kind, count in overview["kinds"].items())
    facts = [
        tr("File: {file}", file=report["dataset"]["file"]),
        tr("Rows: {rows}", rows=integer(overview["rows"])),
        tr("Columns: {columns} ({kinds})", columns=columns_told(overview), kinds=kinds),
        tr("Rows that could not be read, left out: {rows}", rows=integer(overview["broken_rows"])),
        tr("Duplicate rows: {rows}", rows=integer(overview["duplicates"])),
        tr(
            "Missing cells: {cells} ({share})",
            cells=integer(overview["missing_cells"]),
            share=share(overview["missing_share"]),
        ),
        tr("In memory: about {size}", size=size(overview["memory_bytes"])),
        tr("Target: {name} ({problem})", name=target["name"], problem=target["problem"]),
    ]
    facts += [
        tr(
            "  {name} (code {code}): {rows} ({share})",
            name=c["class"],
            code=c["code"],
            rows=count(c["rows"], "row", "rows"),
            share=share(c["share"]),
        )
        for c in target["classes"]
    ]
    facts += [
        tr("{name} split: {rows}", name=name.capitalize(), rows=count(split["rows"], "row", "rows"))
        for name, split in report["splits"]["sizes"].items()
    ]
    rows = [
        [
            c["name"],
            said(KINDS, c["kind"]),
            c["type"] or "-",
            integer(c["rows"] - c["missing"]),
            integer(c["missing"]),
            integer(c["distinct"]),
            short(", ".join(c["features"]) or tr("dropped: {why}", why=dropped(c)), 60),
        ]
        for c in report["columns"]
    ]
    columns = table(
        [
            *(tr("column"), tr("kind"), tr("type"), tr("filled"), tr("missing"), tr("distinct")),
            tr("features"),
        ],
        rows,
    )
    return "\n".join([title(tr("Basic information")), *facts, "", columns])


def _statistics(report: Report) -> str:
    columns = [column for column in report["columns"] if "histogram" in column]
    rows = [
        [
            c["name"],
            *[number(c.get(key)) for key in ("mean", "std", "minimum")],
            *[number(c.get("quantiles", {}).get(q)) for q in ("0.25", "0.5", "0.75")],
            number(c.get("maximum")),
        ]
        for c in columns
    ]
    header = [tr("column"), tr("mean"), tr("std"), tr("min"), "25%", "50%", "75%", tr("max")]
    shapes = [
        [
            c["name"],
            *[number(c.get(key)) for key in ("skew", "kurtosis", "zeros", "negatives")],
            *[
                number(outliers[key]) if (outliers := c.get("outliers")) else "-"
                for key in ("low", "below", "high", "above")
            ],
        ]
        for c in columns
    ]
    shape = [
        *(tr("column"), tr("skew"), tr("kurtosis"), tr("zeros"), tr("negatives")),
        *(tr("fence"), tr("below it"), tr("fence"), tr("above it")),
    ]
    note = tr(
        "Fences lie 1.5 interquartile ranges from the quartiles (Tukey); kurtosis is the excess over 3."
    )
    parts = [table(header, rows), table(shape, shapes), note]
    return f"{title(tr('Descriptive statistics'))}\n" + "\n\n".join(parts) if rows else ""


def _frequencies(report: Report) -> str:
    parts: list[str] = []
    for column in report["columns"]:
        if values := column.get("top"):
            rows = [[str(top["value"])[:60], integer(top["rows"]), share(top["share"])] for top in values]
            more = column["distinct"] - len(rows)
            rest = ""
            if more > 0:
                rest = "\n" + tr("... and {values}", values=count(more, "more value", "more values"))
            parts.append(f"{table([column['name'], tr('rows'), tr('share')], rows)}{rest}")
    return f"{title(tr('Frequencies of the categorical columns'))}\n" + "\n\n".join(parts) if parts else ""


def _warnings(report: Report) -> str:
    lines = [
        joined([f"[{said(SEVERITIES, warning['severity'])}]", *(told(warning, part) for part in TOLD)])
        for warning in report["warnings"]
    ]
    return f"{title(tr('Warnings'))}\n" + "\n".join(lines) if lines else ""
