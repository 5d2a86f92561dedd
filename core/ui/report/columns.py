"""One table of all columns: report, filtered, sorted, and one of them selected, in the URL as `?column=`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.report import column_pictures, wording
from core.report.column_schema import ColumnEntry
from core.report.schema import SEVERITIES, Report, ReportWarning
from core.ui import page, state
from core.ui.state import Entry, TableSelection

SORTS = ("As in the file", "Worst warnings first", "Most missing first", "Most predictive first", "By name")
ROW = 35  # pixels of a table's row
IN_VIEW = 12  # rows


@dataclass(frozen=True, slots=True)
class Filter:
    """Which columns to show, and in what order; empty means all, as in the file."""

    find: str = ""
    kinds: tuple[str, ...] = ()
    warned: bool = False
    missing: bool = False
    sort: str = SORTS[0]

    def apply(self, report: Report) -> list[ColumnEntry]:
        """Return the columns of a report that pass, sorted."""
        warned = warnings_by_column(report)
        kept = [
            column
            for column in report["columns"]
            if self.find.strip().casefold() in column["name"].casefold()
            and (not self.kinds or column["kind"] in self.kinds)
            and (not self.warned or column["name"] in warned)
            and (not self.missing or column["missing"])
        ]
        keys = {
            SORTS[1]: lambda column: _worst(warned.get(column["name"], [])),
            SORTS[2]: lambda column: -column["missing"] / max(column["rows"], 1),
            SORTS[3]: lambda column: -(column.get("signal") or {"value": -math.inf})["value"],
            SORTS[4]: lambda column: column["name"].casefold(),
        }
        return sorted(kept, key=keys[self.sort]) if self.sort in keys else kept


def warnings_by_column(report: Report) -> dict[str, list[ReportWarning]]:
    """The warnings about each column that has any, worst first."""
    by_column: dict[str, list[ReportWarning]] = {}
    for item in report["warnings"]:
        for name in item["columns"]:
            by_column.setdefault(name, []).append(item)
    return by_column


def _worst(items: list[ReportWarning]) -> tuple[int, int]:
    return min((SEVERITIES.index(item["severity"]) for item in items), default=len(SEVERITIES)), -len(items)


def choose(report: Report, job: str) -> ColumnEntry:
    """Draw the filter and the table; answers the selected column: the URL's, else the first in view."""
    shown = _filter(report, job).apply(report)
    names = [column["name"] for column in shown]
    everything = {column["name"]: column for column in report["columns"]}
    wanted = st.query_params.get("column")
    if wanted is not None and wanted not in everything:
        st.warning(f"This report has no column {page.plain(wanted)}.", icon=":material/search_off:")
        wanted = None
    chosen = wanted or (names[0] if names else report["columns"][0]["name"])
    if names:
        entry = state.columns_table(job, tuple(names))
        _table(report, shown, entry, names.index(chosen) if chosen in names else None)
    else:
        st.info("No column passes the filter.", icon=":material/filter_alt_off:")
    # The same choice for those who cannot click on a canvas, by the keyboard and with a screen reader.
    return everything[page.chooser("Column in detail", list(everything), "column", chosen, width=420)]


def _filter(report: Report, job: str) -> Filter:
    kinds = list(dict.fromkeys(column["kind"] for column in report["columns"]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        find = st.text_input(
            "Find a column", placeholder="Part of its name", type="search", live=True, width=180,
            icon=":material/search:", key="find", persist_state="session",
        )  # fmt: skip
        chosen = st.multiselect(
            "Kinds", kinds, placeholder="All kinds", width=160, key=f"kinds-{job}", persist_state="session"
        )
        sort = st.selectbox("Sort", SORTS, width=190, key="sort", persist_state="session")
        warned = st.toggle("Warned", key="warned", persist_state="session")
        missing = st.toggle("With blanks", key="missing", persist_state="session")
    return Filter(find or "", tuple(chosen), warned, missing, sort)


def _table(
    report: Report, shown: list[ColumnEntry], entry: Entry[TableSelection], selected: int | None
) -> None:
    names = [column["name"] for column in shown]
    entry.set({"selection": {"rows": [] if selected is None else [selected]}})

    def select() -> None:
        kept = entry.get()
        rows = kept["selection"]["rows"] if kept else []
        # The browser tells the selection again with other clicks: only a new one is a choice.
        if rows and rows[0] != selected:
            st.query_params["column"] = names[rows[0]]

    warned = warnings_by_column(report)
    metric = next((column["signal"]["metric"] for column in report["columns"] if column["signal"]), "auc")
    power = f"{wording.METRICS.get(metric, metric)} alone"
    st.dataframe(
        pd.DataFrame([_row(column, warned, power) for column in shown]),
        hide_index=True,
        on_select=select,
        selection_mode="single-row",
        key=entry.key,
        height=ROW * (min(len(shown), IN_VIEW) + 1) + 3,
        column_config={
            "Column": st.column_config.TextColumn(width=140, pinned=True),
            "Distribution": st.column_config.BarChartColumn(width=150, y_min=0),
            "Kind": st.column_config.TextColumn(width=90),
            "Warnings": st.column_config.TextColumn(width=110),
            power: st.column_config.NumberColumn(
                format="%.3f",
                width=80,
                help="How well the column alone predicts the target, on held-out rows",
            ),
            "Missing": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1, width=110),
            "Distinct": st.column_config.NumberColumn(format="localized", width=80),
        },
        alt="Every column with its kind, warnings, distribution, missing share and main numbers",
    )
    total = len(report["columns"])
    told = f"{wording.columns_told(report['overview'])} columns"
    count = told if len(shown) == total else f"{len(shown):,} of {told}"
    st.caption(f"{count}. Select a row, or choose a column below, for its detail.")


def _row(column: ColumnEntry, warned: dict[str, list[ReportWarning]], power: str) -> dict[str, object]:
    codes = dict.fromkeys(item["code"].replace("_", " ") for item in warned.get(column["name"], []))
    signal, mean = column["signal"], column.get("mean")
    return {
        "Column": column["name"],
        "Distribution": column_pictures.shape(column),
        "Kind": column["kind"],
        "Warnings": ", ".join(codes),
        power: round(signal["value"], 3) + 0.0 if signal else None,  # never -0
        "Missing": column["missing"] / max(column["rows"], 1),
        "Distinct": column["distinct"],
        "Mean": "" if mean is None else wording.number(mean, digits=4),
        "Minimum": wording.bound(column.get("minimum")),
        "Maximum": wording.bound(column.get("maximum")),
        "Becomes": wording.becomes(column),
    }
