"""A run saved as a pipeline, in the run's menu: its name, and what a model has to reach."""

from __future__ import annotations

import streamlit as st

from core import metric_words
from core.backends.base import Backend, Job
from core.backends.pipelines import Pipeline
from core.errors import BadSetting
from core.names import is_name, slug
from core.ui import page, state
from core.verbs import pipeline_saving as saving
from core.verbs import pipelines, registry
from core.verbs.training import evaluation_of

WHAT = "EDA, training and evaluation as they were here; a model that is good enough becomes a version."
SAME = "There is a pipeline of this name already that does just this."
TAKEN = "There is already a pipeline named {name}, and it is another one. To replace it by this one changes:"
THRESHOLD = "Empty: what this run reached itself."


def offer(backend: Backend, job: Job) -> None:
    """Draw the form that saves a run as a pipeline; nothing of the run is read before it is open."""
    with st.expander(
        "Save as a pipeline",
        icon=page.PAGES["Pipelines"]["icon"],
        key=f"pipeline-of-{job.name}",
        on_change="rerun",
    ) as opened:
        if not opened.open:
            return
        evaluation = evaluation_of(backend, job.name)
        if evaluation is None:
            st.caption("Its model is not judged, and a pipeline goes by what a model has to reach.")
            return
        st.caption(WHAT)
        proposed = slug(registry.group_for(backend, job.name), saving.LONGEST)
        field = state.pipeline_name(job.name)
        field.start(proposed)
        name = st.text_input("Name", key=field.key, max_chars=saving.LONGEST)
        metric = st.selectbox(
            "Condition on",
            saving.metrics_of(evaluation),
            format_func=lambda name: page.plain(metric_words.label(name)),
            help="The worse end of its 95% interval on the test split is what counts.",
            key=f"pipeline-metric-{job.name}",
        )
        written = st.text_input("Threshold", help=THRESHOLD, key=f"pipeline-threshold-{job.name}")
        name, draft = name.strip(), None
        if is_name(name) and saving.existing(backend, name):
            draft = saving.draft(backend, name, job.name, metric or "", _number(written))
        if draft is None or not draft.changes:
            if draft:
                st.caption(SAME)
            # Of an equal one, too: the second half of a hurried double click is to lead there as the first.
            if st.button("Save the pipeline", icon=":material/save:", key=f"save-pipeline-{job.name}"):
                drafted = draft or saving.draft(backend, name, job.name, metric or "", _number(written))
                _saved(saving.save(backend, drafted))
            return
        st.warning(page.plain(TAKEN.format(name=draft.name)), icon=":material/published_with_changes:")
        st.text("\n".join(draft.changes))
        # By the state that was seen: a click on what has changed since meets another button.
        if st.button(
            "Replace it", icon=":material/save:", key=f"replace-pipeline-{job.name}-{draft.seen[:16]}"
        ):
            _saved(saving.save(backend, draft, replacing=True))


def _saved(pipeline: Pipeline) -> None:
    """Go to the pipeline that was saved, and say there what a model of it has to reach."""
    state.PIPELINE_DONE.set(f"Saved. {pipelines.bar(pipeline)}")
    st.switch_page(page.file("Pipelines"), query_params={"pipeline": pipeline.name})


def _number(text: str) -> float | None:
    """Return the number in a field, None of an empty one. Raises BadSetting."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise BadSetting(
            name="threshold", reason=f"'{text}' is not a number.", source="the field Threshold"
        ) from None
