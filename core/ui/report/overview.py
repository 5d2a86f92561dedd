"""What the data is like as a whole: its size, what is predicted, and which rows were left out."""

from __future__ import annotations

import streamlit as st

from core import numbers
from core.report import wording
from core.report.report_json import is_earlier
from core.report.schema import Report
from core.ui import page
from core.ui.words import explain

HOW = {"random": "at random", "time": "by time", "group": "by group"}


def show(report: Report) -> None:
    """The numbers of the whole table, and how it was split."""
    facts, sizes = report["overview"], report["splits"]["sizes"]
    cells = max(facts["rows"] * facts["columns"], 1)
    blank = facts["missing_cells"]
    train, validation, test = (numbers.integer(split["rows"]) for split in sizes.values())
    figures = {
        "Rows": (numbers.integer(facts["rows"]), None),
        "Columns": (wording.columns_told(facts), page.plain(_kinds(report))),
        "Blank cells": (
            numbers.share(blank / cells),
            f"{numbers.integer(blank)} of {numbers.integer(cells)}",
        ),
        "Repeated rows": (numbers.integer(facts["duplicates"]), None),
        "Rows that could not be read": (numbers.integer(facts["broken_rows"]), None),
        f"To train, validate, test ({HOW[report['splits']['method']]})": (
            f"{train} · {validation} · {test}",
            explain("Split"),
        ),
    }
    with st.container(horizontal=True, gap="medium"):
        for name, (value, more) in figures.items():
            st.metric(name, value, help=more, width="content")
    if is_earlier(report):
        st.info(
            "An earlier version wrote this report: run EDA again to see all that this page can show.",
            icon=":material/history:",
        )
    if facts["broken_listed"]:
        lines = [f"line {numbers.integer(row['line'])}: {row['reason']}" for row in facts["broken_listed"]]
        label = f"{numbers.count(facts['broken_rows'], 'row', 'rows')} could not be read"
        with st.expander(label, icon=":material/rule:"):
            st.text("\n".join(lines))


def _kinds(report: Report) -> str:
    kinds: dict[str, int] = {}
    for column in report["columns"]:
        if column.get("expression"):
            continue
        kinds[column["kind"]] = kinds.get(column["kind"], 0) + 1
    listed = ", ".join(f"{numbers.integer(amount)} {kind}" for kind, amount in kinds.items())
    text = f"{listed}; they become {numbers.count(report['overview']['features'], 'feature', 'features')}."
    if memory := report["overview"]["memory_bytes"]:
        text += f" In memory they take {numbers.size(memory)}."
    return text
