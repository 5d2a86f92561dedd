"""Training: the leaderboard of all runs for a target, the open run beside it, and new ones in dialogs."""

import streamlit as st

from core.backends.base import JobStatus
from core.backends.requests import JobKind
from core.language import tr
from core.ui import deletion, header, leaderboard, page, results, run, training_form
from core.verbs import runs
from core.verbs.jobs import list_jobs
from core.verbs.leaderboard import eda_job_of, target_of

head, backend = header.open(
    "Training", tr("Train XGBoost on the splits of an EDA job, and see how good the model is.")
)
deletion.receipt(head)
jobs = list_jobs(backend)
by_name = {job.name: job for job in jobs}
trained = sorted((job for job in jobs if job.kind in (JobKind.training, JobKind.tuning)), key=runs.is_aside)
edas = [job for job in jobs if job.kind == JobKind.processing and job.status == JobStatus.completed]
edas.sort(key=runs.is_aside)
if not trained and not edas:
    page.first_do(tr("First run an EDA job: it writes the splits that training reads."), "EDA")

# What is shown: the run of the address, or the best on the EDA job of the address, or the best on the newest one.
wanted, eda = st.query_params.get("job", ""), st.query_params.get("eda", "")
if wanted and wanted not in by_name:
    with head.messages:
        page.gone(wanted)
if eda not in [job.name for job in edas]:
    eda = (
        eda_job_of(by_name[wanted])
        if wanted in by_name
        else eda_job_of(trained[0])
        if trained
        else edas[0].name
    )
target = target_of(eda, by_name)
with head.about:
    leaderboard.choose(by_name, [job.name for job in edas], eda)
board = leaderboard.read(backend, jobs, target)
chosen = results.chosen(backend, jobs)
opened = board.find(wanted) or board.best(eda)

training_form.buttons(head)
if board.runs:
    left, right = st.columns([4, 7])
    with left:
        leaderboard.show(backend, board, opened.job.name if opened else "", runs.titles(edas), chosen)
else:
    right = st.container()
with right:
    if opened:
        run.show(backend, board, opened, head, chosen)
        deletion.dialog(backend, opened.job)
    else:
        training_form.offer(backend, by_name[eda])
training_form.dialogs(backend, eda)
