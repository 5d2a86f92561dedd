"""An endpoint that sleeps while nobody asks it: woken by one request when its form opens, so that a row waits less."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from core.backends.base import Backend, Endpoint, EndpointStatus
from core.errors import SenderoError
from core.language import tr
from core.numbers import fixed
from core.ui import background, state
from core.ui.work import Work
from core.verbs import predict
from core.verbs.predict import Progress


def show(backend: Backend, endpoint: Endpoint) -> None:
    """Wake an endpoint once in a visit, and say so; one that never sleeps is left alone."""
    if not endpoint.sleeps or endpoint.status != EndpointStatus.in_service:
        return
    entry = state.waking(endpoint.name)
    if entry.get() is None:
        about = tr("Waking the endpoint by one request, which is billed like any other")
        work = Work(endpoint.name, lambda tell: _wake(backend, endpoint.name, about, tell))
        entry.set(work)
        work.start()
    if work := background.ended(entry):
        with suppress(SenderoError):  # whoever asks for a row is told why none is answered
            st.caption(
                tr(
                    "Woken in {seconds} s by one request, which is billed like any other. The time of a row is "
                    "without that.",
                    seconds=fixed(work.answer(), 1),
                )
            )


def wait(endpoint: str) -> None:
    """Wait until an endpoint is awake, if the form is waking it."""
    work = state.waking(endpoint).get()
    if work and work.is_alive():
        with st.spinner(tr("Waking the endpoint")):
            work.join()


def _wake(backend: Backend, endpoint: str, about: str, tell: Progress) -> float:
    tell(0.0, about)
    return predict.wake(backend, endpoint)
