"""What the data is like as a whole: its size, what is predicted, and which rows were left out."""

from __future__ import annotations

import streamlit as st

from core import numbers
from core.language import joined, mark, tr, trn
from core.report import wording
from core.report.report_json import is_earlier
from core.report.schema import Report
from core.ui import page
from core.ui.words import explain

SPLIT = {  # by its method
    "random": mark("To train, validate, test (at random)"),
    "time": mark("To train, validate, test (by time)"),
    "group": mark("To train, validate, test (by group)"),
}


def show(report: Report) -> None:
    """The numbers of the whole table, and how it was split."""
    facts, sizes = report["overview"], report["splits"]["sizes"]
    cells = max(facts["rows"] * facts["columns"], 1)
    blank = facts["missing_cells"]
    train, validation, test = (numbers.integer(split["rows"]) for split in sizes.values())
    figures = {
        tr("Rows"): (numbers.integer(facts["rows"]), None),
        tr("Columns"): (wording.columns_told(facts), page.plain(_kinds(report))),
        tr("Blank cells"): (
            numbers.share(blank / cells),
            tr("{blank} of {cells}", blank=numbers.integer(blank), cells=numbers.integer(cells)),
        ),
        tr("Repeated rows"): (numbers.integer(facts["duplicates"]), None),
        tr("Rows that could not be read"): (numbers.integer(facts["broken_rows"]), None),
        tr(SPLIT[report["splits"]["method"]]): (
            f"{train} · {validation} · {test}",
            explain("Split"),
        ),
    }
    with st.container(horizontal=True, gap="medium"):
        for name, (value, more) in figures.items():
            st.metric(name, value, help=more, width="content")
    if is_earlier(report):
        st.info(
            tr("An earlier version wrote this report: run EDA again to see all that this page can show."),
            icon=":material/history:",
        )
    if facts["broken_listed"]:
        lines = [
            tr("line {line}: {reason}", line=numbers.integer(row["line"]), reason=tr(row["reason"]))
            for row in facts["broken_listed"]
        ]
        broken = facts["broken_rows"]
        label = trn(
            "{number} row could not be read",
            "{number} rows could not be read",
            broken,
            number=numbers.integer(broken),
        )
        with st.expander(label, icon=":material/rule:"):
            st.text("\n".join(lines))


def _kinds(report: Report) -> str:
    kinds: dict[str, int] = {}
    for column in report["columns"]:
        if column.get("expression"):
            continue
        kinds[column["kind"]] = kinds.get(column["kind"], 0) + 1
    told = tr(
        "{kinds}; they become {features}.",
        kinds=", ".join(
            f"{numbers.integer(amount)} {wording.said(wording.KINDS, kind)}" for kind, amount in kinds.items()
        ),
        features=numbers.count(report["overview"]["features"], "feature", "features"),
    )
    memory = report["overview"]["memory_bytes"]
    return joined([told, tr("In memory they take {memory}.", memory=numbers.size(memory)) if memory else ""])
