"""The expiry of endpoints while nobody has a page open: one thread a server, which only lists them.

Where no schedule does it, an expired endpoint is ended by whoever lists the endpoints next. The thread starts with the
first page after the server's start, and nothing waits for it.
"""

from __future__ import annotations

import logging
import threading

import streamlit as st

from core.backends.base import Backend
from core.errors import SenderoError
from core.verbs.endpoints import list_endpoints

EVERY = 6  # times the backend's own polling interval


def start(backend: Backend) -> None:
    """Start the thread for a backend that is paid for; one a server, however many pages call this."""
    if backend.capabilities.costs_money:
        _watching(backend.capabilities.label, backend)


@st.cache_resource(show_spinner=False, on_release=lambda ended: ended.set())
def _watching(label: str, _backend: Backend) -> threading.Event:
    """Return what ends the thread, as clearing the cache does."""
    ended = threading.Event()
    threading.Thread(target=_watch, args=(_backend, ended), name=f"watch {label}", daemon=True).start()
    return ended


def _watch(backend: Backend, ended: threading.Event) -> None:
    while not ended.wait(EVERY * backend.capabilities.poll_seconds):
        try:
            list_endpoints(backend)
        except SenderoError as error:  # no network, an expired token: the next time may do better
            logging.getLogger("sendero").warning("listing the endpoints: %s", error)
