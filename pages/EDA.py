"""EDA: launch the Processing Job that profiles and splits the data, and follow it."""

import streamlit as st

from core import configuration, resources
from core.backends.base import JobKind, JobStatus
from core.ui import data, live, page, where
from core.verbs import eda

backend = page.open("EDA", "Profile the data, split it, and write the feature contract: one Processing Job.")
plan = configuration.load(backend.storage)
if plan is None:
    page.first_do("First choose a data set and the column to predict.", "Configuration")

# A click launches what this page showed, also when another tab has saved something else meanwhile.
shown = st.session_state.get("shown-plan") or plan
st.session_state["shown-plan"] = plan
with st.container(border=True):
    st.text(f"Predict {plan.target} from {plan.dataset}")
    st.caption(f"{data.PROBLEM_WORDS[plan.problem]}. {data.SPLIT_WORDS[plan.split]}, seed {plan.seed}.")
    if plan.drop:
        st.text("Dropped: " + ", ".join(plan.drop))
    if plan.derive:
        st.text("Derived: " + ", ".join(f"{name} = {text}" for name, text in plan.derive.items()))
    st.caption(f"Engine {page.plain(resources.engine_for(backend, shown).reason)}")
    chosen = where.choose(backend, "processing")
    cluster = resources.machines(backend, shown)
    locked = where.refused(backend, "processing", cluster | chosen)
    live.launch(
        "Launch EDA",
        lambda token: eda.launch_eda(backend, shown, token, chosen),
        resources.estimate_eda(backend, shown, chosen),
        key="launch-eda",
        disabled=locked,
    )

st.subheader("Jobs", anchor=False)
job = live.history(backend, (JobKind.processing,), "No EDA job yet: launch the first one above.")
if job:
    live.follow(backend, job)
    if job.status == JobStatus.completed:
        page.go("Report", "Read the report", job=job.name)
    elif not job.status.active:
        page.go("Configuration", "Change the configuration")
