"""The bar at the bottom: which changes are chosen, what they cost, and the click that runs EDA again with them."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Job
from core.language import tr, trn
from core.numbers import integer
from core.report import wording
from core.report.schema import Fix, Report
from core.ui import jobs, page, state
from core.ui.draft import propose
from core.ui.report.findings import fixable
from core.verbs import eda, resources
from core.verbs.fixes import next_eda
from core.verbs.jobs import existing_job
from core.verbs.launching import is_just_started


def bar(backend: Backend, job: str, report: Report) -> None:
    """Draw the bar, in sight wherever one reads, once a change is chosen."""
    started = existing_job(backend, state.launched_from(job).get() or "")
    again = started and started.status.active and state.LAUNCH_FIXES.get()
    if started and (again or is_just_started(started)):
        # A hurried second click has called the way to the job off, and nothing would say that it counted.
        page.lead("EDA", job=started.name)
    runs = started and started.status.active
    fixes = [report["warnings"][index]["fix"] for index, box in fixable(report, job).items() if box.get()]
    chosen = [fix for fix in fixes if fix]
    if not runs and not chosen:
        return
    with st.bottom, st.container(horizontal=True, vertical_alignment="center"), page.errors_shown():
        if started and runs:
            st.text(tr("EDA runs with the changes that you chose."))
            page.link("EDA", tr("Follow it"), job=started.name)
        else:
            _offer(backend, job, chosen)


def _offer(backend: Backend, job: str, chosen: list[Fix]) -> None:
    wanted = next_eda(backend, job, chosen)
    plan = wanted.configuration
    number = len(chosen)
    changes = trn("{number} change chosen", "{number} changes chosen", number, number=integer(number))
    st.badge(changes, icon=":material/check:", color="green")
    st.text(wording.short("; ".join(wording.changes(wanted.fix)), 160), width="stretch")
    if sum("split" in fix for fix in chosen) > 1:
        st.caption(tr("Rows are split in one way only: the last that you chose."), width="content")
    if st.button(tr("Change more first"), icon=":material/tune:", type="tertiary"):
        propose(backend, plan, wanted.before)
        page.lead("Configuration", dataset=plan.dataset)

    def act(token: str) -> Job:
        started = eda.launch_eda(backend, plan, token, wanted.resources, wanted.before)
        state.launched_from(job).set(started.name)
        return started

    with st.container(width="content"):
        jobs.launch(
            tr("Run EDA again"),
            act,
            resources.estimate_eda(backend, plan, wanted.resources),
            key=state.LAUNCH_FIXES.key,
            then=lambda started: page.lead("EDA", job=started.name),
        )
