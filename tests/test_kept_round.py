"""The round that is told as kept is the one whose model the container keeps, by whatever metric it is followed."""

from __future__ import annotations

import numpy as np
import pytest
import xgboost as xgb

from core import hyperparameters
from core.backends.metrics import best_trial, trial_of
from tests.container.container_rig import COLUMNS, lay_out, train_here

LOGISTIC = {"objective": "binary:logistic", "eta": "1", "max_depth": "6", "num_round": "40"}
JOBS = {
    "less is better": {"eval_metric": "auc,logloss", "early_stopping_rounds": "4"},
    "more is better": {"eval_metric": "logloss,auc", "early_stopping_rounds": "4"},
    "by a threshold": {"eval_metric": "error@0.3", "early_stopping_rounds": "4"},
    "by the container's own": {
        "eval_metric": "f1",
        "early_stopping_rounds": "4",
        "objective": "binary:logitraw",
    },
    "dart": {"eval_metric": "logloss", "early_stopping_rounds": "4", "booster": "dart", "rate_drop": "0.3"},
    "all rounds, the best within": {"eval_metric": "logloss", "early_stopping_rounds": "39"},
    "no early stopping": {"eval_metric": "logloss"},
    "the tuner's own metric": {
        "eval_metric": "auc",
        "early_stopping_rounds": "4",
        "_tuning_objective_metric": "validation:auc",
    },
}


def noisy(folder, values) -> tuple[list[dict[str, float]], int]:
    """Train on labels that half follow the first feature; answers the rounds, and how many the model has."""
    lay_out(folder, values)
    for number, channel in enumerate(("train", "validation")):
        random = np.random.default_rng(number)
        features = random.random((200, COLUMNS))
        labels = features[:, 0] + random.normal(size=200) > 0.5
        np.savetxt(
            folder / f"input/data/{channel}/{channel}.csv",
            np.column_stack([labels, features]),
            fmt="%g",
            delimiter=",",
        )
    failure, rows = train_here(folder)
    assert not failure
    model = xgb.Booster(model_file=bytearray((folder / "model/xgboost-model").read_bytes()))
    return rows, model.num_boosted_rounds()


@pytest.mark.parametrize("case", JOBS)
def test_the_round_that_is_told_is_the_one_that_is_kept(tmp_path, case):
    values = LOGISTIC | JOBS[case]
    rows, rounds = noisy(tmp_path, values)
    row = hyperparameters.kept_row(rows, values, "Completed")
    assert row["round"] == rounds - 1
    words = hyperparameters.kept_words(rows, values, "Completed")
    assert f"round {rounds - 1}" in words and f"{row[_followed(values)]:.5g}" in words
    assert ("best" in words) == (rounds < len(rows))


def _followed(values) -> str:
    return hyperparameters.early_stopping_metric(values)[0].replace(":", "-")


def test_a_job_that_runs_tells_its_best_so_far_and_a_stopped_one_keeps_its_last():
    rows = [{"round": number, "validation-logloss": value} for number, value in enumerate((0.5, 0.3, 0.4))]
    values = {"num_round": "9", "eval_metric": "logloss", "early_stopping_rounds": "5"}
    assert hyperparameters.kept_words(rows, values, "InProgress").startswith("Best so far: round 1,")
    assert hyperparameters.kept_row(rows, values, "Stopped")["round"] == 2
    assert hyperparameters.kept_words(rows, values, "Stopped") == ""
    cut = hyperparameters.kept_words(rows, values, "Stopped", kept_rounds=2)
    assert "best round is kept: round 1 of 0 to 2" in cut and "turned there: 1 more gave nothing" in cut
    uncut = hyperparameters.kept_words(rows, values, "Stopped", kept_rounds=3)
    assert "last round is kept: round 2" in uncut and "better in round 1 (0.3)" in uncut
    assert hyperparameters.kept_row([], values, "InProgress") == {}


def test_the_time_left_is_bounded_by_all_rounds_and_sooner_by_early_stopping():
    rows = [{"round": number, "validation-logloss": value} for number, value in enumerate((0.5, 0.3, 0.4))]
    values = {"num_round": "9", "eval_metric": "logloss", "early_stopping_rounds": "5"}
    assert hyperparameters.rounds_left(rows, values, seconds=6) == (12, 8)
    assert hyperparameters.rounds_left(rows, values | {"num_round": "4"}, seconds=6) == (2, 2)
    assert hyperparameters.rounds_left(rows, {"num_round": "9"}, seconds=6) == (12, 12)


@pytest.mark.parametrize(("maximize", "best"), [(True, "late"), (False, "early")])
def test_the_best_trial_is_judged_by_the_rounds_that_are_kept(maximize, best):
    metric = "auc" if maximize else "logloss"
    request = {
        "objective": f"validation:{metric}",
        "maximize": maximize,
        "training": {
            "hyperparameters": {"num_round": "9", "eval_metric": metric, "early_stopping_rounds": "2"}
        },
    }
    values = {"early": (0.1, 0.9, 0.9), "late": (0.5, 0.95, 0.3, 0.3), "failed": (0.0, 1.0)}
    trials = [
        trial_of(name, "Failed" if name == "failed" else "Completed", {}, request, [
            {"round": number, f"validation-{metric}": value} for number, value in enumerate(found)
        ])
        for name, found in values.items()
    ]  # fmt: skip
    assert best_trial(trials, maximize)["training_job"] == best
    assert best_trial(trials[2:], maximize) is None
