"""Promoting a trained model to another backend: what is copied, what it costs, and the button."""

from __future__ import annotations

import streamlit as st

from core.backends import NAMES, get_backend
from core.backends.base import Backend
from core.language import listed, tr
from core.numbers import count, size
from core.settings import Settings
from core.ui import page
from core.verbs import promote


def offer(backend: Backend, training_job: str) -> None:
    """Closed until it is wanted: the other backend is not even imported before the button."""
    with st.expander(
        tr("Deploy it elsewhere"), icon=":material/move_up:", key="promote", on_change="rerun"
    ) as opened:
        if opened.open:
            with page.errors_shown():
                for name in (name for name in NAMES if name != backend.name):
                    _offer(backend, training_job, name)


def _offer(backend: Backend, training_job: str, name: str) -> None:
    plan = promote.plan(backend, training_job)
    st.write(
        tr(
            "Copies {files}, {bytes}, to {backend}: the model, its contract, its evaluation, and of "
            "its EDA job {parts}. Not the splits {left_out}: only training reads them.",
            files=count(len(plan.files), "file", "files"),
            bytes=size(plan.bytes),
            backend=tr(NAMES[name]),
            parts=", ".join(promote.PARTS),
            left_out=listed(promote.LEFT_OUT),
        )
    )
    st.caption(tr("Cost: {cost}", cost=promote.billed(backend)))
    if st.button(
        tr("Copy it to {backend}", backend=tr(NAMES[name])),
        type="primary",
        icon=":material/move_up:",
        key=f"promote-{name}",
    ):
        target = get_backend(Settings.load(backend=name))
        with page.progress_shown() as tell:
            promote.promote(backend, target, training_job, tell)
        st.success(
            tr(
                "{model} is there, every file checked: {place}. Deploy it with SENDERO\\_BACKEND={name}.",
                model=page.plain(training_job),
                place=page.plain(tr(target.capabilities.label)),
                name=name,
            ),
            icon=":material/verified:",
        )
