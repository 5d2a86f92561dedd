"""Report: what an EDA job found, and whether every output has arrived in storage."""

import streamlit as st

from core import pipeline
from core.backends.base import JobKind, JobStatus
from core.ui import page, report

backend = page.open("Report", "What the data is like, and whether every output has arrived.")
done = [job.name for job in backend.jobs(JobKind.processing) if job.status == JobStatus.completed]
if not done:
    page.first_do("First run an EDA job: it writes the report.", "EDA")
job = page.pick("EDA job", done, key="job")
found = pipeline.report(backend, job)

report.overview(found)
report.warnings(backend, job, found)
columns, gallery, text, files = st.tabs(
    ["Columns", "Histograms", "Text report", "Verification"], key="report-tab", on_change="rerun"
)
# Only the open tab is drawn: the others cost nothing until they are asked for.
if columns.open:
    with columns:
        report.columns(found)
if gallery.open:
    with gallery:
        report.gallery(backend, job, found)
if text.open:
    with text:
        report.text(backend, job)
if files.open:
    with files:
        report.verification(backend, job)
page.go("Training", "Train a model", eda=job)
