"""The parts of Home: four cards, the first data, the best model, the endpoint, the last runs.

Without a data frame: Home is the first that a visitor sees, and pandas takes longer to import than all of this to draw.
"""

from __future__ import annotations

import streamlit as st

from core import metric_words
from core.backends.base import Backend, EndpointStatus, Job
from core.backends.requests import JobKind
from core.language import mark, tr
from core.numbers import integer
from core.ui import audit, costs, endpoints, jobs, page
from core.ui.header import PAGE_OF, STATUS_WORDS, Header, query_of
from core.ui.words import explain
from core.values import format_duration
from core.verbs import runs
from core.verbs.leaderboard import Results
from core.verbs.progress import Progress, Step

LOOK: dict[str, tuple[str, page.BadgeColor, str]] = {
    "done": (":material/check_circle:", "green", mark("Done")),
    "running": (":material/progress_activity:", "blue", mark("Running")),
    "failed": (":material/error:", "red", mark("Needs you")),
    "next": (":material/arrow_circle_right:", "orange", mark("Next")),
    "later": (":material/radio_button_unchecked:", "gray", mark("Later")),
}
KINDS = {
    JobKind.processing: mark("EDA"),
    JobKind.training: mark("Training"),
    JobKind.tuning: mark("Tuning"),
    JobKind.transform: mark("Batch"),
    JobKind.prediction: mark("File"),
}
RECENT = 6  # runs
RUN = 545  # px of what ran
RESULT = 190  # px of what became of a run: what follows stands below each other, and beside it on a phone too
SHOWN = 4  # metrics of the best model


def about(now: Progress) -> None:
    """What all of it is about: the target and the data set."""
    if now.plan:
        st.badge(
            page.plain(tr("Predict {target}", target=now.plan.target)),
            icon=":material/target:",
            color="green",
        )
        st.caption(page.plain(now.plan.dataset))


def cards(now: Progress) -> None:
    """A card a step, with its state and its result."""
    by_page = {step.page: step for step in now.steps}
    eda, report = by_page["EDA"], by_page["Report"]
    second = report if eda.state == "done" else eda
    steps = [by_page["Configuration"], second, by_page["Training"], by_page["Inference"]]
    for column, step in zip(st.columns(4), steps, strict=True):
        with column.container(border=True, height="stretch"):
            _card(step)


def _card(step: Step) -> None:
    icon, color, word = LOOK[step.state]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        page.link(step.page, page.title(step.page), **step.query)
        st.badge(tr(word), icon=icon, color=color)
    st.caption(page.plain(step.summary))


def first_data(backend: Backend) -> None:
    """The way in: a file of one's own, or the sample."""
    from core.ui import dataset_form  # late: it shows tables

    with st.container(border=True):
        dataset_form.add(backend)


def best_model(backend: Backend, now: Progress) -> None:
    """The best model in words, or what a model will be here."""
    with st.container(border=True, height="stretch"):
        st.subheader(tr("Chosen model") if now.is_chosen else tr("Best model"), anchor=False)
        if now.best is None:
            st.caption(
                tr("None is judged yet: a training ends with its result on rows that it has not seen.")
            )
            return
        run, rows = now.best, now.best.scores.rows
        page.link("Training", run.title, help=run.model, job=run.model)
        known = metric_words.headline(run.scores.problem, run.scores.metrics)
        with st.container(horizontal=True, gap="medium"):
            for name in list(known)[:SHOWN]:
                label, text, interval = (
                    metric_words.label(name),
                    run.scores.tested(name),
                    run.scores.interval(name),
                )
                told = (
                    [tr("On the test split; 95% interval {interval}.", interval=interval)] if interval else []
                )
                told += [explain("AUC")] if name == "auc" else []
                st.metric(label, text, help=" ".join(told) or None, width="content")
            st.metric(tr("Rows tested"), integer(rows), width="content")


def endpoint(head: Header, backend: Backend, now: Progress) -> None:
    """The endpoint that serves, with what can be done with it."""
    with st.container(border=True, height="stretch"):
        st.subheader(tr("Endpoint"), anchor=False)
        if now.endpoint is None:
            st.caption(
                tr(
                    "None runs: a model is deployed when you want predictions, and nothing is billed until then."
                )
            )
            return
        ready = now.endpoint.status == EndpointStatus.in_service
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(tr(STATUS_WORDS[now.endpoint.status]), color="green" if ready else "blue")
            st.caption(page.plain(now.endpoint.name))
        costs.meter(backend, now.endpoint)
        with st.container(horizontal=True):
            page.link("Inference", tr("Ask it"), endpoint=now.endpoint.name)
            if ready:
                endpoints.prolong(head, backend, now.endpoint)
            endpoints.delete(backend, now.endpoint)


def recent(backend: Backend, now: Progress, known: Results) -> None:
    """The last runs, each a link to its page, beside the way to all that was done.

    Trials and folds are parts of a run that stands here too: sixty of them would leave no room for any other.
    """
    shown = [job for job in now.jobs if not runs.whole_of(job)][:RECENT]
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(tr("Last runs"), anchor=False, width="content")
        audit.link()
    titles = runs.titles(now.jobs)
    for job in shown:
        kind = PAGE_OF.get(job.kind, "Training")
        color, icon, word = jobs.LOOK[job.status]
        # Columns would take two blocks more, and a block takes the browser as long as a text.
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width=RUN):
                page.link(kind, f"{tr(KINDS[job.kind])}: {titles[job.name]}", help=job.name, **query_of(job))
            headline = _result(job, known)
            text = f":{color}[{icon} {tr(word)}]" + (f" · {page.plain(headline)}" if headline else "")
            st.markdown(text, width=RESULT)
            st.caption(f"{page.clock(job.created)} · {format_duration(job.seconds)}", width="content")


def _result(job: Job, known: Results) -> str:
    """The headline of a judged training; "" of any other."""
    scores = known.scores.get(known.best.get(job.name, job.name))
    if scores is None:
        return ""
    for name in metric_words.headline(scores.problem, scores.metrics):
        return f"{metric_words.label(name)} {scores.tested(name)}"
    return ""
