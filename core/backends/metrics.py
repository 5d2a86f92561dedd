"""The metric lines of the XGBoost container, `[0]\\ttrain-logloss:0.1\\tvalidation-logloss:0.2`, and what follows
from them on any backend: the round whose model is kept, and the best trial of a tuning job."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict, TypeGuard, cast

from core.backends.records import is_object
from core.errors import StorageDamaged
from core.language import tr

if TYPE_CHECKING:
    from core.backends.record_types import TuningRequestJson

METRIC_LINE = re.compile(r".*?\[(\d+)\]((?:\t[^\t:]+:[^\t]+)+)")


class BestTrial(TypedDict):
    """The trial of a tuning job whose model is the best."""

    training_job: str
    values: dict[str, str]
    objective: float | None


class Trial(BestTrial):
    """One Training Job of a tuning job, with the values that it drew."""

    round: NotRequired[int]  # whose model is kept, where its log tells
    status: str
    seconds: NotRequired[float]  # that it has run, on AWS those for which it had its instances
    ended_early: NotRequired[bool]  # by its tuning job, which saw that it stays behind


class Importance(TypedDict):
    """Which hyperparameters mattered to the objective, the most important first; the shares add up to 1."""

    by: str  # how that was measured
    shares: dict[str, float]


class TuningGain(TypedDict):
    """By how much the best trial is better than the one with the given values, on the same validation rows.

    `low` and `high` are of an interval that allows for the best being the luckiest of `tried`.
    """

    value: float
    low: float
    high: float
    rows: int
    tried: int


class TuningResult(TypedDict):
    """tuning.json: the trials so far, those of the tuning jobs that it goes on from first, and the best of them."""

    trials: list[Trial]
    best: BestTrial | None
    objective: str
    seconds: NotRequired[float]  # that the tuning job has taken
    at_once: NotRequired[int]  # trials
    out_of_time: NotRequired[bool]  # its minutes were up before its trials were
    importance: NotRequired[Importance]
    gain: NotRequired[TuningGain | None]  # None where it cannot be told for the metric


def metric_row(line: str) -> dict[str, float] | None:
    """Return {"round": 0, "train-logloss": 0.1, ...} of a metric line; None for any other line."""
    match = METRIC_LINE.fullmatch(line)
    if not match:
        return None
    row: dict[str, float] = {"round": int(match[1])}
    for part in match[2].strip("\t").split("\t"):
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
    """Return the row of the round whose model is kept, or of the best one so far; None where there is no row.

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
    request: TuningRequestJson,
    rows: Sequence[dict[str, float]],
) -> Trial:
    """Return a trial of the tuning job of `request`, judged by the round whose model it keeps."""
    metric = metric_name(request["objective"])
    hyperparameters = request["training"]["hyperparameters"] | values
    row = kept_row(rows, metric, request["maximize"], hyperparameters, status) or {}
    value = row.get(metric, math.nan)
    if not math.isfinite(value):
        return {"training_job": training_job, "values": values, "objective": None, "status": status}
    return {
        "training_job": training_job,
        "values": values,
        "objective": value,
        "round": int(row["round"]),
        "status": status,
    }


def best_trial(trials: Sequence[Trial], maximize: bool) -> BestTrial | None:
    """Return the Completed trial with the best objective, the first of those that tie; None where there is none."""
    judged = [
        (trial["objective"], trial)
        for trial in trials
        if trial["status"] == "Completed" and trial["objective"] is not None
    ]
    if not judged:
        return None
    _, best = (max if maximize else min)(judged, key=lambda pair: pair[0])
    return {"training_job": best["training_job"], "values": best["values"], "objective": best["objective"]}


def start_of(trials: Sequence[Trial]) -> Trial | None:
    """Return the trial with the given values, if it ended with an objective."""
    return next(
        (
            trial
            for trial in trials
            if not trial["values"] and trial["status"] == "Completed" and trial["objective"] is not None
        ),
        None,
    )


def checked_trials(result: Mapping[str, object], key: str) -> TuningResult:
    """Return `result` if it is what a tuning job writes of its trials. Raises StorageDamaged."""
    trials = result.get("trials")
    if (
        not isinstance(trials, list)
        or not all(map(_is_trial, cast("list[object]", trials)))
        or not _is_best(result.get("best"), cast("list[Trial]", trials))
    ):
        raise StorageDamaged(key=key, reason=tr("Its trials are not what a tuning job writes."))
    # What is said of the trials beside them is left out where it is damaged.
    kept = {name: value for name, value in result.items() if name not in BESIDE or BESIDE[name](value)}
    return cast("TuningResult", {"best": None, **kept})


def _is_gain(value: object) -> bool:
    return is_object(value) and all(
        isinstance(value.get(name), int | float) for name in TuningGain.__annotations__
    )


def _is_importance(value: object) -> bool:
    shares = value.get("shares") if is_object(value) else None
    numbers = is_object(shares) and bool(shares) and all(isinstance(each, float) for each in shares.values())
    return numbers and is_object(value) and isinstance(value.get("by"), str)


BESIDE: dict[str, Callable[[object], bool]] = {
    "seconds": lambda value: isinstance(value, int | float),
    "at_once": lambda value: isinstance(value, int),
    "importance": _is_importance,
    "gain": _is_gain,
}


def _is_best(best: object, trials: Sequence[Trial]) -> bool:
    """Return whether it is none, or what `best_trial` says of one of the trials: its main fields."""
    if not is_object(best) or "training_job" not in best:
        return best is None
    return any(best.items() <= trial.items() for trial in trials)


def _is_trial(trial: object) -> TypeGuard[Trial]:
    return (
        is_object(trial)
        and all(isinstance(trial.get(field), str) for field in ("training_job", "status"))
        and isinstance(trial.get("values"), dict)
        and isinstance(trial.get("objective", ""), int | float | None)
    )


def metric_name(objective: str) -> str:
    """Return `validation-auc`, as XGBoost prints it, for `validation:auc`, as SageMaker names objectives."""
    return objective.replace(":", "-", 1)
