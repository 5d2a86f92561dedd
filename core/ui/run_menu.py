"""The menu of a run: its note, its deletion, and between them what can be done with a run of its kind."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.backends.base import Backend, Job
from core.language import tr
from core.ui import deletion, notes, page, state


def draw(backend: Backend, job: Job, label: str = "", between: Callable[[], None] | None = None) -> None:
    """Draw the menu; nothing of it is read before it is opened. A page has one *More*: others have another `label`."""
    with st.popover(
        label or tr("More"), icon=":material/more_vert:", key=state.run_menu(job.name).key, on_change="rerun"
    ) as opened:
        if not opened.open:
            return
        with page.errors_shown():
            notes.edit(backend, job.name)
            if between:
                between()
            if not job.busy:
                deletion.button(job)
