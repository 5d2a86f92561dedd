"""A dialog whose title is in the reader's language: `st.dialog` takes one where a module is imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Literal, ParamSpec

import streamlit as st

from core.language import tr

P = ParamSpec("P")


def titled(
    title: str,
    width: Literal["small", "medium", "large"] = "small",
    icon: str | None = None,
    on_dismiss: Callable[[], None] | Literal["ignore", "rerun"] = "ignore",
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Return a decorator that lets what a function draws stand in a dialog; `title` is a marked text."""

    def decorated(draw: Callable[P, None]) -> Callable[P, None]:
        @wraps(draw)
        def opened(*of: P.args, **facts: P.kwargs) -> None:
            st.dialog(tr(title), width=width, icon=icon, on_dismiss=on_dismiss)(draw)(*of, **facts)

        return opened

    return decorated
