"""EDA_Report.txt: basic information, warnings, descriptive statistics, frequencies, and what was measured further."""

from __future__ import annotations

from core.language import joined
from core.numbers import count, integer, number, share, size
from core.report import text_findings
from core.report.schema import Report
from core.report.text_table import table, title
from core.report.wording import columns_told, short
from core.retelling import told


def text_report(report: Report) -> str:
    """Return every section of a report as report.json holds it, for reading in a terminal."""
    sections = [_basic(report), _warnings(report), _statistics(report), _frequencies(report)]
    sections += [text_findings.dates(report), text_findings.missing(report)]
    sections += [text_findings.target_analysis(report), text_findings.correlations(report)]
    sections += [text_findings.drift(report), text_findings.accuracy(report)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _basic(report: Report) -> str:
    overview, target = report["overview"], report["target"]
    kinds = ", ".join(f"{integer(count)} {kind}" for kind, count in overview["kinds"].items())
    facts = [
        f"File: {report['dataset']['file']}",
        f"Rows: {integer(overview['rows'])}",
        f"Columns: {columns_told(overview)} ({kinds})",
        f"Rows that could not be read, left out: {integer(overview['broken_rows'])}",
        f"Duplicate rows: {integer(overview['duplicates'])}",
        f"Missing cells: {integer(overview['missing_cells'])} ({share(overview['missing_share'])})",
        f"In memory: about {size(overview['memory_bytes'])}",
        f"Target: {target['name']} ({target['problem']})",
    ]
    facts += [
        f"  {c['class']} (code {c['code']}): {count(c['rows'], 'row', 'rows')} ({share(c['share'])})"
        for c in target["classes"]
    ]
    facts += [
        f"{name.capitalize()} split: {count(split['rows'], 'row', 'rows')}"
        for name, split in report["splits"]["sizes"].items()
    ]
    rows = [
        [
            c["name"],
            c["kind"],
            c["type"] or "-",
            integer(c["rows"] - c["missing"]),
            integer(c["missing"]),
            integer(c["distinct"]),
            short(", ".join(c["features"]) or f"dropped: {c['dropped']}", 60),
        ]
        for c in report["columns"]
    ]
    columns = table(["column", "kind", "type", "filled", "missing", "distinct", "features"], rows)
    return "\n".join([title("Basic information"), *facts, "", columns])


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
    header = ["column", "mean", "std", "min", "25%", "50%", "75%", "max"]
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
    shape = ["column", "skew", "kurtosis", "zeros", "negatives", "fence", "below it", "fence", "above it"]
    note = "Fences lie 1.5 interquartile ranges from the quartiles (Tukey); kurtosis is the excess over 3."
    parts = [table(header, rows), table(shape, shapes), note]
    return f"{title('Descriptive statistics')}\n" + "\n\n".join(parts) if rows else ""


def _frequencies(report: Report) -> str:
    parts: list[str] = []
    for column in report["columns"]:
        if values := column.get("top"):
            rows = [[str(top["value"])[:60], integer(top["rows"]), share(top["share"])] for top in values]
            more = column["distinct"] - len(rows)
            rest = f"\n... and {count(more, 'more value', 'more values')}" if more > 0 else ""
            parts.append(f"{table([column['name'], 'rows', 'share'], rows)}{rest}")
    return f"{title('Frequencies of the categorical columns')}\n" + "\n\n".join(parts) if parts else ""


def _warnings(report: Report) -> str:
    lines = [
        f"[{warning['severity']}] {joined([told(warning, part) for part in ('message', 'reason', 'action')])}"
        for warning in report["warnings"]
    ]
    return f"{title('Warnings')}\n" + "\n".join(lines) if lines else ""
