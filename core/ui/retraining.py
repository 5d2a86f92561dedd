"""The model of an endpoint trained anew with a file, a verdict, and the offer to replace: part of the tab Watch."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

import streamlit as st

from core.backends.base import Backend, Endpoint
from core.backends.records import time_of
from core.errors import SenderoError
from core.language import mark, tr
from core.ui import page, replacing, state
from core.ui.jobs import LOOK
from core.ui.upload import ask, on_disk
from core.verbs import retraining
from core.verbs.retraining import Retraining

WHAT = mark(
    "A file with the columns of the model and with what came true. EDA and training run by the settings of the model"
    " that serves; both then answer the same rows of the new test split. The endpoint goes on as it is: only where the"
    " new model is better it is offered."
)


def show(backend: Backend, endpoint: Endpoint) -> None:
    """Draw how far the model is trained anew, and ask for a file to do it with."""
    st.subheader(tr("Retrain"), anchor=False)
    now = retraining.look(backend, endpoint.name)
    if now:
        _progress(backend, endpoint, now)
    with st.expander(tr("Retrain with a file"), icon=":material/model_training:"):
        st.caption(tr(WHAT))
        uploaded = ask(tr("File with what came true"), key=f"retrain-file-{endpoint.name}")
        _price(backend, endpoint.name)
        busy = now is not None and not now.ended
        if (
            st.button(tr("Retrain"), type="primary", key=f"retrain-{endpoint.name}", disabled=busy)
            and uploaded
        ):
            with page.errors_shown(), state.click(f"retrain-{endpoint.name}") as token:
                with st.spinner(tr("Comparing its columns")), on_disk(backend, uploaded) as file:
                    retraining.start(backend, endpoint.name, file, token)
                st.rerun()


def with_rows(
    backend: Backend, endpoint: str, opened: AbstractContextManager[Path], called: str, key: str
) -> None:
    """Draw the button that retrains with a file that was predicted and has the truth; a click opens it."""
    clicked = st.button(
        tr("Retrain with this file"), icon=":material/model_training:", key=f"retrain-{key}", help=tr(WHAT)
    )
    _price(backend, endpoint)
    if clicked:
        with state.click(f"retrain-{key}") as token, st.spinner(tr("Comparing its columns")), opened as file:
            retraining.start(backend, endpoint, file, token, called)
        st.success(
            tr("It is under way: the tab Watch of the endpoint shows how far."), icon=":material/check:"
        )


def _price(backend: Backend, endpoint: str) -> None:
    if not backend.capabilities.costs_money:
        return
    try:
        estimate = retraining.estimate(backend, endpoint)
    except SenderoError as error:  # then nothing can be trained anew, which the click tells
        st.caption(page.plain(error.failure.why))
        return
    st.caption(tr("Cost: {cost}", cost=page.plain(estimate.amount)), help=page.plain(estimate.text))


def _progress(backend: Backend, endpoint: Endpoint, first: Retraining) -> None:
    """Draw how far it is, and go on with it while it is looked at."""

    @st.fragment(run_every=None if first.ended else backend.capabilities.poll_seconds)
    def part() -> None:
        with page.errors_shown():
            now = first if first.ended else retraining.advance(backend, endpoint.name)
            if now is None:
                return
            _draw(now)
            if now.ended and not first.ended:
                st.rerun()
            made = now.training
            if now.is_offered and made and endpoint.training_job == now.before:
                if st.button(tr("Replace the model"), type="primary", icon=":material/swap_horiz:"):
                    replacing.choose(backend, endpoint, [made])
            elif made and endpoint.training_job == made.name:
                st.success(tr("The endpoint answers by the new model."), icon=":material/check:")

    part()


def _draw(now: Retraining) -> None:
    st.text(f"{now.file}, {page.clock(time_of(now.at))}")
    st.caption(page.plain(now.schema))
    if not now.ended:
        st.progress(0.5 if now.training else 0.1, text=page.plain(now.verdict))
    elif not now.failed:
        st.markdown(page.plain(now.verdict))
    for job in now.failed:
        color, icon, word = LOOK[job.status]
        st.badge(tr(word), color=color, icon=icon)
        st.text(f"{job.name} {job.unjudged or (job.failure.why if job.failure else '')}")
    if now.training and not now.training.busy:
        page.link("Training", tr("The new model"), eda=now.eda.name, job=now.training.name)
