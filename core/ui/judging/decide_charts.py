"""The pictures of a decision: its cost by threshold, and the curves of a model with the chosen point on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.judging import decision as thresholds
from core.judging.calibration import Calibration, reliability
from core.judging.decision import Amounts
from core.judging.score_table import ScoreTable
from core.report import palette
from core.ui import charts

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

POINTS = 300  # of a curve
CURVES = ("ROC", "Precision and recall", "Lift", "Calibration")
FEWEST = 0.01  # share of the rows from which on lift is drawn: of fewer it is chance


def cost(table: ScoreTable, amounts: Amounts, threshold: float) -> Figure:
    """Return the cost per 1,000 rows by threshold, with a mark at the chosen one."""
    from plotly.graph_objects import Figure

    at = steps(table)
    figure = Figure()
    figure.add_scatter(x=at, y=thresholds.costs(table, at, amounts), mode="lines", name="cost")
    here = float(thresholds.costs(table, np.array([threshold]), amounts)[0])
    _mark(figure, threshold, here)
    for name, value in (("all", 0.0), ("none", 2.0)):
        level = float(thresholds.costs(table, np.array([value]), amounts)[0])
        figure.add_hline(y=level, line=charts.REFERENCE, annotation_text=f"act on {name}")
    figure.update_layout(title="Cost per 1,000 rows", xaxis_title="acted on from this probability on")
    figure.update_xaxes(tickformat=charts.PERCENT)
    figure.update_yaxes(rangemode="tozero")
    return figure


def curve(
    kind: str, table: ScoreTable, threshold: float, calibration: Calibration | None
) -> tuple[Figure, str]:
    """Return the curve `kind` of CURVES with the chosen point, and the same in words."""
    from plotly.graph_objects import Figure

    figure, at = Figure(), thresholds.counts(table, threshold)
    if kind == "Calibration":
        return _calibration(figure, table, calibration)
    tried = thresholds.curve(table, steps(table))
    found = _ratio(tried["hits"], tried["hits"] + tried["misses"])
    acted = tried["hits"] + tried["false_alarms"]
    right = _ratio(tried["hits"], acted)
    rows = max(table.rows, 1)
    if kind == "ROC":
        alarms = _ratio(tried["false_alarms"], tried["false_alarms"] + tried["passed"])
        figure.add_scatter(x=alarms, y=found, mode="lines", name="model")
        figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=charts.REFERENCE, name="by guessing")
        point = (at.false_alarms / max(at.false_alarms + at.passed, 1), at.recall or 0.0)
        _axes(figure, "false alarms", "found (recall)", percent=True)
    elif kind == "Lift":
        base = max(int(table.positives.sum()), 1) / rows
        kept = acted / rows >= FEWEST
        figure.add_scatter(x=(acted / rows)[kept], y=right[kept] / base, mode="lines", name="model")
        figure.add_hline(y=1, line=charts.REFERENCE)
        point = (at.acted_on / rows, (at.precision or base) / base)
        _axes(figure, "rows acted on", "times as many hits as by chance", percent=False)
    else:
        figure.add_scatter(x=found[acted > 0], y=right[acted > 0], mode="lines", name="model")
        point = (at.recall or 0.0, at.precision or 1.0)
        _axes(figure, "found (recall)", "right (precision)", percent=True)
    _mark(figure, *point)
    return figure, f"{kind} on the validation split; chosen: {point[0]:.1%}, {point[1]:.3g}"


def steps(table: ScoreTable) -> np.ndarray:
    """Return thresholds that part the rows of `table` evenly, nothing and everything among them."""
    rows = table.positives + table.negatives
    share = np.cumsum(rows) / max(rows.sum(), 1)
    places = np.unique(np.searchsorted(share, np.linspace(0, 1, POINTS), "left"))
    chosen = table.score[np.minimum(places, len(table.score) - 1)] if len(table.score) else []
    return np.unique(np.concatenate([[0.0], chosen, [1.0]]))


def _calibration(figure: Figure, table: ScoreTable, calibration: Calibration | None) -> tuple[Figure, str]:
    drawn = {"model": reliability(table)}
    if calibration:
        drawn["calibrated"] = reliability(table, calibration)
    for name, groups in drawn.items():
        figure.add_scatter(x=groups.said, y=groups.true, mode="lines+markers", name=name)
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line=charts.REFERENCE, name="as said")
    _axes(figure, "probability said", "share that came true", percent=True)
    errors = ", ".join(f"{name} {groups.error:.3f}" for name, groups in drawn.items())
    return figure, f"Probability said against the share that came true, in ten groups; mean error: {errors}"


def _mark(figure: Figure, x: float, y: float) -> None:
    marker = {"size": 11, "symbol": "diamond", "color": palette.COLORS[1]}
    figure.add_scatter(x=[x], y=[y], mode="markers", marker=marker, name="chosen")


def _axes(figure: Figure, x: str, y: str, percent: bool) -> None:
    figure.update_layout(xaxis_title=x, yaxis_title=y)
    figure.update_xaxes(tickformat=charts.PERCENT)
    if percent:
        figure.update_yaxes(tickformat=charts.PERCENT)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)
