"""The pictures of the tab Why: what a column adds by its values, and what the columns add to one row."""

from __future__ import annotations

from plotly.graph_objects import Figure

from core.judging import reason_words
from core.judging.dependence import Bin, Dependence
from core.judging.reason_words import Reason
from core.language import tr
from core.numbers import count, integer, number
from core.report.wording import short
from core.ui import charts

BARS = 6  # columns of one row that have a bar of their own; the others share one
LONGEST = 30  # characters of a bar's name
TICKED = ("month", "weekday")  # parts of a date whose numbers have names


def dependence(found: Dependence, is_class: bool) -> Figure:
    """Return the median of what a column adds by its value, with the middle half of the rows around it."""
    scale = 100 if is_class else 1
    figure = Figure()
    if found.scale == "words" or not found.bins:
        _levels(figure, [*found.bins, *([found.blank] if found.blank else [])], scale)
    else:
        _line(figure, found, scale)
    unit = tr("adds, in points") if is_class else tr("adds")
    if found.scale == "words":
        figure.update_xaxes(title=unit, zeroline=True)
    else:
        figure.update_xaxes(title=charts.shown(reason_words.part_name(found.part)))
        figure.update_yaxes(title=unit, zeroline=True)
    figure.update_layout(showlegend=False, margin={"t": 8})
    return figure


def _line(figure: Figure, found: Dependence, scale: float) -> None:
    at = [each.place for each in found.bins]
    low, high = ([getattr(each, end) * scale for each in found.bins] for end in ("low", "high"))
    band = {"mode": "lines", "line": {"width": 0, "color": charts.colors()[0]}, "hoverinfo": "skip"}
    figure.add_scatter(x=at, y=high, **band)
    figure.add_scatter(x=at, y=low, fill="tonexty", fillcolor=charts.faded(charts.colors()[0]), **band)
    figure.add_scatter(
        x=at,
        y=[each.median * scale for each in found.bins],
        mode="lines+markers",
        line={"color": charts.colors()[0]},
        hovertext=[_hover(each, scale) for each in found.bins],
        hoverinfo="text",
    )
    if found.blank:
        figure.add_hline(
            y=found.blank.median * scale,
            line=charts.reference_line(),
            annotation_text=tr("blank: {rows}", rows=count(found.blank.rows, "row", "rows")),
        )
    if found.part in TICKED:
        figure.update_xaxes(tickvals=at, ticktext=[each.name[:3] for each in found.bins])


def _levels(figure: Figure, bins: list[Bin], scale: float) -> None:
    figure.add_scatter(
        x=[each.median * scale for each in bins],
        y=[charts.shown(short(each.name, LONGEST)) for each in bins],
        mode="markers",
        marker={"size": 9, "color": charts.colors()[0]},
        error_x={
            "array": [(each.high - each.median) * scale for each in bins],
            "arrayminus": [(each.median - each.low) * scale for each in bins],
        },
        hovertext=[_hover(each, scale) for each in bins],
        hoverinfo="text",
    )
    figure.update_yaxes(autorange="reversed", type="category", dtick=1)


def _hover(each: Bin, scale: float) -> str:
    middle = tr("{low} to {high}", low=number(each.low * scale, 3), high=number(each.high * scale, 3))
    return f"{charts.shown(each.name)}: {_signed(each.median * scale, 3)} ({middle}), {count(each.rows, 'row', 'rows')}"


def _signed(value: float, digits: int) -> str:
    return f"{'+' if value > 0 else ''}{number(value, digits)}"


def row(reason: Reason) -> Figure:
    """Return what the columns add to one row as bars, the largest first."""
    scale = 100 if reason.of else 1
    order = sorted(reason.added, key=lambda column: -abs(reason.added[column]))
    values = [reason.added[column] * scale for column in order[:BARS]]
    names = [charts.shown(short(_named(reason, column), LONGEST)) for column in order[:BARS]]
    if others := order[BARS:]:
        values.append(sum(reason.added[column] for column in others) * scale)
        names.append(
            tr("{number} others", number=integer(len(others)))
            if len(others) > 1
            else charts.shown(short(others[0], LONGEST))
        )
    _, up, down, *_ = charts.colors()
    figure = Figure()
    # By number: two columns may be called alike once they are cut.
    figure.add_bar(
        x=values,
        y=list(range(len(values))),
        orientation="h",
        marker={"color": [up if value > 0 else down for value in values]},
        text=[_signed(value, 2) for value in values],
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_yaxes(autorange="reversed", tickvals=list(range(len(values))), ticktext=names)
    least, most = min([0.0, *values]), max([0.0, *values])
    room = 0.3 * (most - least)  # for the numbers beside the bars
    figure.update_xaxes(zeroline=True, showticklabels=False, range=(least - room, most + room))
    figure.update_layout(showlegend=False, margin={"t": 8})
    return figure


def _named(reason: Reason, column: str) -> str:
    return f"{column} {reason.cells[column] or tr('blank')}" if column in reason.cells else column
