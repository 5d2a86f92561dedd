"""The app's own watch over endpoints: one thread a server, which only looks.

Where no schedule does it, an endpoint whose time has come is ended by whoever looks at it next. This thread looks when
nobody has a page open. It starts with the first page after the server's start, and nothing waits for it.
"""

from __future__ import annotations

import logging
import threading
import time

import streamlit as st

from core.backends.base import Backend
from core.errors import SenderoError

EVERY = 6  # as many times the backend's own pace


def start(backend: Backend) -> None:
    """Watch over the endpoints of a backend that is paid for; once a server, however many pages ask."""
    if backend.capabilities.costs_money:
        _watching(backend.capabilities.label, backend)


@st.cache_resource(show_spinner=False)
def _watching(place: str, _backend: Backend) -> threading.Thread:
    thread = threading.Thread(target=_watch, args=(_backend,), name=f"watch {place}", daemon=True)
    thread.start()
    return thread


def _watch(backend: Backend) -> None:
    while True:
        time.sleep(EVERY * backend.capabilities.looks_every)
        try:
            backend.endpoints()
        except SenderoError as error:  # no network, an expired token: the next look may do better
            logging.getLogger("sendero").warning("looking after the endpoints: %s", error)
