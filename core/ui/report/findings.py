"""What may harm the model, most harm first: a card each, with a tick for the change that fixes it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.backends.base import Backend
from core.language import joined, tr
from core.numbers import integer
from core.report import wording
from core.report.schema import Report, ReportWarning, Severity
from core.retelling import told
from core.ui import page, state
from core.ui.report import overview, twin
from core.ui.state import Entry

ICONS: dict[Severity, str] = {
    "high": ":material/error:",
    "medium": ":material/warning:",
    "low": ":material/info:",
}
COLORS: dict[Severity, page.BadgeColor] = {"high": "red", "medium": "orange", "low": "gray"}
A_PAGE = 10


def show(backend: Backend, report: Report, job: str) -> None:
    """The whole table in numbers, and every finding with its reason and what to do."""
    overview.show(report)
    items = report["warnings"]
    if not items:
        st.success(tr("There is nothing to change."), icon=":material/check_circle:")
        return
    boxes = fixable(report, job)
    shown = _filtered(items, job, boxes)
    pages = -(-len(shown) // A_PAGE)
    number = st.pagination(pages, key=f"warnings-{job}-{len(shown)}") if pages > 1 else 1
    if boxes:
        st.caption(tr("Tick what to change: EDA then runs again with it, and this report stays as it is."))
    page_of = shown[(number - 1) * A_PAGE : number * A_PAGE]
    known = None
    with page.errors_shown():
        known = twin.known(backend, report, job, (items[index] for index in page_of))
    for pair in (page_of[start : start + 2] for start in range(0, len(page_of), 2)):
        # Row by row: in this order they are read, also by Tab and on a phone.
        for side, index in zip(st.columns(2), pair, strict=False):
            with side, _card(items[index], boxes.get(index)), page.errors_shown():
                twin.offer(backend, report, job, index, known)


def fixable(report: Report, job: str) -> dict[int, Entry[bool]]:
    """Return {index of a finding: whether its fix is chosen} of those that a change fixes."""
    return {
        index: state.fix_chosen(job, index) for index, item in enumerate(report["warnings"]) if item["fix"]
    }


def warnings_by_column(report: Report) -> dict[str, list[ReportWarning]]:
    """The warnings about each column that has any, worst first."""
    by_column: dict[str, list[ReportWarning]] = {}
    for item in report["warnings"]:
        for name in item["columns"]:
            by_column.setdefault(name, []).append(item)
    return by_column


def line(item: ReportWarning) -> None:
    """One finding in a line."""
    badge = f":{COLORS[item['severity']]}-badge[{ICONS[item['severity']]} {wording.finding(item)}]"
    st.markdown(f"{badge} {page.plain(told(item, 'message'))}")


def _filtered(items: list[ReportWarning], job: str, boxes: dict[int, Entry[bool]]) -> list[int]:
    """The indices of the findings to show, where there are too many to read: of all codes, or of one."""
    everything = list(range(len(items)))
    if len(items) <= A_PAGE:
        return everything
    counts: dict[str, int] = {}
    for item in items:
        counts[item["code"]] = counts.get(item["code"], 0) + 1
    titles = {item["code"]: f"{wording.finding(item)}: {integer(counts[item['code']])}" for item in items}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        code = st.selectbox(
            tr("Show"), ["", *counts], width=260, key=f"warned-of-{job}", persist_state="session",
            format_func=lambda code: titles.get(code, tr("all: {number}", number=integer(len(items)))),
        )  # fmt: skip
        shown = [index for index in everything if code in ("", items[index]["code"])]
        able = [boxes[index] for index in shown if index in boxes]

        def choose_all() -> None:
            for box in able:
                box.set(True)

        if code and len(able) > 1:
            st.button(
                tr("Choose all {number}", number=integer(len(able))),
                icon=":material/done_all:",
                on_click=choose_all,
            )
    return shown


def _card(item: ReportWarning, box: Entry[bool] | None) -> DeltaGenerator:
    """Draw a finding; return its card, to draw more on it."""
    card = st.container(border=True, height="stretch", gap="xsmall")
    with card:
        line(item)
        st.caption(page.plain(joined([told(item, "reason"), told(item, "action")])))
        if box and item["fix"]:
            changes = page.label(wording.short("; ".join(wording.changes(item["fix"])), 200))
            st.checkbox(tr("Fix: {changes}", changes=changes), key=box.key, persist_state="session")
    return card
