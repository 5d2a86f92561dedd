"""report.html: the report as one file that needs nothing else: no script, no request, light and dark.

Every value is escaped on its way in; a column named `<script>` is text like any other.
"""

from __future__ import annotations

from html import escape
from typing import Any

from core.eda.words import number

_STYLE = """
:root{color-scheme:light dark;--ink:#1a2330;--soft:#5b6675;--line:#d8dee6;--page:#fff;--card:#f6f8fa;--bar:#2563a8;
--high:#a3161a;--medium:#8a5300;--low:#39606f}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf2;--soft:#a3afbd;--line:#364252;--page:#12181f;--card:#1a222c;
--bar:#6ba6e6;--high:#ff8f8a;--medium:#f0b35c;--low:#8fc1d6}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:1080px;margin:2rem auto;
padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2rem 0 .6rem}p{margin:.2rem 0}
.soft{color:var(--soft)}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:.8rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.6rem .8rem;overflow-wrap:anywhere}
.high{color:var(--high)}.medium{color:var(--medium)}.low{color:var(--low)}
svg{width:100%;height:70px;display:block}svg rect{fill:var(--bar)}
"""


def html_report(report: dict[str, Any]) -> str:
    """A whole HTML document for a report as report.json holds it."""
    title = f"EDA of {report['dataset']['file']}"
    body = [
        f"<h1>{escape(title)}</h1>",
        _overview(report),
        _warnings(report["warnings"]),
        _columns(report["columns"]),
        _shapes(report["columns"]),
        _frequencies(report["columns"]),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in body if part)
        + "\n</body></html>\n"
    )


def _table(header: list[str], rows: list[list[str]], numbers: set[int]) -> str:
    def cells(tag: str, row: list[str]) -> str:
        return "".join(
            f'<{tag} class="n">{escape(cell)}</{tag}>' if i in numbers else f"<{tag}>{escape(cell)}</{tag}>"
            for i, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    head = f"<thead><tr>{cells('th', header)}</tr></thead>"
    return f'<div class="wide"><table>{head}<tbody>{body}</tbody></table></div>'


def _overview(report: dict[str, Any]) -> str:
    overview, target, splits = report["overview"], report["target"], report["splits"]
    facts = [
        f"{overview['rows']:,} rows, {overview['columns']:,} columns, {overview['features']:,} features",
        f"{overview['missing_cells']:,} missing cells, {overview['duplicates']:,} duplicate rows, "
        f"{overview['broken_rows']:,} broken rows left out",
        f"Target {target['name']}: {target['problem']}; {target['rule']}",
        f"Split {splits['method']}: "
        + ", ".join(f"{name} {size['rows']:,}" for name, size in splits["sizes"].items()),
    ]
    text = "".join(f"<p>{escape(fact)}</p>" for fact in facts)
    if not target["classes"]:
        return text
    rows = [[c["class"], str(c["code"]), f"{c['rows']:,}", f"{c['share']:.2%}"] for c in target["classes"]]
    return text + "<h2>Target balance</h2>" + _table(["class", "code", "rows", "share"], rows, {1, 2, 3})


def _warnings(warnings: list[dict[str, Any]]) -> str:
    if not warnings:
        return ""
    cards = "".join(
        f'<div class="card"><b class="{escape(w["severity"])}">{escape(w["severity"])}</b> {escape(w["message"])}'
        f'<p class="soft">{escape(w["action"])}</p></div>'
        for w in warnings
    )
    return f'<h2>Warnings</h2><div class="cards">{cards}</div>'


def _columns(columns: list[dict[str, Any]]) -> str:
    rows = []
    for c in columns:
        signal = c["signal"]
        rows.append(
            [
                c["name"],
                c["kind"],
                f"{c['missing']:,}",
                f"{c['distinct']:,}",
                *[number(c.get(key)) if "mean" in c else "" for key in ("minimum", "mean", "maximum")],
                f"{signal['metric'].upper()} {signal['value']:.3f}" if signal else "",
                ", ".join(c["features"]) or f"dropped: {c['dropped']}",
            ]
        )
    header = ["column", "kind", "missing", "distinct", "min", "mean", "max", "alone", "becomes"]
    return "<h2>Columns</h2>" + _table(header, rows, {2, 3, 4, 5, 6, 7})


def _shapes(columns: list[dict[str, Any]]) -> str:
    cards = "".join(
        f'<div class="card">{escape(c["name"])}{_bars(c["name"], c["histogram"])}</div>'
        for c in columns
        if c.get("histogram", {}).get("counts")
    )
    return f'<h2>Histograms</h2><div class="cards">{cards}</div>' if cards else ""


def _bars(name: str, histogram: dict[str, list[float]]) -> str:
    counts, edges = histogram["counts"], histogram["edges"]
    most, width = max(counts) or 1, 200 / len(counts)
    bars = "".join(
        f'<rect x="{i * width:.2f}" y="{60 - 60 * n / most:.2f}" '
        f'width="{width * 0.9:.2f}" height="{60 * n / most:.2f}"/>'
        for i, n in enumerate(counts)
        if n
    )
    label = escape(f"Histogram of {name}, from {number(edges[0])} to {number(edges[-1])}", quote=True)
    return (
        f'<svg viewBox="0 0 200 60" preserveAspectRatio="none" role="img" aria-label="{label}">{bars}</svg>'
        f'<p class="soft">{escape(number(edges[0]))} to {escape(number(edges[-1]))}</p>'
    )


def _frequencies(columns: list[dict[str, Any]]) -> str:
    parts = []
    for c in columns:
        if c.get("top"):
            rows = [[str(t["value"])[:80], f"{t['rows']:,}", f"{t['share']:.2%}"] for t in c["top"][:10]]
            parts.append(f'<div class="card">{_table([c["name"], "rows", "share"], rows, {1, 2})}</div>')
    return f'<h2>Most frequent values</h2><div class="cards">{"".join(parts)}</div>' if parts else ""
