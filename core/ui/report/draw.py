"""A report's pictures (core/report/pictures.py) on the page: as images, with their numbers in a table on request."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.language import tr
from core.report import svg
from core.report.pictures import Picture
from core.ui import figures, page

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

# Inline, for st.html keeps neither classes nor a style sheet apart for each element.
_LIST = "display:grid;grid-template-columns:auto auto;gap:.15rem .9rem;margin:0;padding:0;font-size:.875rem"
_VALUE = "margin:0;text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere"


def show(picture: Picture | None, empty: str = "") -> None:
    """Draw `picture` under its title, with its text alternative.

    It is an image and no Plotly figure: a browser draws it at once, where a figure blocks it for a tenth of a second.
    """
    if picture is None:
        st.caption(empty or tr("There is nothing to draw."))
        return
    with st.container(gap="xxsmall"):
        st.caption(page.plain(picture.title))
        st.image(svg.image(picture, st.context.theme.type), alt=picture.alt)


def numbers(pictures: Iterable[Picture | None], key: str) -> None:
    """Draw the numbers of what is drawn, unfolded and made on request."""
    drawn = [picture for picture in pictures if picture is not None]
    if not drawn:
        return
    label = tr("Numbers of this chart") if len(drawn) == 1 else tr("Numbers of these charts")
    folded = st.expander(label, icon=":material/table:", key=f"numbers-{key}", on_change="rerun")
    if folded.open:
        with folded:
            for index, picture in enumerate(drawn):
                if len(drawn) > 1:
                    st.caption(page.plain(picture.title))
                _table(picture, f"{key}-{index}")


def _table(picture: Picture, key: str) -> None:
    # Columns are named by index, as a class of the data may be called as another column is.
    names = [str(index) for index in range(len(picture.header))]
    frame = pd.DataFrame(list(picture.rows), columns=names)
    config = {
        name: _column(frame.dtypes[name], label) for name, label in zip(names, picture.header, strict=True)
    }
    config[names[0]] = st.column_config.TextColumn(picture.header[0] or " ", pinned=True)
    st.dataframe(
        frame,
        hide_index=True,
        key=f"table-{key}",
        column_config=config,
        alt=tr("The numbers. {alt}", alt=picture.alt),
    )


def _column(dtype: object, label: str) -> ColumnConfig:
    if pd.api.types.is_integer_dtype(dtype):
        return figures.counts(label)
    return st.column_config.TextColumn(label, alignment="right")


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Draw (name, value) below each other. Both are text, whatever the data holds."""
    rows = (
        f'<dt style="opacity:.8">{escape(name)}</dt><dd style="{_VALUE}">{escape(value)}</dd>'
        for name, value in pairs
    )
    st.html(f'<dl style="{_LIST}">{"".join(rows)}</dl>')
