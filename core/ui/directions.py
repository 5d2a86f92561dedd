"""In which direction an answer may go with a column: the choices of the form of a new run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from core.encoding.contract import Contract
from core.hyperparameters import monotone_constraints
from core.language import tr
from core.ui import page

SIGNS = {"↑": 1, "–": 0, "↓": -1}
WORDS = {sign: word for word, sign in SIGNS.items()}


def offered(contract: Contract) -> list[str]:
    """Return the columns that can have a direction: numbers, each one feature; none where several classes answer."""
    if contract.label.problem == "multiclass":
        return []
    return [
        column.name for column in contract.columns if column.kind == "numeric" and len(column.features) == 1
    ]


def draw(key: str, contract: Contract, columns: Sequence[str], begun: Mapping[str, int]) -> str:
    """Draw, folded, a choice of columns and ↑, – or ↓ beside each; return them as the image wants them, "" of none.

    `begun`: the directions that it begins with.
    """
    label = contract.label
    meaning = (
        tr(
            "With ↑ the probability of {answer} may only rise with the column, with ↓ only fall.",
            answer=label.positive,
        )
        if label.positive
        else tr("With ↑ {answer} may only rise with the column, with ↓ only fall.", answer=label.name)
    )
    with st.expander(tr("Directions that you know"), icon=":material/trending_up:"):
        picked = st.multiselect(
            tr("Columns"),
            columns,
            default=[name for name in columns if begun.get(name)],
            help=page.plain(meaning),
            key=f"{key}-directed",
        )
        signs = {}
        for first in range(0, len(picked), 4):
            for place, name in zip(st.columns(4), picked[first : first + 4], strict=False):
                sign = place.radio(
                    page.label(name),
                    list(SIGNS),
                    index=list(SIGNS).index(WORDS[begun.get(name, 0)]),
                    horizontal=True,
                    key=f"{key}-direction-{name}",
                )
                signs[name] = SIGNS[sign]
    return monotone_constraints(contract, signs)
