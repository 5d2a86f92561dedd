"""Report: the findings of an EDA job, what to change, and whether every output has arrived in storage."""

import streamlit as st

from core.backends.base import JobStatus
from core.backends.requests import JobKind
from core.language import mark, tr
from core.report import wording
from core.ui import artifacts, first_run, header, jobs, page, parts
from core.ui.report import columns, compare, files, findings, fixes, relations
from core.verbs import runs
from core.verbs.jobs import list_jobs

head, backend = header.open(
    "Report", tr("What the data is like, what to change, and whether every output has arrived.")
)
started = list_jobs(backend, JobKind.processing)
done = sorted((job for job in started if job.status == JobStatus.completed), key=runs.is_aside)
wanted = st.query_params.get("job")
if wanted not in [job.name for job in done] and wanted in [job.name for job in started]:
    # It has no report: the job itself says why. (A hurried second click on its launch comes by here too.)
    page.lead("EDA", job=wanted)
if not done:
    page.first_do(tr("First run an EDA job: it writes the report."), "EDA")
titles = jobs.words(done)
with head.about:
    job = page.pick(tr("Run"), list(titles), key="job", words=titles, width=jobs.WIDTH)
    report = artifacts.report(backend, job)
    target = report["target"]
    st.badge(
        page.plain(wording.short(target["name"])),
        icon=":material/target:",
        color="green",
        help=page.plain(
            tr(
                "What is predicted: {problem}. Run: {run}",
                problem=wording.said(wording.PROBLEMS, target["problem"]),
                run=job,
            )
        ),
    )
header.name_tab(titles[job], page.title("Report"))
first_run.offer(backend, job, head)


def show_files() -> None:
    """What the job wrote, and another run beside it."""
    files.show(backend, job, report)
    compare.show(backend, job, report, titles)


parts.show(
    {
        mark("Findings"): lambda: findings.show(backend, report, job),
        mark("Columns"): lambda: columns.show(report, job),
        mark("Relations"): lambda: relations.show(report),
        mark("Files"): show_files,
    },
    "part",
    {"column": "Columns", "with": "Files"},
)
fixes.bar(backend, job, report)
