"""The leaderboard beside the open run: best first, progress in the row; a click opens a run, two ticks compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from core import metric_words
from core.backends.base import Backend, Job, JobStatus
from core.language import joined, mark, tr
from core.numbers import percent
from core.ui import figures, jobs, page, results, state
from core.ui.registry import words
from core.ui.state import Rows
from core.verbs import leaderboard, registry
from core.verbs.jobs import list_jobs
from core.verbs.leaderboard import TEST, Leaderboard, Run, Target

LOWEST = {"auc": 0.5, "balanced_accuracy": 0.0, "accuracy": 0.0, "r2": 0.0}  # where a metric's bar begins
BEST = {
    "validation": mark("Best on the validation split first."),
    TEST: mark("Best on the test split first."),
}
ON = {"validation": mark("On the validation split."), TEST: mark("On the test split.")}
LONGEST = 24  # characters of a title that leaves the other columns their room


def read(backend: Backend, everything: Sequence[Job], target: Target) -> Leaderboard:
    """Return the leaderboard for `target` of all jobs; results that cannot change are read once a server."""
    return leaderboard.read(backend, everything, target, results.known(backend))


def choose(by_name: Mapping[str, Job], edas: Sequence[str], shown: str) -> None:
    """Draw which target's runs are shown, the one of the EDA job `shown`; a choice where there are several."""
    targets: dict[Target, str] = {}
    for eda in edas:
        targets.setdefault(leaderboard.target_of(eda, by_name), eda)
    targets[leaderboard.target_of(shown, by_name)] = shown
    words = {eda: f"{target.name}, {target.dataset}" for target, eda in targets.items() if target.name}
    if len(words) > 1:
        page.chooser(tr("Target"), list(words), "eda", shown, width=260, words=words)
    elif words:
        st.text(words[shown], width="content")


def names(runs: Sequence[Run]) -> dict[str, str]:
    """Return {job's name: its title}, with the time of its launch where two would read alike, and the end of its name
    where two began in one minute.
    """
    counts = Counter(run.title for run in runs)
    texts = {
        run.job.name: run.title if counts[run.title] == 1 else f"{run.title} · {page.clock(run.job.created)}"
        for run in runs
    }
    alike = Counter(texts.values())
    return {name: text if alike[text] == 1 else f"{text} ({name[-4:]})" for name, text in texts.items()}


def show(
    backend: Backend, board: Leaderboard, opened: str, edas: Mapping[str, str], chosen: Container[str]
) -> None:
    """Draw the board with the run `opened` marked, and again and again while a run is in progress.

    `edas`: EDA job -> its title; where runs come from several, each says from which. `chosen`: runs that have a star.
    """
    # The heading is also the room that the table's own tools take.
    st.subheader(tr("Runs"), anchor=False)
    busy = {run.job.name for run in board.all_runs() if run.job.busy}
    if not busy:
        _table(backend, board, opened, edas, chosen)
        return
    shown = st.query_params.get("job"), state.TICKED.get()

    @st.fragment(run_every=backend.capabilities.poll_seconds)
    def live() -> None:
        with page.errors_shown():
            everything = list_jobs(backend)
            now = read(backend, everything, board.target)
            _table(backend, now, opened, edas, results.chosen(backend, everything))
            ended = busy - {run.job.name for run in now.all_runs() if run.job.busy}
            if ended or shown != (st.query_params.get("job"), state.TICKED.get()):
                st.rerun()  # what stands beside the board changes too

    live()


def _table(
    backend: Backend, board: Leaderboard, opened: str, edas: Mapping[str, str], chosen: Container[str]
) -> None:
    rows = _unfolded(board, opened)
    known = registry.known(backend)
    versions = {run.job.name: words(known[run.model]) for run in rows if run.model in known}
    order = [run.job.name for run in rows]
    ticked = [name for name in state.TICKED.get() or () if name in order]

    def select() -> None:
        kept = state.BOARD.get()
        selection = kept["selection"] if kept else Rows(rows=[], cells=[])
        marked = [order[row] for row in selection["rows"] if row < len(order)]
        if len(marked) > 1 and len(marked) > len(ticked):
            _compare(opened if opened in marked else marked[0], marked, ticked)
        state.TICKED.set(marked)
        cells = [order[row] for row, _ in selection.get("cells", []) if row < len(order)]
        if cells and cells[0] != opened:
            st.query_params["job"] = cells[0]

    # What is marked follows from the address and the ticks, for a row's number is another run's tomorrow.
    cell = [(order.index(opened), "Run")] if opened in order else []
    state.BOARD.set(
        {"selection": {"rows": [order.index(name) for name in ticked], "columns": [], "cells": cell}}
    )
    cells = _cells(board, rows, edas, chosen, versions)
    st.dataframe(
        pd.DataFrame(cells),
        hide_index=True,
        key=state.BOARD.key,
        on_select=select,
        selection_mode=["multi-row", "single-cell"],
        column_config=_columns(board, cells),
        alt=tr("Runs, the best first: a click on one opens it, two ticks compare"),
    )
    if len(rows) > 1:
        best = tr(BEST[board.split]) if board.metric else tr("Best first.")
        star = tr("★ is chosen.") if any(_is_chosen(run, chosen) for run in rows) else ""
        st.caption(joined([best, tr("A click opens a run; two ticks compare."), star]))


def _compare(job: str, marked: Sequence[str], ticked: Sequence[str]) -> None:
    """Open a run of those `marked`, and hold it against the one that was not `ticked` as yet."""
    others = [name for name in marked if name != job]
    new = [name for name in others if name not in ticked]
    state.against(job).set([*new, *others][0])
    st.query_params["job"] = job
    for has_result in (True, False):
        state.run_tab(has_result).set(tr("Compare"))


def _unfolded(board: Leaderboard, opened: str) -> list[Run]:
    """Return the rows to draw: trials only below the tuning job that is open, or one of whose trials is."""
    rows: list[Run] = []
    for run in board.runs:
        rows.append(run)
        if opened in (run.job.name, *(trial.job.name for trial in run.trials)):
            rows += run.trials
    return rows


def _cells(
    board: Leaderboard,
    rows: Sequence[Run],
    edas: Mapping[str, str],
    chosen: Container[str],
    versions: Mapping[str, str],
) -> dict[str, list[object]]:
    trials = {trial.job.name for run in board.runs for trial in run.trials}
    titles = names(rows)
    cells: dict[str, list[object]] = {
        "Run": [
            f"{'↳ ' if run.job.name in trials else ''}{'★ ' if _is_chosen(run, chosen) else ''}{titles[run.job.name]}"
            for run in rows
        ]
    }
    states: dict[str, list[object]] = {}
    if any(run.job.busy or run.job.status != JobStatus.completed for run in rows):
        states = {"State": [_state(run) for run in rows]}
    # What goes on is to be in sight, where there is room for few columns.
    if any(run.job.busy for run in rows):
        cells |= states
    if board.metric:
        cells[board.metric] = [_bar(board, run) for run in rows]
        if board.split != TEST:
            cells[TEST] = [_tested(board.metric, run) for run in rows]
    cells |= states
    if versions:
        cells["Version"] = [versions.get(run.job.name, "") for run in rows]
    if len({run.eda_job for run in rows}) > 1:
        cells["Data"] = [_data(edas.get(run.eda_job, run.eda_job), board.target.dataset) for run in rows]
    return cells


def _data(title: str, dataset: str) -> str:
    """Return what an EDA job's title says beside the data set, which all runs of a board have."""
    return title.removeprefix(dataset).removeprefix(", ") or tr("as it is")


def _is_chosen(run: Run, chosen: Container[str]) -> bool:
    """Return whether a run is chosen, or one of its trials, which are folded under it."""
    return run.job.name in chosen or any(trial.job.name in chosen for trial in run.trials)


def _columns(board: Leaderboard, cells: Mapping[str, Sequence[object]]) -> dict[str, ColumnConfig]:
    """Return how the columns of `cells` are drawn: what is long takes no other column's room."""
    columns: dict[str, ColumnConfig] = {"State": st.column_config.TextColumn(tr("State"), width=70)}
    is_long = any(len(str(title)) > LONGEST for title in cells["Run"])
    if name := board.metric:
        low = LOWEST.get(name, 0.0)
        columns[name] = st.column_config.ProgressColumn(
            metric_words.label(name),
            help=_meaning(name, board.split),
            min_value=low,
            max_value=1.0,
            format=figures.PERCENT if metric_words.METRICS[name].is_share else figures.LOCAL,
            step=figures.step(2 if metric_words.METRICS[name].is_share else 3),
            width=95 if is_long or "Data" in cells else None,
        )
        columns[TEST] = st.column_config.TextColumn(tr("on test"), help=_meaning(name, TEST))
    columns["Run"] = st.column_config.TextColumn(tr("Run"), width=185 if is_long else None)
    columns["Version"] = st.column_config.TextColumn(tr("Version"))
    columns["Data"] = st.column_config.TextColumn(tr("Data"))
    return columns


def _meaning(name: str, split: str) -> str:
    what = tr(metric_words.METRICS[name].meaning, positive=tr("of the positive class"))
    return page.plain(joined([tr(ON[split]), what]))


def _bar(board: Leaderboard, run: Run) -> float | None:
    return run.figures(board.split).get(board.metric)


def _tested(name: str, run: Run) -> str:
    value, interval = run.scores.tested(name), run.scores.interval(name)
    return f"{value} ({interval})" if interval else value


def _state(run: Run) -> str:
    job = run.job
    if job.status.active:
        return percent(job.progress) if job.progress else tr("starting")
    if job.busy:
        return tr("being judged")
    return tr(jobs.LOOK[job.status][2])
