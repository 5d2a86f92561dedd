"""What is true of the whole table: the target and what tells of it, correlations, and blanks."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core import numbers
from core.language import joined, mark, tr
from core.report import column_pictures, table_pictures, wording
from core.report.pictures import Picture
from core.report.report_json import is_earlier
from core.report.schema import CorrelationMethod, OverTime, Report
from core.retelling import told
from core.ui import figures, page
from core.ui.report import draw
from core.ui.words import explain

OLDER = mark("This report was written by an earlier version: run EDA again to see this.")


def show(report: Report) -> None:
    """The target, correlations and blanks, one below the other."""
    _target(report)
    _correlations(report)
    _blanks(report)


def _side_by_side(*pictures: Picture | None) -> None:
    """Draw those pictures that there are, two a row."""
    drawn = [picture for picture in pictures if picture is not None]
    for pair in (drawn[start : start + 2] for start in range(0, len(drawn), 2)):
        for side, picture in zip(st.columns(2), pair, strict=False):
            with side:
                draw.show(picture)


def _target(report: Report) -> None:
    """The target itself, what each column tells of it, and what moves over time and between the splits."""
    facts = report["target"]
    problem = wording.said(wording.PROBLEMS, facts["problem"])
    st.subheader(
        page.plain(tr("What is predicted: {name}, {problem}", name=facts["name"], problem=problem)),
        anchor=False,
    )
    st.caption(page.plain(f"{told(facts, 'rule')}."))
    own = next(column for column in report["columns"] if column["name"] == facts["name"])
    pictures = (
        table_pictures.balance(report) or column_pictures.distribution(own),
        table_pictures.power(report),
        table_pictures.over_time(report),
        table_pictures.drift(report),
    )
    _side_by_side(*pictures)
    if report["over_time"]:
        _moved(report["over_time"])
    if pictures[3] is not None:
        st.caption(
            tr(
                "A column whose bar passes its mark has changed more than chance explains. As a rule of thumb, {small}"
                " is a small change and {large} a large one.",
                small=numbers.fixed(0.1, 1),
                large=numbers.fixed(0.25, 2),
            )
        )
    draw.numbers(pictures, key="target")
    if is_earlier(report):
        st.caption(tr(OLDER))
    for sentence in wording.estimates(report):
        st.caption(page.plain(sentence))


def _moved(over_time: OverTime) -> None:
    moved = sorted((over_time.get("psi") or {}).items(), key=lambda item: -item[1])
    if moved:
        listed = ", ".join(f"{name} {numbers.fixed(value, 2)}" for name, value in moved[:5])
        text = tr("What changed most from the earlier to the later half (PSI): {columns}", columns=listed)
        st.caption(page.plain(text), help=explain("Drift"))


def _correlations(report: Report) -> None:
    """One heat map at a time, and the strongest pairs beside it."""
    st.subheader(tr("Which columns go together"), anchor=False)
    known = report["correlations"]
    if is_earlier(report):
        st.info(tr(OLDER), icon=":material/history:")
        return
    able = [method for method in table_pictures.METHODS if table_pictures.correlation(report, method)]
    if not able:
        st.caption(tr("There are no two columns to compare."))
        return
    heat_map, pairs = st.columns([3, 2], gap="medium")
    with heat_map:
        chosen = st.radio(
            tr("Method"), able, horizontal=True, key="method",
            format_func=lambda name: tr(table_pictures.METHODS[name][0]),
        )  # fmt: skip
        method: CorrelationMethod = next(name for name in table_pictures.METHODS if name == chosen)
        picture = table_pictures.correlation(report, method)
        draw.show(picture)
        rows = numbers.count(known["rows"], "row", "rows")
        if error := known["error"]:
            text = tr("From {rows}; near 0 known to ±{error}.", rows=rows, error=numbers.fixed(error, 3))
        else:
            text = tr("From {rows}.", rows=rows)
        if left_out := known["left_out"]:
            more = tr(
                "Shown: the {number} that tell most. Not shown: {columns}.",
                number=len(known["numbers"]) + len(known["categories"]),
                columns=wording.short(", ".join(left_out), 300),
            )
            text = joined([text, more])
        st.caption(page.plain(text))
        draw.numbers([picture], key=f"correlation-{method}")
    with pairs:
        if known["strongest"]:
            _strongest(report)


def _strongest(report: Report) -> None:
    rows = [
        {
            tr("Column"): pair["a"], tr("With"): pair["b"],
            tr("Method"): tr(table_pictures.METHODS[pair["method"]][0]), tr("Value"): pair["value"],
        }
        for pair in report["correlations"]["strongest"]
    ]  # fmt: skip
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={tr("Value"): figures.measures()},
        alt=tr("Pairs of columns that go together most"),
    )


def _blanks(report: Report) -> None:
    """How many cells are blank, and which in the same rows."""
    st.subheader(tr("Blank cells"), anchor=False)
    pictures = (
        table_pictures.missing(report),
        table_pictures.together(report),
        table_pictures.blank_correlation(report),
    )
    if pictures[0] is None:
        st.success(tr("No cell is blank."), icon=":material/check_circle:")
        return
    _side_by_side(*pictures)
    draw.numbers(pictures, key="blanks")
    if is_earlier(report):
        st.caption(tr(OLDER))
