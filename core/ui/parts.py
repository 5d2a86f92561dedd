"""The parts of a page as tabs. The open one is in the URL, and only that one is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import streamlit as st

from core.language import tr
from core.ui import state

if TYPE_CHECKING:
    from streamlit.elements.lib.mutable_tab_container import TabContainer


PLACES = 7  # a run has 2, 3, 7 or 8 tabs, the Inference page 1 to 7


def tabs(
    names: Sequence[str], first: str, key: str, on_change: Callable[[], None] | Literal["rerun"]
) -> Sequence[TabContainer]:
    """Draw tabs, `first` of which is open until somebody opens another; what they are called is marked texts.

    It is open by the default, which every run sends: what one run sets is lost where a click or a rerun ends it.
    Other names are drawn at another place of the page, by empty containers: tabs that get other names in their place
    let Streamlit's front end (1.67) open the tab that had the number of the new first one among the old names. As a
    container takes the browser as long as a text, there are as few as tell the pages' sets of names apart.
    """
    for _ in range(len(names) % PLACES):
        st.container()
    return st.tabs([tr(name) for name in names], default=tr(first), key=key, on_change=on_change)


def show(parts: Mapping[str, Callable[[], None]], key: str, implied: Mapping[str, str]) -> None:
    """Draw the open one of `parts`, {label, a marked text: what draws it}: the one that the URL names as `?<key>=`,
    else the first.

    `implied`, {another key of the URL: label}: a link with that key opens its part.
    """
    names = {_in_url(name): name for name in parts}
    meant = [name for other, name in implied.items() if other in st.query_params and name in parts]
    shown = names.get(st.query_params.get(key, ""), meant[0] if meant else next(iter(parts)))
    opened, labels = state.open_part(key), {tr(name): name for name in parts}

    def choose() -> None:
        st.query_params[key] = _in_url(labels.get(opened.get() or "", shown))

    if opened.is_kept() and opened.get() != tr(shown):  # a link, or Back
        opened.set(tr(shown))
    drawn = tabs(list(parts), shown, opened.key, choose)
    for tab, (name, draw) in zip(drawn, parts.items(), strict=True):
        if name == shown:
            with tab:
                draw()


def _in_url(name: str) -> str:
    return name.lower().replace(" ", "-")
