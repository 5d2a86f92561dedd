"""Work that a click elsewhere on the page does not end.

A click draws the page anew and ends the script that the last one started, wherever that is. What takes long and is no
job (an upload's way through an endpoint) therefore runs beside it: in a thread that belongs to the session, dies with
the server or once the page is left, and never draws. A fragment shows how far it is.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

from core.ui import page
from core.ui.state import Entry
from core.ui.work import Work
from core.verbs.predict import Progress

T = TypeVar("T")

EVERY = 0.5  # seconds between two looks
LEFT = 60.0  # seconds without its page that end it: a phone that shows something else is back before
AT_ONCE = 2.0  # seconds that are waited for first: what is quick is there without a look


def begin(entry: Entry[Work[T]], about: str, do: Callable[[Progress], T]) -> None:
    """Start `do` as the session's work in `entry`, unless it is under way: a hurried second click means the first."""
    if not running(entry):
        work = Work(about, do, _page_left())
        add_script_run_ctx(work)  # by which it writes numbers as this visit's browser does
        entry.set(work)
        work.start()
        work.join(AT_ONCE)


def _page_left() -> Callable[[], bool]:
    """Return what tells whether this visit's page has been gone for LEFT seconds."""
    context, seen = get_script_run_ctx(suppress_warning=True), monotonic()

    def is_left() -> bool:
        nonlocal seen
        if (
            context is None
            or not Runtime.exists()
            or Runtime.instance().is_active_session(context.session_id)
        ):
            seen = monotonic()
        return monotonic() - seen > LEFT

    return is_left


def running(entry: Entry[Work[T]]) -> bool:
    """Return whether the work in `entry` is under way."""
    work = entry.get()
    return work is not None and work.is_alive()


def ended(entry: Entry[Work[T]]) -> Work[T] | None:
    """Return the work in `entry` once it has ended. As long as it runs, draw its progress and return None."""
    work = entry.get()
    if work is None or not work.is_alive():
        return work

    @st.fragment(run_every=EVERY)
    def panel() -> None:
        if not work.is_alive():
            st.rerun()
        st.progress(work.share, text=page.plain(work.text))

    panel()
    return None
