"""Another EDA job beside this one: what differs in the question, the table, each column, and the warnings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import pandas as pd
import streamlit as st

from core import numbers
from core.backends.base import Backend
from core.language import mark, tr
from core.report import column_pictures, comparison, wording
from core.report.comparison import Comparison, Moved
from core.report.schema import Report, ReportWarning
from core.ui import artifacts, figures, page
from core.ui.report import draw, findings

T = TypeVar("T")

# What a comparison counts of the whole table.
NUMBERS = {
    "rows": mark("Rows"),
    "columns": mark("Columns"),
    "features": mark("Features"),
    "missing cells": mark("Missing cells"),
    "duplicates": mark("Duplicates"),
    "broken rows": mark("Broken rows"),
    "left out rows": mark("Left out rows"),
    "train rows": mark("Train rows"),
    "validation rows": mark("Validation rows"),
    "test rows": mark("Test rows"),
}


def show(backend: Backend, job: str, report: Report, titles: Mapping[str, str]) -> None:
    """`job` against another one of `titles`, which the URL (`?with=`) names; nothing until one is chosen."""
    st.subheader(tr("Compare with another run"), anchor=False)
    others = [name for name in titles if name != job]
    if not others:
        st.caption(tr("Run EDA once more, and the two can be compared here."))
        return
    # Nothing is chosen at first, and then not in the URL; the other one may have been opened meanwhile.
    wanted = st.query_params.get("with", "")
    names = others if wanted in others else ["", *others]
    shown = wanted if wanted in others else ""
    other = page.chooser(tr("Compare with"), names, "with", shown, 420, {"": tr("Choose a run"), **titles})
    if not other:
        return
    before = artifacts.report(backend, other)
    result = comparison.compare(before, report)
    st.caption(page.plain(tr("Before: {before}. After: {after}.", before=titles[other], after=titles[job])))
    _choices(result)
    _table(result)
    _columns(before, report, result)
    _warnings(tr("Findings that are gone"), result.warnings_gone)
    _warnings(tr("New findings"), result.warnings_new)


def _choices(result: Comparison) -> None:
    if result.configuration:
        st.markdown(f"**{tr('Settings that differ')}**")
        rows = [
            {tr("Setting"): key.replace("_", " "), tr("Before"): _said(old), tr("After"): _said(new)}
            for key, (old, new) in result.configuration.items()
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, alt=tr("Settings that differ"))


def _said(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name}: {text}" for name, text in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)


def _table(result: Comparison) -> None:
    st.markdown(f"**{tr('The whole table')}**")
    rows = [
        {
            tr("Number"): wording.said(NUMBERS, name),
            tr("Before"): old,
            tr("After"): new,
            tr("Difference"): numbers.signed(new - old),
        }
        for name, (old, new) in result.numbers.items()
    ]
    difference = st.column_config.TextColumn(alignment="right")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            tr("Before"): figures.counts(),
            tr("After"): figures.counts(),
            tr("Difference"): difference,
        },
        alt=tr("Rows, columns, features and split sizes, before and after"),
    )


def _columns(before: Report, after: Report, result: Comparison) -> None:
    st.markdown(f"**{tr('Columns')}**")
    if result.added:
        st.text(tr("Added: {columns}", columns=wording.short(", ".join(result.added), 2000)))
    if result.removed:
        st.text(tr("Removed: {columns}", columns=wording.short(", ".join(result.removed), 2000)))
    if not result.moved:
        both = numbers.count(result.alike, "column", "columns")
        st.success(tr("{columns} of both: nothing changed.", columns=both), icon=":material/check_circle:")
        return
    changed = numbers.count(len(result.moved), "column", "columns")
    st.caption(
        tr(
            "Changed: {changed}; as before: {alike}. Select a row to see both.",
            changed=changed,
            alike=numbers.integer(result.alike),
        )
    )
    event = st.dataframe(
        pd.DataFrame([_row(moved) for moved in result.moved]),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key=f"moved-{len(result.moved)}",
        column_config={
            tr("Distance"): st.column_config.ProgressColumn(
                format=figures.LOCAL,
                step=figures.step(3),
                min_value=0,
                max_value=1,
                help=tr(
                    "0: the same distribution, 1: nothing in common. Numbers: Kolmogorov-Smirnov, from the "
                    "histograms; texts: total variation."
                ),
            )
        },
        alt=tr("Columns that changed, with both kinds, shares of blanks and distributions' distance"),
    )
    names = [moved.name for moved in result.moved]
    rows = event.selection.rows
    name = st.selectbox(
        tr("Column side by side"),
        names,
        index=rows[0] if rows and rows[0] < len(names) else 0,
        key=f"side-{rows}",
    )
    _side_by_side(before, after, next(moved for moved in result.moved if moved.name == name))


def _row(moved: Moved) -> dict[str, object]:
    def both(pair: tuple[T | None, T | None], write: Callable[[T], str]) -> str:
        old, new = ("" if value is None else write(value) for value in pair)
        return old if old == new else f"{old or tr('none')} → {new or tr('none')}"

    return {
        tr("Column"): moved.name,
        tr("Distance"): moved.distance,
        tr("Kind"): both(moved.kinds, lambda kind: wording.said(wording.KINDS, kind)),
        tr("Blank"): both(moved.missing, numbers.share),
        tr("Predicts"): both(moved.signal, lambda value: numbers.fixed(value, 3)),
        tr("Mean"): both(moved.statistics.get("mean", (None, None)), lambda value: numbers.number(value, 4)),
        tr("Also differs"): ", ".join(
            tr(wording.FACTS[key]).lower() for key in moved.statistics if key != "mean"
        ),
    }


def _side_by_side(before: Report, after: Report, moved: Moved) -> None:
    told = mark("Before: {kind}, {rows}"), mark("After: {kind}, {rows}")
    for side, text, report in zip(st.columns(2), told, (before, after), strict=True):
        column = next(column for column in report["columns"] if column["name"] == moved.name)
        with side:
            st.caption(
                page.plain(
                    tr(
                        text,
                        kind=wording.said(wording.KINDS, column["kind"]),
                        rows=numbers.count(column["rows"], "row", "rows"),
                    )
                )
            )
            draw.show(column_pictures.distribution(column))
    if moved.statistics:
        rows = [
            {
                tr("Fact"): tr(wording.FACTS[key]),
                tr("Before"): numbers.bound(old),
                tr("After"): numbers.bound(new),
            }
            for key, (old, new) in moved.statistics.items()
        ]
        st.dataframe(
            pd.DataFrame(rows), hide_index=True, alt=tr("Facts about {name} that differ", name=moved.name)
        )


def _warnings(title: str, items: tuple[ReportWarning, ...]) -> None:
    if not items:
        return
    st.markdown(f"**{title}**")
    for item in items[:50]:
        findings.line(item)
    if len(items) > 50:
        st.caption(tr("And {number} more.", number=numbers.integer(len(items) - 50)))
