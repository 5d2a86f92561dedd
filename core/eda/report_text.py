"""EDA_Report.txt: basic information, descriptive statistics, frequencies of the categorical columns."""

from __future__ import annotations

from typing import Any

from core.eda.words import number


def text_report(report: dict[str, Any]) -> str:
    sections = [_basic(report), _statistics(report), _frequencies(report), _warnings(report)]
    return "\n\n".join(section for section in sections if section) + "\n"


def _title(text: str) -> str:
    return f"{text}\n{'=' * len(text)}"


def _table(header: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in [header, *rows]
    ]
    return "\n".join(lines)


def _basic(report: dict[str, Any]) -> str:
    overview, target = report["overview"], report["target"]
    facts = [
        f"File: {report['dataset']['file']}",
        f"Rows: {overview['rows']:,}",
        f"Columns: {overview['columns']:,}",
        f"Broken rows left out: {overview['broken_rows']:,}",
        f"Duplicate rows: {overview['duplicates']:,}",
        f"Missing cells: {overview['missing_cells']:,}",
        f"Target: {target['name']} ({target['problem']})",
    ]
    facts += [
        f"  {c['class']} (code {c['code']}): {c['rows']:,} rows ({c['share']:.2%})" for c in target["classes"]
    ]
    facts += [
        f"{name.capitalize()} split: {split['rows']:,} rows"
        for name, split in report["splits"]["sizes"].items()
    ]
    rows = [
        [
            c["name"],
            c["kind"],
            c["type"] or "-",
            f"{c['rows'] - c['missing']:,}",
            f"{c['missing']:,}",
            f"{c['distinct']:,}",
            ", ".join(c["features"]) or f"dropped: {c['dropped']}",
        ]
        for c in report["columns"]
    ]
    table = _table(["column", "kind", "type", "filled", "missing", "distinct", "becomes"], rows)
    return "\n".join([_title("Basic information"), *facts, "", table])


def _statistics(report: dict[str, Any]) -> str:
    rows = [
        [
            c["name"],
            *[number(c[key]) for key in ("mean", "std", "minimum")],
            *[number(c["quantiles"].get(q)) for q in ("0.25", "0.5", "0.75")],
            number(c["maximum"]),
        ]
        for c in report["columns"]
        if "histogram" in c
    ]
    header = ["column", "mean", "std", "min", "25%", "50%", "75%", "max"]
    return f"{_title('Descriptive statistics')}\n{_table(header, rows)}" if rows else ""


def _frequencies(report: dict[str, Any]) -> str:
    parts = []
    for column in report["columns"]:
        if column.get("top"):
            rows = [
                [str(top["value"])[:60], f"{top['rows']:,}", f"{top['share']:.2%}"] for top in column["top"]
            ]
            more = column["distinct"] - len(rows)
            rest = f"\n... and {more:,} more values" if more > 0 else ""
            parts.append(f"{_table([column['name'], 'rows', 'share'], rows)}{rest}")
    return f"{_title('Frequencies of the categorical columns')}\n" + "\n\n".join(parts) if parts else ""


def _warnings(report: dict[str, Any]) -> str:
    lines = [f"[{w['severity']}] {w['message']} {w['action']}" for w in report["warnings"]]
    return f"{_title('Warnings')}\n" + "\n".join(lines) if lines else ""
