"""Metrics of known predictions, worked by hand or by another formula."""

import json
import subprocess
import sys

import numpy as np
import pytest
import xgboost as xgb
from sklearn.metrics import roc_auc_score

from core import evaluation_file
from core.encoding.contract import Column, Contract, Label
from core.evaluation import evaluate_model, importance
from core.judging import predicting, predictions_file, scores
from core.judging.predicting import as_probability


def evaluate(*given):
    return scores.of(*given)


def plain(result):
    """The metrics alone, without their intervals."""
    return evaluation_file.values(result)


def test_binary_by_hand():
    label = np.array([0, 0, 1, 1], float)
    result = evaluate(label, np.array([0.1, 0.6, 0.4, 0.9]), "binary", ["no", "yes"])
    assert result["confusion"] == [[1, 1], [1, 1]]
    assert plain(result)["auc"] == 0.75  # 3 of 4 pairs in order
    assert plain(result)["accuracy"] == 0.5
    expected = -np.mean(np.log([0.9, 0.4, 0.4, 0.9]))
    assert plain(result)["logloss"] == pytest.approx(expected)
    assert result["baseline"]["logloss"] == pytest.approx(np.log(2))
    assert result["curves"]["roc"]["x"][0] == 0 and result["curves"]["roc"]["x"][-1] == 1


def test_one_class_only_has_no_auc_and_does_not_fail():
    result = evaluate(np.ones(3), np.array([0.2, 0.8, 0.9]), "binary", ["no", "yes"])
    assert plain(result)["auc"] is None
    assert plain(result)["recall"] == pytest.approx(2 / 3)


def test_multiclass_by_hand():
    raw = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]], np.float32)
    result = evaluate(np.array([0, 1, 2, 2], float), raw, "multiclass", ["a", "b", "c"])
    assert result["confusion"] == [[1, 0, 0], [0, 1, 0], [1, 0, 1]]
    assert plain(result)["accuracy"] == 0.75
    assert plain(result)["mlogloss"] == pytest.approx(-np.mean(np.log([0.7, 0.8, 0.2, 0.6])), rel=1e-6)


def test_multiclass_answers_of_softmax_are_classes():
    result = evaluate(np.array([0, 1, 2], float), np.array([0, 1, 1], float), "multiclass", ["a", "b", "c"])
    assert plain(result)["accuracy"] == pytest.approx(2 / 3)
    assert "mlogloss" not in plain(result)


def test_regression_by_hand():
    result = evaluate(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 5.0]), "regression", [])
    assert plain(result) == {
        "rmse": pytest.approx((4 / 3) ** 0.5),
        "mae": pytest.approx(2 / 3),
        "r2": pytest.approx(1 - 4 / 2),
    }
    assert result["baseline"]["rmse"] == pytest.approx((2 / 3) ** 0.5)


def test_answers_that_are_no_numbers_are_not_judged():
    with pytest.raises(ValueError, match="1 of the model's 3 answers"):
        evaluate(np.array([1.0, 2.0, 3.0]), np.array([1.0, np.nan, 5.0]), "regression", [])


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


@pytest.fixture
def passport(tmp_path):
    """The contract of two numbers that predict a class, and a test split of it."""
    columns = tuple(Column(name, "numeric", features={name: "value"}) for name in ("steady", "loud"))
    Contract(Label("y", "binary", ("no", "yes"), positive="yes"), columns).write(tmp_path / "contract.json")
    rows = np.random.default_rng(0).normal(size=(80, 2))
    table = np.column_stack([rows[:, 1] > 0, rows])
    (tmp_path / "test").mkdir()
    np.savetxt(tmp_path / "test/test.csv", table, delimiter=",")
    return tmp_path, table


def judged(folder, booster=None):
    """How `python -m core.evaluation` ends in a folder laid out as a Processing Job's."""
    output = folder / "ml/processing/evaluation/evaluation.json"
    for part in (folder / "model", output.parent):
        part.mkdir(parents=True, exist_ok=True)
    if booster:
        booster.save_model(folder / "model/xgboost-model.ubj")
    command = [
        sys.executable,
        "-m",
        "core.evaluation",
        "--model",
        folder / "model",
        *(("--validation", folder / "validation") if (folder / "validation").exists() else ()),
        "--test",
        folder / "test",
    ]
    command += ["--contract", folder / "contract.json", "--output", output]
    return subprocess.run([str(part) for part in command], capture_output=True, text=True), output


@pytest.mark.parametrize("classes", [2, 3])
def test_a_linear_model_is_judged_and_its_features_ranked_by_what_they_add(passport, classes):
    folder, table = passport
    label, objective = table[:, 0], {"objective": "binary:logistic"}
    if classes == 3:
        label = label + (table[:, 2] > 1)
        objective = {"objective": "multi:softprob", "num_class": 3}
        Contract(
            Label("y", "multiclass", ("a", "b", "c")), Contract.read(folder / "contract.json").columns
        ).write(folder / "contract.json")
        np.savetxt(folder / "test/test.csv", np.column_stack([label, table[:, 1:]]), delimiter=",")
    matrix = xgb.DMatrix(table[:, 1:], label)
    done, output = judged(folder, xgb.train(objective | {"booster": "gblinear"}, matrix, 20))
    assert done.returncode == 0, done.stderr
    result = json.loads(output.read_text())
    assert [item["feature"] for item in result["importance"]] == ["loud", "steady"]
    assert sum(item["share"] for item in result["importance"]) == pytest.approx(1)
    assert result["importance_by"] == "contribution" and plain(result)["accuracy"] > 0.6


def test_what_the_model_says_of_each_row_is_kept_and_its_contributions_add_up_to_it(passport, monkeypatch):
    folder, table = passport
    matrix = xgb.DMatrix(table[:, 1:], table[:, 0])
    booster = xgb.train({"objective": "binary:logistic", "max_depth": 3}, matrix, 20)
    (folder / "validation").mkdir()
    np.savetxt(folder / "validation/a.csv", table[:30], delimiter=",")
    np.savetxt(folder / "validation/b.csv", table[30:37], delimiter=",")
    done, output = judged(folder, booster)
    assert done.returncode == 0, done.stderr
    file = output.with_name("predictions.parquet")
    np.testing.assert_array_equal(predictions_file.scores(file, "test"), booster.predict(matrix))
    np.testing.assert_array_equal(predictions_file.scores(file, "validation"), booster.predict(matrix)[:37])
    np.testing.assert_array_equal(predictions_file.labels(file, "validation"), table[:37, 0])
    on_validation = json.loads(output.read_text())["validation"]
    auc = roc_auc_score(table[:37, 0], booster.predict(matrix)[:37])
    assert on_validation["rows"] == 37 and on_validation["metrics"]["auc"] == pytest.approx(auc)
    added = predictions_file.contributions(file)
    margins = booster.predict(matrix, output_margin=True)[added.rows]
    np.testing.assert_allclose(added.values.sum(axis=1), margins, rtol=1e-4, atol=1e-5)
    assert added.rows.tolist() == list(range(80)) and not predictions_file.read_facts(file).notes

    monkeypatch.setattr(predicting, "STEPS", 1)  # a model so large that few rows are explained
    monkeypatch.setattr(predicting, "BLOCK", 500)  # read in many blocks
    few = evaluate_model(folder / "model", folder / "contract.json", folder / "test", folder / "validation")
    np.testing.assert_array_equal(few.splits[0].score, booster.predict(matrix))
    rows = few.splits[0].contributions.rows
    assert len(rows) == predicting.LEAST_EXPLAINED and set(np.diff(rows)) == {1, 2}
    assert "50 evenly spaced rows of 80" in few.facts.notes[0]
    np.testing.assert_allclose(few.splits[0].contributions.values, added.values[rows], rtol=1e-5)


def test_why_a_judging_failed_is_its_first_line_and_no_frame_of_cpp(passport):
    folder, table = passport
    wide = xgb.train({"objective": "binary:logistic"}, xgb.DMatrix(table[:, :1], table[:, 0]), 2)
    done, output = judged(folder, wide)  # a model of one feature, asked with two
    assert done.returncode == 1 and not output.exists()
    told = (folder / "ml/output/message").read_text().strip()
    assert done.stderr.splitlines()[-1] == told
    assert told.startswith("XGBoostError: ") and "columns" in told
    assert "[bt]" in done.stderr or "Stack trace" in done.stderr  # which are there, above it
