"""The form for the resources of a job or an endpoint: instance type, spot, memory, as far as there is a choice."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.backends.base import Backend, Choice
from core.language import tr
from core.ui import page
from core.verbs import resources


def choose(
    backend: Backend, kind: str, form: str = "", before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the choices that differ from their defaults, {Choice.name: value}. Draw nothing where there are none.

    `before`: what another run had, which a `form` of its own begins with.
    """
    choices = resources.choices(backend, kind)
    chosen: dict[str, str] = {}
    if not choices:
        return chosen
    # Open where something else is proposed than the settings say: it is for the reader to see.
    with st.expander(
        tr("Where it runs"), icon=":material/memory:", expanded=any(choice.proposed for choice in choices)
    ):
        widths = [2 if choice.notes else 1 for choice in choices]  # a type stands there with its quota
        for column, choice in zip(st.columns(widths), choices, strict=True):
            shown = (before or {}).get(choice.name) or choice.proposed or choice.default
            value = _field(column, f"{form or kind}-{choice.name}", choice, shown)
            if value != choice.default:
                chosen[choice.name] = value
        for choice in choices:
            if choice.proposed:
                st.caption(page.plain(_proposal(choice)))
    return chosen


def refused(backend: Backend, kind: str, chosen: Mapping[str, str], jobs: int = 1) -> bool:
    """Return whether the backend would refuse these resources, as far as is known; say why, so that the caller can
    lock its button.
    """
    objection = resources.objection(backend, kind, chosen, jobs)
    if objection:
        st.warning(page.plain(objection), icon=":material/block:")
    return bool(objection)


def _field(column: DeltaGenerator, key: str, choice: Choice, shown: str) -> str:
    if not choice.values:
        return column.text_input(choice.label, shown, help=choice.help, key=key)
    index = choice.values.index(shown) if shown in choice.values else 0
    return column.selectbox(
        choice.label,
        choice.values,
        index=index,
        help=choice.help or None,
        key=key,
        format_func=lambda value: f"{value}  ({choice.notes[value]})" if value in choice.notes else value,
    )


def _proposal(choice: Choice) -> str:
    return tr(
        "{label}: {proposed} is proposed instead of {usual}, which the account's quota does not allow.",
        label=choice.label,
        proposed=choice.proposed,
        usual=choice.default,
    )
