"""The metric lines of the XGBoost container, `[0]\\ttrain-logloss:0.1\\tvalidation-logloss:0.2`, and what follows
from them on any backend: the round whose model is kept, and the best trial."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

METRIC_LINE = re.compile(r".*?\[(\d+)\]((?:\t[^\t:]+:[^\t]+)+)")


def metric_row(line: str) -> dict[str, float] | None:
    """{"round": 0, "train-logloss": 0.1, ...} of a metric line; None for any other line."""
    found = METRIC_LINE.fullmatch(line)
    if not found:
        return None
    row: dict[str, float] = {"round": int(found[1])}
    for part in found[2].strip("\t").split("\t"):
        name, _, value = part.rpartition(":")
        try:
            row[name] = float(value)
        except ValueError:
            return None
    return row


def kept_row(
    rows: Sequence[dict[str, float]],
    metric: str,
    maximize: bool,
    hyperparameters: Mapping[str, str],
    status: str = "Completed",
) -> dict[str, float] | None:
    """The row of the round whose model is kept, or of the best one so far; None where there is no row.

    With early stopping that is the best round by `metric` (as `validation-auc`), else the last. A job that somebody
    stopped keeps its last.
    """
    patience = int(hyperparameters.get("early_stopping_rounds") or 0)
    judged = [row for row in rows if math.isfinite(row.get(metric, math.nan))]
    if not patience or not judged or status == "Stopped":
        return rows[-1] if rows else None
    last = int(rows[-1]["round"])
    if status == "Completed" and last + 1 < int(hyperparameters.get("num_round", 0)):
        # The lines are rounded, and rounds that look equal are not: it stopped this many after its best.
        return next((row for row in rows if row["round"] == last - patience), rows[-1])
    return (max if maximize else min)(judged, key=lambda row: row[metric])


def trial_of(
    training_job: str,
    status: str,
    values: dict[str, str],
    request: Mapping[str, Any],
    rows: Sequence[dict[str, float]],
) -> dict[str, Any]:
    """A trial of the tuning job of `request` in the form of tuning.json: judged by the round whose model it keeps."""
    metric = metric_name(request["objective"])
    hyperparameters = request["training"]["hyperparameters"] | values
    row = kept_row(rows, metric, request["maximize"], hyperparameters, status) or {}
    value = row.get(metric, math.nan)
    found = {"objective": value, "round": int(row["round"])} if math.isfinite(value) else {"objective": None}
    return {"training_job": training_job, "values": values, **found, "status": status}


def best_trial(trials: Sequence[dict[str, Any]], maximize: bool) -> dict[str, Any] | None:
    """The Completed trial with the best objective, the first of those that tie."""
    good = [trial for trial in trials if trial["status"] == "Completed" and trial["objective"] is not None]
    best = (max if maximize else min)(good, key=lambda trial: trial["objective"], default=None)
    return best and {key: best[key] for key in ("training_job", "values", "objective")}


def metric_name(objective: str) -> str:
    """`validation:auc`, as SageMaker names objectives, to `validation-auc`, as XGBoost prints them."""
    return objective.replace(":", "-", 1)
