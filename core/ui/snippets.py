"""How to call the endpoint from code, on the Inference page: both ways, each ready to copy."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Endpoint, EndpointStatus
from core.encoding.contract import Contract
from core.snippets import snippets
from core.ui import page, state
from core.ui.predict import NOT_READY
from core.verbs import predict


def show(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    """Show a row of the test split, as Sendero takes it and as the endpoint does."""
    if endpoint.status != EndpointStatus.in_service:
        st.caption(NOT_READY)
        return
    st.caption(
        "Sendero's predict takes rows as they are in your file. The endpoint itself takes encoded rows: numbers"
        " only, in the contract's order, without a header."
    )
    with page.errors_shown():
        entry = state.sample_row(endpoint.name)  # the same row at every run: it is drawn by chance
        row = entry.get() or entry.start(predict.example(backend, endpoint.training_job))
        for each in snippets(endpoint, contract, row):
            st.text(each.title)
            st.code(each.text, language=each.language)
