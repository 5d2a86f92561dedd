"""The head of the report: how much there is of what, what is predicted, and which rows were left out."""

from __future__ import annotations

import streamlit as st

from core.report import wording
from core.report.report_json import is_earlier
from core.report.schema import Report
from core.ui import page
from core.ui.report import warnings

HOW = {"random": "at random", "time": "by time", "group": "by group"}


def show(report: Report) -> None:
    """The numbers of the whole table, and what is predicted."""
    facts, splits, target = report["overview"], report["splits"], report["target"]
    cells = max(facts["rows"] * facts["columns"], 1)
    exact = {item["figure"]: wording.accuracy(item) for item in report.get("accuracy", [])}
    blank = facts["missing_cells"]
    numbers = {
        "Rows": (f"{facts['rows']:,}", None),
        "Columns": (wording.columns_told(facts), _kinds(report)),
        "Missing cells": (wording.share(blank / cells), f"{blank:,} of {cells:,}"),
        "Duplicate rows": (f"{facts['duplicates']:,}", exact.get("duplicates")),
        "Broken rows": (f"{facts['broken_rows']:,}", None),
    }
    with st.container(horizontal=True, gap="large"):
        for name, (value, more) in numbers.items():
            st.metric(name, value, help=page.plain(more) if more else None, width="content")
    train, validation, test = (f"{split['rows']:,}" for split in splits["sizes"].values())
    st.text(
        f"Predict {target['name']}, a {target['problem']} problem. "
        f"Split {HOW[splits['method']]}: {train} rows to train, {validation} to validate, {test} to test."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text("Warnings:")
        warnings.badges(report)
    if is_earlier(report):
        st.info(
            "An earlier version wrote this report: run EDA again to see all that this page can show.",
            icon=":material/history:",
        )
    if facts["broken_listed"]:
        lines = [f"line {row['line']}: {row['reason']}" for row in facts["broken_listed"]]
        with st.expander(f"{facts['broken_rows']:,} broken rows", icon=":material/rule:"):
            st.text("\n".join(lines))


def _kinds(report: Report) -> str:
    kinds: dict[str, int] = {}
    for column in report["columns"]:
        if column.get("expression"):
            continue
        kinds[column["kind"]] = kinds.get(column["kind"], 0) + 1
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    text = f"{told}; they become {report['overview']['features']:,} features."
    if memory := report["overview"].get("memory_bytes"):
        text += f" In memory they take {wording.size(memory)}."
    return text
