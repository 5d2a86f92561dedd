"""Numbers in tables, written as in the words around them: 31,070 and 7.1%.

Streamlit's own formats *localized* and *percent* follow the browser's language, which the words do not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

PERCENT = "%.1f%%"  # of a value from 0 to 100


def counts(label: str | None = None, width: int | None = None) -> ColumnConfig:
    """Return a column of whole numbers that are not negative."""
    return st.column_config.NumberColumn(label, format="accounting", step=1, width=width)


def probabilities(label: str | None = None) -> ColumnConfig:
    """Return a column of probabilities in percent, as bars."""
    return st.column_config.ProgressColumn(label, format=PERCENT, min_value=0, max_value=100)
