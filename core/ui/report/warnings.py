"""What may harm the model, most harm first, and the changes that fix it, to be run as the next EDA."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Job
from core.report import wording
from core.report.schema import SEVERITIES, Fix, Report, ReportWarning, Severity
from core.ui import jobs, page, state
from core.ui.state import Entry
from core.verbs import eda, resources
from core.verbs.datasets import save_configuration
from core.verbs.fixes import next_eda
from core.verbs.jobs import existing_job
from core.verbs.launching import is_just_started

ICONS: dict[Severity, str] = {
    "high": ":material/error:",
    "medium": ":material/warning:",
    "low": ":material/info:",
}
COLORS: dict[Severity, page.BadgeColor] = {"high": "red", "medium": "orange", "low": "gray"}
A_PAGE = 10


def badges(report: Report) -> None:
    """How many warnings there are, by severity."""
    for severity in SEVERITIES:
        if count := sum(item["severity"] == severity for item in report["warnings"]):
            st.badge(f"{count} {severity}", icon=ICONS[severity], color=COLORS[severity])
    if not report["warnings"]:
        st.badge("none", icon=":material/check_circle:", color="green")


def show(backend: Backend, job: str, report: Report) -> None:
    """Every warning with its reason and what to do; those that a change fixes can be chosen, several at once."""
    items = report["warnings"]
    if not items:
        st.success("No warnings.", icon=":material/check_circle:")
        return
    boxes = {place: state.fix_chosen(job, place) for place, item in enumerate(items) if item["fix"]}
    shown = _filtered(items, job, boxes)
    pages = -(-len(shown) // A_PAGE)
    number = st.pagination(pages, key=f"warnings-{job}-{len(shown)}") if pages > 1 else 1
    for place in shown[(number - 1) * A_PAGE : number * A_PAGE]:
        _one(items[place], boxes.get(place))
    if boxes:
        chosen = [items[place]["fix"] for place, box in boxes.items() if box.get()]
        _next(backend, job, [fix for fix in chosen if fix])


def _filtered(items: list[ReportWarning], job: str, boxes: dict[int, Entry[bool]]) -> list[int]:
    """The places of the warnings to show, where there are too many to read: of all codes, or of one."""
    everything = list(range(len(items)))
    if len(items) <= A_PAGE:
        return everything
    counts: dict[str, int] = {}
    for item in items:
        counts[item["code"]] = counts.get(item["code"], 0) + 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        code = st.selectbox(
            "Of which kind", ["", *counts], width=260, key=f"warned-of-{job}", persist_state="session",
            format_func=lambda code: f"{code.replace('_', ' ')}: {counts[code]:,}" if code else f"all: {len(items):,}",
        )  # fmt: skip
        shown = [place for place in everything if code in ("", items[place]["code"])]
        able = [boxes[place] for place in shown if place in boxes]

        def choose_all() -> None:
            for box in able:
                box.set(True)

        if code and len(able) > 1:
            st.button(
                f"Choose all {len(able):,}", icon=":material/done_all:",
                on_click=choose_all,
            )  # fmt: skip
    return shown


def _one(item: ReportWarning, box: Entry[bool] | None) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            severity = item["severity"]
            st.badge(item["code"].replace("_", " "), icon=ICONS[severity], color=COLORS[severity])
            st.text(item["message"], width="stretch")
        st.caption(page.plain(f"{item['reason']} {item['action']}".strip()))
        if box and item["fix"]:
            told = page.label(wording.short("; ".join(wording.changes(item["fix"])), 200))
            st.checkbox(f"Apply: {told}", key=box.key, persist_state="session")


def _next(backend: Backend, job: str, chosen: list[Fix]) -> None:
    """The next EDA: this job's configuration with the chosen fixes."""
    st.subheader("The next EDA", anchor=False)
    started = existing_job(backend, state.launched_from(job).get() or "")
    if started and is_just_started(started):
        # A hurried second click has called the way to the job off, and nothing would say that it counted.
        st.switch_page(page.file("EDA"), query_params={"job": started.name})
    if started and started.status.active:
        st.text(f"{started.name} runs with the changes that you chose.")
        page.link("EDA", "Follow it", job=started.name)
    elif not chosen:
        st.caption(
            "Choose changes above to run EDA again with them. This job and its report stay as they are."
        )
    else:
        with page.errors_shown():
            _launch(backend, job, chosen)


def _launch(backend: Backend, job: str, chosen: list[Fix]) -> None:
    wanted = next_eda(backend, job, chosen)
    plan = wanted.configuration
    st.text(f"As {job}, but: {wording.short('; '.join(wording.changes(wanted.fix)), 2000)}.")
    if sum("split" in one for one in chosen) > 1:
        st.caption("Rows are split in one way only: of the chosen ways it is the last.")

    def act(token: str) -> Job:
        started = eda.launch_eda(backend, plan, token, wanted.resources)
        state.launched_from(job).set(started.name)
        return started

    jobs.launch(
        f"Run EDA with {len(chosen)} change{'s' if len(chosen) > 1 else ''}",
        act,
        resources.estimate_eda(backend, plan, wanted.resources),
        key="launch-fixes",
        then=lambda started: st.switch_page(page.file("EDA"), query_params={"job": started.name}),
    )
    if st.button("Change more first", icon=":material/tune:", type="tertiary"):
        save_configuration(backend, plan)
        st.switch_page(page.file("Configuration"), query_params={"dataset": plan.dataset})
