"""The ways to predict on the Inference page, as far as each can be used now; the choice is in the URL (`?way=`)."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Endpoint, Job
from core.ui import state

DEPLOY, ROW, FILE, JOB, CODE = "deploy", "row", "file", "job", "code"
LABELS = {
    DEPLOY: "Deploy a model",
    ROW: "One row",
    FILE: "A file",
    JOB: "A large file, as a job",
    CODE: "From code",
}


def choose(endpoint: Endpoint | None, models: list[Job]) -> str:
    """Return the way that the URL names, else the one that its other parts ask for, else the first."""
    deploys = bool(models) and (endpoint is None or "training" in st.query_params)
    usable = {DEPLOY: deploys, ROW: endpoint, FILE: endpoint, JOB: models, CODE: endpoint}
    ways = [way for way, can in usable.items() if can]
    default = JOB if models and "job" in st.query_params else ways[0]
    wanted = st.query_params.get("way", "")
    shown = wanted if wanted in ways else default
    widget = state.picked("way")

    def keep() -> None:
        st.query_params["way"] = widget.get() or shown

    if widget.get() != shown:
        widget.set(shown)
    st.segmented_control(
        "How to predict",
        ways,
        format_func=lambda way: LABELS[way],
        key=widget.key,
        on_change=keep,
        label_visibility="collapsed",
    )
    return shown
