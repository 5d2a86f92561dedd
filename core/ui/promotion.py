"""Promoting a trained model to another backend: what is copied, what it costs, and the button."""

from __future__ import annotations

import streamlit as st

from core.backends import NAMES, get_backend
from core.backends.base import Backend
from core.numbers import count, size
from core.settings import Settings
from core.ui import page
from core.verbs import promote


def offer(backend: Backend, training_job: str) -> None:
    """Closed until it is wanted: the other backend is not even imported before the button."""
    with st.expander(
        "Deploy it elsewhere", icon=":material/move_up:", key="promote", on_change="rerun"
    ) as opened:
        if opened.open:
            with page.errors_shown():
                for name in (name for name in NAMES if name != backend.name):
                    _offer(backend, training_job, name)


def _offer(backend: Backend, training_job: str, name: str) -> None:
    plan = promote.plan(backend, training_job)
    st.write(
        f"Copies {count(len(plan.files), 'file', 'files')}, {size(plan.bytes)}, to {NAMES[name]}: "
        "the model, its contract, its"
        f" evaluation, and of its EDA job {', '.join(promote.PARTS)}. Not the splits"
        f" {' and '.join(promote.LEFT_OUT)}: only training reads them."
    )
    st.caption(f"Cost: {promote.billed(backend)}")
    if st.button(
        f"Copy it to {NAMES[name]}", type="primary", icon=":material/move_up:", key=f"promote-{name}"
    ):
        target = get_backend(Settings.load(backend=name))
        with page.progress_shown() as tell:
            promote.promote(backend, target, training_job, tell)
        st.success(
            f"{page.plain(training_job)} is there, every file checked: {page.plain(target.capabilities.label)}."
            f" Deploy it with SENDERO\\_BACKEND={name}.",
            icon=":material/verified:",
        )
