"""What the job wrote: its pictures, its reports to take away, and whether every output is as it was written."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from core import bundle, numbers
from core.backends.base import Backend
from core.language import mark, tr
from core.report import column_pictures
from core.report.column_schema import ColumnEntry
from core.report.schema import Report
from core.ui import figures, page
from core.verbs import eda, jobs

PICTURES_A_PAGE = 9
REPORTS = (
    (mark("Report, HTML"), "report.html", "text/html"),
    (mark("Report, JSON"), "report.json", "application/json"),
    (mark("Report, text"), "EDA_Report.txt", "text/plain"),
)  # label, file, type
STATES = {
    "ok": mark("as written"),
    "missing": mark("MISSING"),
    "changed": mark("CHANGED"),
    "unexpected": mark("not in the manifest"),
}


def show(backend: Backend, job: str, report: Report) -> None:
    """What can be taken away, and whether it is as the job wrote it."""
    _export(backend, job)
    _gallery(backend, job, report)
    _verification(backend, job)


def _gallery(backend: Backend, job: str, report: Report) -> None:
    """The PNGs as the job wrote them, and the text report, read when they are unfolded."""
    drawn = [(column, column["picture"]) for column in report["columns"] if column["picture"]]
    if drawn:
        histograms = numbers.count(len(drawn), "histogram", "histograms")
        folded = st.expander(
            tr("{histograms} as PNG files", histograms=histograms),
            icon=":material/bar_chart:",
            key="gallery",
            on_change="rerun",
        )
        if folded.open:
            with folded:
                _pictures(backend, job, drawn)
    text = st.expander(tr("Report as text"), icon=":material/article:", key="text-report", on_change="rerun")
    if text.open:
        text.code(eda.report_text_of(backend, job), language=None, height=600)


def _pictures(backend: Backend, job: str, drawn: list[tuple[ColumnEntry, str]]) -> None:
    pages = -(-len(drawn) // PICTURES_A_PAGE)
    number = st.pagination(pages, key="gallery-page") if pages > 1 else 1
    columns = st.columns(3)
    for index, (column, file) in enumerate(drawn[(number - 1) * PICTURES_A_PAGE : number * PICTURES_A_PAGE]):
        # They are white, on a dark page too: a frame says that this is how the file looks.
        with columns[index % 3], st.container(border=True):
            picture = column_pictures.distribution(column)
            alt = picture.alt if picture else tr("Histogram of {name}", name=column["name"])
            st.image(eda.output_of(backend, job, file), width="stretch", alt=alt)


def _export(backend: Backend, job: str) -> None:
    """The report to take away, and all that the job wrote as one zip; nothing is made before it is asked for."""
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, file, mime in REPORTS:
            _download(
                tr(label),
                lambda file=file: eda.output_of(backend, job, f"report/{file}"),
                f"{job}-{file}",
                mime,
            )
        splits = st.toggle(
            tr("With the splits"),
            key="with-splits",
            help=tr("Train, validation and test rows, as training reads them"),
        )
        size = eda.bundle_size(backend, job, splits)
        if size <= bundle.MOST_BYTES:
            _download(
                tr("All in one zip, {size} before packing", size=numbers.size(size)),
                lambda: eda.bundle_of(backend, job, splits),
                f"{job}.zip",
                "application/zip",
            )
    if size > bundle.MOST_BYTES:
        st.info(
            tr(
                "They have {size}, too much for a download here: take them from {address}.",
                size=numbers.size(size),
                address=_address(backend, job),
            )
        )
    st.caption(
        tr("The HTML report is one file that needs nothing else: open it anywhere, print it, send it.")
    )


def _address(backend: Backend, job: str) -> str:
    return page.plain(eda.address_of_outputs(backend, job))


def _download(label: str, make: Callable[[], bytes], name: str, mime: str) -> None:
    st.download_button(
        label,
        make,
        file_name=name,
        mime=mime,
        icon=":material/download:",
        on_click="ignore",
        key=f"download-{name}",
    )


def _verification(backend: Backend, job: str) -> None:
    """Every file that the job's manifest names, read and hashed again when asked for."""
    folded = st.expander(
        tr("Check every file against its checksum"),
        icon=":material/verified:",
        key="verify",
        on_change="rerun",
    )
    if not folded.open:
        return
    with folded:
        with st.spinner(tr("Reading and hashing every output"), show_time=True):
            files = jobs.verify(backend, job)
        wrong = [file for file in files if file.state != "ok"]
        if wrong:
            st.error(
                tr(
                    "Not as the job wrote them: {wrong} of {files}.",
                    wrong=numbers.integer(len(wrong)),
                    files=numbers.count(len(files), "file", "files"),
                ),
                icon=":material/error:",
            )
        else:
            st.success(
                tr(
                    "{files}: each is as the job wrote it, byte for byte.",
                    files=numbers.count(len(files), "file", "files"),
                ),
                icon=":material/verified:",
            )
        rows = [
            {
                tr("File"): file.file,
                tr("State"): tr(STATES[file.state]),
                tr("Bytes"): file.bytes,
                "SHA-256": file.sha256,
            }
            for file in sorted(files, key=lambda file: (file.state == "ok", file.file))
        ]
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config={tr("Bytes"): figures.counts()},
            alt=tr("Every file with its state, size and checksum"),
        )
