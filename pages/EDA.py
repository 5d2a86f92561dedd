"""EDA: launch the Processing Job that profiles and splits the data, and follow it."""

import streamlit as st

from core.backends.base import JobStatus
from core.backends.requests import JobKind
from core.ui import dataset_form, header, jobs, page, resource_form, state
from core.verbs import datasets, eda, resources

head, backend = header.open(
    "EDA", "Profile the data, split it, and write the feature contract: one Processing Job."
)
plan = datasets.saved_configuration(backend)
if plan is None:
    page.first_do("First choose a data set and the column to predict.", "Configuration")

# A click launches what this page showed, also when another tab has saved something else meanwhile.
shown = state.SHOWN_PLAN.get() or plan
state.SHOWN_PLAN.set(plan)
with head.about:
    job = jobs.choose(backend, JobKind.processing)
with st.container(border=True):
    st.text(f"Predict {plan.target} from {plan.dataset}")
    st.caption(
        f"{dataset_form.PROBLEM_WORDS[plan.problem]}. {dataset_form.SPLIT_WORDS[plan.split]}, seed {plan.seed}."
    )
    if plan.drop:
        st.text("Dropped: " + ", ".join(plan.drop))
    if plan.derive:
        st.text("Derived: " + ", ".join(f"{name} = {text}" for name, text in plan.derive.items()))
    st.caption(f"Engine {page.plain(resources.engine_for(backend, shown).reason)}")
    chosen = resource_form.choose(backend, "processing")
    cluster = resources.machines(backend, shown)
    locked = resource_form.refused(backend, "processing", cluster | chosen)
    jobs.launch(
        "Launch EDA",
        lambda token: eda.launch_eda(backend, shown, token, chosen),
        resources.estimate_eda(backend, shown, chosen),
        key="launch-eda",
        head=head,
        disabled=locked,
        primary=job is None or job.status != JobStatus.completed,
    )

if job:
    jobs.follow(backend, job, head)
    if job.status == JobStatus.completed:
        with head.actions:
            page.go("Report", "Read the report", job=job.name)
    elif not job.status.active:
        page.go("Configuration", "Change the configuration")
