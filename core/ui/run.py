"""The open run: what it is and how it goes, and its tabs, each drawn when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from core.backends.base import Backend, Job
from core.backends.registry import ModelVersion
from core.backends.requests import JobKind
from core.language import mark, tr
from core.report import wording
from core.ui import (
    all_rows,
    code,
    comparison,
    cross_validation,
    evaluation,
    header,
    hyperparameters,
    jobs,
    leaderboard,
    notes,
    page,
    pipeline_saving,
    promotion,
    registry,
    results,
    rounds,
    run_menu,
    state,
    tracking,
    training_form,
    trials,
)
from core.ui.header import Header
from core.ui.judging import card, decide, failures, why
from core.ui.parts import tabs
from core.verbs import choices, training
from core.verbs.choices import Choice
from core.verbs.leaderboard import Leaderboard, Run, scores_of_evaluation
from core.verbs.registry import known

CHOSEN = mark("Deploying begins with it. It becomes a version in the registry, which waits for approval.")
LONGEST = 44  # characters of a title beside the state and the menu


def show(backend: Backend, board: Leaderboard, run: Run, head: Header, chosen: Mapping[str, Choice]) -> None:
    """Draw the run's title, its state and its tabs; in the page's head the way on from it."""
    titles, job, versions = leaderboard.names(board.all_runs()), run.job, known(backend)
    header.name_tab(titles[job.name], "Training")
    if run.model:
        with head.actions:
            page.go(
                "Inference",
                tr("Deploy this model") if run.model == job.name else tr("Deploy the best"),
                training=run.model,
            )
    # What runs, or what went wrong, takes a line of its own.
    row, below = st.container(horizontal=True, vertical_alignment="center"), st.container()
    with row:
        title, whole = wording.short(titles[job.name], LONGEST), f"{titles[job.name]} ({job.name})"
        st.subheader(page.plain(title), anchor=False, help=page.plain(whole), width="content")
        if made := chosen.get(run.model):
            when = tr(
                "Chosen by {who}, {time}: deploying begins with it.", who=made.who, time=page.clock(made.at)
            )
            st.badge(tr("chosen"), icon=":material/star:", color="violet", help=page.plain(when))
        if version := versions.get(run.model):
            registry.badge(version)
    with below if job.busy else row:
        jobs.follow(backend, job, below=below)
    with row:
        if job.busy or not job.failure:  # a failure's line takes what room there is
            st.space("stretch")
        is_chosen, version = run.model in chosen, versions.get(run.model)
        run_menu.draw(backend, job, between=lambda: _more(backend, run, is_chosen, version))
    notes.show(backend, job.name)
    if run.model and not job.busy:
        tracking.show(backend, run.model)
    parts = _parts(backend, board, run, titles, chosen)
    # A tuning job that has ended opens with whether it paid, which is on Progress too.
    is_told = "Quality" in parts and job.kind != JobKind.tuning
    opened = state.run_tab(is_told)
    if opened.get() not in [tr(name) for name in parts]:
        opened.take()
    first = "Quality" if is_told else next(iter(parts))
    drawn = tabs(list(parts), first, opened.key, "rerun")
    for tab, draw in zip(drawn, parts.values(), strict=True):
        if tab.open:
            with tab, st.container(gap="xsmall"), page.errors_shown():
                draw()


def _parts(
    backend: Backend, board: Leaderboard, run: Run, titles: Mapping[str, str], chosen: Mapping[str, Choice]
) -> dict[str, Callable[[], None]]:
    """Return the tabs of a run: of a tuning job those of its best trial, once it has ended."""
    job, model = run.job, board.find(run.model) if run.model else None
    parts: dict[str, Callable[[], None]] = {}
    if job.kind == JobKind.tuning:
        parts[mark("Progress")] = lambda: jobs.live(
            backend, job, lambda now: trials.show(backend, now, titles)
        )
    else:
        parts[mark("Progress")] = lambda: jobs.live(backend, job, lambda now: rounds.show(backend, now))
    if model and not job.status.active:
        name = model.job.name
        judged: dict[str, Callable[[], None]] = {
            mark("Quality"): lambda: _result(backend, board, model),
            mark("Decide"): lambda: decide.show(backend, name),
            mark("Where it fails"): lambda: failures.show(backend, name),
            mark("Why"): lambda: why.show(backend, name),
            mark("Card"): lambda: card.show(backend, name),
        }
        of = titles[name] if name != job.name else ""
        parts |= {tab: lambda draw=draw: _of(of, draw) for tab, draw in judged.items()}
    parts[mark("Settings")] = lambda: hyperparameters.settings(job)
    if len(board.all_runs()) > 1:
        parts[mark("Compare")] = lambda: comparison.show(backend, board, run, titles, chosen)
    return parts


def _of(trial: str, draw: Callable[[], None]) -> None:
    """Draw a tab; of a tuning job with the name of the trial that it shows."""
    if trial:
        st.caption(page.plain(tr("Of the best trial: {trial}", trial=trial)))
    draw()


def _more(backend: Backend, run: Run, is_chosen: bool, version: ModelVersion | None) -> None:
    """Draw what can be done with a run or its model."""
    job = run.job
    if run.model:
        _choose(backend, run.model, is_chosen)
        registry.menu(backend, run.model, version)
    if job.kind == JobKind.training:
        training_form.again(backend, job)
    if run.model == job.name:
        _judge_again(backend, job)
        code.offer(backend, job.name)
        promotion.offer(backend, job.name)
        pipeline_saving.offer(backend, job)


def _choose(backend: Backend, model: str, is_chosen: bool) -> None:
    """Mark the model as the one to use, or take that back."""
    label = tr("Take the choice back") if is_chosen else tr("Choose this model")
    if st.button(label, icon=":material/star:", key=f"choose-{model}", help=tr(CHOSEN)):
        with st.spinner(tr("Choosing")):
            choices.choose(backend, model, not is_chosen)
        st.rerun()


def _judge_again(backend: Backend, job: Job) -> None:
    """Judge the model once more: after a refusal, or with a newer Sendero."""
    clicked = st.button(tr("Judge again"), icon=":material/rule:", key=f"judge-{job.name}", disabled=job.busy)
    if backend.capabilities.costs_money:
        st.caption(tr("Cost: {cost}", cost=page.plain(training.estimate_evaluation(backend, job.name).text)))
    if clicked:
        with st.spinner(tr("Judging")):
            training.evaluate(backend, job.name)
        results.known(backend).scores.pop(job.name, None)
        st.rerun()


def _result(backend: Backend, board: Leaderboard, run: Run) -> None:
    judged = training.evaluation_of(backend, run.job.name)
    if judged:  # somebody else may have judged it once more
        results.known(backend).scores[run.job.name] = scores_of_evaluation(judged)
    evaluation.result(judged, run.job.unjudged)
    if judged:
        comparison.looks(backend, board, run)
        cross_validation.offer(backend, run.job.name, judged["rows"])
        all_rows.show(backend, run.job)
