"""Derived columns on the Configuration page: a formula over columns of numbers, tried on the first rows at once."""

from __future__ import annotations

import re

import streamlit as st

from core.backends.base import Backend
from core.configuration import NUMBERS
from core.errors import BadExpression, SenderoError
from core.language import mark, tr
from core.ui import dialogs, page
from core.ui.draft import Draft
from core.verbs import datasets

# What is done with the chosen columns -> the sign between them; the mean divides their sum.
SIGNS = {"sum": " + ", "difference": " - ", "product": " * ", "ratio": " / ", "mean": " + "}
WORDS = {
    "sum": mark("sum"),
    "difference": mark("difference"),
    "product": mark("product"),
    "ratio": mark("ratio"),
    "mean": mark("mean"),
}


@dialogs.titled(mark("Derived columns"), width="medium", icon=":material/function:")
def ask(backend: Backend, draft: Draft) -> None:
    """Show the derived columns there are, each to be removed, and ask for another one."""
    derive: dict[str, str] = draft.value("derive")
    for name, formula in derive.items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{name} = {formula}", width="stretch")
            if st.button(tr("Remove"), icon=":material/close:", key=f"remove-{name}"):
                draft.change(derive={other: text for other, text in derive.items() if other != name})
                st.rerun()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        what = st.selectbox(
            tr("Make the"),
            list(SIGNS),
            format_func=lambda what: tr(WORDS[what]),
            width=150,
            key="derive-what",
        )
        chosen = st.multiselect(tr("of these columns"), _choices(draft), key="derive-columns")
    proposed = _formula(what, chosen)
    usual = _name(what, chosen)
    name = st.text_input(tr("Name"), placeholder=usual, key="derive-name").strip() or usual
    formula = st.text_input(
        tr("Formula"),
        proposed,
        key=f"derive-formula-{proposed}",
        placeholder="(R + G + B) / 3",
        help=tr(
            'Arithmetic over columns; also log, sqrt, abs, min, max. A name with blanks is col("its name").'
        ),
    ).strip()
    fits = bool(name and formula) and _fits(backend, draft, name, formula)
    if st.button(tr("Add the column"), type="primary", icon=":material/add:", disabled=not fits):
        draft.change(derive={**derive, name: formula})
        st.rerun()


def _choices(draft: Draft) -> list[str]:
    """Return the columns of numbers that are used."""
    treated, dropped = draft.value("treat"), draft.value("drop")
    return [
        column["name"]
        for column in draft.dataset.columns
        if treated.get(column["name"], "numeric" if column["type"] in NUMBERS else "") == "numeric"
        and column["name"] not in dropped
        and column["name"] != draft.value("target")
    ]


def _formula(what: str, chosen: list[str]) -> str:
    names = [name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else f"col({name!r})" for name in chosen]
    text = SIGNS[what].join(names)
    return f"({text}) / {len(names)}" if what == "mean" and names else text


def _name(what: str, chosen: list[str]) -> str:
    return "_".join([*chosen[:3], what]) if chosen else ""


def _fits(backend: Backend, draft: Draft, name: str, formula: str) -> bool:
    """Show what the formula gives in the first rows, or why it cannot be computed; return whether it can."""
    from core.encoding.expressions import columns_of  # late: narwhals, a tenth of a second

    try:
        dropped = [column for column in columns_of(name, formula) if column in draft.value("drop")]
        if dropped:
            raise BadExpression(
                name=name,
                reason=tr("It reads '{column}', which is not used: tick it first.", column=dropped[0]),
            )
        plan = draft.plan(derive={name: formula}) if draft.value("target") else None
        if plan:
            datasets.checked_configuration(backend, plan, draft.dataset)
        shown = datasets.derived_preview(backend, draft.dataset, formula)
    except SenderoError as error:
        page.show_failure(error.failure)
        return False
    if shown["="].dropna().empty:
        st.warning(tr("It is blank in all of the first rows."), icon=":material/help:")
    st.dataframe(
        shown.rename(columns={"=": name}), hide_index=True, alt=tr("The first rows with the new column")
    )
    return True
