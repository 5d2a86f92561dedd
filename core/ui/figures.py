"""Numbers in tables, written as in the words around them: in the browser's own locale, by the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

LOCAL = "localized"
PERCENT = "percent"  # of a share from 0 to 1


def step(places: int) -> float:
    """Return the step by which a table shows that many decimals."""
    return 10.0**-places


def counts(label: str | None = None, width: int | None = None) -> ColumnConfig:
    """Return a column of whole numbers."""
    return st.column_config.NumberColumn(label, format=LOCAL, step=1, width=width)


def measures(places: int = 3, width: int | None = None, help: str | None = None) -> ColumnConfig:
    """Return a column of numbers with `places` decimals."""
    return st.column_config.NumberColumn(format=LOCAL, step=step(places), width=width, help=help)


def shares(width: int | None = None) -> ColumnConfig:
    """Return a column of shares from 0 to 1, in percent."""
    return st.column_config.NumberColumn(format=PERCENT, step=step(3), width=width)


def bars(most: float = 1, width: int | None = None, label: str | None = None) -> ColumnConfig:
    """Return a column of shares from 0 to 1 in percent, as bars of which `most` fills the cell."""
    return st.column_config.ProgressColumn(
        label, format=PERCENT, step=step(3), min_value=0, max_value=most, width=width
    )
