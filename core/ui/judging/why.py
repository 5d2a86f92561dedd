"""The tab Why: what a model goes by, how each column moves its answers, and why one row has its prediction."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from core.backends.base import Backend
from core.evaluation_file import Evaluation
from core.judging.reason_words import adds_words, sentence
from core.judging.shares import ColumnShare, gains_by_column, shares
from core.judging.split_reasons import SplitReasons, dependence_of, reason_of
from core.language import listed, mark, tr
from core.numbers import count, fixed, integer, share
from core.ui import figures, page, state
from core.ui.words import explain
from core.verbs import training, why
from core.verbs.jobs import root
from core.verbs.out_of_fold import out_of_fold

HEIGHT = 178  # of a picture: all three are in sight at once
ROW = 35  # pixels of a table's row
BY = {"contribution": mark("contribution"), "gain": mark("gain")}
MEASURED = mark(
    "Measured on {rows} of the test split. That a column moves the answers does not say that it causes anything."
)
KEPT = 2  # models, for all visits together


def show(backend: Backend, job: str) -> None:
    """Draw why the model of `job` answers what it does."""
    reasons = kept_reasons(backend, job)
    if reasons is None:
        st.info(
            tr(
                "There are no reasons to show: this model was not judged on the test split, or by an earlier version."
                " Judge it under More."
            ),
            icon=":material/rule:",
        )
        return
    by_contribution = shares(reasons.margins)
    st.markdown(page.plain(_goes_by(by_contribution)))
    if out_of_fold(backend, job):
        rows = count(len(reasons.rows), "row", "rows")
        st.caption(
            tr(
                "All of this is of {rows} of the test split alone; Decide and Where it fails are of all "
                "rows, out of fold.",
                rows=rows,
            )
        )
    left, right = st.columns(2)
    with left:
        column = _columns(reasons, by_contribution, training.evaluation_of(backend, job))
    with right:
        _dependence(reasons, column)
    _row(backend, job, reasons)


def kept_reasons(backend: Backend, job: str) -> SplitReasons | None:
    """Return the reasons of rows of the test split, as all visits share them; None where there are none."""
    return _reasons(backend, root(backend), job, why.kept_bytes(backend, job))


def kept_cells(backend: Backend, job: str, reasons: SplitReasons) -> dict[int, dict[str, str]]:
    """Return what stands in those rows that are at hand, as all visits share it."""
    return _cells(backend, reasons, root(backend), job, why.kept_bytes(backend, job))


# A visit sends the same reasons over and over; nobody changes them. Root, job and size are the key.
@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _reasons(_backend: Backend, root: str, job: str, size: int) -> SplitReasons | None:
    return why.reasons_of(_backend, job)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _cells(
    _backend: Backend, _reasons: SplitReasons, root: str, job: str, size: int
) -> dict[int, dict[str, str]]:
    return why.explained_cells(_backend, job, _reasons)


def _goes_by(found: Sequence[ColumnShare]) -> str:
    """Return what the model goes by, in a sentence."""
    first, *others = found
    interval = first.share
    value = share(interval.value)
    if interval.low is not None and interval.high is not None:
        low, high = share(interval.low), share(interval.high)
        value = tr("{value} ({low} to {high})", value=value, low=low, high=high)
    if len(others) < 2:
        return tr("{column} makes up {share} of what moves the answers.", column=first.column, share=value)
    return tr(
        "{column} makes up {share} of what moves the answers; {three} together {sum}.",
        column=first.column,
        share=value,
        three=listed([each.column for each in found[:3]]),
        sum=share(sum(each.share.value for each in found[:3])),
    )


def _columns(
    reasons: SplitReasons, by_contribution: Sequence[ColumnShare], evaluation: Evaluation | None
) -> str:
    """Draw the columns by their share; return the one that is chosen."""
    gains = _gains(reasons, evaluation)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{tr('Columns')}**",
            help=f"{explain('Contribution')} {tr(MEASURED, rows=count(len(reasons.rows), 'row', 'rows'))}",
            width="content",
        )
        by = next(iter(BY))
        if gains:
            by = st.radio(
                tr("Share by"),
                [*BY],
                format_func=lambda by: tr(BY[by]),
                horizontal=True,
                label_visibility="collapsed",
                key=state.WHY_BY.key,
            )
    found = gains if by == "gain" and gains else by_contribution
    names = [each.column for each in found]
    chosen = st.query_params.get("column")
    shown = chosen if chosen in names else by_contribution[0].column
    entry = state.why_table(tuple(names))
    entry.set({"selection": {"rows": [names.index(shown)], "cells": []}})

    def select() -> None:
        kept = entry.get()
        selection = kept["selection"] if kept else {"rows": [], "cells": []}
        clicked = [*selection["rows"], *(row for row, _ in selection["cells"])]
        if new := [row for row in clicked if row < len(names) and names[row] != shown]:
            st.query_params["column"] = names[new[0]]

    most = max(each.share.value for each in found) or 1.0
    heads = tr("Column"), tr("Share")
    cells: dict[str, Sequence[object]] = {
        heads[0]: names,
        heads[1]: [each.share.value for each in found],
    }
    if by != "gain":
        cells["95%"] = [_interval(each) for each in found]
    st.dataframe(
        pd.DataFrame(cells),
        hide_index=True,
        key=entry.key,
        on_select=select,
        selection_mode=["single-row", "single-cell"],
        height=HEIGHT + ROW - 10,
        column_config={
            heads[0]: st.column_config.TextColumn(width=115),
            heads[1]: figures.bars(most, width=95),
            "95%": st.column_config.TextColumn(
                help=tr("Where the share is in truth, with 95% confidence"), width=85
            ),
        },
        alt=tr("Columns by their share in what moves the answers, the largest first; a click shows one"),
    )
    return shown


def _gains(reasons: SplitReasons, evaluation: Evaluation | None) -> tuple[ColumnShare, ...]:
    """Return the columns by gain; empty of a linear model, which has none."""
    if evaluation is None or evaluation.get("importance_by", "gain") != "gain":
        return ()
    gains = [(item["feature"], item["share"]) for item in evaluation["importance"]]
    return gains_by_column(reasons.contract, gains)


def _interval(each: ColumnShare) -> str:
    low, high = each.share.low, each.share.high
    if low is None or high is None:
        return ""
    return tr("{low} to {high}", low=fixed(100 * low, 1), high=fixed(100 * high, 1))


def _dependence(reasons: SplitReasons, column: str) -> None:
    """Draw what a column adds, by its values."""
    from core.ui import charts  # late: a page without a chart is drawn without Plotly
    from core.ui.judging import why_charts

    classes, of = reasons.contract.classes, None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{page.plain(column)}**", width="content")
        if reasons.contract.label.problem == "multiclass":
            chosen = st.selectbox(
                tr("Class"), classes, key=state.WHY_CLASS.key, label_visibility="collapsed", width=200
            )
            of = classes.index(chosen) if chosen in classes else 0
    found = dependence_of(reasons, column, of)
    answer = reasons.answer(of)
    charts.draw(
        why_charts.dependence(found, answer.is_class),
        tr(
            "What {column} adds, by its value: {bins}",
            column=column,
            bins=count(len(found.bins), "bin", "bins"),
        ),
        height=HEIGHT,
    )
    st.caption(page.plain(adds_words(found, answer)))


def _row(backend: Backend, job: str, reasons: SplitReasons) -> None:
    """Draw why one row of the test split has its prediction."""
    from core.ui import charts
    from core.ui.judging import why_charts

    cells = kept_cells(backend, job, reasons)
    entry = state.why_row(job)
    index = entry.get()
    if index not in cells:
        index = next(iter(cells), 0)
    words, bars = st.columns(2)
    with words:
        if len(cells) > 1 and st.button(
            tr("Another row"), icon=":material/shuffle:", key=f"why-another-{job}"
        ):
            index = random.choice([each for each in cells if each != index])
            entry.set(index)
        row: Mapping[str, str] = cells.get(index, {})
        reason = reason_of(reasons, index, row)
        st.markdown(page.plain(sentence(reason)))
        truth = row.get(reason.label)
        number = integer(reasons.rows[index] + 1)
        if truth:
            told = tr(
                "Row {number} of the test split; in truth {label} = {truth}.",
                number=number,
                label=reason.label,
                truth=truth,
            )
        else:
            told = tr("Row {number} of the test split.", number=number)
        st.caption(page.plain(told))
    with bars:
        charts.draw(
            why_charts.row(reason),
            tr("What each column adds to the prediction of this row: {sentence}", sentence=sentence(reason)),
            height=HEIGHT,
        )
