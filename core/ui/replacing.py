"""Another model for the endpoint on the Inference page: what would break is shown first; one click goes back."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Endpoint, Job
from core.encoding.changes import ContractChanges
from core.language import tr
from core.numbers import count, integer
from core.report import wording
from core.ui import jobs, page, state
from core.ui.header import Header
from core.verbs import replacing
from core.verbs.replacing import Replacement

LONGEST = 240  # characters of what would break: the button is to be in sight


def choose(backend: Backend, endpoint: Endpoint, models: list[Job]) -> None:
    """Ask for the other model, show what differs for callers, and replace it."""
    st.dialog(tr("Replace the model"))(_choose)(backend, endpoint, models)


def _choose(backend: Backend, endpoint: Endpoint, models: list[Job]) -> None:
    words = jobs.words(models)
    serves = words.get(endpoint.training_job, endpoint.training_job)
    st.text(tr("It serves {model}. No request is refused while the model changes.", model=serves))
    names = [job.name for job in models if job.name != endpoint.training_job]
    chosen = st.selectbox(tr("Model"), names, key=f"replace-{endpoint.name}", format_func=words.__getitem__)
    with page.errors_shown():
        planned = replacing.plan(backend, endpoint.name, chosen)
        if planned.rows:
            tried = count(planned.rows, "test row", "test rows")
            st.caption(
                tr(
                    "Tried on {rows} of the model that it serves: {answered} answered.",
                    rows=tried,
                    answered=integer(planned.answered),
                )
            )
        _contract(planned.contract)
        for each in planned.breaks:
            st.warning(page.plain(wording.short(each, LONGEST)), icon=":material/warning:")
        accepted = not planned.breaks or st.checkbox(
            tr("Replace it all the same: callers know of it"),
            key=f"replace-accepted-{endpoint.name}-{chosen}",
        )
        if st.button(tr("Replace"), type="primary", icon=":material/swap_horiz:", disabled=not accepted):
            with st.spinner(tr("Replacing")):
                _said(replacing.replace(backend, endpoint.name, chosen, accepted))
            st.rerun()


def back(head: Header, backend: Backend, endpoint: Endpoint) -> None:
    """Let the endpoint answer by the model that it served before."""
    with head.messages, page.errors_shown():
        with st.spinner(page.plain(tr("Going back to {model}", model=endpoint.previous))):
            _said(replacing.replace(backend, endpoint.name, endpoint.previous, accepted=True))
        st.rerun()


def _said(done: Replacement) -> None:
    state.ENDPOINT_REPLACED.set(
        tr(
            "{endpoint} answers by {after}, in the place of {before}.",
            endpoint=done.endpoint,
            after=done.after,
            before=done.before,
        )
    )


def _contract(contract: ContractChanges) -> None:
    if not contract.any:
        st.caption(tr("Both models read the same columns."))
        return
    lines = [tr("Only the new one reads {name}", name=name) for name in contract.added]
    lines += [tr("Only the old one reads {name}", name=name) for name in contract.gone]
    lines += [
        tr("{column}: {first}, then {second}", column=each.column, first=each.first, second=each.second)
        for each in contract.retyped
    ]
    st.text("\n".join(lines))
