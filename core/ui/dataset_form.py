"""The data set on the Configuration page: ways to add one, what was read of it, and its deletion."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core import numbers
from core.backends.base import Backend
from core.datasets import Dataset
from core.errors import SenderoError
from core.language import joined, mark, tr, trn
from core.ui import bucket, confirmation, dialect_form, dialogs, page, state, upload
from core.verbs import datasets, deletion

SAMPLE = Path(__file__).resolve().parent.parent / "samples" / "flights_late.csv"
SAMPLE_TARGET = "late"
PREVIEW_ROWS = 50


def choose(backend: Backend) -> Dataset | None:
    """Draw the choice of a data set, what was read of it, and the ways to add another one; return it, if any."""
    names = [item.name for item in datasets.list_datasets(backend)]
    dataset = None
    if names:
        saved = datasets.saved_configuration(backend)
        chosen = page.pick(
            tr("Data set"), names, key="dataset", default=saved.dataset if saved else names[-1]
        )
        dataset = datasets.find_dataset(backend, chosen)
        _facts(backend, dataset)
    add(backend)
    return dataset


def _facts(backend: Backend, dataset: Dataset) -> None:
    rows, columns = dataset.rows, len(dataset.columns)
    st.caption(
        f"{numbers.count(rows, 'row', 'rows')}, {numbers.count(columns, 'column', 'columns')}, "
        f"{numbers.size(dataset.bytes)}"
    )
    dialect_form.summary(backend, dataset)
    with st.container(horizontal=True):
        if st.button(tr("First rows"), icon=":material/table_rows:", type="tertiary"):
            title = tr("The first {n} rows", n=PREVIEW_ROWS)
            st.dialog(title, width="large")(_first_rows)(backend, dataset)
        if st.button(tr("Delete"), icon=":material/delete:", type="tertiary", key="delete-dataset"):
            _delete(backend, dataset)


# --- adding one -----------------------------------------------------------------------------------------


def add(backend: Backend) -> None:
    """A drop zone, the sample, a path on this machine, an object in S3. Each ends in the same `datasets.add`."""
    with page.errors_shown():
        _drop_zone(backend)
    with st.container(horizontal=True):
        if st.button(
            tr("Use the sample"),
            icon=":material/flight:",
            help=tr("12,000 flights from New York in 2013; predict which arrived late."),
        ):
            add_sample(backend)
        with st.popover(tr("From a path"), icon=":material/folder_open:"):
            with st.form("from-path", border=False):  # a click right after typing is not lost
                path = st.text_input(
                    tr("Path of a CSV, Excel or Parquet file on this machine"), placeholder="data/my.csv"
                )
                clicked = st.form_submit_button(tr("Add the file"), icon=":material/add:", key="add-path")
            if clicked and path.strip():
                with page.errors_shown():
                    _added(_with_progress(backend, Path(path.strip()).expanduser()))
        for scheme in datasets.schemes(backend):
            with (
                st.popover(tr("From {place}", place=scheme.upper()), icon=":material/cloud_download:"),
                page.errors_shown(),
            ):
                if address := bucket.choose(backend):
                    with st.spinner(tr("Fetching")), datasets.fetched(backend, address) as file:
                        _added(_with_progress(backend, file))


def add_sample(backend: Backend) -> None:
    """Add the sample, with its target as the plan unless there is one for it, and show it."""
    with page.errors_shown():
        dataset = _with_progress(backend, SAMPLE)
        if datasets.saved_configuration(backend, dataset.name) is None:
            datasets.change_configuration(backend, dataset, {"target": SAMPLE_TARGET})
        _added(dataset)


def _drop_zone(backend: Backend) -> None:
    """Add a file as soon as it is dropped; one that cannot be added is not read again at each click."""
    number = state.DROP_ZONE.get() or 0
    uploaded = upload.ask(tr("CSV, Excel or Parquet: drop a file"), key=f"drop-{number}")
    if uploaded is None:
        return
    refused = state.REFUSED_FILE.get()
    if refused and refused[0] == uploaded.file_id:
        page.show_failure(refused[1])
        return
    try:
        with upload.kept(uploaded) as copy:
            dataset = _with_progress(backend, copy)
    except SenderoError as error:
        state.REFUSED_FILE.set((uploaded.file_id, error.failure))
        raise
    state.DROP_ZONE.set(number + 1)
    _added(dataset)


def _with_progress(backend: Backend, path: Path) -> Dataset:
    with page.progress_shown() as tell:
        return datasets.add(backend, path, progress=lambda share: tell(share, tr("Reading")))


def _added(dataset: Dataset) -> None:
    st.toast(tr("{rows} added", rows=numbers.count(dataset.rows, "row", "rows")), icon=":material/check:")
    page.lead("Configuration", dataset=dataset.name)  # from Home too


# --- looking at one, and deleting it ----------------------------------------------------------------------


def _first_rows(backend: Backend, dataset: Dataset) -> None:
    with page.errors_shown():
        rows = datasets.preview(backend, dataset.name, PREVIEW_ROWS)
        st.dataframe(rows, hide_index=True, alt=tr("The first rows of the file"))


@dialogs.titled(mark("Delete the data set"))
def _delete(backend: Backend, dataset: Dataset) -> None:
    """Tell what goes and what stays, and delete it once it is confirmed."""
    with page.errors_shown():
        plan = deletion.plan_dataset_deletion(backend, dataset.name)
        goes = (
            f"{dataset.name}: {numbers.count(len(plan.files), 'file', 'files')}, {numbers.size(plan.bytes)}."
        )
        if plan.has_configuration:
            goes = joined([goes, tr("The configuration that is saved for it goes too.")])
        st.text(goes)
        if plan.left_behind:
            runs = len(plan.left_behind)
            st.text(
                trn(
                    "{n} EDA run came from it, and can be read on: only the data set is gone.",
                    "{n} EDA runs came from it, and can be read on: only the data set is gone.",
                    runs,
                    n=numbers.integer(runs),
                )
            )
        if confirmation.typed(dataset.name, "dataset"):
            state.DATASET_DELETED.set(deletion.delete_dataset(backend, dataset.name))
            st.query_params.pop("dataset", None)
            st.rerun()


def receipt() -> None:
    """Say once what was deleted."""
    if done := state.DATASET_DELETED.take():
        message = tr(
            "Deleted and checked: {deleted}; {size} are free.",
            deleted=", ".join(done.deleted),
            size=numbers.size(done.bytes),
        )
        st.success(page.plain(message), icon=":material/receipt_long:")
