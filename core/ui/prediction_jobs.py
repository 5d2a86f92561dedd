"""The files that jobs predict, on the Inference page: how one goes, and what it has written."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Job
from core.backends.requests import JobKind
from core.ui import deletion, downloads, jobs, page, predict
from core.verbs import prediction
from core.verbs.jobs import list_jobs


def any_of(backend: Backend) -> bool:
    """Return whether there is one."""
    return bool(list_jobs(backend, JobKind.prediction))


def show(backend: Backend) -> None:
    """Draw the one that the URL (`?file=`) names, or the newest, with what can be done with it."""
    job = jobs.choose(backend, JobKind.prediction, key="file")
    if job is None:
        return
    jobs.follow(backend, job)
    if not job.busy:
        with page.errors_shown():
            _ended(backend, job)


def _ended(backend: Backend, job: Job) -> None:
    done = prediction.summary(backend, job.name)
    with st.container(horizontal=True):
        if done:
            label = "Download what is there" if done.unanswered else "Download predictions"
            st.link_button(label, downloads.address(job.name), type="primary", icon=":material/download:")
        if prediction.can_resume(job) and st.button(
            "Go on",
            icon=":material/play_arrow:",
            key=f"go-on-{job.name}",
            help="What is answered is not asked again.",
        ):
            prediction.resume(backend, job.name)
            st.rerun()
        deletion.button(job)
    deletion.dialog(backend, job)
    if done:
        predict.result(done)
