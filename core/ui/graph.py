"""Things and the arrows between them as one figure: the steps of a pipeline's run, the lineage of an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plotly.graph_objects import Figure

from core.ui import charts


@dataclass(frozen=True, slots=True)
class Node:
    """A thing: where it stands, its words (as Plotly takes them) and where they are, which of the theme's colours it
    has, and from which others an arrow leads to it.
    """

    x: float
    y: float
    words: str
    color: int
    words_at: str = "bottom center"
    before: tuple[str, ...] = ()


def figure(nodes: Mapping[str, Node]) -> Figure:
    """Return the nodes with their arrows."""
    drawn, colors = Figure(), charts.colors()
    for node in nodes.values():
        for other in node.before:
            drawn.add_annotation(
                x=node.x, y=node.y, ax=nodes[other].x, ay=nodes[other].y, xref="x", yref="y", axref="x", ayref="y",
                text="", showarrow=True, arrowhead=2, arrowwidth=1.5, arrowcolor=colors[-1], standoff=16,
                startstandoff=16,
            )  # fmt: skip
    drawn.add_scatter(
        x=[node.x for node in nodes.values()],
        y=[node.y for node in nodes.values()],
        mode="markers+text",
        marker={"size": 22, "color": [colors[node.color] for node in nodes.values()]},
        text=[node.words for node in nodes.values()],
        textposition=[node.words_at for node in nodes.values()],
        textfont={"color": charts.ink()},
        hoverinfo="skip",
        cliponaxis=False,
    )
    drawn.update_xaxes(visible=False, fixedrange=True)
    drawn.update_yaxes(visible=False, fixedrange=True)
    drawn.update_layout(showlegend=False, dragmode=False, margin={"t": 1})
    return drawn
