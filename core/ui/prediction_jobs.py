"""The files that jobs predict, on the Inference page: how one goes, and what it has written."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import streamlit as st

from core.backends.base import Backend, Job
from core.backends.requests import JobKind
from core.judging.file_quality import MEASURED
from core.language import tr
from core.ui import background, deletion, downloads, jobs, notes, page, predict, retraining, run_menu, state
from core.verbs import prediction, written
from core.verbs.jobs import list_jobs
from core.verbs.predict import Prediction


def any_of(backend: Backend) -> bool:
    """Return whether there is one."""
    return bool(list_jobs(backend, JobKind.prediction))


def show(backend: Backend) -> None:
    """Draw the one that the URL (`?file=`) names, or the newest, with what can be done with it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        job = jobs.choose(backend, JobKind.prediction, key="file")
        if job is None:
            return
        run_menu.draw(backend, job, tr("Note, delete"))
    deletion.dialog(backend, job)
    notes.show(backend, job.name)
    jobs.follow(backend, job)
    if not job.busy:
        with page.errors_shown():
            _ended(backend, job)


def _ended(backend: Backend, job: Job) -> None:
    done = prediction.summary(backend, job.name)
    with st.container(horizontal=True):
        if done:
            label = tr("Download what is there") if done.unanswered else tr("Download predictions")
            st.link_button(label, downloads.address(job.name), type="primary", icon=":material/download:")
        if prediction.can_resume(job) and st.button(
            tr("Go on"),
            icon=":material/play_arrow:",
            key=f"go-on-{job.name}",
            help=tr("What is answered is not asked again."),
        ):
            prediction.resume(backend, job.name)
            st.rerun()
        if done:
            with st.popover(
                tr("Otherwise"), icon=":material/tune:", help=tr("As another file, or some columns only.")
            ):
                _again(job, done)
    _written_again(job)
    if done:
        predict.result(done)
        if done.quality and done.quality["basis"] == MEASURED:
            rows, called = prediction.rows_of(backend, job.name)
            endpoint = job.request.get("endpoint", "")
            retraining.with_rows(backend, endpoint, nullcontext(rows), called, job.name)


def _again(job: Job, done: Prediction) -> None:
    """Ask for another kind of file or for some of the columns, and begin to write that."""
    before = job.request.get("output", ".csv")
    wanted = predict.what_to_write(job.name, (*done.own, *done.added), before)
    entry = state.writing_again(job.name)
    suffix, columns, guard = wanted.suffix, wanted.columns, wanted.guard
    if st.button(tr("Write it"), icon=":material/edit_document:", disabled=background.running(entry)):
        background.begin(
            entry, job.name, lambda tell: written.write_beside(job.name, suffix, columns, guard, tell)
        )
        st.rerun()


def _written_again(job: Job) -> None:
    """What was written otherwise, to download, or how far that is."""
    if work := background.ended(state.writing_again(job.name)):
        with page.errors_shown():
            file = work.answer()
            kind = predict.KINDS[Path(file).suffix].partition(",")[0]
            label = tr("Download as {kind}", kind=kind)
            st.link_button(label, downloads.address(job.name, file), icon=":material/download:")
