"""Presets, and the check before launch: the container's own rules, with its own messages.

A preset is a starting point that fits the problem; every hyperparameter of the container's schema can be
set on top of it. Values are strings, as SageMaker's CreateTrainingJob takes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.container.errors import AlgorithmError, UserError
from core.container.hyperparameters import Description, describe, validate
from core.container.metric_names import MAXIMIZE
from core.errors import BadHyperparameter

DEFAULT_PRESET = "balanced"

# Objective and metrics by problem. Early stopping follows the last metric: a proper score, smoother than AUC.
OBJECTIVES = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}
METRICS = {"binary": "auc,logloss", "multiclass": "merror,mlogloss", "regression": "mae,rmse"}
# Objectives that answer no probability (or that the container allows no AUC) need another one to follow:
# log loss of margins or of votes falls and rises with their scale.
OBJECTIVE_METRICS = {"binary:logitraw": "auc", "binary:hinge": "error", "reg:logistic": "logloss"}
# Metrics that XGBoost can compute for one kind of label only; the container finds out in the first round.
MULTICLASS_METRICS = frozenset({"merror", "mlogloss"})
SINGLE_METRICS = frozenset({"error", "logloss", "mape", "rmsle", "gamma-nloglik", "poisson-nloglik"})
FAMILIES = {
    "binary": ("binary:", "reg:logistic"),
    "multiclass": ("multi:",),
    "regression": ("reg:", "count:", "rank:"),
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A named starting point: what it is for, and its values without objective and metrics."""

    name: str
    purpose: str
    values: Mapping[str, str]


PRESETS = {
    preset.name: preset
    for preset in (
        Preset(
            "balanced",
            "Many small steps that stop when the validation split stops improving. Start here.",
            {
                "num_round": "500",
                "early_stopping_rounds": "20",
                "eta": "0.1",
                "max_depth": "6",
                "min_child_weight": "2",
                "subsample": "0.8",
                "colsample_bytree": "0.8",
                "tree_method": "hist",
                "seed": "0",
            },
        ),
        Preset(
            "seed",
            "The notebook that Sendero replaces: 100 rounds, no early stopping.",
            {
                "num_round": "100",
                "eta": "0.2",
                "max_depth": "5",
                "gamma": "4",
                "min_child_weight": "6",
                "subsample": "0.8",
                "tree_method": "hist",
            },
        ),
    )
}


def resolve(
    preset: str, problem: str, classes: int, given: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The preset's values for `problem`, with `given` on top (an empty value takes a name out), checked.

    `classes` is the number of label classes, for multiclass. Raises BadHyperparameter.
    """
    if preset not in PRESETS:
        raise BadHyperparameter(reason=f"There is no preset '{preset}'; there are: {', '.join(PRESETS)}.")
    values = {"objective": OBJECTIVES[problem], "eval_metric": METRICS[problem]}
    if problem == "multiclass":
        values["num_class"] = str(classes)
    values |= PRESETS[preset].values
    given = {name: str(value).strip() for name, value in (given or {}).items()}
    if given.get("objective") in OBJECTIVE_METRICS:
        values["eval_metric"] = OBJECTIVE_METRICS[given["objective"]]
    values = {name: value for name, value in (values | given).items() if value != ""}
    # An objective that nobody knows is refused by `check`, in the container's own words.
    if values.get("objective", "") in ("", *_objectives()):
        fits(values, problem)
    return check(values)


def check(values: Mapping[str, str]) -> dict[str, str]:
    """`values` unchanged if the container would take them. Raises BadHyperparameter with its message."""
    try:
        validate(dict(values))
    except (UserError, AlgorithmError, KeyError) as error:
        raise BadHyperparameter(reason=f"{error}") from error
    return dict(values)


def fits(values: Mapping[str, str], problem: str) -> None:
    """Refuse an objective or a metric made for another kind of label. Raises BadHyperparameter."""
    objective = values.get("objective", "")
    if not objective.startswith(FAMILIES[problem]):
        raise BadHyperparameter(
            reason=f"The objective {objective or 'reg:squarederror (none is given)'} does not fit a {problem}"
            f" target; try {OBJECTIVES[problem]}."
        )
    foreign = SINGLE_METRICS if problem == "multiclass" else MULTICLASS_METRICS
    for metric in values.get("eval_metric", "").split(","):
        if metric.strip().split("@")[0] in foreign:
            raise BadHyperparameter(
                reason=f"The metric {metric.strip()} does not fit a {problem} target; try {METRICS[problem]}."
            )


def _objectives() -> tuple[str, ...]:
    return next(item.choices for item in describe() if item.name == "objective")


def early_stopping_metric(values: Mapping[str, str]) -> tuple[str, bool]:
    """(metric that is watched, e.g. "validation:logloss"; True when more is better)."""
    metric = values.get("eval_metric", "").split(",")[-1].strip() or "rmse"
    return f"validation:{metric}", metric.split("@")[0] in MAXIMIZE


# What a first tuning tries: the four that matter most, within the ranges that AWS recommends for them.
DEFAULT_RANGES = {
    "eta": (0.03, 0.3),
    "max_depth": (3, 10),
    "min_child_weight": (1, 20),
    "subsample": (0.5, 1.0),
}


def schema() -> tuple[Description, ...]:
    """Every hyperparameter that the container takes, with its range as its messages show it."""
    return describe()


def checked_ranges(ranges: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """`ranges` if each names a tunable number and both ends are allowed. Raises BadHyperparameter."""
    tunable = {item.name for item in describe() if item.tunable}
    for name, (low, high) in ranges.items():
        if name not in tunable:
            reason = f"{name} cannot be tuned; these can: {', '.join(sorted(tunable))}."
            raise BadHyperparameter(reason=reason)
        if not low < high:
            raise BadHyperparameter(reason=f"The range of {name} must rise: {low:g} to {high:g} does not.")
        for end in (low, high):
            check({"num_round": "1", name: f"{end:g}"})
    return dict(ranges)
