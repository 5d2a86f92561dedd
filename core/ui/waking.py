"""An endpoint that sleeps while nobody asks it: woken by one request when its form opens, so that a row waits less."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from core.backends.base import Backend, Endpoint, EndpointStatus
from core.errors import SenderoError
from core.numbers import fixed
from core.ui import background, state
from core.ui.work import Work
from core.verbs import predict
from core.verbs.predict import Progress

BILLED = "by one request, which is billed like any other"


def show(backend: Backend, endpoint: Endpoint) -> None:
    """Wake an endpoint once in a visit, and say so; one that never sleeps is left alone."""
    if not endpoint.sleeps or endpoint.status != EndpointStatus.in_service:
        return
    entry = state.waking(endpoint.name)
    if entry.get() is None:
        work = Work(endpoint.name, lambda tell: _wake(backend, endpoint.name, tell))
        entry.set(work)
        work.start()
    if work := background.ended(entry):
        with suppress(SenderoError):  # whoever asks for a row is told why none is answered
            st.caption(f"Woken in {fixed(work.answer(), 1)} s {BILLED}. The time of a row is without that.")


def wait(endpoint: str) -> None:
    """Wait until an endpoint is awake, if the form is waking it."""
    work = state.waking(endpoint).get()
    if work and work.is_alive():
        with st.spinner("Waking the endpoint"):
            work.join()


def _wake(backend: Backend, endpoint: str, tell: Progress) -> float:
    tell(0.0, f"Waking the endpoint {BILLED}")
    return predict.wake(backend, endpoint)
