"""What is true of the whole table: the target and what tells of it, correlations, and blanks."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.report import column_pictures, table_pictures, wording
from core.report.report_json import is_earlier
from core.report.schema import CorrelationMethod, OverTime, Report
from core.ui import page
from core.ui.report import draw

OLDER = "This report was written by an earlier version: run EDA again to see this."


def target(report: Report) -> None:
    """The target itself, what each column tells of it, and what moves over time and between the splits."""
    facts = report["target"]
    st.text(f"{facts['name']}: a {facts['problem']} problem; {facts['rule']}.")
    own = next(column for column in report["columns"] if column["name"] == facts["name"])
    left, right = st.columns(2)
    with left:
        draw.show(table_pictures.balance(report) or column_pictures.distribution(own), key="balance")
    with right:
        draw.show(table_pictures.power(report), key="power", empty="No column was measured alone.")
    drift, time = table_pictures.drift(report), table_pictures.over_time(report)
    if time is not None:
        draw.show(time, key="over-time")
    if time is not None and report["over_time"]:
        _moved(report["over_time"])
    if drift is not None:
        draw.show(drift, key="drift")
        st.caption(
            "A PSI beyond its mark is more than chance; 0.1 is a small shift by convention, 0.25 a large one."
        )
    if is_earlier(report):
        st.caption(OLDER)
    accuracy(report)


def _moved(over_time: OverTime) -> None:
    moved = sorted((over_time.get("psi") or {}).items(), key=lambda item: -item[1])
    if moved:
        told = ", ".join(f"{name} {value:.2f}" for name, value in moved[:5])
        st.text(f"What changed most from the earlier to the later half (PSI): {told}")


def accuracy(report: Report) -> None:
    """Which figures are no exact ones, and how far they may be off."""
    for item in report.get("accuracy", []):
        st.caption(page.plain(wording.accuracy(item)))


def correlations(report: Report) -> None:
    """One heat map at a time, and the strongest pairs."""
    known = report["correlations"]
    if is_earlier(report):
        st.info(OLDER, icon=":material/history:")
        return
    able = [method for method in table_pictures.METHODS if table_pictures.correlation(report, method)]
    if not able:
        st.info("There are no two columns to compare.", icon=":material/block:")
        return
    chosen = st.segmented_control(
        "Method", able, default=able[0], required=True, key="method",
        format_func=lambda name: table_pictures.METHODS[name][0],
    )  # fmt: skip
    method: CorrelationMethod = next(name for name in table_pictures.METHODS if name == chosen)
    picture = table_pictures.correlation(report, method)
    draw.show(picture, key=f"correlation-{method}")
    text = f"From {known['rows']:,} rows" + (
        f"; near 0 known to ±{known['error']:.3f}." if known["error"] else "."
    )
    if known["left_out"]:
        text += f" Left out beyond the limits: {wording.short(', '.join(known['left_out']), 300)}."
    st.caption(page.plain(text))
    if known["strongest"]:
        st.subheader("Strongest pairs", anchor=False)
        rows = [
            {
                "One": pair["a"], "Other": pair["b"],
                "Method": table_pictures.METHODS[pair["method"]][0], "Value": pair["value"],
            }
            for pair in known["strongest"]
        ]  # fmt: skip
        config = {"Value": st.column_config.NumberColumn(format="%.3f")}
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config=config,
            alt="Pairs of columns that go together most",
        )


def blanks(report: Report) -> None:
    """How many cells are blank, and which in the same rows."""
    shares = table_pictures.missing(report)
    if shares is None:
        st.success("No cell is blank.", icon=":material/check_circle:")
        return
    draw.show(shares, key="missing")
    for picture, key in (
        (table_pictures.together(report), "together"),
        (table_pictures.blank_correlation(report), "phi"),
    ):
        if picture is not None:
            draw.show(picture, key=key)
    if is_earlier(report):
        st.caption(OLDER)
