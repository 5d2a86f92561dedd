"""The note on a run: as it stands on the run's page, and the field that it is written in."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend
from core.ui import page
from core.verbs import notes


def show(backend: Backend, job: str) -> None:
    """Draw the note, if there is one."""
    with page.errors_shown():
        if text := notes.note(backend, job).text:
            st.text(text)


def edit(backend: Backend, job: str) -> None:
    """Draw the field, and save what is written over the note that it showed. Raises NoteChanged, StorageFailed."""
    seen = notes.note(backend, job)
    text = st.text_area("Note", seen.text, max_chars=notes.LONGEST, key=f"note-{job}-{seen.number}")
    if st.button("Save the note", icon=":material/edit_note:", key=f"save-note-{job}"):
        notes.set_note(backend, job, text, seen)
        st.rerun()
