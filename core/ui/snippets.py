"""How to call the endpoint from code, on the Inference page: each way ready to copy."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Endpoint, EndpointStatus
from core.encoding.contract import Contract
from core.language import tr
from core.scratch import Scratch
from core.snippets import snippets
from core.ui import page, state
from core.ui.predict import NOT_READY
from core.verbs import export, raw_test_rows


def show(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    """Show a row of the test split, as Sendero takes it and as the endpoint does; and offer the model itself."""
    _snippets(backend, endpoint, contract)
    _away(backend, endpoint.training_job)


def _away(backend: Backend, training_job: str) -> None:
    """Draw what takes the model away, and the button that makes the zip, for it takes some seconds."""
    st.divider()
    st.caption(
        tr(
            "Or without an endpoint: a zip with the model, its contract, and a scorer of one file that needs "
            "numpy and xgboost only. It takes rows as they stand in your file, and has answered rows of the test "
            "split as Sendero does."
        )
    )
    kept = state.taken_away(training_job)
    if kept.get() is None and st.button(tr("Take the model away"), icon=":material/inventory_2:"):
        with page.errors_shown(), st.spinner(tr("Packing the model")), Scratch("export") as folder:
            export.export(backend, training_job, folder / "model.zip")
            kept.set((folder / "model.zip").read_bytes())
    if data := kept.get():
        name = f"{training_job}.zip"
        st.download_button(name, data, name, "application/zip", icon=":material/download:", on_click="ignore")


def _snippets(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    if endpoint.status != EndpointStatus.in_service:
        st.caption(tr(NOT_READY))
        return
    st.caption(
        tr(
            "Sendero's predict takes rows as they are in your file. The endpoint itself takes encoded rows: numbers"
            " only, in the contract's order, without a header."
        )
    )
    with page.errors_shown():
        entry = state.sample_row(endpoint.name)  # the same row at every run: it is drawn by chance
        row = entry.get() or entry.start(raw_test_rows.example(backend, endpoint.training_job))
        for each in snippets(endpoint, contract, row):
            st.text(each.title)
            st.code(each.text, language=each.language)
