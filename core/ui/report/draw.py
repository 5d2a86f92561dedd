"""A report's pictures (core/report/pictures.py) as Plotly figures, each with its numbers as a table below it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.report import wording
from core.report.palette import COLORS
from core.report.pictures import Bars, Histogram, Matrix, Picture, Points, Shares
from core.ui import charts

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

# Nothing is see-through, and so it is right on a light and on a dark page.
NOTHING = "rgba(128,128,128,0.08)"
SOFT = "rgba(128,128,128,0.35)"
LABEL = 28  # characters of a label on an axis; all of it is in the hover and in the table


def show(picture: Picture | None, key: str, empty: str = "There is nothing to draw.") -> None:
    """Draw `picture`, with its text alternative and a table of its numbers that is made when it is opened."""
    if picture is None:
        st.info(empty, icon=":material/block:")
        return
    charts.draw(figure(picture), picture.alt, _height(picture), key=f"picture-{key}")
    numbers(picture, key)


def numbers(picture: Picture, key: str) -> None:
    """The numbers of a picture, unfolded and made on request."""
    folded = st.expander("Its numbers", icon=":material/table:", key=f"numbers-{key}", on_change="rerun")
    if folded.open:
        with folded:
            table(picture, key)


def _height(picture: Picture) -> int:
    """Pixels: room for the labels that stand below each other."""
    if isinstance(picture, Bars) and picture.across:
        return 100 + _stack(len(picture.labels))
    return 180 + _stack(len(picture.down)) if isinstance(picture, Matrix) else 320


def _stack(labels: int) -> int:
    return max(labels, 3) * (24 if labels <= 20 else 16)


def table(picture: Picture, key: str) -> None:
    """The numbers of a picture."""
    # Columns are named by place, as a class of the data may be called as another column is.
    names = [str(place) for place in range(len(picture.header))]
    frame = pd.DataFrame(list(picture.rows), columns=names)
    config = {
        name: _column(frame.dtypes[name], label) for name, label in zip(names, picture.header, strict=True)
    }
    config[names[0]] = st.column_config.TextColumn(picture.header[0] or " ", pinned=True)
    st.dataframe(
        frame, hide_index=True, key=f"table-{key}", column_config=config, alt=f"The numbers. {picture.alt}"
    )


def _column(dtype: object, label: str) -> ColumnConfig:
    if pd.api.types.is_integer_dtype(dtype):
        return st.column_config.NumberColumn(label, format="localized")
    return st.column_config.TextColumn(label, alignment="right")


def figure(picture: Picture) -> go.Figure:
    """The Plotly figure of a picture. Nothing from the data is taken for HTML."""
    drawn = {Histogram: _histogram, Bars: _bars, Points: _points, Shares: _shares, Matrix: _matrix}
    made = drawn[type(picture)](picture)
    made.update_layout(
        title=charts.shown(wording.short(picture.title, 70)), showlegend=isinstance(picture, Shares)
    )
    return made


def _shown(labels: tuple[str, ...], most: int = LABEL) -> list[str]:
    return [charts.shown(label) for label in wording.cut(labels, most)]


def _histogram(picture: Histogram) -> go.Figure:
    places = [i + 0.5 for i in range(len(picture.counts))]
    spans = [f"{wording.number(low)} to {wording.number(high)}" for low, high in pairwise(picture.edges)]
    made = go.Figure(
        go.Bar(
            x=places, y=picture.counts, width=1, marker_color=COLORS[0], customdata=spans,
            hovertemplate="%{customdata}<br>%{y:,} rows<extra></extra>",
        )
    )  # fmt: skip
    marks = picture.marks()
    made.update_xaxes(
        tickvals=[place for place, _ in marks], ticktext=[text for _, text in marks],
        range=[0, len(places)], title="" if picture.scale == "linear" else "logarithmic scale",
    )  # fmt: skip
    made.update_layout(bargap=0.02, yaxis_title="rows")
    return made


def _bars(picture: Bars) -> go.Figure:
    # By place, not by label: two labels that are cut alike would fall into one bar.
    places = list(range(len(picture.labels)))
    percent = picture.unit == "share"
    told = [wording.share(v) if percent else f"{wording.number(v)} {picture.unit}" for v in picture.values]
    told = [
        f"{label}<br>{charts.shown(text)}"
        for label, text in zip(_shown(picture.labels, 80), told, strict=True)
    ]
    hover = {"customdata": told, "hovertemplate": "%{customdata}<extra></extra>"}
    made = go.Figure()
    axis = {"tickvals": places, "ticktext": _shown(picture.labels)}
    if not picture.across:
        made.add_bar(x=places, y=picture.values, marker_color=COLORS[0], **hover)
        made.update_xaxes(_thinned(axis))
        return made.update_layout(yaxis_title=picture.unit, bargap=0.1)
    lengths = [value - picture.origin for value in picture.values]
    made.add_bar(x=lengths, base=picture.origin, y=places, orientation="h", marker_color=COLORS[0], **hover)
    if picture.marks:
        made.add_scatter(
            x=picture.marks, y=places, mode="markers", customdata=[picture.mark] * len(places),
            marker={"symbol": "line-ns", "size": 14, "line": {"width": 2, "color": COLORS[1]}},
            hovertemplate="%{x:.4f}: %{customdata}<extra></extra>",
        )  # fmt: skip
    made.update_yaxes(autorange="reversed", **axis)
    return made.update_xaxes(title=picture.unit, tickformat=charts.PERCENT if percent else None)


def _thinned(axis: dict[str, list], most: int = 12) -> dict[str, list]:
    step = -(-len(axis["tickvals"]) // most)
    return {key: values[::step] for key, values in axis.items()}


def _points(picture: Points) -> go.Figure:
    places, percent = list(range(len(picture.labels))), ":.1%" if picture.percent else ":,.6~g"
    made = go.Figure()
    made.add_bar(
        x=places, y=picture.weights, yaxis="y2", marker_color=SOFT, customdata=_shown(picture.labels, 80),
        hovertemplate="%{customdata}<br>%{y:.1%} of the rows<extra></extra>",
    )  # fmt: skip
    errors = {
        "array": [high - value for high, value in zip(picture.highs, picture.values, strict=True)],
        "arrayminus": [value - low for low, value in zip(picture.lows, picture.values, strict=True)],
    }
    made.add_scatter(
        x=places, y=picture.values, error_y=errors,
        mode="lines+markers" if picture.ordered else "markers", customdata=_shown(picture.labels, 80),
        line={"color": COLORS[1], "width": 1}, marker={"size": 8},
        hovertemplate="%{customdata}<br>%{y" + percent + "}<extra></extra>",
    )  # fmt: skip
    made.add_hline(y=picture.level, line={"color": "gray", "dash": "dot"}, opacity=0.8)
    # The rows' shares stay in the lower third: they are the ground, not the figure.
    made.update_layout(
        yaxis={
            "tickformat": charts.PERCENT if picture.percent else None,
            "overlaying": "y2",
            "tickmode": "auto",
        },
        yaxis2={"range": [0, 3 * max(picture.weights)], "side": "right", "visible": False},
    )
    made.update_xaxes(tickvals=places, ticktext=_shown(picture.ticks or picture.labels, 16))
    return made


def _shares(picture: Shares) -> go.Figure:
    places = list(range(len(picture.labels)))
    made = go.Figure()
    for color, (name, values) in zip(COLORS, picture.parts.items(), strict=False):
        made.add_bar(
            x=places, y=values, name=charts.shown(wording.short(name, 16)), marker_color=color,
            customdata=_shown(picture.labels, 80), hovertemplate="%{customdata}<br>%{y:.1%}",
        )  # fmt: skip
    made.update_xaxes(tickvals=places, ticktext=_shown(picture.labels, 16))
    # The legend stands between the title and the bars.
    return made.update_layout(barmode="stack", yaxis_tickformat=charts.PERCENT, margin_t=72, title_y=0.97)


def _matrix(picture: Matrix) -> go.Figure:
    down, across = _shown(picture.down, 80), _shown(picture.across, 80)
    names = [[f"{one}<br>{other}" for other in across] for one in down]
    colors = [[0, NOTHING], [1, COLORS[0]]]
    if picture.signed:
        colors = [[0, COLORS[1]], [0.5, NOTHING], [1, COLORS[0]]]
    graded = any(value not in (None, 1.0) for row in picture.values for value in row)
    few = graded and len(across) <= 12 and len(down) <= 20
    made = go.Figure(
        go.Heatmap(
            z=picture.values, x=list(range(len(across))), y=list(range(len(down))), customdata=names,
            zmin=-1 if picture.signed else 0, zmax=1, colorscale=colors, xgap=1, ygap=1,
            texttemplate="%{z:.2f}" if few else None,
            hovertemplate="%{customdata}<br>%{z:.3f}<extra></extra>", hoverongaps=False, showscale=graded,
        )
    )  # fmt: skip
    made.update_xaxes(tickvals=list(range(len(across))), ticktext=_shown(picture.across, 20), showgrid=False)
    made.update_yaxes(
        tickvals=list(range(len(down))),
        ticktext=_shown(picture.down, 20),
        autorange="reversed",
        showgrid=False,
    )
    return made
