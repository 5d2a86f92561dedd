"""A run as code to take away, in its menu: a script, a notebook or a workflow, to look at and to download."""

from __future__ import annotations

import streamlit as st

from core.backends import training_place
from core.backends.base import Backend
from core.language import mark, tr
from core.settings import Settings
from core.ui import page

WAYS = {
    "xgboost": mark("XGBoost on this machine"),
    "boto3": mark("a Training Job, by boto3"),
    "sagemaker": mark("a Training Job, by the SageMaker SDK"),
}
FORMS = {"script": mark("Script"), "notebook": mark("Notebook"), "workflow": mark("Workflow for CI")}
LANGUAGES = {"script": "python", "notebook": "json", "workflow": "yaml"}
TRAINS_AGAIN = mark(
    "It trains the model again without Sendero, and ends by asserting the metrics of this run."
)
SAYS = {
    "script": TRAINS_AGAIN,
    "notebook": TRAINS_AGAIN,
    "workflow": mark(
        "GitHub Actions then trains by Sendero, and fails where the model is worse than this one is for sure."
    ),
}
HEIGHT = 240  # of the code: longer ones scroll in themselves


def offer(backend: Backend, training_job: str) -> None:
    """Closed until it is wanted: nothing is read before."""
    with st.expander(
        tr("Take the code away"), icon=":material/code:", key=f"code-{training_job}", on_change="rerun"
    ) as opened:
        if opened.open:
            with page.errors_shown():
                _draw(backend, training_job)


def _draw(backend: Backend, training_job: str) -> None:
    from core.verbs import code  # late: the contract

    left, right = st.columns(2)
    form = left.selectbox(tr("As"), list(FORMS), format_func=lambda form: tr(FORMS[form]), key="code-form")
    way = "xgboost"
    if form != "workflow":
        way = right.selectbox(
            tr("Trained by"), list(WAYS), format_func=lambda way: tr(WAYS[way]), key="code-way"
        )
    settings = Settings.load()
    with st.spinner(tr("Writing the code")):
        if form == "workflow":
            region = training_place(settings)[0] if backend.capabilities.costs_money else ""
            made = code.workflow_of(backend, training_job, settings, region)
        else:
            made = code.code(backend, training_job, form, way, settings, training_place)
    st.caption(tr(SAYS[form]))
    st.download_button(
        made.file, made.text, made.file, code.MIME[form], icon=":material/download:", on_click="ignore"
    )
    st.code(made.text, language=LANGUAGES[form], height=HEIGHT)
