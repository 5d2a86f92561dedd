"""What a model would answer as one cell changes, as a picture."""

from __future__ import annotations

from plotly.graph_objects import Figure

from core.language import tr
from core.report.wording import short
from core.ui import charts
from core.verbs.around import WhatIf

LONGEST = 24  # letters of a level


def what_if(found: WhatIf, ends: tuple[float, float] | None = None) -> Figure:
    """Return the answers by the cell, grey where the data had no rows, with the row's own and the threshold.

    `ends` are those of the answers' axis, where pictures beside each other have the same one.
    """
    figure = _words(found) if found.is_words else _curve(found)
    if found.threshold is not None:
        figure.add_hline(
            y=found.threshold,
            line=charts.reference_line(),
            opacity=0.7,
            annotation_text=tr("acted on from here"),
        )
    if found.of:
        figure.update_yaxes(tickformat=charts.PERCENT, rangemode="tozero")
    if ends:
        figure.update_yaxes(range=ends)
    figure.update_layout(showlegend=False, margin={"t": 12})
    return figure


def _words(found: WhatIf) -> Figure:
    other, own = charts.colors()[:2]
    figure = Figure()
    figure.add_bar(
        x=list(range(len(found.cells))),  # by number: two levels may be called alike once they are cut
        y=found.answers,
        marker={"color": [own if each == found.own else other for each in found.cells]},
    )
    names = [charts.shown(short(str(each), LONGEST)) for each in found.cells]
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names)
    return figure


def _curve(found: WhatIf) -> Figure:
    seen_in, own, *_, grey = charts.colors()
    figure = Figure()
    figure.add_scatter(x=found.cells, y=found.answers, mode="lines", line={"color": grey, "width": 1})
    seen = [answer if known else None for answer, known in zip(found.answers, found.known, strict=True)]
    figure.add_scatter(x=found.cells, y=seen, mode="lines", line={"color": seen_in, "width": 3})
    if found.own is not None:
        dot = {"color": own, "size": 11}
        figure.add_scatter(x=[found.own], y=[found.own_answer], mode="markers", marker=dot)
    return figure
