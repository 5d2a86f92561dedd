"""Pipelines: a finished run walked again, with other data if need be; its runs, step by step."""

import streamlit as st

from core.ui import header, page, pipelines, schedules
from core.ui.words import explain
from core.verbs import pipelines as verbs

head, backend = header.open(
    "Pipelines",
    "A finished run walked again, step by step.  \n" + explain("Pipeline"),
)
pipelines.done(head)
listed = {each.name: each for each in verbs.pipelines(backend)}
if not listed:
    schedules.section(backend)
    page.first_do("First train a model; the menu of its run, More, saves it as a pipeline.", "Training")

with head.about:
    pipeline = listed[page.pick("Pipeline", list(listed), key="pipeline")]
    pipelines.more(backend, pipeline)
given = pipelines.form(backend, pipeline)
pipelines.start(backend, pipeline, given, head)
runs = verbs.executions(backend, pipeline.name)
if runs:
    pipelines.follow(backend, pipeline, pipelines.choose(pipeline, runs))
    pipelines.history(pipeline, runs)
else:
    st.caption("It has not run yet.")
schedules.section(backend)
