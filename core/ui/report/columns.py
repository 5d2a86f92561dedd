"""One table of all columns: found, filtered, sorted, and one of them selected, in the URL as `?column=`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from core.report import column_pictures, wording
from core.ui import page, state
from core.ui.state import Entry, TableSelection

SEVERITIES = ("high", "medium", "low")
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

    def apply(self, found: dict[str, Any]) -> list[dict[str, Any]]:
        """The columns of a report that pass, sorted."""
        warned = warnings_by_column(found)
        kept = [
            column
            for column in found["columns"]
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


def warnings_by_column(found: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The warnings about each column that has any, worst first."""
    by_column: dict[str, list[dict[str, Any]]] = {}
    for item in found["warnings"]:
        for name in item["columns"]:
            by_column.setdefault(name, []).append(item)
    return by_column


def _worst(items: list[dict[str, Any]]) -> tuple[int, int]:
    return min((SEVERITIES.index(item["severity"]) for item in items), default=len(SEVERITIES)), -len(items)


def choose(found: dict[str, Any], job: str) -> dict[str, Any]:
    """Draw the filter and the table; answers the selected column: the URL's, else the first in view."""
    shown = _filter(found, job).apply(found)
    names = [column["name"] for column in shown]
    everything = {column["name"]: column for column in found["columns"]}
    wanted = st.query_params.get("column")
    if wanted is not None and wanted not in everything:
        st.warning(f"This report has no column {page.plain(wanted)}.", icon=":material/search_off:")
        wanted = None
    chosen = wanted or (names[0] if names else found["columns"][0]["name"])
    if names:
        entry = state.columns_table(job, tuple(names))
        _table(found, shown, entry, names.index(chosen) if chosen in names else None)
    else:
        st.info("No column passes the filter.", icon=":material/filter_alt_off:")
    # The same choice for those who cannot click on a canvas, by the keyboard and with a screen reader.
    return everything[page.chooser("Column in detail", list(everything), "column", chosen, width=420)]


def _filter(found: dict[str, Any], job: str) -> Filter:
    kinds = list(dict.fromkeys(column["kind"] for column in found["columns"]))
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
    found: dict[str, Any], shown: list[dict[str, Any]], entry: Entry[TableSelection], selected: int | None
) -> None:
    names = [column["name"] for column in shown]
    entry.set({"selection": {"rows": [] if selected is None else [selected]}})

    def select() -> None:
        kept = entry.get()
        rows = kept["selection"]["rows"] if kept else []
        # The browser tells the selection again with other clicks: only a new one is a choice.
        if rows and rows[0] != selected:
            st.query_params["column"] = names[rows[0]]

    warned = warnings_by_column(found)
    metric = next((c["signal"]["metric"] for c in found["columns"] if c.get("signal")), "auc")
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
    total = len(found["columns"])
    told = f"{wording.columns_told(found['overview'])} columns"
    count = told if len(shown) == total else f"{len(shown):,} of {told}"
    st.caption(f"{count}. Select a row, or choose a column below, for its detail.")


def _row(column: dict[str, Any], warned: dict[str, list[dict[str, Any]]], power: str) -> dict[str, Any]:
    codes = dict.fromkeys(item["code"].replace("_", " ") for item in warned.get(column["name"], []))
    return {
        "Column": column["name"],
        "Distribution": column_pictures.shape(column),
        "Kind": column["kind"],
        "Warnings": ", ".join(codes),
        power: round(column["signal"]["value"], 3) + 0.0 if column.get("signal") else None,  # never -0
        "Missing": column["missing"] / max(column["rows"], 1),
        "Distinct": column["distinct"],
        "Mean": "" if column.get("mean") is None else wording.number(column["mean"], digits=4),
        "Minimum": wording.bound(column.get("minimum")),
        "Maximum": wording.bound(column.get("maximum")),
        "Becomes": wording.becomes(column),
    }
