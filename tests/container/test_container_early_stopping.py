"""Early stopping keeps the best model, not the last; a metric line is printed for every round that ran."""

from __future__ import annotations

import pytest
import xgboost as xgb
from container_rig import lay_out

from core.container import train

JOB = {"num_round": "60", "objective": "binary:logistic", "early_stopping_rounds": "3", "eta": "1"}


def run(prefix, capfd, **more):
    lay_out(prefix, JOB | more, rows=40)
    # One thread: on a busy machine several of them spend a small job waiting for each other.
    with xgb.config_context(nthread=1):
        assert train.run(prefix) == 0
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("[")]
    return lines, xgb.Booster(model_file=prefix / "model/xgboost-model").num_boosted_rounds()


@pytest.mark.parametrize("metric", ["logloss", "error,logloss", "logloss,rmse"])
def test_the_best_model_is_kept(tmp_path, capfd, metric):
    lines, rounds = run(tmp_path, capfd, eval_metric=metric)
    assert len(lines) < 60
    assert rounds == len(lines) - 3


def test_without_a_metric_all_rounds_run(tmp_path, capfd):
    lines, rounds = run(tmp_path, capfd)
    assert len(lines) == rounds == 60
