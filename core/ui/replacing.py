"""Another model for the endpoint on the Inference page: what would break is shown first; one click goes back."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Endpoint, Job
from core.encoding.changes import ContractChanges
from core.numbers import count, integer
from core.report import wording
from core.ui import jobs, page, state
from core.ui.header import Header
from core.verbs import replacing
from core.verbs.replacing import Replacement

LONGEST = 240  # characters of what would break: the button is to be in sight


@st.dialog("Replace the model")
def choose(backend: Backend, endpoint: Endpoint, models: list[Job]) -> None:
    """Ask for the other model, show what differs for callers, and replace it."""
    words = jobs.words(models)
    serves = words.get(endpoint.training_job, endpoint.training_job)
    st.text(f"It serves {serves}. No request is refused while the model changes.")
    names = [job.name for job in models if job.name != endpoint.training_job]
    chosen = st.selectbox("Model", names, key=f"replace-{endpoint.name}", format_func=words.__getitem__)
    with page.errors_shown():
        planned = replacing.plan(backend, endpoint.name, chosen)
        if planned.rows:
            tried = count(planned.rows, "test row", "test rows")
            st.caption(f"Tried on {tried} of the model that it serves: {integer(planned.answered)} answered.")
        _contract(planned.contract)
        for each in planned.breaks:
            st.warning(page.plain(wording.short(each, LONGEST)), icon=":material/warning:")
        accepted = not planned.breaks or st.checkbox(
            "Replace it all the same: callers know of it", key=f"replace-accepted-{endpoint.name}-{chosen}"
        )
        if st.button("Replace", type="primary", icon=":material/swap_horiz:", disabled=not accepted):
            with st.spinner("Replacing"):
                _said(replacing.replace(backend, endpoint.name, chosen, accepted))
            st.rerun()


def back(head: Header, backend: Backend, endpoint: Endpoint) -> None:
    """Let the endpoint answer by the model that it served before."""
    with head.messages, page.errors_shown():
        with st.spinner(page.plain(f"Going back to {endpoint.previous}")):
            _said(replacing.replace(backend, endpoint.name, endpoint.previous, accepted=True))
        st.rerun()


def _said(done: Replacement) -> None:
    state.ENDPOINT_REPLACED.set(f"{done.endpoint} answers by {done.after}, in the place of {done.before}.")


def _contract(contract: ContractChanges) -> None:
    if not contract.any:
        st.caption("Both models read the same columns.")
        return
    lines = [f"Only the new one reads {name}" for name in contract.added]
    lines += [f"Only the old one reads {name}" for name in contract.gone]
    lines += [f"{each.column}: {each.first}, then {each.second}" for each in contract.retyped]
    st.text("\n".join(lines))
