"""Objectives that answer something else than probabilities, through a real endpoint: margins, votes, numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.cli import data
from tests.conftest import run_cli

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def coins(tmp_path_factory):
    """(workspace, file, EDA job for two classes, EDA job for three)."""
    from tests.conftest import end_everything

    folder = tmp_path_factory.mktemp("objectives") / "workspace"
    folder.mkdir()
    file = data.coins(folder.parent / "coins.csv", rows=300)
    two = run_cli(folder, "eda", file, "--target", "side").data["job"]
    three = run_cli(folder, "eda", file, "--target", "colour", "--drop", "side").data["job"]
    yield folder, file, two, three
    end_everything(folder)


@pytest.fixture
def predicted(coins, call, tmp_path):
    """predicted(eda, objective) -> the predictions and the evaluation: train, deploy, predict, delete."""
    workspace, file, *_ = coins

    def path(eda: str, objective: str) -> tuple[pd.DataFrame, dict]:
        values = ["--set", f"objective={objective}", "--set", "num_round=10"]
        train = call(workspace, "train", "--eda", eda, *values).data
        endpoint = call(workspace, "deploy", "--training", train["job"]).data["endpoint"]
        told = call(workspace, "predict", endpoint, file, "--output", tmp_path / "out.csv").data
        call(workspace, "delete", endpoint)
        table = pd.read_csv(tmp_path / "out.csv")
        assert told["rows"] == len(table) == 300
        assert table["prediction"].notna().all()
        return table, train["evaluation"]

    return path


def test_logitraw_margins_become_probabilities(coins, predicted):
    table, evaluation = predicted(coins[2], "binary:logitraw")
    positive = next(name for name in table.columns if name.startswith("probability_"))
    assert table[positive].between(0, 1).all() and table[positive].nunique() > 10
    assert ((table[positive] >= 0.5) == (table["prediction"] == positive.split("_")[1])).all()
    assert evaluation["metrics"]["auc"] > 0.8 and evaluation["metrics"]["logloss"] < 0.69


def test_hinge_votes_are_predicted(coins, predicted):
    table, evaluation = predicted(coins[2], "binary:hinge")
    assert set(table["prediction"]) == {"head", "tail"}
    assert evaluation["metrics"]["accuracy"] > 0.8
    truth = pd.read_csv(coins[1])["side"]
    assert (truth == table["prediction"]).mean() > 0.8


def test_softmax_answers_classes_without_probabilities(coins, predicted):
    table, evaluation = predicted(coins[3], "multi:softmax")
    assert set(table["prediction"]) <= {"red", "green", "blue"}
    assert not [name for name in table.columns if name.startswith("probability")]
    assert "accuracy" in evaluation["metrics"] and "mlogloss" not in evaluation["metrics"]


def test_regressing_a_probability(coins, predicted):
    table, _ = predicted(coins[2], "reg:logistic")
    assert set(table["prediction"]) == {"head", "tail"}
