"""The columns of a data set on the Configuration page: a row for each, with what is used and how it is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.backends.base import Backend
from core.datasets import Dataset
from core.language import mark, tr
from core.report import wording
from core.ui import dialect_form, state
from core.ui.draft import Draft
from core.ui.state import Edits
from core.verbs import datasets

if TYPE_CHECKING:
    import pandas as pd

ROWS = 20  # of the file, that sample values are taken from
SAMPLES = 3  # values of a column that are shown
AUTOMATIC = mark("automatic")
# A kind as the plan has it -> as people choose it.
KINDS = {
    "numeric": mark("number"),
    "categorical": mark("category"),
    "text": mark("text"),
    "identifier": mark("identifier"),
}
WEIGHT, PREDICTED, HELD_OUT = mark("weight"), mark("predicted"), mark("held out by")
NO_ROLE = "–"  # an empty text would be shown as None
ROW, MOST = 33, 466  # pixels: of a row, of the whole


def draw(backend: Backend, draft: Draft) -> None:
    """Draw the editor, and make its edits changes of the draft."""
    table = _table(backend, draft)
    seen = state.columns_seen(draft.dataset.name)
    number, edits = seen.get() or (0, {})
    # An editor goes on to show what was edited in it, over what it is given. So there is another one where an edit no
    # longer holds, and only there: what is edited meanwhile would go with the one before.
    number += _is_overruled(edits, table)
    entry = state.columns_edits(draft.dataset.name, number)
    edited = st.data_editor(
        table,
        hide_index=True,
        height=min(ROW * (len(table) + 1) + 3, MOST),
        key=entry.key,
        alt=tr("The columns: whether each is used, and what it is taken for"),
        column_config={
            "Use": st.column_config.CheckboxColumn(
                tr("Use"),
                width=50,
                pinned=True,
                help=tr("Untick what is not known when the prediction is needed, or should not decide."),
            ),
            "Column": st.column_config.TextColumn(tr("Column"), disabled=True, pinned=True, width=150),
            "Values": st.column_config.TextColumn(
                tr("Values"), disabled=True, width=190, help=tr("As in the first rows.")
            ),
            "Read as": st.column_config.TextColumn(tr("Read as"), disabled=True, width=105),
            "Take as": st.column_config.SelectboxColumn(
                tr("Take as"),
                options=[AUTOMATIC, *KINDS.values()],
                format_func=lambda kind: tr(str(kind)),
                width=100,
                required=True,
                help=tr(
                    "What it is for the model, whatever it looks like. Automatic: decided from all rows."
                ),
            ),
            "Keep NA": st.column_config.CheckboxColumn(
                tr("Keep NA"),
                width=90,
                help=tr("Ticked: NA, None and - are values in it. Elsewhere they are blank cells."),
            ),
            "Role": st.column_config.SelectboxColumn(
                tr("Role"),
                options=[NO_ROLE, WEIGHT, PREDICTED, HELD_OUT],
                format_func=lambda role: tr(str(role)),
                required=True,
                width=80,
                help=tr(
                    "Weight: how much a row counts in training and validation; no feature. In the test split all"
                    " rows count alike. One column is predicted, and rows can be held out by one: as chosen above."
                ),
            ),
        },
    )
    kept = entry.get()
    seen.set((number, dict(kept["edited_rows"]) if kept else {}))
    if _take(draft, table, edited):
        st.rerun()  # the fields above show the same choices


def _table(backend: Backend, draft: Draft) -> pd.DataFrame:
    import pandas as pd

    dataset, target = draft.dataset, draft.value("target")
    samples = _samples(backend, dataset.name, dataset.sha256, str(dataset.dialect))
    names = [column["name"] for column in dataset.columns]
    dropped, treated, kept = set(draft.value("drop")), draft.value("treat"), set(draft.value("keep_text"))
    roles = {draft.value("weight"): WEIGHT, draft.value("split_column"): HELD_OUT, target: PREDICTED}
    return pd.DataFrame(
        {
            "Use": [name not in dropped for name in names],
            "Column": names,
            "Values": [samples.get(name, "") for name in names],
            "Read as": [_read_as(dataset, index) for index in range(len(names))],
            "Take as": [KINDS.get(treated.get(name, ""), AUTOMATIC) for name in names],
            "Keep NA": [name in kept for name in names],
            "Role": [roles.get(name, NO_ROLE) for name in names],
        }
    )


def _is_overruled(edits: Edits, table: pd.DataFrame) -> bool:
    """Return whether a cell was edited to what it no longer is: a role went to another column, or a field above, a fix
    of a report or another tab has chosen otherwise.
    """
    return any(
        row >= len(table) or table.at[row, heading] != value
        for row, cells in edits.items()
        for heading, value in cells.items()
    )


def _read_as(dataset: Dataset, index: int) -> str:
    column = dataset.columns[index]
    form = column.get("format", "")
    name = wording.said(wording.TYPES, column["type"])
    return f"{name}, {dialect_form.written(form)}" if form else name


def _take(draft: Draft, table: pd.DataFrame, edited: pd.DataFrame) -> bool:
    """Make the cells of `edited` that differ from `table` changes of the draft; return whether a role is among them."""
    differs = (table != edited).any(axis=1)
    if not differs.any():
        return False
    drop, treat = list(draft.value("drop")), dict(draft.value("treat"))
    keep = list(draft.value("keep_text"))
    kinds = {word: kind for kind, word in KINDS.items()}
    rows = edited.loc[differs, ["Column", "Use", "Take as", "Keep NA"]]
    for name, used, kind, keeps in rows.itertuples(index=False):
        _put(drop, name, not used)
        _put(keep, name, bool(keeps))
        treat.pop(name, None)
        if kind in kinds:
            treat[name] = kinds[kind]
    draft.change(drop=tuple(drop), treat=treat, keep_text=tuple(keep))
    roles = edited.loc[table["Role"] != edited["Role"], ["Column", "Role"]]
    for name, role in roles.itertuples(index=False):
        _give(draft, name, role)
    return not roles.empty


def _give(draft: Draft, name: str, role: str) -> None:
    """Give a column a role, and take from it the one that it had."""
    if name == draft.value("target"):
        draft.change(**draft.predicting(None))
    if name == draft.value("split_column"):
        draft.change(split="random", split_column=None)
    if name == draft.value("weight"):
        draft.change(weight=None)
    if role == PREDICTED:
        draft.change(**draft.predicting(name))
    elif role == HELD_OUT:
        draft.change(**draft.holding_out_by(name))
    elif role == WEIGHT:
        draft.change(weight=name)


def _put(names: list[str], name: str, there: bool) -> None:
    if there and name not in names:
        names.append(name)
    elif not there and name in names:
        names.remove(name)


@st.cache_data(show_spinner=False, max_entries=20)
def _samples(_backend: Backend, dataset: str, sha256: str, dialect: str) -> dict[str, str]:
    """Return {column: a few of its values, as in the file}; the file is read once for all visits."""
    first = datasets.preview(_backend, dataset, ROWS)
    return {str(name): ", ".join(_distinct(first[name])) for name in first}


def _distinct(cells: Any) -> list[str]:
    return list(dict.fromkeys(wording.short(str(cell), 24) for cell in cells.dropna()))[:SAMPLES]
