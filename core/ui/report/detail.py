"""One column in detail: what it is, its distribution, the target by it, all its numbers, and its warnings."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.report import column_pictures, wording
from core.report.column_schema import ColumnEntry
from core.report.schema import Report
from core.ui.report import draw
from core.ui.report.columns import warnings_by_column
from core.ui.report.warnings import COLORS, ICONS


def show(report: Report, column: ColumnEntry) -> None:
    """The detail of one column of a report."""
    name = column["name"]
    _head(report, column)
    for item in warnings_by_column(report).get(name, []):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(
                item["code"].replace("_", " "), icon=ICONS[item["severity"]], color=COLORS[item["severity"]]
            )
            st.text(item["message"], width="stretch")
    left, right = st.columns([3, 2])
    with left:
        draw.show(
            column_pictures.distribution(column),
            key=f"distribution-{name}",
            empty="There is no distribution to draw for this column.",
        )
        if (days := column_pictures.weekdays(column)) is not None:
            draw.show(days, key=f"weekdays-{name}")
        if (rates := column_pictures.by_target(column, report)) is not None:
            draw.show(rates, key=f"target-{name}")
    with right:
        facts = pd.DataFrame(wording.facts(column), columns=["Fact", "Value"])
        st.dataframe(
            facts,
            hide_index=True,
            height="content",
            alt=f"Facts about {name}",
            column_config={
                "Fact": st.column_config.TextColumn(width=150),
                "Value": st.column_config.TextColumn(width=110, alignment="right"),
            },
        )
        _gaps(column)


def _head(report: Report, column: ColumnEntry) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(column["kind"], color="blue")
        if column["name"] == report["target"]["name"]:
            st.badge("target", icon=":material/target:", color="green")
            return
        if told := wording.alone(column):
            st.badge(f"{told} alone", icon=":material/insights:", color="violet")
        st.text(
            f"Becomes {wording.becomes(column)}"
            if column["features"]
            else f"Not a feature: {column['dropped']}",
            width="stretch",
        )


def _gaps(column: ColumnEntry) -> None:
    timeline = column.get("timeline")
    if not timeline or "days" not in timeline:  # of a long span only the years are counted
        return
    lines = [f"{gap['days']:,} days after {gap['after']}" for gap in timeline.get("gaps", [])]
    st.caption(
        f"{timeline['days']:,} distinct days" + ("; longest gaps:" if lines else ", no day is missing.")
    )
    if lines:
        st.text("\n".join(lines))
