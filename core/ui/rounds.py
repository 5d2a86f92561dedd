"""How a model came to be so: each metric by round, and the round whose model is kept."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import streamlit as st

from core import hyperparameters, metric_words
from core.backends.base import Backend, Job, JobStatus
from core.language import tr
from core.numbers import fixed, number
from core.ui import page
from core.values import format_duration
from core.verbs import training

HEIGHT = 212  # of a chart: two rows of them, with a line below each, are in sight at once


def show(backend: Backend, job: Job) -> None:
    """Draw each metric by round, with the round whose model is kept."""
    from core.ui import charts  # late: a page without a chart is drawn without Plotly

    rounds = training.rounds_of(backend, job.name)
    if not rounds:
        st.caption(
            tr("The first round has not ended yet.") if job.status.active else tr("No round has ended.")
        )
        return
    kept = rounds, job.hyperparameters, job.status, job.kept_rounds
    row = hyperparameters.kept_row(*kept)
    values = job.hyperparameters
    words = [hyperparameters.kept_words(*kept), hyperparameters.weights_words(values)]
    words += hyperparameters.not_to_be_read(values)
    if job.status == JobStatus.in_progress:
        words.insert(1, _time_left(job, rounds))
    for sentence in filter(None, words):
        st.caption(page.plain(sentence))
    figures = []
    for metric in dict.fromkeys(key.split("-", 1)[1] for key in rounds[-1] if key != "round"):
        values = {key: value for key, value in row.items() if key.endswith(f"-{metric}")}
        told = [f"{key.split('-', 1)[0]} {number(value, 4)}" for key, value in values.items()]
        label = metric_words.label(metric)
        at, last = fixed(row["round"], 0), fixed(rounds[-1]["round"], 0)
        sentence = tr(
            "{metric} in round {round} of 0 to {last}: {values}.",
            metric=label,
            round=at,
            last=last,
            values=", ".join(told),
        )
        figures.append((charts.learning_curve(rounds, metric, row["round"]), sentence))
    columns = st.columns(2)
    for index, (figure, sentence) in enumerate(figures):
        with columns[index % 2]:
            charts.draw(figure, sentence, height=HEIGHT)
            st.caption(page.plain(sentence))


def _time_left(job: Job, rounds: list[dict[str, float]]) -> str:
    """Return how long it may still train: an upper bound, for what came before the first round counts as rounds."""
    if not job.started or job.phase == "Evaluating":
        return ""
    began = (datetime.now(UTC) - job.started).total_seconds()
    most, unless = hyperparameters.rounds_left(rounds, job.hyperparameters, began)
    if unless >= most:
        return tr("At most {time} left.", time=_rounded_up(most))
    return tr(
        "At most {time} left, {sooner} if validation improves no more.",
        time=_rounded_up(most),
        sooner=_rounded_up(unless),
    )


def _rounded_up(seconds: float) -> str:
    return format_duration(math.ceil(seconds) if seconds < 60 else math.ceil(seconds / 60) * 60)
