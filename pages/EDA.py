"""EDA: launch the Processing Job that profiles and splits the data, and follow it."""

import streamlit as st

from core.backends.base import JobStatus
from core.backends.requests import JobKind
from core.language import tr
from core.ui import deletion, header, jobs, notes, page, resource_form, run_menu, state, target
from core.ui.words import explain
from core.verbs import datasets, eda, resources, runs

head, backend = header.open(
    "EDA",
    tr("Profile the data, split it, and write the feature contract: one Processing Job.")
    + "  \n"
    + explain("Job"),
)
deletion.receipt(head)
# The plan of the data set that a link names, else the one that was saved last, whoever has saved it.
wanted = st.query_params.get("dataset", "")
kept = (wanted and datasets.saved_plan(backend, wanted)) or datasets.saved_plan(backend)
plan = kept.plan if kept else None
with head.about:
    job = jobs.choose(backend, JobKind.processing)
    if job:
        run_menu.draw(backend, job)
if plan is None and job is None:
    page.first_do(tr("First choose a data set and the column to predict."), "Configuration")

if kept and plan:
    # A click launches what this page showed, also when another tab has saved something else meanwhile.
    shown = state.SHOWN_PLAN.get() or plan
    state.SHOWN_PLAN.set(plan)
    with st.container(border=True):
        target.tell(kept, job)
        chosen = resource_form.choose(backend, "processing")
        locked = resource_form.refused(backend, "processing", resources.machines(backend, shown) | chosen)
    jobs.launch(
        tr("Run the EDA"),
        lambda token: eda.launch_eda(backend, shown, token, chosen),
        resources.estimate_eda(backend, shown, chosen),
        key="launch-eda",
        head=head,
        disabled=locked,
        primary=job is None or job.status == JobStatus.stopped,
    )
if job:
    header.name_tab(runs.title(job), "EDA")
    jobs.follow(backend, job, head)
    deletion.dialog(backend, job)
    with head.messages:
        notes.show(backend, job.name)
    with head.actions:
        if job.status == JobStatus.completed:
            page.go("Report", tr("Read the report"), job=job.name)
        elif job.failure:
            target.mend(job)
