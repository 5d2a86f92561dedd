"""Plotly figures from plain data, in the theme's colours. Each is drawn by `draw`, with a text alternative."""

from __future__ import annotations

import html
from collections.abc import Mapping

import streamlit as st
from plotly.graph_objects import Figure

from core import metric_words
from core.evaluation_file import Curve, Scatter
from core.judging.intervals import Interval
from core.language import tr
from core.numbers import fixed, marks
from core.report import palette

PERCENT = ".6~%"  # as many digits as an axis needs: with none, 0.5% reads as 1%


def shown(text: str) -> str:
    """User text in a chart: Plotly takes some HTML tags, so none may come from data."""
    return html.escape(str(text), quote=False)


def colors() -> tuple[str, ...]:
    """Return the theme's colours of charts, for what is to have a certain one of them."""
    return palette.ON_DARK if st.context.theme.type == "dark" else palette.COLORS


def ink() -> str:
    """Return the colour of the page's text, for words in a chart that are to be read: Plotly's own are paler."""
    return st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor")


def reference_line() -> dict[str, object]:
    """Return how a line is drawn that others are held against: seen on either ground, as Plotly's own black is not."""
    return {"dash": "dot", "width": 1, "color": colors()[-1]}


def faded(color: str, share: float = 0.2) -> str:
    """Return a colour of the theme as Plotly takes one through which what is behind can be seen."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"


def draw(figure: Figure, alt: str, height: int = 320, key: str | None = None) -> None:
    """Show a figure on the page, `height` pixels high; `alt` is what a screen reader says."""
    figure.update_layout(
        height=height,
        separators="".join(marks()),
        margin={"l": 8, "r": 8, "t": figure.layout["margin"]["t"] or 32, "b": 8},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
    )
    st.plotly_chart(figure, config={"displaylogo": False, "displayModeBar": False}, alt=alt, key=key)


def learning_curve(rounds: list[dict[str, float]], metric: str, kept: float) -> Figure:
    """Return one metric by round, a line per channel, and a mark at the round that is `kept`."""
    figure = Figure()
    for channel in ("validation", "train"):
        points = [
            (row["round"], row[f"{channel}-{metric}"]) for row in rounds if f"{channel}-{metric}" in row
        ]
        if points:
            x, y = zip(*points, strict=True)
            figure.add_scatter(x=x, y=y, name=channel, mode="lines")
    figure.add_vline(
        x=kept,
        line=reference_line(),
        opacity=0.5,
        annotation_text=tr("round {number}", number=fixed(kept, 0)),
    )
    best = next((row.get(f"validation-{metric}") for row in rounds if row["round"] == kept), None)
    if best is not None:
        ring = {"symbol": "circle-open", "size": 11, "line": {"width": 2}}
        figure.add_scatter(x=[kept], y=[best], name=tr("kept"), mode="markers", marker=ring, showlegend=False)
    figure.update_layout(title=metric_words.label(metric), xaxis_title=tr("round"))
    return figure


def curves(named: Mapping[str, Curve], title: str, x: str, y: str, diagonal: bool = False) -> Figure:
    """Return a line through the points of each name, if wanted with chance's diagonal."""
    figure = Figure()
    for name, points in named.items():
        figure.add_scatter(x=points["x"], y=points["y"], mode="lines", name=shown(name))
    if diagonal:
        figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=reference_line(), name=tr("by guessing"))
    figure.update_layout(title=title, xaxis_title=x, yaxis_title=y)
    return figure


def periods(names: list[str], values: list[Interval], reference: float, is_share: bool) -> Figure:
    """Return a figure a period with its interval, and a line at what it is of all."""
    figure = Figure()
    ends = [(each.value if end is None else end) for each in values for end in (each.low, each.high)]
    figure.add_scatter(
        x=[shown(name) for name in names],
        y=[each.value for each in values],
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - each.value for each, high in zip(values, ends[1::2], strict=True)],
            "arrayminus": [each.value - low for each, low in zip(values, ends[::2], strict=True)],
            "thickness": 1,
        },
        mode="lines+markers",
        name=tr("by period, with its 95% interval"),
    )
    figure.add_hline(y=reference, line=reference_line(), opacity=0.7)
    figure.update_layout(showlegend=False)
    figure.update_xaxes(type="category")
    figure.update_yaxes(rangemode="tozero", tickformat=PERCENT if is_share else None)
    return figure


def scatter(points: Scatter) -> Figure:
    """Return predicted against actual values of the test split, with the line on which they are equal."""
    figure = Figure()
    marker = {"opacity": 0.5, "size": 6}
    figure.add_scatter(
        x=points["actual"], y=points["predicted"], mode="markers", marker=marker, name=tr("rows")
    )
    low, high = min(points["actual"], default=0), max(points["actual"], default=1)
    figure.add_scatter(x=[low, high], y=[low, high], mode="lines", line=reference_line(), name=tr("equal"))
    figure.update_layout(xaxis_title=tr("actual"), yaxis_title=tr("predicted"))
    return figure
