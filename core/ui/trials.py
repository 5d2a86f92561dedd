"""What a tuning job has tried, whether it paid, and more of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core import metric_words
from core.backends.base import Backend, Job
from core.backends.metrics import Trial, TuningResult
from core.language import mark, tr
from core.ui import figures, jobs, page
from core.verbs import resources, runs, tuning
from core.verbs.leaderboard import eda_job_of
from core.verbs.tuning import Budget
from core.verbs.tuning_verdict import hourly, verdict

MORE = 20  # trials that are proposed to go on with
STATES = {
    "Completed": "",
    "InProgress": mark("running"),
    "Stopping": mark("stopping"),
    "Stopped": mark("stopped"),
    "Failed": mark("failed"),
}


def show(backend: Backend, job: Job, titles: Mapping[str, str]) -> None:
    """Draw what a tuning job has tried, the best first, and below what came of it and a way to go on."""
    result = tuning.result_of(backend, job.name)
    if result:
        _verdict(backend, job, result, titles)
        _table(job, result, titles)
    else:
        st.caption(
            tr("The first trial has not ended yet.") if job.status.active else tr("No trial has ended.")
        )
    if not job.status.active:
        _go_on(backend, job)


def _verdict(backend: Backend, job: Job, result: TuningResult, titles: Mapping[str, str]) -> None:
    """Draw the sentences on what came of it; while it runs, the best so far."""
    best = result["best"]
    if job.status.active:
        if best:
            st.caption(page.plain(tr("Best so far: {run}", run=_title(best["training_job"], titles))))
        return
    told = verdict(job, result, hourly(backend, job))
    if told.gain:
        st.markdown(f"**{page.plain(told.gain)}**", help=page.plain(told.basis) or None)
    if best:
        name = _title(best["training_job"], titles)
        sentences = (tr("Best: {run}.", run=name), told.cost, told.knobs)
        st.caption(page.plain(" ".join(sentence for sentence in sentences if sentence)))


def _title(training_job: str, titles: Mapping[str, str]) -> str:
    return titles.get(training_job, training_job)


def _table(job: Job, result: TuningResult, titles: Mapping[str, str]) -> None:
    watched = result["objective"].removeprefix("validation:")
    metric = metric_words.METRICS.get(watched)
    label = tr("{metric} of validation", metric=metric_words.label(watched))
    sign = 1 if metric and metric.less_is_better else -1
    request = job.request
    given = request["training"]["hyperparameters"] if "max_jobs" in request else {}
    names = list(request["ranges"]) if "max_jobs" in request else []
    rows = []
    for trial in sorted(
        result["trials"], key=lambda trial: (trial["objective"] is None, sign * (trial["objective"] or 0.0))
    ):
        values = {**given, **trial["values"]}
        title, _, _ = _title(trial["training_job"], titles).partition(", ")
        rows.append(
            {tr("Trial"): title, label: trial["objective"]}
            | {name: runs.short_number(values.get(name, "")) for name in names}
            | {"": _state(trial)}
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={label: figures.measures(4, help=metric.meaning if metric else None)},
        alt=tr("Trials with their values and what they reached, the best first"),
    )


def _state(trial: Trial) -> str:
    """Return what is to be said of how a trial ended."""
    if trial.get("ended_early"):
        return tr("ended early")
    if not trial["values"] and trial["status"] == "Completed":
        return tr("your start")
    state = STATES.get(trial["status"])
    return trial["status"] if state is None else tr(state)


def _go_on(backend: Backend, job: Job) -> None:
    """Draw the button that goes on from these trials."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        more = st.number_input(
            tr("More trials"),
            min_value=1,
            max_value=tuning.MOST_JOBS,
            value=MORE,
            width=140,
            key=f"further-{job.name}",
        )
        jobs.launch(
            tr("Go on"),
            lambda token: tuning.launch_more(backend, job.name, Budget(int(more)), token),
            resources.estimate_training(backend, eda_job_of(job), job.resources, int(more)),
            key="launch-more",
            primary=False,
        )
