"""The parts of a page as tabs. The open one is in the URL, and only that one is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from core.ui import state


def show(parts: Mapping[str, Callable[[], None]], key: str, implied: Mapping[str, str]) -> None:
    """Draw the open one of `parts`, {label: what draws it}: the one that the URL names as `?<key>=`, else the first.

    `implied`, {another key of the URL: label}: a link with that key opens its part.
    """
    names = {_in_url(name): name for name in parts}
    meant = [name for other, name in implied.items() if other in st.query_params and name in parts]
    shown = names.get(st.query_params.get(key, ""), meant[0] if meant else next(iter(parts)))
    opened = state.open_part(key)

    def choose() -> None:
        st.query_params[key] = _in_url(opened.get() or shown)

    if opened.get() != shown:
        opened.set(shown)
    tabs = st.tabs(list(parts), key=opened.key, on_change=choose)
    for tab, (name, draw) in zip(tabs, parts.items(), strict=True):
        if name == shown:
            with tab:
                draw()


def _in_url(name: str) -> str:
    return name.lower().replace(" ", "-")
