"""A suspicion tried out on its card: one click trains without the column, and the numbers stand side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import streamlit as st

from core import metric_words
from core.backends.base import Backend, Job
from core.language import tr
from core.numbers import count
from core.report.schema import Report, ReportWarning
from core.ui import page, state
from core.ui.jobs import LOOK
from core.verbs import twin as verbs
from core.verbs.jobs import list_jobs
from core.verbs.runs import title
from core.verbs.twin import SUSPICIONS, Twin
from core.verbs.twin_verdict import SPLITS, difference_of, words, written


@dataclass(frozen=True, slots=True)
class Known:
    """All jobs, and the twins that they make."""

    jobs: tuple[Job, ...]
    twins: tuple[Twin, ...]


def known(backend: Backend, report: Report, job: str, items: Iterable[ReportWarning]) -> Known | None:
    """Return what is known of twins, read once for all cards; None where none of `items` is tried out."""
    if not any(is_tried(item) for item in items):
        return None
    jobs = list_jobs(backend)
    return Known(tuple(jobs), tuple(verbs.of(backend, job, report, jobs)))


def offer(backend: Backend, report: Report, job: str, number: int, known: Known | None) -> None:
    """Draw what is known of the columns of the warning `number` by leaving them out, or the click that tries it."""
    item = report["warnings"][number]
    if known is None or not is_tried(item):
        return
    columns = set(item["columns"])
    tried = [twin for twin in known.twins if columns <= set(twin.columns)]
    for twin in tried:
        _outcome(backend, report, twin, number)
    plan = verbs.plan(backend, job, item["columns"], report, known.jobs)
    choices = {tr("Try it without") if len(columns) == 1 else tr("Try it without them"): plan}
    if plan.others and item["code"] == "leakage":
        several = (*plan.columns, *plan.others)
        label = (
            tr("Try without both")
            if len(several) == 2
            else tr("Try without all {number} that may leak", number=len(several))
        )
        choices[label] = verbs.plan(backend, job, several, report, known.jobs)
    done = [twin.columns for twin in tried]
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, wanted in choices.items():
            if wanted.columns not in done:
                _button(backend, report, label, wanted, number)


def is_tried(item: ReportWarning) -> bool:
    """Return whether leaving its columns out shows something of a warning."""
    return item["code"] in SUSPICIONS and bool(item["fix"] and "drop" in item["fix"])


def _button(backend: Backend, report: Report, label: str, wanted: Twin, number: int) -> None:
    key = f"twin-{wanted.of}-{number}-{len(wanted.columns)}"
    help = tr(
        "EDA and training without {columns}, beside those with them.", columns=", ".join(wanted.columns)
    )
    clicked = st.button(label, icon=":material/science:", key=key, help=page.plain(help))
    if backend.capabilities.costs_money:
        estimate = verbs.estimate(backend, wanted)
        st.caption(
            tr("Cost: {amount}", amount=page.plain(estimate.amount)),
            help=page.plain(estimate.text),
            width="content",
        )
    if clicked:
        with page.errors_shown():
            with state.click(key) as token:
                verbs.start(backend, wanted.of, wanted.columns, report, token)
            st.rerun()


def _outcome(backend: Backend, report: Report, twin: Twin, number: int) -> None:
    """Draw a twin, and go on with it while it is looked at."""

    @st.fragment(run_every=None if twin.ended or not twin.asked_lately else backend.capabilities.poll_seconds)
    def part() -> None:
        with page.errors_shown():
            now = twin
            if not twin.ended:
                now = verbs.plan(backend, twin.of, twin.columns, report)
                if now.asked_lately:
                    now = verbs.advance(backend, now, report)
            _draw(now)
            if now.failed or not (now.ended or now.asked_lately):
                _go_on(backend, report, now, number)
            if now.ended and not twin.ended:
                st.rerun()

    part()


def _draw(twin: Twin) -> None:
    if len(twin.columns) > 1:
        st.markdown(f"**{page.plain(tr('Without {columns}', columns=', '.join(twin.columns)))}**")
    if twin.metric:
        st.markdown(_table(twin))
    done = sum(arm.measured is not None for arm in twin.arms)
    if twin.running:
        running = "; ".join(f"{job.kind}: {title(job)}" for job in twin.running)
        share = (done + 0.5 * sum(bool(arm.training) for arm in twin.arms if not arm.measured)) / len(
            twin.arms
        )
        st.progress(
            share,
            text=page.plain(
                tr(
                    "{done} of {models}; {running}",
                    done=done,
                    models=count(len(twin.arms), "model", "models"),
                    running=running,
                )
            ),
        )
    st.markdown(page.plain(words(twin)))
    for job in twin.failed:
        color, icon, word = LOOK[job.status]
        st.badge(tr(word), color=color, icon=icon)
        reason = job.unjudged or (job.failure.why if job.failure else "")
        st.text(f"{job.name} {reason}")
    if models := [arm.training.name for arm in twin.arms if arm.training and arm.measured]:
        page.link("Training", tr("Its models"), eda=_eda_of(twin, models[-1]), job=models[-1])


def _table(twin: Twin) -> str:
    """Return the numbers of a twin as Markdown: a split is a column, so that a phone has room for the intervals."""
    heads = [metric_words.label(twin.metric), *(tr(SPLITS[pair.split]) for pair in twin.pairs)]
    rows = {
        tr("with it") if len(twin.columns) == 1 else tr("with them"): [
            written(twin, pair.with_it.measured) for pair in twin.pairs
        ],
        tr("without"): [written(twin, pair.without.measured) for pair in twin.pairs],
        tr("difference"): [difference_of(twin, pair) for pair in twin.pairs],
    }
    lines = [heads, ["---"] * len(heads), *([name, *map(page.plain, cells)] for name, cells in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _eda_of(twin: Twin, model: str) -> str:
    return next(arm.eda.name for arm in twin.arms if arm.eda and arm.training and arm.training.name == model)


def _go_on(backend: Backend, report: Report, twin: Twin, number: int) -> None:
    key = f"twin-on-{twin.of}-{number}-{len(twin.columns)}"
    if st.button(tr("Go on"), icon=":material/play_arrow:", key=key):
        with state.click(key) as token:
            verbs.start(backend, twin.of, twin.columns, report, token)
        st.rerun()
