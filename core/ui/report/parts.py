"""The parts of a report as tabs. The open one is in the URL as `?part=`, and only that one is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from core.ui import state

IMPLIED = {
    "column": "Columns",
    "with": "Files",
}  # what of the URL belongs to a part: a link to it opens the part


def show(parts: Mapping[str, Callable[[], None]]) -> None:
    """Draw the open one of `parts`: the URL's, else the first."""
    names = {name.lower(): name for name in parts}
    implied = [part for key, part in IMPLIED.items() if key in st.query_params]
    shown = names.get(st.query_params.get("part", ""), implied[0] if implied else next(iter(parts)))

    def choose() -> None:
        st.query_params["part"] = (state.REPORT_PART.get() or shown).lower()

    if state.REPORT_PART.get() != shown:
        state.REPORT_PART.set(shown)
    tabs = st.tabs(list(parts), key=state.REPORT_PART.key, on_change=choose)
    for tab, (name, draw) in zip(tabs, parts.items(), strict=True):
        if name == shown:
            with tab:
                draw()
