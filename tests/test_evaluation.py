"""Metrics of known predictions, worked by hand or by another formula."""

import numpy as np
import pytest

from core.evaluation import as_probability, evaluate, importance


def test_binary_by_hand():
    label = np.array([0, 0, 1, 1], float)
    result = evaluate(label, np.array([0.1, 0.6, 0.4, 0.9]), "binary", ["no", "yes"])
    assert result["confusion"] == [[1, 1], [1, 1]]
    assert result["metrics"]["auc"] == 0.75  # 3 of 4 pairs in order
    assert result["metrics"]["accuracy"] == 0.5
    expected = -np.mean(np.log([0.9, 0.4, 0.4, 0.9]))
    assert result["metrics"]["logloss"] == pytest.approx(expected)
    assert result["baseline"]["logloss"] == pytest.approx(np.log(2))
    assert result["curves"]["roc"]["x"][0] == 0 and result["curves"]["roc"]["x"][-1] == 1


def test_one_class_only_has_no_auc_and_does_not_fail():
    result = evaluate(np.ones(3), np.array([0.2, 0.8, 0.9]), "binary", ["no", "yes"])
    assert result["metrics"]["auc"] is None
    assert result["metrics"]["recall"] == pytest.approx(2 / 3)


def test_multiclass_by_hand():
    raw = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]], np.float32)
    result = evaluate(np.array([0, 1, 2, 2], float), raw, "multiclass", ["a", "b", "c"])
    assert result["confusion"] == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert result["metrics"]["accuracy"] == 0.75
    assert result["metrics"]["mlogloss"] == pytest.approx(-np.mean(np.log([0.7, 0.8, 0.2, 0.6])), rel=1e-6)


def test_multiclass_answers_of_softmax_are_classes():
    result = evaluate(np.array([0, 1, 2], float), np.array([0, 1, 1], float), "multiclass", ["a", "b", "c"])
    assert result["metrics"]["accuracy"] == pytest.approx(2 / 3)
    assert "mlogloss" not in result["metrics"]


def test_regression_by_hand():
    result = evaluate(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 5.0]), "regression", [])
    assert result["metrics"] == {
        "rmse": pytest.approx((4 / 3) ** 0.5),
        "mae": pytest.approx(2 / 3),
        "r2": pytest.approx(1 - 4 / 2),
    }
    assert result["baseline"]["rmse"] == pytest.approx((2 / 3) ** 0.5)


def test_margins_become_probabilities():
    assert as_probability(np.array([0.0]), "binary:logitraw")[0] == 0.5
    assert as_probability(np.array([0.3]), "binary:logistic")[0] == 0.3


def test_importance_names_the_contracts_features():
    class Booster:
        def get_score(self, importance_type):
            return {"f1": 3.0, "f0": 1.0}

    assert importance(Booster(), ["a", "b", "unused"]) == [
        {"feature": "b", "share": 0.75},
        {"feature": "a", "share": 0.25},
        {"feature": "unused", "share": 0.0},
    ]
