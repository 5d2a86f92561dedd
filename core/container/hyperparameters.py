"""The hyperparameter schema of the container, and its check, in its own words.

Imports neither numpy nor XGBoost: pages use it to check a form before a job is launched.

    validate({"num_round": "10", "eta": "1.5"})      # UserError: Hyperparameter eta: 1.5 is not in [0, 1]
    describe()                                       # the schema as plain data, for forms and documentation

Source: `schema/algorithm_schema.json` of the recordings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.container import parameter_rules as rules
from core.container.errors import AlgorithmError, UserError
from core.container.metric_names import MAXIMIZE, MINIMIZE
from core.container.parameter_types import (
    CategoricalParameter,
    ContinuousParameter,
    IntegerParameter,
    Interval,
    ListParameter,
    NestedListParameter,
    Parameter,
    TupleParameter,
    Value,
)

ALIASES = {"learning_rate": "eta", "min_split_loss": "gamma", "reg_lambda": "lambda", "reg_alpha": "alpha"}

_FROM_0 = Interval(low=0)
_FROM_1 = Interval(low=1)
_0_TO_1 = Interval(low=0, high=1)
_SHARE = Interval(low=0, high=1, low_open=True)
_ABOVE_0 = Interval(low=0, low_open=True)
_FLAG = ["true", "false"]

# fmt: off
_UPDATERS = [
    "grow_colmaker", "distcol", "grow_histmaker", "grow_skmaker", "sync", "refresh", "prune",
    # Listed twice in the image, and its message shows them so.
    "grow_colmaker", "distcol", "grow_histmaker", "grow_colmaker", "shotgun", "coord_descent", "refresh", "prune",
]
_OBJECTIVES = [
    "aft_loss_distribution", "binary:logistic", "binary:logitraw", "binary:hinge", "count:poisson",
    "multi:softmax", "multi:softprob", "rank:pairwise", "rank:ndcg", "rank:map", "reg:linear",
    "reg:squarederror", "reg:logistic", "reg:gamma", "reg:pseudohubererror", "reg:squaredlogerror",
    "reg:absoluteerror", "reg:tweedie", "survival:aft", "survival:cox",
]

PARAMETERS: tuple[Parameter[Any], ...] = (
    IntegerParameter("num_round", _FROM_1, required=True, tunable=Interval(1, 4000)),
    IntegerParameter("csv_weights", _0_TO_1),
    IntegerParameter("early_stopping_rounds", _FROM_1),
    CategoricalParameter("booster", ["gbtree", "gblinear", "dart"]),
    IntegerParameter("verbosity", Interval(0, 3)),
    IntegerParameter("nthread", _FROM_1),
    ContinuousParameter("eta", _0_TO_1, tunable=Interval(0.1, 0.5)),
    ContinuousParameter("gamma", _FROM_0, tunable=Interval(0, 5)),
    IntegerParameter("max_depth", _FROM_0, tunable=Interval(0, 10)),
    ContinuousParameter("min_child_weight", _FROM_0, tunable=Interval(0, 120)),
    ContinuousParameter("max_delta_step", _FROM_0, tunable=Interval(0, 10)),
    ContinuousParameter("subsample", _SHARE, tunable=Interval(0.5, 1)),
    ContinuousParameter("colsample_bytree", _SHARE, tunable=Interval(0.5, 1)),
    ContinuousParameter("colsample_bylevel", _SHARE, tunable=Interval(0.1, 1)),
    ContinuousParameter("colsample_bynode", _SHARE, tunable=Interval(0.1, 1)),
    ContinuousParameter("lambda", _FROM_0, tunable=Interval(0, 1000)),
    ContinuousParameter("alpha", _FROM_0, tunable=Interval(0, 1000)),
    CategoricalParameter("tree_method", ["auto", "exact", "approx", "hist", "gpu_hist"]),
    ContinuousParameter("sketch_eps", Interval(0, 1, low_open=True, high_open=True)),
    ContinuousParameter("scale_pos_weight", _ABOVE_0),
    ListParameter("updater", _UPDATERS, depends_on=("booster", "process_type"), rule=rules.updater),
    CategoricalParameter("dsplit", ["row", "col"]),
    IntegerParameter("refresh_leaf", _0_TO_1),
    CategoricalParameter("process_type", ["default", "update"]),
    CategoricalParameter("grow_policy", ["depthwise", "lossguide"]),
    IntegerParameter("max_leaves", _FROM_0),
    IntegerParameter("max_bin", _FROM_0),
    CategoricalParameter("predictor", ["auto", "cpu_predictor", "gpu_predictor"]),
    TupleParameter(
        "monotone_constraints", [-1, 0, 1], depends_on=("tree_method",), rule=rules.monotone_constraints
    ),
    NestedListParameter(
        "interaction_constraints", _FROM_1, depends_on=("tree_method",), rule=rules.interaction_constraints
    ),
    CategoricalParameter("sample_type", ["uniform", "weighted"]),
    CategoricalParameter("normalize_type", ["tree", "forest"]),
    ContinuousParameter("rate_drop", _0_TO_1),
    IntegerParameter("one_drop", _0_TO_1),
    ContinuousParameter("skip_drop", _0_TO_1),
    ContinuousParameter("lambda_bias", _0_TO_1),
    ContinuousParameter("tweedie_variance_power", Interval(1, 2, low_open=True, high_open=True)),
    CategoricalParameter("objective", _OBJECTIVES, depends_on=("num_class",), rule=rules.objective),
    IntegerParameter("num_class", Interval(low=2)),
    ContinuousParameter("base_score", _FROM_0),
    IntegerParameter("_kfold", Interval(low=2)),
    IntegerParameter("_num_cv_round", _FROM_1),
    CategoricalParameter("_tuning_objective_metric", [f"validation:{name}" for name in MAXIMIZE + MINIMIZE]),
    ListParameter("eval_metric", rules.MetricRange(), depends_on=("objective",), rule=rules.eval_metric),
    IntegerParameter("seed", Interval(-(2**31), 2**31 - 1, low_open=True, high_open=True)),
    IntegerParameter("num_parallel_tree", _FROM_1),
    CategoricalParameter("save_model_on_termination", _FLAG),
    CategoricalParameter("aft_loss_distribution", ["normal", "logistic", "extreme"]),
    ContinuousParameter("aft_loss_distribution_scale", _FROM_0),
    CategoricalParameter("deterministic_histogram", _FLAG),
    CategoricalParameter("sampling_method", ["uniform", "gradient_based"]),
    IntegerParameter("prob_buffer_row", Interval(low=1.0, low_open=True)),
    CategoricalParameter("use_dask_gpu_training", _FLAG),
)
# fmt: on

_BY_NAME: dict[str, Parameter[Any]] = {parameter.name: parameter for parameter in PARAMETERS}


@dataclass(frozen=True, slots=True)
class Description:
    """One hyperparameter as plain data.

    Attributes:
        kind: Integer, Continuous, Categorical, CommaSeparatedList, NestedList or Tuple.
        range_text: as the container's messages show it, e.g. `(0, 1]`.
        choices: the values of a categorical; empty for the other kinds.
        low, high: bounds of a number's range, None where open-ended; `low_open`/`high_open` leave the bound out.
        default: always None: the container leaves defaults to XGBoost.
        tunable: recommended (lowest, highest) for tuning; None when it cannot be tuned.
        aliases: other names that the container accepts.
    """

    name: str
    kind: str
    range_text: str
    required: bool
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    default: str | None = None
    depends_on: tuple[str, ...] = ()
    tunable: tuple[float, float] | None = None
    aliases: tuple[str, ...] = ()


def describe() -> tuple[Description, ...]:
    """Return the whole schema, in the container's order."""
    return tuple(_description(parameter) for parameter in PARAMETERS)


def validate(raw: Mapping[str, str]) -> dict[str, Value]:
    """Check hyperparameters as the container does when a training job starts.

    Args:
        raw: name -> text, as in `hyperparameters.json`. Not changed.

    Returns:
        name -> value (int, float, str, list or tuple), aliases replaced.

    Raises:
        UserError: a required one is missing, one is unknown, cannot be read, is out of range, or contradicts
            another. The first in the container's order of checks.
        AlgorithmError: the value's type fits no comparison with the range.
        KeyError: `eval_metric` without `objective`: so it is in the image.
    """
    given = {ALIASES.get(name, name): text for name, text in raw.items()}
    for parameter in PARAMETERS:
        if parameter.required and parameter.name not in given:
            raise UserError(f"Missing required hyperparameter: {parameter.name}")

    values: dict[str, Value] = {}
    for name, text in given.items():
        if name not in _BY_NAME:
            raise UserError(f"Extraneous hyperparameter found: {name}")
        try:
            values[name] = _BY_NAME[name].parse(text)
        except ValueError as error:
            raise UserError(f"Hyperparameter {name}: could not parse value", caused_by=error) from error

    for name, value in values.items():
        try:
            _BY_NAME[name].check(value)
        except UserError:
            raise
        except Exception as error:
            message = f"Hyperparameter {name}: unexpected failure when validating {value}"
            raise AlgorithmError(message, caused_by=error) from error

    checked: dict[str, Value] = {}
    for name in _dependencies_first(values):
        parameter = _BY_NAME[name]
        if parameter.rule:
            parameter.rule(
                values[name], {other: checked[other] for other in parameter.depends_on if other in checked}
            )
        checked[name] = values[name]
    return checked


def _dependencies_first(names: Iterable[str]) -> list[str]:
    """Return the given names, each after those it depends on."""
    names = list(names)
    ordered: dict[str, None] = {}

    def visit(name: str) -> None:
        for other in _BY_NAME[name].depends_on:
            if other in names and other not in ordered:
                visit(other)
        ordered.setdefault(name)

    for name in names:
        visit(name)
    return list(ordered)


def _description(parameter: Parameter[Any]) -> Description:
    bounds = parameter.range if isinstance(parameter.range, Interval) else Interval()
    recommended, tunable = parameter.tunable, None
    if recommended and recommended.low is not None and recommended.high is not None:
        tunable = (recommended.low, recommended.high)
    choices = tuple(dict.fromkeys(map(str, parameter.range))) if isinstance(parameter.range, list) else ()
    return Description(
        name=parameter.name,
        kind=parameter.kind,
        range_text=str(parameter.range),
        required=parameter.required,
        choices=choices,
        depends_on=parameter.depends_on,
        tunable=tunable,
        aliases=tuple(alias for alias, name in ALIASES.items() if name == parameter.name),
        low=bounds.low,
        high=bounds.high,
        low_open=bounds.low_open,
        high_open=bounds.high_open,
    )
