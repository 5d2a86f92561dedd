"""A run as code to take away, in its menu: a script, a notebook or a workflow, to look at and to download."""

from __future__ import annotations

import streamlit as st

from core.backends import training_place
from core.backends.base import Backend
from core.settings import Settings
from core.ui import page

WAYS = {
    "xgboost": "XGBoost on this machine",
    "boto3": "a Training Job, by boto3",
    "sagemaker": "a Training Job, by the SageMaker SDK",
}
FORMS = {"script": "Script", "notebook": "Notebook", "workflow": "Workflow for CI"}
LANGUAGES = {"script": "python", "notebook": "json", "workflow": "yaml"}
TRAINS_AGAIN = "It trains the model again without Sendero, and ends by asserting the metrics of this run."
SAYS = {
    "script": TRAINS_AGAIN,
    "notebook": TRAINS_AGAIN,
    "workflow": "GitHub Actions then trains by Sendero, and fails where the model is worse than this one is for sure.",
}
HEIGHT = 240  # of the code: longer ones scroll in themselves


def offer(backend: Backend, training_job: str) -> None:
    """Closed until it is wanted: nothing is read before."""
    with st.expander(
        "Take the code away", icon=":material/code:", key=f"code-{training_job}", on_change="rerun"
    ) as opened:
        if opened.open:
            with page.errors_shown():
                _draw(backend, training_job)


def _draw(backend: Backend, training_job: str) -> None:
    from core.verbs import code  # late: the contract

    left, right = st.columns(2)
    form = left.selectbox("As", list(FORMS), format_func=FORMS.__getitem__, key="code-form")
    way = "xgboost"
    if form != "workflow":
        way = right.selectbox("Trained by", list(WAYS), format_func=WAYS.__getitem__, key="code-way")
    settings = Settings.load()
    with st.spinner("Writing the code"):
        if form == "workflow":
            region = training_place(settings)[0] if backend.capabilities.costs_money else ""
            made = code.workflow_of(backend, training_job, settings, region)
        else:
            made = code.code(backend, training_job, form, way, settings, training_place)
    st.caption(SAYS[form])
    st.download_button(
        made.file, made.text, made.file, code.MIME[form], icon=":material/download:", on_click="ignore"
    )
    st.code(made.text, language=LANGUAGES[form], height=HEIGHT)
