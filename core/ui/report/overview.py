"""The head of the report: how much there is of what, what is predicted, and which rows were left out."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.eda import words
from core.ui.report import warnings

HOW = {"random": "at random", "time": "by time", "group": "by group"}
FULL = 2  # the format of report.json that has all that this page can show


def show(found: dict[str, Any]) -> None:
    """The numbers of the whole table, and what is predicted."""
    facts, splits, target = found["overview"], found["splits"], found["target"]
    cells = max(facts["rows"] * facts["columns"], 1)
    columns = st.columns(5)
    columns[0].metric("Rows", f"{facts['rows']:,}")
    columns[1].metric("Columns", f"{facts['columns']:,}", help=_kinds(found))
    columns[2].metric(
        "Missing cells",
        words.share(facts["missing_cells"] / cells),
        help=f"{facts['missing_cells']:,} of {cells:,}",
    )
    columns[3].metric("Duplicate rows", f"{facts['duplicates']:,}")
    columns[4].metric("Broken rows", f"{facts['broken_rows']:,}")
    train, validation, test = (f"{split['rows']:,}" for split in splits["sizes"].values())
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(
            f"Predict {target['name']}, a {target['problem']} problem. "
            f"Split {HOW[splits['method']]}: {train} rows to train, {validation} to validate, {test} to test."
        )
        warnings.badges(found)
    if found["format"] < FULL:
        st.info(
            "An earlier version wrote this report: run EDA again to see all that this page can show.",
            icon=":material/history:",
        )
    if facts["broken_listed"]:
        lines = [f"line {row['line']}: {row['reason']}" for row in facts["broken_listed"]]
        with st.expander(f"{facts['broken_rows']:,} broken rows", icon=":material/rule:"):
            st.text("\n".join(lines))


def _kinds(found: dict[str, Any]) -> str:
    kinds: dict[str, int] = {}
    for column in found["columns"]:
        kinds[column["kind"]] = kinds.get(column["kind"], 0) + 1
    told = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    text = f"{told}; they become {found['overview']['features']:,} features."
    if memory := found["overview"].get("memory_bytes"):
        text += f" In memory they take {words.size(memory)}."
    return text
