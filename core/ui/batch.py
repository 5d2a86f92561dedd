"""Batch Transform on the Inference page: a file of any size in, one job with its live panel, the predictions out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.backends.base import Backend, Job, JobStatus
from core.backends.requests import JobKind
from core.encoding.contract import Contract
from core.encoding.rows_reading import RowsReading
from core.language import tr
from core.ui import (
    artifacts,
    background,
    deletion,
    door,
    downloads,
    jobs,
    notes,
    page,
    predict,
    resource_form,
    run_menu,
    state,
    upload,
)
from core.verbs import renames, resources, transform, watching, written
from core.verbs.fit import output_names
from core.verbs.predict import Prediction

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile


def section(backend: Backend, models: list[Job]) -> None:
    """The form that launches one, and the job that the URL (`?job=`) names or the newest."""
    _launch(backend, models)
    _jobs(backend)


def _launch(backend: Backend, models: list[Job]) -> None:
    st.caption(
        tr(
            "Batch Transform: predictions for a file of any size, without an endpoint. The rows are encoded here"
            " and kept beside the job, so that any tab can download the predictions once it is done."
        )
    )
    training = page.pick(
        tr("Model"), [job.name for job in models], key="model", words=jobs.words(models), labelled=True
    )
    contract = artifacts.model_contract(backend, training)
    rows, size = upload.ask_or_address(backend, predict.FILE, "batch")
    predict.needed(contract)
    reading = _reading(backend, training, contract, rows)
    chosen = resource_form.choose(backend, "transform")

    def act(token: str) -> Job:
        said = renames.reading_for(backend, reading.overrides, reading.renames)
        with page.progress_shown() as tell, upload.on_disk(backend, rows) as file:
            return transform.launch_transform(backend, training, file, token, chosen, tell, said, apart=True)

    estimate = resources.estimate_transform(backend, size, chosen)
    locked = resource_form.refused(backend, "transform", chosen) or not rows
    jobs.launch(tr("Launch Batch Transform"), act, estimate, key="launch-transform", disabled=locked)


def _reading(backend: Backend, training: str, contract: Contract, given: UploadedFile | str) -> RowsReading:
    """Draw how the file is read and what does not fit the model; return what was said of it.

    One that is elsewhere is fetched for that, whatever its size: so only where somebody wants it.
    """
    if not given:
        return RowsReading()
    is_elsewhere = isinstance(given, str) and "://" in given
    if is_elsewhere and not st.checkbox(
        tr("Look at its columns first"), key="batch-look", help=tr("The whole file is fetched for that.")
    ):
        return RowsReading()
    with page.errors_shown():
        return door.show(backend, f"batch-{training}", training, contract, given)[0]
    return RowsReading()


def _jobs(backend: Backend) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        job = jobs.choose(backend, JobKind.transform)
        if job:
            run_menu.draw(backend, job, tr("Note, delete"))
    if job is None:
        st.caption(tr("No transform job yet: launch the first one above."))
        return
    deletion.dialog(backend, job)
    notes.show(backend, job.name)
    jobs.follow(backend, job)
    with page.errors_shown():
        told = transform.launch_summary(backend, job.name)
        predict.result(told)
        if drift := watching.drift_of_job(backend, job.name):
            st.text(drift.sentence)
        if job.status == JobStatus.completed:
            _predictions(backend, job, told)


def _predictions(backend: Backend, job: Job, told: Prediction) -> None:
    """Written when somebody asks for them, as the kind of file that is wanted, by a program of its own."""
    training = job.request.get("training_job", "")
    predict.decided_by(backend, training)
    names = output_names(backend, training, told.own)
    wanted = predict.what_to_write(job.name, names, predict.kind_of(job.request.get("file", "")))
    entry, working = state.assembled(job.name, wanted), state.assembling(job.name, wanted)
    if work := background.ended(working):
        working.take()
        entry.set(work.answer())
    if file := entry.get():
        address = downloads.address(job.name, file)
        st.link_button(tr("Download the predictions"), address, icon=":material/download:")
    elif st.button(
        tr("Prepare the download"),
        type="primary",
        icon=":material/merge:",
        key=f"assemble-{job.name}",
        disabled=background.running(working),
    ):
        suffix, columns, guard = wanted.suffix, wanted.columns, wanted.guard
        background.begin(
            working, job.name, lambda tell: written.write_beside(job.name, suffix, columns, guard, tell)
        )
        st.rerun()
