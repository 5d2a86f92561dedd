"""The note on a run: as it stands on the run's page, and the field that it is written in."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend
from core.errors import NoteChanged
from core.language import tr
from core.ui import page, state
from core.verbs import notes


def show(backend: Backend, job: str) -> None:
    """Draw the note, if there is one."""
    with page.errors_shown():
        if text := notes.note(backend, job).text:
            st.text(text)


def edit(backend: Backend, job: str) -> None:
    """Draw the field, and save what is written over the note that it began with. Raises NoteChanged, StorageFailed."""
    field, shown = state.note_field(job), state.note_shown(job)
    if not field.is_kept():
        last = notes.note(backend, job)
        shown.set(last)
        field.set(last.text)
    with st.form(f"note-form-{job}", border=False):  # a click right after typing is not lost
        text = st.text_area(tr("Note"), max_chars=notes.LONGEST, key=field.key)
        clicked = st.form_submit_button(
            tr("Save the note"), icon=":material/edit_note:", key=f"save-note-{job}"
        )
    if not clicked:
        return
    try:
        shown.set(notes.set_note(backend, job, text, shown.get()))
    except NoteChanged:  # which is told; what was typed stays, and the next click is about what it says now
        shown.set(notes.note(backend, job))
        raise
    st.rerun()
