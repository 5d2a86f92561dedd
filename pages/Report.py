"""Report: what an EDA job found, what to change, and whether every output has arrived in storage."""

import streamlit as st

from core.backends.base import JobStatus
from core.backends.requests import JobKind
from core.ui import artifacts, header, page
from core.ui.report import columns, compare, detail, files, overview, table, warnings
from core.verbs.jobs import list_jobs

head, backend = header.open(
    "Report", "What the data is like, what to change, and whether every output has arrived."
)
jobs = list_jobs(backend, JobKind.processing)
done = [job.name for job in jobs if job.status == JobStatus.completed]
wanted = st.query_params.get("job")
if wanted not in done and wanted in [job.name for job in jobs]:
    # It has no report: the job itself says why. (A hurried second click on its launch comes by here too.)
    st.switch_page(page.file("EDA"), query_params={"job": wanted})
if not done:
    page.first_do("First run an EDA job: it writes the report.", "EDA")
job = page.pick("EDA job", done, key="job")
report = artifacts.report(backend, job)

overview.show(report)
parts = {
    "Columns": lambda: detail.show(report, columns.choose(report, job)),
    "Warnings": lambda: warnings.show(backend, job, report),
    "Target": lambda: table.target(report),
    "Correlations": lambda: table.correlations(report),
    "Missing cells": lambda: table.blanks(report),
    "Histograms": lambda: files.gallery(backend, job, report),
    "Compare": lambda: compare.show(backend, job, report, done),
    "Export": lambda: files.export(backend, job),
    "Verification": lambda: files.verification(backend, job),
}
# Only the open tab is drawn: the others cost nothing until they are asked for.
for tab, draw in zip(st.tabs(list(parts), key="report-tab", on_change="rerun"), parts.values(), strict=True):
    if tab.open:
        with tab:
            draw()
page.go("Training", "Train a model", eda=job)
