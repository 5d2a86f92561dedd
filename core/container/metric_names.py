"""The metrics that the container knows, by name: no numbers are computed here.

Order matters: it is the order of the container's own messages and of its metric definitions.
Source: `schema/algorithm_schema.json` of the recordings.
"""

from __future__ import annotations

MAXIMIZE = [
    "accuracy",
    "auc",
    "aucpr",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "map",
    "ndcg",
    "precision",
    "r2",
    "recall",
    "precision_macro",
    "precision_micro",
    "recall_macro",
    "recall_micro",
]

MINIMIZE = [
    "aft-nloglik",
    "cox-nloglik",
    "error",
    "gamma-deviance",
    "gamma-nloglik",
    "interval-regression-accuracy",
    "logloss",
    "mae",
    "mape",
    "merror",
    "mlogloss",
    "mphe",
    "mse",
    "poisson-nloglik",
    "rmse",
    "rmsle",
    "tweedie-nloglik",
]

# Computed by the container in Python, not by XGBoost, even where XGBoost has one of the same name.
CONTAINER_DEFINED = [
    "accuracy",
    "balanced_accuracy",
    "f1",
    "f1_binary",
    "f1_macro",
    "mae",
    "mse",
    "precision",
    "precision_macro",
    "precision_micro",
    "r2",
    "recall",
    "recall_macro",
    "recall_micro",
    "rmse",
]


def more_is_better(metric: str) -> bool:
    """Return whether more of a metric is better, as "auc" or "error@0.4"."""
    return metric.split("@")[0] in MAXIMIZE


# Those that take a threshold or a cut: error@0.7, ndcg@5, map@10.
WITH_THRESHOLD = ["error", "ndcg", "map"]
