"""The model of a Training Job that was stopped, cut at its best round: the container keeps the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from core.backends.metrics import kept_row
from core.container.metric_names import more_is_better


def cut_at_best_round(
    model: Path, rows: Sequence[dict[str, float]], hyperparameters: Mapping[str, str]
) -> int:
    """Cut the model in a file after the best of the rounds `rows`; return how many rounds it has then.

    Where early stopping follows no metric, all are kept.
    """
    # late: XGBoost takes a third of a second, and few jobs are stopped
    from core.container.callbacks import save_model
    from core.container.lean_xgboost import xgb

    metric = hyperparameters.get("eval_metric", "").split(",")[-1].strip()
    try:
        trained = xgb.Booster(model_file=model)
    except xgb.core.XGBoostError:  # none that can be cut, as those of `_kfold`: it is kept as it is
        return len(rows)
    row = kept_row(rows, f"validation-{metric}", more_is_better(metric), hyperparameters, "InProgress")
    rounds = int(row["round"]) + 1 if row else 0
    if not 0 < rounds < trained.num_boosted_rounds():
        return trained.num_boosted_rounds()
    save_model(trained[:rounds], model)
    return rounds
