"""The offer to train a model once more on all rows, and on such a model where its settings come from."""

from __future__ import annotations

import streamlit as st

from core import metric_words
from core.backends.base import Backend, Job
from core.language import tr
from core.ui import jobs, page
from core.verbs import all_rows, leaderboard, runs
from core.verbs.jobs import existing_job


def show(backend: Backend, job: Job) -> None:
    """Draw the offer, or what came of it; on a model of all rows the numbers of the one that it repeats."""
    request = job.request
    first = request.get("all_rows_of") if "hyperparameters" in request else ""
    if first:
        _beside(backend, job, existing_job(backend, first))
        return
    wanted = all_rows.offer(backend, job.name)
    if wanted is None:
        return
    if wanted.made:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(tr("**Trained once more on all rows**"), width="content")
            _link(wanted.made)
        return
    words, way = st.columns([3, 2], vertical_alignment="center")
    words.caption(wanted.sentence, help=wanted.stays)
    with way:
        jobs.launch(
            tr("Train on all rows"),
            lambda token: all_rows.launch(backend, job.name, token),
            all_rows.estimate(backend, wanted),
            key=f"all-rows-{job.name}",
            primary=False,
        )


def _beside(backend: Backend, job: Job, first: Job | None) -> None:
    with st.container(border=True):
        st.markdown(
            tr(
                "**Trained on all rows**: train and validation together, with what the validation split chose."
            )
        )
        if first is None:
            st.caption(tr("The run that chose the rounds is deleted."))
            return
        ours, theirs = (leaderboard.scores_of(backend, each.name) for each in (job, first))
        before = metric_words.headline(theirs.problem, theirs.metrics)
        for metric, value in metric_words.headline(ours.problem, ours.metrics).items():
            if metric in before:
                now, then = (
                    metric_words.written(metric, each, ours.rows) for each in (value, before[metric])
                )
                st.write(
                    tr(
                        "{metric} on the same test split: {now}, before {then}.",
                        metric=metric_words.label(metric),
                        now=now,
                        then=then,
                    )
                )
                break
        _link(first)


def _link(job: Job) -> None:
    page.link("Training", runs.title(job), job=job.name)
