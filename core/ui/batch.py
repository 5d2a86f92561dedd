"""Batch Transform on the Inference page: a large file in, one job with its live panel, the predictions out."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend, Job, JobStatus
from core.backends.requests import JobKind
from core.scratch import Scratch
from core.ui import background, deletion, jobs, notes, page, predict, resource_form, run_menu, state, upload
from core.verbs import resources, transform
from core.verbs.predict import Progress


def section(backend: Backend, models: list[Job]) -> None:
    """The form that launches one, and the job that the URL (`?job=`) names or the newest."""
    _launch(backend, models)
    _jobs(backend)


def _launch(backend: Backend, models: list[Job]) -> None:
    st.caption(
        "Batch Transform: predictions for a file of any size, without an endpoint. The rows are encoded here and kept"
        " beside the job, so that any tab can download the predictions once it is done."
    )
    training = page.pick(
        "Model", [job.name for job in models], key="model", words=jobs.words(models), labelled=True
    )
    rows, size = upload.ask_or_address(backend, "A large CSV of your rows", "batch")
    chosen = resource_form.choose(backend, "transform")

    def act(token: str) -> Job:
        with page.progress_shown() as tell, upload.on_disk(backend, rows) as file:
            return transform.launch_transform(backend, training, file, token, chosen, tell)

    estimate = resources.estimate_transform(backend, size, chosen)
    locked = resource_form.refused(backend, "transform", chosen) or not rows
    jobs.launch("Launch Batch Transform", act, estimate, key="launch-transform", disabled=locked)


def _jobs(backend: Backend) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        job = jobs.choose(backend, JobKind.transform)
        if job:
            run_menu.draw(backend, job, "Note, delete")
    if job is None:
        st.caption("No transform job yet: launch the first one above.")
        return
    deletion.dialog(backend, job)
    notes.show(backend, job.name)
    jobs.follow(backend, job)
    with page.errors_shown():
        predict.result(transform.launch_summary(backend, job.name))
        if job.status == JobStatus.completed:
            _predictions(backend, job)


def _predictions(backend: Backend, job: Job) -> None:
    """Made when somebody asks for them, and kept for the session."""
    predict.decided_by(backend, job.request.get("training_job", ""))
    guard = not predict.keep_formulas(f"formulas-{job.name}")
    entry, working = state.assembled(job.name, guard), state.assembling(job.name, guard)
    if work := background.ended(working):
        working.take()
        entry.set(work.answer())
    assembled = entry.get()
    if assembled is not None:
        st.download_button(
            "Download the predictions",
            assembled,
            file_name=f"{job.name}_predictions.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    elif st.button(
        "Prepare the download",
        type="primary",
        icon=":material/merge:",
        key=f"assemble-{job.name}",
        disabled=background.running(working),
    ):
        background.begin(working, job.name, lambda tell: _assembled(backend, job, guard, tell))
        st.rerun()


def _assembled(backend: Backend, job: Job, guard: bool, tell: Progress) -> bytes:
    with Scratch("page") as folder:
        output = folder / "predictions.csv"
        transform.collect(backend, job.name, output, tell, guard)
        return output.read_bytes()
