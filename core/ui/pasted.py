"""Asking an endpoint for rows pasted from a spreadsheet: a grid, in which the answers then stand too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.backends.base import Backend, Endpoint, EndpointStatus
from core.encoding.contract import Contract
from core.language import tr
from core.numbers import count
from core.ui import figures, page, predict, state
from core.verbs.fit import output_names
from core.verbs.pasted import MOST, predict_rows, rows_of

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

BLANK_ROWS = 8  # that a grid begins with
HEIGHT = 420  # pixels


def show(backend: Backend, endpoint: Endpoint, contract: Contract) -> None:
    """A grid of the columns that the model needs, and beside them what is answered."""
    if endpoint.status != EndpointStatus.in_service:
        st.caption(tr(predict.NOT_READY))
        return
    names = list(contract.input_names)
    entry = state.pasted_rows(endpoint.training_job)
    kept = entry.get() or state.Pasted(0, [], [])
    st.caption(
        tr(
            "Copy up to {most} rows in your spreadsheet, click the first cell and paste. Columns are "
            "in the order below, or in that of a header that you paste with them.",
            most=MOST,
        )
    )
    added = (output_names(backend, endpoint.training_job, own) for own in (names, []))
    answers = dict(zip(next(added)[len(names) :], next(added), strict=True))  # as shown: as answered
    table = _table(names, answers, kept)
    edited = st.data_editor(
        table,
        num_rows="dynamic",
        hide_index=True,
        height=HEIGHT,
        key=f"pasted-{endpoint.training_job}-{kept.number}",
        column_config={name: st.column_config.TextColumn(page.label(name)) for name in names}
        | {name: _answer_column(name) for name in answers},
        # In sight once they are there; until then the first column is the first that is pasted.
        column_order=[*answers, *names] if kept.answers else names,
        disabled=list(answers),
        alt=tr("Rows to predict, and what is answered to each"),
    )
    rows = rows_of(names, _known(contract), _texts(edited, names))
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = st.button(
            tr("Predict the rows"), type="primary", icon=":material/online_prediction:", disabled=not rows
        )
        if st.button(tr("Clear"), icon=":material/backspace:", key="clear-pasted"):
            entry.set(state.Pasted(kept.number + 1, [], []))
            st.rerun()
        if kept.answers and list(rows) != list(kept.rows):
            st.caption(tr("Changed since it was asked."))
        elif rows:
            st.caption(tr("{rows} of {most} at most.", rows=count(len(rows), "row", "rows"), most=MOST))
    if asked:
        with page.errors_shown():
            found = predict_rows(backend, endpoint.name, rows)
            entry.set(state.Pasted(kept.number + 1, rows, found))
            st.rerun()


def _known(contract: Contract) -> list[str]:
    """Return the names that a header may hold: also those of columns that the model does not take."""
    return [contract.label.name, *(column.name for column in contract.columns if not column.expression)]


def _table(names: Sequence[str], answers: dict[str, str], kept: state.Pasted) -> pd.DataFrame:
    rows = kept.rows or [{}] * BLANK_ROWS
    cells = {name: [row.get(name) for row in rows] for name in names}
    for shown, name in answers.items():
        cells[shown] = [answer.get(name) for answer in kept.answers] or [None] * len(rows)
    return pd.DataFrame(cells).astype(
        {shown: "float64" if _is_share(name) else "object" for shown, name in answers.items()}
        | dict.fromkeys(names, "object")
    )


def _is_share(name: str) -> bool:
    return name.startswith("probability")


def _answer_column(name: str) -> ColumnConfig:
    if _is_share(name):
        return figures.bars(label=page.label(name))
    return st.column_config.Column(page.label(name))


def _texts(edited: pd.DataFrame, names: Sequence[str]) -> list[list[str | None]]:
    """Return the cells of the columns `names`; what was never typed is None, or NaN."""
    return [
        [cell if isinstance(cell, str) else None for cell in row]
        for row in edited[list(names)].itertuples(index=False, name=None)
    ]
