"""Around a row that was typed in: why it has its prediction, what other cells would make of it, and its neighbour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import streamlit as st

from core.backends.base import Backend, Endpoint
from core.encoding.contract import Contract
from core.language import joined, tr
from core.numbers import count, integer, number, share
from core.ui import charts, page, state
from core.ui.judging import row_charts, why, why_charts
from core.ui.state import AskedRow
from core.verbs import around, explaining
from core.verbs.around import NearestRow, WhatIf
from core.verbs.explaining import RowReasons
from core.verbs.jobs import root

if TYPE_CHECKING:
    from core.judging.predicting import Model

HEIGHT = 190  # of a picture
MOST_DIGITS = 10  # of a number that is shown as it stands
DIFFERENCES = 4  # columns of the neighbour that are named
KEPT = 2  # models, for all visits together


# Root, job and the digest of what is served are the key: no file that is exchanged later changes what was loaded.
@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _model(_backend: Backend, root: str, training_job: str, served: str) -> Model:
    return explaining.load(_backend, training_job, served)


@st.fragment
def show(backend: Backend, endpoint: Endpoint, contract: Contract, asked: AskedRow) -> None:
    """Draw the reasons of the row that was asked beside what another cell would change, and the nearest other row."""
    training_job = endpoint.training_job
    with st.spinner(tr("Loading the model"), show_time=False):
        model = _model(backend, root(backend), training_job, endpoint.model_sha256)
    test = why.kept_reasons(backend, training_job)
    cells = why.kept_cells(backend, training_job, test) if test else None
    left, right = st.columns(2, gap="medium")
    with right:
        name = _choice(training_job, contract, asked)
    found = around.around(backend, training_job, model, asked.record, name, test, cells, asked.encoded)
    with left:
        _reasons(contract, found.why, asked)
        if found.nearest:
            _nearest(asked, found.nearest)
    with right:
        _what_if(found.what_if)


def _choice(training_job: str, contract: Contract, asked: AskedRow) -> str:
    """Draw the choice of a column to change, and the button that keeps the row to hold others against."""
    kept = state.kept_row(training_job)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            tr("What if this were another"),
            contract.input_names,
            key=state.varied_column(training_job).key,
            format_func=page.label,
        )
        st.button(
            tr("Keep this row"),
            icon=":material/push_pin:",
            help=tr("The next answers are held against this one."),
            key=f"keep-row-{training_job}",
            on_click=lambda: kept.set(asked),
            disabled=kept.get() == asked,
        )
    return name


def _reasons(contract: Contract, row: RowReasons, asked: AskedRow) -> None:
    """Draw how far each column moves the answer. Nothing of a row that has none."""
    if row.rejected or not row.contributions:
        return
    cells = {name: cell or "" for name, cell in asked.record.items()}
    told = explaining.sentence_of(contract.label.name, row, cells)
    st.text(told)
    charts.draw(
        why_charts.row(explaining.reason_of(contract.label.name, row, cells)),
        tr("What each column adds to this prediction: {told}", told=told),
        height=HEIGHT,
    )


def _what_if(found: WhatIf | None) -> None:
    """Draw what the model would answer to other cells in one column."""
    if found is None:
        st.caption(tr("This column has no range that could be tried."))
        return
    told = _range_words(found)
    charts.draw(
        row_charts.what_if(found),
        tr("What the model answers as this column changes: {told}", told=told),
        height=HEIGHT,
    )
    if not all(found.known):
        told = joined([told, tr("The thin grey line: the data has no rows there.")])
    st.caption(page.plain(told))


def _range_words(found: WhatIf) -> str:
    known = [answer for answer, seen in zip(found.answers, found.known, strict=True) if seen] or found.answers
    write = share if found.of else number
    facts = {"column": found.column, "low": write(min(known)), "high": write(max(known))}
    if not found.of:
        return tr("By {column} alone, the prediction goes from {low} to {high}.", **facts)
    return tr("By {column} alone, the probability of {of} goes from {low} to {high}.", of=found.of, **facts)


def _nearest(asked: AskedRow, found: NearestRow) -> None:
    """Say which row of the test split is nearest to this one, of those that are decided otherwise."""
    named = [_difference(name, asked.record, found.cells) for name in found.differs[:DIFFERENCES]]
    if more := len(found.differs) - len(named):
        named.append(count(more, "more column", "more columns"))
    st.caption(
        page.plain(
            tr(
                "The nearest row that is decided otherwise is row {row} of the test split: {decided} "
                "({of} {answer}). Different there: {cells}.",
                row=integer(found.row),
                decided=found.decided,
                of=found.of,
                answer=share(found.answer),
                cells=", ".join(named),
            )
        )
    )


def _difference(name: str, record: Mapping[str, str | None], cells: Mapping[str, str]) -> str:
    if name not in record:  # a derived column
        return name
    return tr(
        "{column} {there} instead of {here}",
        column=name,
        there=_cell(cells.get(name)),
        here=_cell(record[name]),
    )


def _cell(cell: str | None) -> str:
    """Return what stands in a cell; of a number with more digits than one reads, as many as one does."""
    if not cell:
        return tr("blank")
    try:
        return number(float(cell), 6) if len(cell) > MOST_DIGITS else cell
    except ValueError:
        return cell
