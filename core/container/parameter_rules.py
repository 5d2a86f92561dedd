"""Rules between hyperparameters, and the range of `eval_metric`: what no interval or list can say.

Each rule gets the value and a mapping of the hyperparameters it depends on, as far as they were given, and raises
`UserError` in the container's words. A rule that reads a hyperparameter that was not given fails as the image's
does: `eval_metric` without `objective` ends in `KeyError: 'objective'`.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.container.errors import UserError
from core.container.metric_names import MAXIMIZE, MINIMIZE, WITH_THRESHOLD
from core.container.parameter_types import Given

_TREE_UPDATERS = [
    "grow_colmaker",
    "distcol",
    "grow_histmaker",
    "grow_skmaker",
    "sync",
    "refresh",
    "prune",
    "grow_quantile_histmaker",
]
_TREE_GROWERS = ["grow_colmaker", "distcol", "grow_histmaker", "grow_quantile_histmaker"]
_LINEAR_UPDATERS = ["shotgun", "coord_descent"]
_REFRESHERS = ["refresh", "prune"]


class MetricRange:
    """What `eval_metric` accepts: a known name, or `error@t`, `ndcg@n`, `map@n`."""

    def __contains__(self, metric: str) -> bool:
        if "<function" in metric:
            raise UserError(f"User defined evaluation metric {metric} is not supported yet.")
        if "@" not in metric:
            return metric in MAXIMIZE or metric in MINIMIZE
        name, threshold = (part.strip() for part in metric.split("@")[:2])
        if name not in WITH_THRESHOLD:
            raise UserError(
                f"Metric '{metric}' is not supported. Parameter 'eval_metric' with customized threshold should "
                "be one of these options: 'error', 'ndcg', 'map'."
            )
        try:
            float(threshold)
        except ValueError:
            raise UserError(f"Threshold value 't' in '{name}@t' expects float input.") from None
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(MAXIMIZE + MINIMIZE)

    def __str__(self) -> str:
        return str(list(self))


def updater(value: list[str], given: Given) -> None:
    """Check that the linear booster has one linear updater, an update only refreshers, a tree at most one grower."""
    if given.get("booster") == "gblinear":
        if not (len(value) == 1 and value[0] in _LINEAR_UPDATERS):
            raise UserError("Linear updater should be one of these options: 'shotgun', 'coord_descent'.")
    elif given.get("process_type") == "update":
        if not all(name in _REFRESHERS for name in value):
            raise UserError("process_type 'update' can only be used with updater 'refresh' and 'prune'")
    elif not all(name in _TREE_UPDATERS for name in value):
        raise UserError(
            "Tree updater should be selected from these options: 'grow_colmaker', 'distcol', 'grow_histmaker', "
            "'grow_skmaker', 'grow_quantile_histmaker', 'sync', 'refresh', 'prune', 'shortgun', 'coord_descent'."
        )
    elif sum(name in _TREE_GROWERS for name in value) > 1:
        raise UserError(
            "Only one tree grow plugin can be selected. Choose one from the"
            "following: 'grow_colmaker', 'distcol', 'grow_histmaker', 'grow_skmaker'"
        )


def objective(value: str, given: Given) -> None:
    """Check that multi-class has the number of classes. (The image does not refuse it for other objectives.)"""
    if value in ("multi:softmax", "multi:softprob") and given.get("num_class") is None:
        raise UserError("Require input for parameter 'num_class' for multi-classification")


def eval_metric(value: list[str], given: Given) -> None:
    """Check metrics: AUC is for two classes and ranking, the AFT likelihood for its own objective."""
    objective_name = str(given["objective"])
    if "auc" in value and not objective_name.startswith(("binary:", "rank:")):
        raise UserError("Metric 'auc' can only be applied for classification and ranking problems.")
    if "aft-nloglik" in value and objective_name != "survival:aft":
        raise UserError("Metric 'aft-nloglik' can only be applied for 'survival:aft' objective.")


def monotone_constraints(value: tuple[int, ...] | None, given: Given) -> None:
    """Check that the tree method is named, although XGBoost's default would do."""
    if value is not None and given.get("tree_method") not in ("exact", "hist"):
        raise UserError(
            "monotone_constraints can be used only when the tree_method parameter is set to "
            "either 'exact' or 'hist'."
        )


def interaction_constraints(value: list[list[int]] | None, given: Given) -> None:
    """Check that the tree method is named, although XGBoost's default would do."""
    if value is not None and given.get("tree_method") not in ("exact", "hist", "approx"):
        raise UserError(
            "interaction_constraints can be used only when the tree_method parameter is set to "
            "either 'exact', 'hist' or 'approx'."
        )
