"""Work that a click elsewhere on the page does not end.

A click draws the page anew and ends the script that the last one started, wherever that is. What takes long and is no
job (an upload's way through an endpoint) therefore runs beside it: in a thread that belongs to the session, dies with
the server, and never draws. A fragment shows how far it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import streamlit as st

from core.ui import page
from core.verbs.predict import Progress

EVERY = 0.5  # seconds between two looks
AT_ONCE = 2.0  # seconds that are waited for first: what is quick is there without a look


class Work(threading.Thread):
    """`do` with a way to tell its progress; `about` says what it is the work on."""

    def __init__(self, about: str, do: Callable[[Progress], Any]) -> None:
        super().__init__(daemon=True, name=f"work on {about}")
        self.about, self._do = about, do
        self.share, self.text = 0.0, "Reading"
        self._answer: Any = None
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._answer = self._do(self._tell)
        except Exception as error:  # raised where the answer is asked for: a page shows it
            self._error = error

    def _tell(self, share: float, text: str) -> None:
        self.share, self.text = min(share, 1.0), text

    def answer(self) -> Any:
        """Return what `do` answered, once it has ended. Raises what it raised."""
        if self._error:
            raise self._error
        return self._answer


def begin(key: str, about: str, do: Callable[[Progress], Any]) -> None:
    """Start `do` as the session's work `key`, unless it is under way: a hurried second click means the first."""
    if not running(key):
        work = st.session_state[key] = Work(about, do)
        work.start()
        work.join(AT_ONCE)


def running(key: str) -> bool:
    """Whether the work `key` is under way."""
    return key in st.session_state and st.session_state[key].is_alive()


def ended(key: str) -> Work | None:
    """The work `key` once it has ended. Draws its progress as long as it runs; nothing where there is none."""
    work: Work | None = st.session_state.get(key)
    if work is None or not work.is_alive():
        return work

    @st.fragment(run_every=EVERY)
    def panel() -> None:
        if not work.is_alive():
            st.rerun()
        st.progress(work.share, text=page.plain(work.text))

    panel()
    return None
