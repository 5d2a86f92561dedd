"""Where the open run is in MLflow: a link, or why it is not there."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend
from core.errors import SenderoError
from core.language import mark, tr
from core.settings import Settings
from core.ui import page

CUT_OFF = mark("It is not in MLflow: whoever logged it was cut off.")
EVERY = 3.0  # seconds between two looks while a run is being logged


def show(backend: Backend, training_job: str) -> None:
    """Draw it, and have the run logged where nobody has; nothing where no server is named. It never waits."""
    settings = Settings.load()
    if not settings.mlflow:
        return
    from core.verbs import tracking  # late: most have no server

    try:
        known = tracking.begin(backend, training_job, settings)
    except SenderoError as error:
        st.caption(page.plain(f"{error.failure.what} {error.failure.why}"))
        return
    if known is None or not (known.is_open or known.state == tracking.LOGGED):
        _under_way(backend, training_job)
    elif known.state == tracking.LOGGED:
        if known.address:
            st.link_button("MLflow", known.address, icon=":material/science:", help=tr("This run in MLflow"))
        else:
            st.caption(page.plain(tr("In MLflow as {run}, on {server}.", run=known.run, server=known.server)))
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            again = st.button(tr("Log it to MLflow"), icon=":material/science:", key=f"track-{training_job}")
            said = tr("It is not in MLflow: {reason}", reason=known.reason) if known.reason else tr(CUT_OFF)
            st.caption(page.plain(said), width="stretch")
        if again:
            tracking.start(backend, training_job, settings)
            st.rerun()


def _under_way(backend: Backend, training_job: str) -> None:
    """Say that the run is being logged, and draw the page anew once that has ended."""
    from core.verbs import tracking

    @st.fragment(run_every=EVERY)
    def panel() -> None:
        with page.errors_shown():
            now = tracking.tracking_of(backend, training_job)
            if now and now.state != tracking.LOGGING:
                st.rerun()
            st.caption(tr("It is being logged to MLflow."))

    panel()
