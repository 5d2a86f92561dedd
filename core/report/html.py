"""report.html: the report as one file that needs nothing else: no script, no request, light, dark and printed.

Every value is escaped on its way in; a column named `<script>` is text like any other. The file's own policy
(Content-Security-Policy) allows its one style sheet, by its hash, and nothing besides.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Any

from core.report import column_pictures, table_pictures, wording
from core.report.pictures import Matrix, Picture
from core.report.style import STYLE
from core.report.svg import spark, svg

DETAILED = 500  # columns told one by one; the table and report.json have all
ONE_LINE = 20  # characters of a cell that stay together
MATRIX = 30  # rows and columns of a matrix; report.json has all


def html_report(report: dict[str, Any]) -> str:
    """A whole HTML document for a report as report.json holds it."""
    title = f"EDA of {report['dataset']['file']}"
    sections = {
        "Warnings": _warnings(report["warnings"]),
        "Target": _cards(_target(report)),
        "Columns": _columns(report),
        "Correlations": _cards(_correlations(report)),
        "Missing cells": _cards(_missing(report)),
        "Column by column": _details(report),
        "How exact this is": _accuracy(report),
    }
    told = {name: body for name, body in sections.items() if body}
    links = "".join(f'<a href="#{_anchor(name)}">{name}</a>' for name in told)
    body = "\n".join(f'<h2 id="{_anchor(name)}">{name}</h2>\n{section}' for name, section in told.items())
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n<header><h1>{escape(title)}</h1>"
        f'{_overview(report)}<nav aria-label="Sections">{links}</nav></header>\n<main>\n{body}\n</main></body></html>\n'
    )


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")


def _table(header: Iterable[str], rows: Iterable[Iterable[Any]], look: str = "", caption: str = "") -> str:
    """Whole numbers have their thousands marked; with the look `figures` all but the first column stand right."""
    body = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in rows)
    return _framed(header, body, look, caption)


def _framed(header: Iterable[str], body: str, look: str, caption: str = "") -> str:
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in header)
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    table = f"{told}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table class="{look}">{table}</table></div>'


def _cell(cell: Any) -> str:
    text = f"{cell:,}" if isinstance(cell, int) else str(cell)
    return f"<td{' class=long' if len(text) > ONE_LINE else ''}>{escape(text)}</td>"


def _figure(picture: Picture | None) -> str:
    """A picture with its title, and its numbers to unfold."""
    if picture is None:
        return ""
    note, shown = "", picture
    if isinstance(picture, Matrix) and max(len(picture.down), len(picture.across)) > MATRIX:
        note = f'<p class="soft">The first {MATRIX} rows and columns; report.json has all.</p>'
        shown = _cut(picture)
    numbers = (
        f"<details><summary>Its numbers</summary>{_table(shown.header, shown.rows, 'figures')}</details>"
    )
    return f"<figure><figcaption>{escape(picture.title)}</figcaption>{svg(shown)}{note}{numbers}</figure>"


def _cut(picture: Matrix) -> Matrix:
    return Matrix(
        title=picture.title, alt=picture.alt, signed=picture.signed,
        header=picture.header[: MATRIX + 1], rows=tuple(row[: MATRIX + 1] for row in picture.rows[:MATRIX]),
        down=picture.down[:MATRIX], across=picture.across[:MATRIX],
        values=tuple(row[:MATRIX] for row in picture.values[:MATRIX]),
    )  # fmt: skip


def _cards(parts: Iterable[str]) -> str:
    cards = "".join(f'<div class="card">{part}</div>' for part in parts if part)
    return f'<div class="cards">{cards}</div>' if cards else ""


def _overview(report: dict[str, Any]) -> str:
    overview, target, splits = report["overview"], report["target"], report["splits"]
    facts = {
        "Rows": f"{overview['rows']:,}",
        "Columns": wording.columns_told(overview),
        "Features": f"{overview['features']:,}",
        "Missing cells": f"{overview['missing_cells']:,}",
        "Duplicate rows": f"{overview['duplicates']:,}",
        "Broken rows left out": f"{overview['broken_rows']:,}",
        "Size of the file": wording.size(report["dataset"]["bytes"]),
        "Target": f"{target['name']} ({target['problem']})",
        f"Split, {splits['method']}": ", ".join(
            f"{name} {s['rows']:,}" for name, s in splits["sizes"].items()
        ),
    }
    return _facts(facts.items())


def _facts(facts: Iterable[tuple[str, str]]) -> str:
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f"<dl>{items}</dl>"


def _warnings(warnings: list[dict[str, Any]]) -> str:
    return _cards(_warning(item) for item in warnings)


def _warning(item: dict[str, Any]) -> str:
    severity = escape(item["severity"])
    code = escape(item["code"].replace("_", " "))
    more = f"{item.get('reason') or ''} {item['action']}".strip()
    return (
        f'<p><span class="tag {severity}">{severity}: {code}</span>{escape(item["message"])}</p>'
        f'<p class="soft">{escape(more)}</p>'
    )


def _target(report: dict[str, Any]) -> Iterable[str]:
    own = next(c for c in report["columns"] if c["name"] == report["target"]["name"])
    yield f'<p class="soft">{escape(report["target"]["rule"])}</p>' + _figure(
        table_pictures.balance(report) or column_pictures.distribution(own)
    )
    yield _figure(table_pictures.power(report))
    yield _figure(table_pictures.over_time(report))
    yield _figure(table_pictures.drift(report))


def _columns(report: dict[str, Any]) -> str:
    rows = []
    for i, column in enumerate(report["columns"]):
        name = escape(column["name"])
        link = f'<a href="#column-{i}">{name}</a>' if i < DETAILED else name
        counts = column_pictures.shape(column)
        cells = [
            column["kind"],
            wording.share(column["missing"] / max(column["rows"], 1)),
            column["distinct"],
            *(wording.bound(column.get(key)) for key in ("minimum", "mean", "maximum")),
            wording.alone(column),
            wording.becomes(column),
        ]
        rows.append(
            f"<tr><td>{link}</td><td>{spark(counts) if any(counts) else ''}</td>"
            + "".join(_cell(cell) for cell in cells)
            + "</tr>"
        )
    names = [
        "column",
        "distribution",
        "kind",
        "missing",
        "distinct",
        "minimum",
        "mean",
        "maximum",
        "alone",
        "becomes",
    ]
    return _framed(names, "".join(rows), "columns")


def _correlations(report: dict[str, Any]) -> Iterable[str]:
    for method in table_pictures.METHODS:
        yield _figure(table_pictures.correlation(report, method))
    if strongest := (report.get("correlations") or {}).get("strongest"):
        rows = [
            (pair["a"], pair["b"], table_pictures.METHODS[pair["method"]][0], f"{pair['value']:.3f}")
            for pair in strongest
        ]
        yield _table(("one", "other", "method", "value"), rows, caption="Strongest pairs")


def _missing(report: dict[str, Any]) -> Iterable[str]:
    yield _figure(table_pictures.missing(report))
    yield _figure(table_pictures.together(report))
    yield _figure(table_pictures.blank_correlation(report))


def _details(report: dict[str, Any]) -> str:
    parts = []
    for i, column in enumerate(report["columns"][:DETAILED]):
        pictures = (
            column_pictures.distribution(column),
            column_pictures.weekdays(column),
            column_pictures.by_target(column, report),
        )
        parts.append(
            f'<div class="card" id="column-{i}"><h3>{escape(column["name"])}</h3>'
            f'<p class="soft">{escape(column["kind"])}; becomes {escape(wording.becomes(column))}</p>'
            f"{_facts(wording.facts(column))}{''.join(map(_figure, pictures))}</div>"
        )
    rest = len(report["columns"]) - DETAILED
    more = f'<p class="soft">{rest:,} more columns are told in report.json.</p>' if rest > 0 else ""
    return f'<div class="cards">{"".join(parts)}</div>{more}'


def _accuracy(report: dict[str, Any]) -> str:
    lines = [wording.accuracy(item) for item in report.get("accuracy", [])]
    lines.append("All else is exact, over all rows." if lines else "Every figure is exact, over all rows.")
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    lines.append(
        f"Data: {report['dataset']['file']}, SHA-256 {report['dataset']['sha256']}. Versions: {versions}."
    )
    return "".join(f'<p class="soft">{escape(line)}</p>' for line in lines)
