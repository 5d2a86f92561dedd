"""The pictures of a decision: its cost by threshold, and the curves of a model with the chosen point on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.judging import decision as thresholds
from core.judging import decision_words
from core.judging.calibration import Calibration
from core.judging.decision import Amounts, Counts, counts
from core.judging.decision_words import percent
from core.judging.score_table import ScoreTable
from core.numbers import number, share
from core.ui import charts
from core.verbs.decide import Judged, reliability

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Counted = dict[str, np.ndarray]

POINTS = 300  # of a curve
CURVES = ("ROC", "Precision and recall", "Lift", "Calibration")
NOBODY = 2.0  # a threshold that no probability reaches
FEWEST = 0.01  # share of the rows from which on lift is drawn: of fewer it is chance


def cost(table: ScoreTable, amounts: Amounts, threshold: float) -> tuple[Figure, str]:
    """Return the cost per 1,000 rows by threshold, with a mark at the chosen one, and the same in words."""
    from plotly.graph_objects import Figure

    at = steps(table)
    figure = Figure()
    figure.add_scatter(x=at, y=thresholds.costs(table, at, amounts), mode="lines", name="cost")
    here, all_rows, none = (thresholds.cost(table, value, amounts) for value in (threshold, 0.0, NOBODY))
    _mark(figure, threshold, here)
    for name, level in (("all", all_rows), ("none", none)):
        figure.add_hline(y=level, line=charts.reference_line(), annotation_text=f"act on {name}")
    figure.update_layout(title="Cost per 1,000 rows", xaxis_title="acted on from this probability on")
    figure.update_xaxes(tickformat=charts.PERCENT)
    figure.update_yaxes(rangemode="tozero")
    levels = f"on all {number(all_rows, 3)}, on none {number(none, 3)}"
    words = f"From {percent(threshold)} on it costs {number(here, 3)}, {levels}."
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
    figure.add_scatter(x=alarms, y=_found(tried), mode="lines", name="model")
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=charts.reference_line(), name="by guessing")
    point = at.false_alarms / max(at.false_alarms + at.passed, 1)
    _mark(figure, point, at.recall or 0.0)
    _axes(figure, "false alarms", "found (recall)")
    return (
        figure,
        f"It finds {share(at.recall)} of {positive}, with false alarms in {share(point)} of the others.",
    )


def _precision_recall(figure: Figure, tried: Counted, at: Counts, positive: str) -> tuple[Figure, str]:
    acted = tried["hits"] + tried["false_alarms"]
    right = _ratio(tried["hits"], acted)
    figure.add_scatter(x=_found(tried)[acted > 0], y=right[acted > 0], mode="lines", name="model")
    _mark(figure, at.recall or 0.0, 1.0 if at.precision is None else at.precision)
    _axes(figure, "found (recall)", "right (precision)")
    return (
        figure,
        f"Of the rows acted on {share(at.precision)} are {positive}; it finds {share(at.recall)} of all.",
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
    _axes(figure, "rows acted on", "times as often as in all rows")
    figure.update_yaxes(tickformat="")
    return figure, f"Among the rows acted on {positive} is {number(lift, 2)} times as frequent as among all."


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
    drawn = {"model": reliability(scored, None)}
    if calibration:
        drawn["calibrated"] = reliability(scored, calibration)
    for name, groups in drawn.items():
        figure.add_scatter(x=groups.said, y=groups.true, mode="lines+markers", name=name)
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=charts.reference_line(), name="as said")
    chosen = list(drawn.values())[-1]
    at = counts(scored.test, threshold)
    group = np.searchsorted(np.cumsum(chosen.rows), at.rows - at.acted_on, "right")
    place = min(int(group), len(chosen.rows) - 1)
    said, true = float(chosen.said[place]), float(chosen.true[place])
    _mark(figure, said, true)
    _axes(figure, "probability said", "share that came true")
    errors = {name: f"{number(100 * groups.error, 2)} points" for name, groups in drawn.items()}
    off = (
        " and ".join(f"{error} ({name})" for name, error in errors.items())
        if calibration
        else errors["model"]
    )
    rows = decision_words.rows(scored.out_of_fold)
    near = f"near the threshold it says {share(said)}, and {share(true)} came true"
    return figure, f"On {rows} it is off by {off} on average; {near}."


def _mark(figure: Figure, x: float, y: float) -> None:
    marker = {"size": 11, "symbol": "diamond", "color": charts.colors()[1]}
    figure.add_scatter(x=[x], y=[y], mode="markers", marker=marker, name="chosen")


def _axes(figure: Figure, x: str, y: str) -> None:
    figure.update_layout(xaxis_title=x, yaxis_title=y)
    figure.update_xaxes(tickformat=charts.PERCENT)
    figure.update_yaxes(tickformat=charts.PERCENT)


def _found(tried: Counted) -> np.ndarray:
    return _ratio(tried["hits"], tried["hits"] + tried["misses"])


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)
