"""Presets, and the check before launch: the container's own rules, in plain words or with its own messages.

A preset is a starting point that fits the problem; every hyperparameter of the container's schema can be
set on top of it. Values are strings, as SageMaker's CreateTrainingJob takes them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core import metric_words, traps
from core.backends import metrics
from core.container.errors import AlgorithmError, UserError
from core.container.hyperparameters import ALIASES, Description, describe, validate
from core.container.metric_names import more_is_better
from core.errors import BadHyperparameter
from core.language import either, joined, mark, tr
from core.numbers import fixed, number

if TYPE_CHECKING:
    from core.channels import ChannelFacts
    from core.container.parameter_types import Value
    from core.encoding.contract import Contract

DEFAULT_PRESET = "balanced"

# Objective and metrics by problem. Early stopping follows the last metric: a proper score, smoother than AUC.
OBJECTIVES = {"binary": "binary:logistic", "multiclass": "multi:softprob", "regression": "reg:squarederror"}
METRICS = {"binary": "auc,logloss", "multiclass": "merror,mlogloss", "regression": "mae,rmse"}
# Objectives that answer no probability (or that the container allows no AUC) need another one to follow:
# log loss of margins or of votes falls and rises with their scale.
OBJECTIVE_METRICS = {"binary:logitraw": "auc", "binary:hinge": "error", "reg:logistic": "logloss"}
# The ones to begin with, in the order of the form.
FIRST = (
    "num_round",
    "early_stopping_rounds",
    "eta",
    "max_depth",
    "min_child_weight",
    "subsample",
    "colsample_bytree",
    "gamma",
)
NUMBERS = ("Integer", "Continuous")  # kinds that have a range
NOT_OFFERED = (
    "csv_weights",
    "_kfold",
    "_num_cv_round",
    "_tuning_objective_metric",
    "interaction_constraints",
    "use_dask_gpu_training",
)
KEPT_WHEN_STOPPED = {"save_model_on_termination": "true"}  # a Training Job has it unless somebody says false
WEIGHTED = {"csv_weights": "1"}  # what Sendero adds where the EDA step has written weights after the labels
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
            mark("Many small steps that stop when the validation split stops improving. Start here."),
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
            mark("The notebook that Sendero replaces: 100 rounds, no early stopping."),
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
    """Return the preset's values for `problem`, with `given` on top (an empty value takes a name out), checked.

    `classes` is the number of label classes, for multiclass. Raises BadHyperparameter.
    """
    if preset not in PRESETS:
        raise BadHyperparameter(
            reason=tr(
                "There is no preset '{preset}'; there are: {presets}.",
                preset=preset,
                presets=", ".join(PRESETS),
            )
        )
    values = {"objective": OBJECTIVES[problem], "eval_metric": METRICS[problem]}
    if problem == "multiclass":
        values["num_class"] = str(classes)
    values |= PRESETS[preset].values
    # An alias beside its name would be a second value: which of them counts is left to the order of a map.
    given = {ALIASES.get(name, name): _tidy(name, value) for name, value in (given or {}).items()}
    if given.get("objective") in OBJECTIVE_METRICS:
        values["eval_metric"] = OBJECTIVE_METRICS[given["objective"]]
    values = {name: value for name, value in (values | given).items() if value != ""}
    # An objective that nobody knows is refused by `check`, in the container's own words.
    if values.get("objective", "") in ("", *_objectives()):
        fits(values, problem)
    avoid_traps(values, problem, classes)
    return values


def _tidy(name: str, value: str) -> str:
    """Strip blanks from the edges of `value`; in a list the container takes a blank for a part of a name."""
    parts = str(value).split(",") if name in ("eval_metric", "updater") else [str(value)]
    return ",".join(part.strip() for part in parts)


def check(values: Mapping[str, str]) -> dict[str, Value]:
    """Return `values` as the container reads them.

    Raises BadHyperparameter: in plain words where a number is out of range or a name unknown, for the rest with the
    container's own message.
    """
    _check_numbers(values)
    try:
        return validate(dict(values))
    except KeyError as error:  # as in the image, whose message is the bare name
        raise BadHyperparameter(
            reason=tr("eval_metric is given, and no {name}.", name=error.args[0])
        ) from error
    except (UserError, AlgorithmError) as error:
        raise BadHyperparameter(reason=f"{error}") from error


def described(name: str) -> Description:
    """Return the hyperparameter that `name` names, itself or by another name. Raises BadHyperparameter."""
    items = {item.name: item for item in describe()}
    name = ALIASES.get(name, name)
    if name not in items:
        near = difflib.get_close_matches(name, items, n=1)
        raise BadHyperparameter(
            reason=tr("There is no hyperparameter {name}; there is {near}.", name=name, near=near[0])
            if near
            else tr("There is no hyperparameter {name}.", name=name)
        )
    return items[name]


def _check_numbers(values: Mapping[str, str]) -> None:
    for name in values:
        described(name)
    for item in describe():
        name = item.name
        if (name in values or item.required) and not _within(item, values.get(name, "")):
            example = PRESETS[DEFAULT_PRESET].values.get(name, item.usual)
            taken = range_words(item)
            raise BadHyperparameter(
                reason=tr(
                    "{name} must be {taken}, such as {example}.", name=name, taken=taken, example=example
                )
                if _within(item, example)
                else tr("{name} must be {taken}.", name=name, taken=taken)
            )


def _within(item: Description, text: str) -> bool:
    """Return whether a number can be read as the container reads it, and is in its range; of all else True."""
    if item.kind not in NUMBERS:
        return True
    try:
        value = int(text) if item.kind == "Integer" else float(text)
    except ValueError:
        return False
    # Written as exclusions, so that nan is inside every range, as it is in the image: core/traps.py refuses it.
    below = item.low is not None and (value <= item.low if item.low_open else value < item.low)
    above = item.high is not None and (value >= item.high if item.high_open else value > item.high)
    return not (below or above)


def range_words(item: Description) -> str:
    """Return what a hyperparameter takes, in words: `a number from 0 to 1`, `auto, exact or hist`."""
    if item.choices and item.kind == "Categorical":
        return either(item.choices)
    if item.kind not in NUMBERS:
        if item.kind == "CommaSeparatedList":
            return tr("one or several, parted by commas, of {choices}", choices=", ".join(item.choices))
        return (
            tr("a list such as (1, 0, -1)") if item.kind == "Tuple" else tr("a list such as [[1, 2], [3, 4]]")
        )
    whole = item.kind == "Integer"
    if item.low is None or (whole and abs(item.low) >= 2**31 - 1):
        return tr("a whole number") if whole else tr("a number")
    below = "none" if item.high is None else "open" if item.high_open else "closed"
    text = _RANGES["open" if item.low_open else "closed", below][whole]
    return tr(text, low=f"{item.low:g}", high="" if item.high is None else f"{item.high:g}")


# By (the lower end, the upper end): of any number, of whole ones.
_RANGES = {
    ("open", "none"): (mark("a number above {low}"), mark("a whole number above {low}")),
    ("closed", "none"): (mark("a number of at least {low}"), mark("a whole number of at least {low}")),
    ("closed", "closed"): (
        mark("a number from {low} to {high}"),
        mark("a whole number from {low} to {high}"),
    ),
    ("open", "open"): (
        mark("a number above {low} and below {high}"),
        mark("a whole number above {low} and below {high}"),
    ),
    ("open", "closed"): (
        mark("a number above {low}, at most {high}"),
        mark("a whole number above {low}, at most {high}"),
    ),
}
_RANGES["closed", "open"] = _RANGES["closed", "closed"]


def fits(values: Mapping[str, str], problem: str) -> None:
    """Refuse an objective made for another kind of label. Raises BadHyperparameter."""
    objective = values.get("objective", "")
    if not (objective or "reg:squarederror").startswith(FAMILIES[problem]):
        raise BadHyperparameter(
            reason=tr(
                "The objective {objective} does not fit a {problem} target; try {other}.",
                objective=objective or tr("reg:squarederror (none is given)"),
                problem=problem,
                other=OBJECTIVES[problem],
            )
        )


def _objectives() -> tuple[str, ...]:
    return next(item.choices for item in describe() if item.name == "objective")


def avoid_traps(
    values: Mapping[str, str],
    problem: str,
    classes: int,
    channels: Sequence[ChannelFacts] = (),
    tuned: bool = False,
) -> None:
    """Refuse what the container takes and then fails at, or trains wrongly (core/traps.py).

    `channels`: what train and validation hold, once that is known. Raises BadHyperparameter.
    """
    traps.refuse(traps.PlannedTraining(check(values), problem, classes, channels, tuned), METRICS[problem])


def early_stopping_metric(values: Mapping[str, str]) -> tuple[str, bool]:
    """Return (the metric that is watched, e.g. "validation:logloss"; True when more is better)."""
    metric = (values.get("eval_metric") or "rmse").split(",")[-1].strip()
    return f"validation:{metric}", more_is_better(metric)


def kept_row(
    rows: Sequence[dict[str, float]], values: Mapping[str, str], status: str, kept_rounds: int = 0
) -> dict[str, float]:
    """Return the metrics of the round whose model a Training Job keeps (the best so far while it runs), or {}.

    `kept_rounds`: how many rounds the model of a stopped job has, where the job says so.
    """
    if kept_rounds:
        return next((row for row in rows if row["round"] == kept_rounds - 1), {})
    metric, maximize = early_stopping_metric(values)
    return metrics.kept_row(rows, metrics.metric_name(metric), maximize, values, status) or {}


def kept_words(
    rows: Sequence[dict[str, float]], values: Mapping[str, str], status: str, kept_rounds: int = 0
) -> str:
    """Return a sentence or two that say which round is kept, and what came after it; rounds count from 0, as in
    XGBoost's lines.

    Of a job that did not end by itself its own message says what was kept, where `kept_rounds` does not.
    """
    row = kept_row(rows, values, status, kept_rounds)
    if not row or (status in ("Failed", "Stopped") and not kept_rounds):
        return ""
    metric = metrics.metric_name(early_stopping_metric(values)[0])
    label = metric_words.label(metric.removeprefix("validation-"))
    best, last = int(row["round"]), int(rows[-1]["round"])
    facts = {"round": best, "last": last, "metric": label, "value": number(row.get(metric), 5)}
    follows = "early_stopping_rounds" in values and metric in row
    turned = follows and best < last
    if status in ("InProgress", "Stopping"):
        if not follows:
            return ""
        so_far = tr("Best so far: round {round}, {metric} of validation {value}.", **facts)
        more = tr("Validation may have turned there: {rounds} more gave nothing.", rounds=last - best)
        return joined([so_far, more]) if turned else so_far
    if best < last:
        kept = (
            tr(
                "The model of the best round is kept: round {round} of 0 to {last}, "
                "{metric} of validation {value}.",
                **facts,
            )
            if metric in row
            else tr("The model of the best round is kept: round {round} of 0 to {last}.", **facts)
        )
        more = tr("Validation turned there: {rounds} more gave nothing.", rounds=last - best)
        return joined([kept, more]) if turned else kept
    said = [
        tr("The model of the last round is kept: round {round}, {metric} of validation {value}.", **facts)
        if metric in row
        else tr("The model of the last round is kept: round {round}.", **facts)
    ]
    if follows and status == "Completed":
        said.append(tr("Validation was still improving: more rounds may do better."))
    # The image on AWS saves the round that it is at; on this machine Sendero cuts the model at its best one.
    top = kept_row(rows, values, "InProgress") if status == "Stopped" else row
    if top["round"] < row["round"] and top[metric] != row.get(metric):
        said.append(
            tr(
                "It was better in round {round} ({value}): AWS does not cut a stopped job's model there.",
                round=fixed(top["round"], 0),
                value=number(top[metric], 5),
            )
        )
    return joined(said)


def rounds_left(
    rows: Sequence[dict[str, float]], values: Mapping[str, str], seconds: float
) -> tuple[float, float]:
    """Return the most seconds that a job may still train, and those if validation improves no more, from the mean
    time of a round so far; `seconds`: since it began.
    """
    done = int(rows[-1]["round"]) + 1
    left = max(int(values["num_round"]) - done, 0)
    patience = int(values.get("early_stopping_rounds") or 0)
    since = done - 1 - int(kept_row(rows, values, "InProgress")["round"])
    without = min(left, max(patience - since, 0)) if patience else left
    return left * seconds / done, without * seconds / done


def weights_words(values: Mapping[str, str]) -> str:
    """Return a sentence that says where rows count by their weight, "" of a run without weights."""
    if not WEIGHTED.items() <= values.items():
        return ""
    return tr(
        "Rows count by their weight in training and in the curve of validation; in the results they count alike."
    )


# Traps whose metrics are refused to be followed only: beside the one that is followed they do no harm to the model.
UNTRUE = ("cut_at_zero", "votes_cut_at_zero", "no_probabilities")


def not_to_be_read(values: Mapping[str, str]) -> list[str]:
    """Return a sentence for each metric of `values` that the image computes wrongly, whether it is followed or not."""
    rows = [trap for trap in traps.TRAPS if trap.name in UNTRUE]
    sentences: list[str] = []
    for metric in values.get("eval_metric", "").split(","):
        alone = traps.PlannedTraining({"objective": values.get("objective", ""), "eval_metric": [metric]}, "")
        if any(trap.caught(alone) for trap in rows):
            sentences.append(
                tr(
                    "{metric} is not to be read: with {objective} the image computes it wrongly.",
                    metric=metric,
                    objective=alone.objective,
                )
            )
    return sentences


def monotone_constraints(contract: Contract, signs: Mapping[str, int]) -> str:
    """Return the hyperparameter of that name: of each feature in order 1 where the answer may only rise with it, -1
    where it may only fall, else 0; "" where no column has a sign. `signs`: {column that is one feature: sign}.
    """
    directed = {
        feature: signs.get(column.name, 0) for column in contract.columns for feature in column.features
    }
    return str(tuple(directed.values())).replace(" ", "") if any(directed.values()) else ""


def directions_in(contract: Contract, text: str) -> dict[str, int]:
    """Return the `signs` of `monotone_constraints`; none where it is for other features than those of the contract."""
    signs = re.findall(r"-?\d+", text)
    if len(signs) != len(contract.features):
        return {}
    by_feature = dict(zip(contract.features, map(int, signs), strict=True))
    ones = [column for column in contract.columns if len(column.features) == 1]
    return {column.name: by_feature[next(iter(column.features))] for column in ones}


# What a first tuning tries: the four that matter most, within the ranges that AWS recommends for them.
DEFAULT_RANGES = {
    "eta": (0.03, 0.3),
    "max_depth": (3, 10),
    "min_child_weight": (1, 20),
    "subsample": (0.5, 1.0),
}


def schema() -> tuple[Description, ...]:
    """Return every hyperparameter to choose, with its range as the container's messages show it.

    What is refused whatever its value is not offered.
    """
    return tuple(told(item) for item in describe() if item.name not in NOT_OFFERED)


def told(item: Description) -> Description:
    """Return a hyperparameter whose texts are in the reader's language."""
    return replace(item, does=tr(item.does), when=tr(item.when), usual=tr(item.usual))


def extremes(values: Mapping[str, str], ranges: Mapping[str, tuple[float, float]]) -> list[dict[str, str]]:
    """Return `values` with each range at either of its ends: the edges of what a tuning job may try."""
    return [dict(values) | {name: f"{end:g}"} for name, ends in ranges.items() for end in ends]


def checked_ranges(ranges: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Return `ranges` if each names a tunable number and both ends are allowed. Raises BadHyperparameter."""
    tunable = {item.name for item in describe() if item.tunable}
    for name, (low, high) in ranges.items():
        if name not in tunable:
            reason = tr(
                "{name} cannot be tuned; these can: {names}.", name=name, names=", ".join(sorted(tunable))
            )
            raise BadHyperparameter(reason=reason)
        if not low < high:
            raise BadHyperparameter(
                reason=tr(
                    "The range of {name} must rise: {low} to {high} does not.",
                    name=name,
                    low=f"{low:g}",
                    high=f"{high:g}",
                )
            )
        for end in (low, high):
            check({"num_round": "1", name: f"{end:g}"})
    return dict(ranges)
