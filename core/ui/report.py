"""The Report page's parts, from report.json (its schema: core/eda/README.md) and from storage."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core import configuration, pipeline
from core.backends.base import Backend
from core.ui import charts, page

PICTURES_A_PAGE = 9
ICONS = {"high": ":material/error:", "medium": ":material/warning:", "low": ":material/info:"}
STATES = {"ok": "as written", "missing": "MISSING", "changed": "CHANGED", "unexpected": "not in the manifest"}


def overview(found: dict[str, Any]) -> None:
    facts, splits = found["overview"], found["splits"]
    columns = st.columns(5)
    columns[0].metric("Rows", f"{facts['rows']:,}")
    columns[1].metric("Columns", f"{facts['columns']:,}")
    columns[2].metric("Missing cells", f"{facts['missing_cells']:,}")
    columns[3].metric("Duplicate rows", f"{facts['duplicates']:,}")
    columns[4].metric("Broken rows", f"{facts['broken_rows']:,}")
    target = found["target"]
    text = f"Predict {target['name']}, a {target['problem']} problem. "
    text += ", ".join(
        f"{name} {splits['sizes'][name]['rows']:,} rows" for name in ("train", "validation", "test")
    )
    st.text(f"{text}; {splits['method']} split.")
    if facts["broken_listed"]:
        lines = [f"line {row['line']}: {row['reason']}" for row in facts["broken_listed"]]
        with st.expander(f"{facts['broken_rows']:,} broken rows", icon=":material/rule:"):
            st.text("\n".join(lines))


def warnings(backend: Backend, job: str, found: dict[str, Any]) -> None:
    """What may harm the model, the worst first; columns can be dropped and the EDA run again from here."""
    items = found["warnings"]
    if not items:
        st.success("No warnings.", icon=":material/check_circle:")
        return
    worst = [item for item in items if item["severity"] == "high"]
    label = f"{len(items)} warnings" if len(items) > 1 else "1 warning"
    with st.expander(label, icon=":material/warning:", expanded=bool(worst)):
        for item in items:
            left, right = st.columns([1, 5])
            color = "red" if item in worst else "gray"
            left.badge(item["code"].replace("_", " "), icon=ICONS[item["severity"]], color=color)
            right.text(f"{item['message']} {item['action']}")
        leaking = [item["column"] for item in items if item["code"] == "leakage"]
        if leaking:
            _drop(backend, job, leaking)


def _drop(backend: Backend, job: str, columns: list[str]) -> None:
    request = backend.job(job).request
    st.caption("Dropping changes the configuration only; the next EDA job starts from it.")
    if st.button(page.label(f"Drop {', '.join(columns)} and go to EDA"), icon=":material/remove_circle:"):
        plan = configuration.from_job(request).without(*columns)
        configuration.save(backend.storage, plan)
        st.switch_page(page.file("EDA"))


def columns(found: dict[str, Any]) -> None:
    """One table of all columns with their distributions; a selected row is drawn in detail."""
    rows = [_row(column) for column in found["columns"]]
    event = st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="report-columns",
        column_config={
            "Distribution": st.column_config.BarChartColumn(width="medium"),
            "Missing": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
        },
        alt="Every column with kind, missing share, distinct values and distribution",
    )
    names = [column["name"] for column in found["columns"]]
    selected = event.selection.rows
    st.caption("Select a row for its detail.")
    column = found["columns"][selected[0]] if selected and selected[0] < len(names) else _first_drawn(found)
    if column:
        _detail(column)


def _signal(column: dict[str, Any]) -> str:
    """What the column alone tells of the target, on held-out rows."""
    signal = column.get("signal")
    return f"{signal['metric'].upper()} {signal['value']:.3f}" if signal else ""


def _first_drawn(found: dict[str, Any]) -> dict[str, Any] | None:
    return next((column for column in found["columns"] if "histogram" in column or column.get("top")), None)


def _row(column: dict[str, Any]) -> dict[str, Any]:
    counts = (column.get("histogram") or {}).get("counts") or [top["rows"] for top in column.get("top", [])]
    return {
        "Column": column["name"],
        "Kind": column["kind"],
        "Distribution": counts,
        "Missing": column["missing"] / max(column["rows"], 1),
        "Distinct": column["distinct"],
        "Min": _bound(column.get("minimum")),
        "Mean": f"{column['mean']:,.4g}" if column.get("mean") is not None else "",
        "Max": _bound(column.get("maximum")),
        "Tells alone": _signal(column),
        "Becomes": ", ".join(column["features"]) or column["dropped"] or "",
    }


def _detail(column: dict[str, Any]) -> None:
    left, right = st.columns([2, 1])
    with left:
        if "histogram" in column and column["histogram"]["counts"]:
            drawn = column["histogram"]
            alt = f"Histogram of {column['name']} in {len(drawn['counts'])} bins, from {drawn['edges'][0]:g}"
            charts.draw(charts.histogram(drawn["edges"], drawn["counts"], column["name"]), alt)
        elif column.get("top"):
            top = column["top"][:20]
            values, counts = [str(item["value"]) for item in top], [item["rows"] for item in top]
            alt = f"Most frequent values of {column['name']}; the first is {values[0]}, {counts[0]:,} rows"
            charts.draw(charts.frequencies(values, counts, column["name"]), alt)
        else:
            st.caption("Nothing to draw for this column.")
    skipped = ("histogram", "top", "quantiles", "features", "picture", "signal")
    facts = {key: value for key, value in column.items() if key not in skipped and value not in (None, "")}
    facts |= {"tells alone": _signal(column)} if _signal(column) else {}
    facts |= {f"quantile {share}": value for share, value in (column.get("quantiles") or {}).items()}
    table = pd.DataFrame({"Fact": facts.keys(), "Value": [_short(value) for value in facts.values()]})
    right.dataframe(table, hide_index=True, height=320, alt=f"Facts about {column['name']}")


def _bound(value: float | str | None) -> str:
    return "" if value is None else _short(value).replace("T", " ")


def _short(value: Any) -> str:
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def gallery(backend: Backend, job: str, found: dict[str, Any]) -> None:
    """The PNGs as the job wrote them, a page at a time."""
    drawn = [column for column in found["columns"] if column.get("picture")]
    if not drawn:
        st.caption("There is no numeric column, so no histogram.")
        return
    pages = -(-len(drawn) // PICTURES_A_PAGE)
    number = st.pagination(pages, key="gallery") if pages > 1 else 1
    columns = st.columns(3)
    for index, column in enumerate(drawn[(number - 1) * PICTURES_A_PAGE : number * PICTURES_A_PAGE]):
        data = backend.storage.read_bytes(f"processing/{job}/output/{column['picture']}")
        columns[index % 3].image(data, width="stretch", alt=f"Histogram of {column['name']}")


def text(backend: Backend, job: str) -> None:
    folder = f"processing/{job}/output/report"
    with st.container(horizontal=True):
        for file, mime in (
            ("EDA_Report.txt", "text/plain"),
            ("report.html", "text/html"),
            ("report.json", "application/json"),
        ):
            st.download_button(
                file,
                lambda file=file: backend.storage.read_bytes(f"{folder}/{file}"),
                file_name=f"{job}-{file}",
                mime=mime,
                icon=":material/download:",
                on_click="ignore",
            )
    st.code(backend.storage.read_text(f"{folder}/EDA_Report.txt"), language=None, height=600)


def verification(backend: Backend, job: str) -> None:
    """Every file that the job's manifest names, read and hashed again, now."""
    with st.spinner("Reading and hashing every output", show_time=True):
        files = pipeline.verify(backend, job)
    wrong = [file for file in files if file.state != "ok"]
    if wrong:
        st.error(
            f"{len(wrong)} of {len(files)} outputs are not as the job wrote them.", icon=":material/error:"
        )
    else:
        st.success(f"All {len(files)} outputs are in storage, byte for byte.", icon=":material/verified:")
    rows = [
        {"Output": file.file, "State": STATES[file.state], "Bytes": file.bytes, "SHA-256": file.sha256}
        for file in sorted(files, key=lambda file: (file.state == "ok", file.file))
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, alt="Every output with its state, size and checksum")
