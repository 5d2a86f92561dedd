"""The pictures of a decision: its cost by threshold, and the curves of a model with the chosen point on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.judging import decision as thresholds
from core.judging import decision_words
from core.judging.calibration import Calibration
from core.judging.decision import PER, Amounts, Counts, counts
from core.judging.decision_words import percent
from core.judging.score_table import ScoreTable
from core.language import mark, tr
from core.numbers import integer, number, share
from core.ui import charts
from core.verbs.decide import Judged, reliability

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Counted = dict[str, np.ndarray]

POINTS = 300  # of a curve
CURVES = (mark("ROC"), mark("Precision and recall"), mark("Lift"), mark("Calibration"))
NOBODY = 2.0  # a threshold that no probability reaches
FEWEST = 0.01  # share of the rows from which on lift is drawn: of fewer it is chance


def cost(table: ScoreTable, amounts: Amounts, threshold: float) -> tuple[Figure, str]:
    """Return the cost per 1,000 rows by threshold, with a mark at the chosen one, and the same in words."""
    from plotly.graph_objects import Figure

    at = steps(table)
    figure = Figure()
    figure.add_scatter(x=at, y=thresholds.costs(table, at, amounts), mode="lines", name=tr("cost"))
    here, all_rows, none = (thresholds.cost(table, value, amounts) for value in (threshold, 0.0, NOBODY))
    _mark(figure, threshold, here)
    for level, name in ((all_rows, tr("act on all")), (none, tr("act on none"))):
        figure.add_hline(y=level, line=charts.reference_line(), annotation_text=name)
    figure.update_layout(
        title=tr("Cost per {rows} rows", rows=integer(PER)),
        xaxis_title=tr("acted on from this probability on"),
    )
    figure.update_xaxes(tickformat=charts.PERCENT)
    figure.update_yaxes(rangemode="tozero")
    words = tr(
        "From {threshold} on it costs {here}, on all {all}, on none {none}.",
        threshold=percent(threshold),
        here=number(here, 3),
        all=number(all_rows, 3),
        none=number(none, 3),
    )
    return figure, words


def curve(kind: str, scored: Judged, threshold: float, calibration: Calibration | None) -> tuple[Figure, str]:
    """Return the curve `kind` of CURVES with the chosen point, and the same in words.

    What calibration mends is shown on rows that it was not fitted on.
    """
    from plotly.graph_objects import Figure

    if kind == "Calibration":
        return _calibration(Figure(), scored, threshold, calibration)
    table = scored.validation
    tried, at = thresholds.curve(table, steps(table)), counts(table, threshold)
    draw = {"ROC": _roc, "Lift": _lift}.get(kind, _precision_recall)
    return draw(Figure(), tried, at, scored.positive)


def _roc(figure: Figure, tried: Counted, at: Counts, positive: str) -> tuple[Figure, str]:
    alarms = _ratio(tried["false_alarms"], tried["false_alarms"] + tried["passed"])
    figure.add_scatter(x=alarms, y=_found(tried), mode="lines", name=tr("model"))
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=charts.reference_line(), name=tr("by guessing"))
    point = at.false_alarms / max(at.false_alarms + at.passed, 1)
    _mark(figure, point, at.recall or 0.0)
    _axes(figure, tr("false alarms"), tr("found (recall)"))
    return (
        figure,
        tr(
            "It finds {recall} of {positive}, with false alarms in {alarms} of the others.",
            recall=share(at.recall),
            positive=positive,
            alarms=share(point),
        ),
    )


def _precision_recall(figure: Figure, tried: Counted, at: Counts, positive: str) -> tuple[Figure, str]:
    acted = tried["hits"] + tried["false_alarms"]
    right = _ratio(tried["hits"], acted)
    figure.add_scatter(x=_found(tried)[acted > 0], y=right[acted > 0], mode="lines", name=tr("model"))
    _mark(figure, at.recall or 0.0, 1.0 if at.precision is None else at.precision)
    _axes(figure, tr("found (recall)"), tr("right (precision)"))
    return (
        figure,
        tr(
            "Of the rows acted on {precision} are {positive}; it finds {recall} of all.",
            precision=share(at.precision),
            positive=positive,
            recall=share(at.recall),
        ),
    )


def _lift(figure: Figure, tried: Counted, at: Counts, positive: str) -> tuple[Figure, str]:
    acted, rows = tried["hits"] + tried["false_alarms"], max(at.rows, 1)
    base = max(at.hits + at.misses, 1) / rows
    kept = acted / rows >= FEWEST
    figure.add_scatter(
        x=(acted / rows)[kept], y=_ratio(tried["hits"], acted)[kept] / base, mode="lines", name="model"
    )
    figure.add_hline(y=1, line=charts.reference_line())
    lift = (base if at.precision is None else at.precision) / base
    _mark(figure, at.acted_on / rows, lift)
    _axes(figure, tr("rows acted on"), tr("times as often as in all rows"))
    figure.update_yaxes(tickformat="")
    return figure, tr(
        "Among the rows acted on {positive} is {lift} times as frequent as among all.",
        positive=positive,
        lift=number(lift, 2),
    )


def steps(table: ScoreTable) -> np.ndarray:
    """Return thresholds that part the rows of `table` evenly, nothing and everything among them."""
    rows = table.positives + table.negatives
    share = np.cumsum(rows) / max(rows.sum(), 1)
    places = np.unique(np.searchsorted(share, np.linspace(0, 1, POINTS), "left"))
    chosen = table.score[np.minimum(places, len(table.score) - 1)] if len(table.score) else []
    return np.unique(np.concatenate([[0.0], chosen, [1.0]]))


def _calibration(
    figure: Figure, scored: Judged, threshold: float, calibration: Calibration | None
) -> tuple[Figure, str]:
    drawn = {tr("model"): reliability(scored, None)}
    if calibration:
        drawn[tr("calibrated")] = reliability(scored, calibration)
    for name, groups in drawn.items():
        figure.add_scatter(x=groups.said, y=groups.true, mode="lines+markers", name=name)
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=charts.reference_line(), name=tr("as said"))
    chosen = list(drawn.values())[-1]
    at = counts(scored.test, threshold)
    group = np.searchsorted(np.cumsum(chosen.rows), at.rows - at.acted_on, "right")
    place = min(int(group), len(chosen.rows) - 1)
    said, true = float(chosen.said[place]), float(chosen.true[place])
    _mark(figure, said, true)
    _axes(figure, tr("probability said"), tr("share that came true"))
    errors = [number(100 * groups.error, 2) for groups in drawn.values()]
    facts = {
        "rows": decision_words.rows(scored.out_of_fold),
        "off": errors[0],
        "said": share(said),
        "true": share(true),
    }
    if not calibration:
        return figure, tr(
            "On {rows} it is off by {off} points on average; near the threshold it says {said}, and {true} came true.",
            **facts,
        )
    return figure, tr(
        "On {rows} it is off by {off} points (model) and {calibrated} points (calibrated) on average; near the"
        " threshold it says {said}, and {true} came true.",
        **facts,
        calibrated=errors[1],
    )


def _mark(figure: Figure, x: float, y: float) -> None:
    marker = {"size": 11, "symbol": "diamond", "color": charts.colors()[1]}
    figure.add_scatter(x=[x], y=[y], mode="markers", marker=marker, name=tr("chosen"))


def _axes(figure: Figure, x: str, y: str) -> None:
    figure.update_layout(xaxis_title=x, yaxis_title=y)
    figure.update_xaxes(tickformat=charts.PERCENT)
    figure.update_yaxes(tickformat=charts.PERCENT)


def _found(tried: Counted) -> np.ndarray:
    return _ratio(tried["hits"], tried["hits"] + tried["misses"])


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)
