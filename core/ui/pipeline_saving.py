"""A run saved as a pipeline, in the run's menu: its name, and what a model has to reach."""

from __future__ import annotations

import streamlit as st

from core import metric_words
from core.backends.base import Backend, Job
from core.backends.pipelines import Pipeline
from core.errors import BadSetting
from core.language import mark, tr
from core.names import slug
from core.ui import page, state
from core.verbs import pipeline_saving as saving
from core.verbs import pipelines, registry
from core.verbs.training import evaluation_of

WHAT = mark("EDA, training and evaluation as they were here; a model that is good enough becomes a version.")
TAKEN = mark(
    "There is already a pipeline named {name}, and it is another one. To replace it by this one changes:"
)
THRESHOLD = mark("Empty: what this run reached itself.")


def offer(backend: Backend, job: Job) -> None:
    """Draw the form that saves a run as a pipeline; nothing of the run is read before it is open."""
    with st.expander(
        tr("Save as a pipeline"),
        icon=page.PAGES["Pipelines"]["icon"],
        key=f"pipeline-of-{job.name}",
        on_change="rerun",
    ) as opened:
        if not opened.open:
            return
        evaluation = evaluation_of(backend, job.name)
        if evaluation is None:
            st.caption(tr("Its model is not judged, and a pipeline goes by what a model has to reach."))
            return
        st.caption(tr(WHAT))
        proposed = slug(registry.group_for(backend, job.name), saving.LONGEST)
        field = state.pipeline_name(job.name)
        field.start(proposed)
        # Nothing runs before the click: a field that is left by it would else have the page drawn while the button is
        # down, and the click may be lost.
        with st.form(f"pipeline-form-{job.name}", border=False):
            name = st.text_input(tr("Name"), key=field.key, max_chars=saving.LONGEST)
            metric = st.selectbox(
                tr("Condition on"),
                saving.metrics_of(evaluation),
                format_func=lambda name: page.plain(metric_words.label(name)),
                help=tr("The worse end of its 95% interval on the test split is what counts."),
                key=f"pipeline-metric-{job.name}",
            )
            written = st.text_input(tr("Threshold"), help=tr(THRESHOLD), key=f"pipeline-threshold-{job.name}")
            clicked = st.form_submit_button(
                tr("Save the pipeline"), icon=":material/save:", key=f"save-pipeline-{job.name}"
            )
        asked = state.pipeline_asked(job.name)
        if clicked:
            asked.take()
            draft = saving.draft(backend, name.strip(), job.name, metric or "", _number(written))
            # An equal one, too, is led to: the second half of a hurried double click ends where the first does.
            if not draft.changes:
                _saved(saving.save(backend, draft))
            asked.set((draft.name, metric or "", _number(written)))
        if wanted := asked.get():
            _replace(backend, job, *wanted)


def _replace(backend: Backend, job: Job, name: str, metric: str, threshold: float | None) -> None:
    """Tell that the name is taken and what would change, and replace that pipeline once it is clicked."""
    draft = saving.draft(backend, name, job.name, metric, threshold)
    if not draft.changes:  # it was deleted since, or somebody has saved the same
        state.pipeline_asked(job.name).take()
        return
    st.warning(page.plain(tr(TAKEN, name=draft.name)), icon=":material/published_with_changes:")
    st.text("\n".join(draft.changes))
    # By the state that was seen: a click on what has changed since meets another button.
    key = f"replace-pipeline-{job.name}-{draft.seen[:16]}"
    if st.button(tr("Replace it"), icon=":material/save:", key=key):
        state.pipeline_asked(job.name).take()
        _saved(saving.save(backend, draft, replacing=True))


def _saved(pipeline: Pipeline) -> None:
    """Go to the pipeline that was saved, and say there what a model of it has to reach."""
    state.PIPELINE_DONE.set(f"Saved. {pipelines.bar(pipeline)}")
    page.lead("Pipelines", pipeline=pipeline.name)


def _number(text: str) -> float | None:
    """Return the number in a field, None of an empty one. Raises BadSetting."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise BadSetting(
            name="threshold",
            reason=tr("'{text}' is not a number.", text=text),
            source=tr("the field Threshold"),
        ) from None
