"""Plotly figures from plain data. Each is drawn by `draw`, with a text alternative."""

from __future__ import annotations

import html

import plotly.graph_objects as go
import streamlit as st

from core.evaluation_file import Curve, FeatureImportance, Scatter
from core.report.palette import COLORS

PERCENT = ".6~%"  # as many digits as an axis needs: with none, 0.5% reads as 1%


def shown(text: str) -> str:
    """User text in a chart: Plotly takes some HTML tags, so none may come from data."""
    return html.escape(str(text), quote=False)


def draw(figure: go.Figure, alt: str, height: int = 320, key: str | None = None) -> None:
    """Show a figure on the page, `height` pixels high; `alt` is what a screen reader says."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": figure.layout["margin"]["t"] or 32, "b": 8},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
    )
    st.plotly_chart(figure, config={"displaylogo": False, "displayModeBar": False}, alt=alt, key=key)


def learning_curve(rounds: list[dict[str, float]], metric: str, kept: float) -> go.Figure:
    """One metric by round, a line per channel, and a mark at the round that is `kept`."""
    figure = go.Figure()
    for index, channel in enumerate(("train", "validation")):
        points = [
            (row["round"], row[f"{channel}-{metric}"]) for row in rounds if f"{channel}-{metric}" in row
        ]
        if points:
            x, y = zip(*points, strict=True)
            line = {"color": COLORS[index], "dash": "solid" if index else "dot"}
            figure.add_scatter(x=x, y=y, name=channel, mode="lines", line=line)
    figure.add_vline(x=kept, line={"color": "gray", "dash": "dot"})
    figure.update_layout(title=metric, xaxis_title="round")
    return figure


def curve(points: Curve, title: str, x: str, y: str, diagonal: bool = False) -> go.Figure:
    """Return a line through `points`, such as a ROC curve, if wanted with chance's diagonal."""
    figure = go.Figure()
    figure.add_scatter(x=points["x"], y=points["y"], mode="lines", name="model", line={"color": COLORS[0]})
    if diagonal:
        line = {"color": "gray", "dash": "dot"}
        figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", name="chance", line=line)
    figure.update_layout(title=title, xaxis_title=x, yaxis_title=y)
    return figure


def confusion(matrix: list[list[int]], classes: list[str]) -> go.Figure:
    """Rows are true classes, columns predicted ones; colour is the share of the true class."""
    classes = [shown(name) for name in classes]
    shares = [[cell / max(sum(row), 1) for cell in row] for row in matrix]
    figure = go.Figure(
        go.Heatmap(
            z=shares, x=classes, y=classes, text=matrix, texttemplate="%{text:,}", colorscale="Blues",
            zmin=0, zmax=1, showscale=False,
        )
    )  # fmt: skip
    figure.update_layout(
        title="Confusion, rows of the test split", xaxis_title="predicted", yaxis_title="true"
    )
    figure.update_xaxes(type="category")
    figure.update_yaxes(type="category", autorange="reversed")
    return figure


def importance(items: list[FeatureImportance], by: str = "gain", most: int = 15) -> go.Figure:
    """Return bars of the most important features' shares, at most `most`, the greatest on top."""
    top = [item for item in items if item["share"] > 0][:most][::-1]
    figure = go.Figure(
        go.Bar(
            x=[i["share"] for i in top],
            y=[shown(i["feature"]) for i in top],
            orientation="h",
            marker_color=COLORS[0],
        )
    )
    figure.update_layout(title=f"Share of the total {by}", xaxis_tickformat=PERCENT)
    figure.update_yaxes(type="category")
    return figure


def scatter(points: Scatter) -> go.Figure:
    """Return predicted against actual values of the test split, with the line on which they are equal."""
    figure = go.Figure()
    marker = {"color": COLORS[0], "opacity": 0.5, "size": 6}
    figure.add_scatter(x=points["actual"], y=points["predicted"], mode="markers", marker=marker, name="rows")
    low, high = min(points["actual"], default=0), max(points["actual"], default=1)
    line = {"color": "gray", "dash": "dot"}
    figure.add_scatter(x=[low, high], y=[low, high], mode="lines", line=line, name="equal")
    figure.update_layout(title="Test split", xaxis_title="actual", yaxis_title="predicted")
    return figure
