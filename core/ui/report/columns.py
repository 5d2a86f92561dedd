"""One table of all columns, filtered and sorted, and one of them in detail: in the URL as `?column=`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from core.language import joined, mark, tr, trn
from core.numbers import integer
from core.report import column_pictures, wording
from core.report.column_schema import ColumnEntry
from core.report.schema import SEVERITIES, Report, ReportWarning
from core.ui import figures, page, state
from core.ui.report import detail
from core.ui.report.findings import warnings_by_column
from core.ui.state import Entry, TableSelection

SORTS = (
    mark("The target, then as in the file"),
    mark("Worst findings first"),
    mark("Most missing first"),
    mark("Most predictive first"),
    mark("By name"),
)
HEADS = (
    mark("Column"),
    mark("Distribution"),
    mark("Predicts"),
    mark("Blank"),
    mark("Kind"),
    mark("Findings"),
    mark("Distinct"),
)
ROW = 35  # pixels of a table's row
IN_VIEW = 14  # rows


@dataclass(frozen=True, slots=True)
class Filter:
    """Which columns to show, and in what order; empty means all, the target first."""

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
            SORTS[0]: lambda column: column["name"] != report["target"]["name"],
            SORTS[1]: lambda column: _worst(warned.get(column["name"], [])),
            SORTS[2]: lambda column: -column["missing"] / max(column["rows"], 1),
            SORTS[3]: lambda column: -(column.get("signal") or {"value": -math.inf})["value"],
            SORTS[4]: lambda column: column["name"].casefold(),
        }
        return sorted(kept, key=keys[self.sort])


def _worst(items: list[ReportWarning]) -> tuple[int, int]:
    return min((SEVERITIES.index(item["severity"]) for item in items), default=len(SEVERITIES)), -len(items)


def show(report: Report, job: str) -> None:
    """The table of all columns, and beside it the detail of the selected one."""
    table, beside = st.columns([5, 7], gap="medium")
    names = [column["name"] for column in report["columns"]]
    with table:
        chosen = _choose(report, job)
    with beside:
        # The same choice for those who cannot click on a canvas, by the keyboard and with a screen reader.
        chosen = page.chooser(tr("Column"), names, "column", chosen)
        detail.show(report, report["columns"][names.index(chosen)])


def _choose(report: Report, job: str) -> str:
    """Draw the filter and the table; return the selected column: the URL's, else the target."""
    shown = _filter(report, job).apply(report)
    names = [column["name"] for column in shown]
    chosen = st.query_params.get("column", report["target"]["name"])
    if chosen not in {column["name"] for column in report["columns"]}:
        st.warning(
            tr("This report has no column {column}.", column=page.plain(chosen)), icon=":material/search_off:"
        )
        chosen = report["target"]["name"]
    if names:
        entry = state.columns_table(job, tuple(names))
        _table(report, shown, entry, names.index(chosen) if chosen in names else None)
    else:
        st.info(tr("No column passes the filter."), icon=":material/filter_alt_off:")
    return chosen


def _filter(report: Report, job: str) -> Filter:
    kinds = list(dict.fromkeys(column["kind"] for column in report["columns"]))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        find = st.text_input(
            tr("Find a column"), placeholder=tr("Part of its name"), type="search", live=True, width="stretch",
            icon=":material/search:", key="find", persist_state="session",
        )  # fmt: skip
        with st.popover(tr("Filter and sort"), icon=":material/filter_list:"):
            chosen = st.multiselect(
                tr("Kinds"),
                kinds,
                placeholder=tr("All kinds"),
                key=f"kinds-{job}",
                persist_state="session",
                format_func=lambda kind: wording.said(wording.KINDS, kind),
            )
            sort = st.selectbox(tr("Sort"), SORTS, key="sort", persist_state="session", format_func=tr)
            warned = st.toggle(tr("With findings"), key="warned", persist_state="session")
            missing = st.toggle(tr("With blanks"), key="missing", persist_state="session")
    return Filter(find or "", tuple(chosen), warned, missing, sort)


def _table(
    report: Report, shown: list[ColumnEntry], entry: Entry[TableSelection], selected: int | None
) -> None:
    names = [column["name"] for column in shown]
    entry.set({"selection": {"rows": [] if selected is None else [selected], "cells": []}})

    def select() -> None:
        kept = entry.get()
        selection = kept["selection"] if kept else {"rows": [], "cells": []}
        # The browser tells the selection again with other clicks: only a new one is a choice.
        clicked = [*selection["rows"], *(row for row, _ in selection["cells"])]
        if new := [row for row in clicked if row != selected]:
            st.query_params["column"] = names[new[0]]

    warned, heads = warnings_by_column(report), list(map(tr, HEADS))
    metric = next((column["signal"]["metric"] for column in report["columns"] if column["signal"]), "auc")
    st.dataframe(
        pd.DataFrame([_row(column, warned) for column in shown], columns=heads),
        hide_index=True,
        on_select=select,
        selection_mode=["single-row", "single-cell"],
        placeholder="",
        key=entry.key,
        height=ROW * (min(len(shown), IN_VIEW) + 1) + 3,
        column_config={
            name: config
            for name, config in zip(
                heads,
                (
                    st.column_config.TextColumn(width=130, pinned=True),
                    st.column_config.BarChartColumn(width=90, y_min=0),
                    figures.measures(width=62, help=wording.said(wording.BY_ITSELF, metric)),
                    figures.shares(width=58),
                    st.column_config.TextColumn(width=90),
                    st.column_config.TextColumn(width=180),
                    figures.counts(width=80),
                ),
                strict=True,
            )
        },
        alt=tr(
            "Every column with its distribution, how well it predicts by itself, its blanks, kind and findings"
        ),
    )
    total = len(report["columns"])
    amount = wording.columns_told(report["overview"])
    if len(shown) == total:
        told = trn("{columns} column.", "{columns} columns.", total, columns=amount)
    else:
        told = trn(
            "{shown} of {columns} column.",
            "{shown} of {columns} columns.",
            total,
            shown=integer(len(shown)),
            columns=amount,
        )
    st.caption(joined([told, tr("A click shows one in detail.")]))


def _row(column: ColumnEntry, warned: dict[str, list[ReportWarning]]) -> tuple[object, ...]:
    """Return what stands under each of HEADS."""
    titles = dict.fromkeys(wording.finding(item) for item in warned.get(column["name"], []))
    signal = column["signal"]
    return (
        column["name"],
        column_pictures.shape(column),
        round(signal["value"], 3) + 0.0 if signal else None,  # never -0
        column["missing"] / max(column["rows"], 1),
        wording.said(wording.KINDS, column["kind"]),
        ", ".join(titles),
        column["distinct"],
    )
