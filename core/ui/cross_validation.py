"""Cross-validation on the page of a run: offered where rows are few, followed while its folds run, told at the end."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend
from core.language import joined, tr
from core.numbers import integer
from core.ui import page, state
from core.ui.jobs import LOOK
from core.verbs import cross_validation as verbs
from core.verbs.cross_validation import CrossValidation


def offer(backend: Backend, training_job: str, test_rows: int) -> None:
    """Draw the cross-validation of a model as far as it is, or the click that starts it; of many rows nothing."""
    if test_rows > verbs.MOST_ROWS or verbs.objection(backend, training_job):
        return
    now = verbs.plan(backend, training_job)

    @st.fragment(run_every=backend.capabilities.poll_seconds if now.asked and not now.ended else None)
    def part() -> None:
        with page.errors_shown():
            after = now
            if now.asked and not now.ended:
                after = verbs.advance(backend, verbs.plan(backend, training_job))
            _draw(after)
            if after.failed or not after.asked:
                _launch(backend, after)
            if after.ended and not now.ended:
                st.rerun()

    part()


def _draw(now: CrossValidation) -> None:
    if now.values:
        st.markdown(
            page.plain(tr("By all {rows} rows: {result}", rows=integer(now.rows), result=verbs.sentence(now)))
        )
    if now.asked and not now.ended:
        done = len(now.values)
        st.progress(
            done / len(now.folds), text=tr("{done} of {folds} folds", done=done, folds=len(now.folds))
        )
    for fold in now.failed:
        if fold.job:
            color, icon, word = LOOK[fold.job.status]
            st.badge(tr(word), color=color, icon=icon)
            st.text(
                f"{fold.job.name} {fold.job.unjudged or (fold.job.failure.why if fold.job.failure else '')}"
            )


def _launch(backend: Backend, now: CrossValidation) -> None:
    key = f"cross-validate-{now.of}"
    with st.container(horizontal=True, vertical_alignment="center"):
        clicked = st.button(tr("Cross-validate"), icon=":material/splitscreen:", key=key)
        what = tr(
            "The test split is small: {folds} more trainings judge by all {rows} rows.",
            folds=len(now.folds),
            rows=integer(now.rows),
        )
        paid = backend.capabilities.costs_money
        cost = tr("Cost: {amount}.", amount=page.plain(verbs.estimate(backend, now).amount)) if paid else ""
        st.caption(joined([what, cost]), width="content")
    if clicked:
        with page.errors_shown(), state.click(key):
            verbs.start(backend, now.of)
        st.rerun()
