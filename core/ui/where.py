"""Where a job or an endpoint runs, where there is something to choose: instance type, spot, memory."""

from __future__ import annotations

import streamlit as st

from core.backends.base import Backend


def choose(backend: Backend, kind: str) -> dict[str, str]:
    """The choices that differ from their defaults, {Choice.name: value}; draws nothing where there are none."""
    choices = backend.choices(kind)
    chosen: dict[str, str] = {}
    if not choices:
        return chosen
    with st.expander("Where it runs", icon=":material/memory:"):
        for column, choice in zip(st.columns(len(choices)), choices, strict=True):
            key = f"{kind}-{choice.name}"
            if choice.values:
                index = choice.values.index(choice.default) if choice.default in choice.values else 0
                value = column.selectbox(choice.label, choice.values, index=index, help=choice.help, key=key)
            else:
                value = column.text_input(choice.label, choice.default, help=choice.help, key=key)
            if value != choice.default:
                chosen[choice.name] = value
    return chosen
