"""How good a model is on a file: against scikit-learn where the truth is there, by simulation where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from core.encoding.contract import Label
from core.judging import file_quality, score_table
from core.judging.decision import Amounts
from core.judging.decision_file import Decision
from core.judging.file_quality import estimated, estimated_numbers, measured
from core.judging.intervals import Interval
from core.verbs.quality_words import names, others, sentence

pytestmark = pytest.mark.slow(0.5)  # many that add up, which `make fast` leaves out

BINARY = Label("late", "binary", ("no", "yes"))
DECISION = Decision(0.3, "cost", Amounts(5, 1), None, None, Interval(640, 600, 680), {})
TEST = {"metrics": {"auc": {"value": 0.8, "low": 0.78, "high": 0.82}}}


def drawn(random, rows, a=2.0, b=3.0):
    """Scores and the truth of rows: a score comes true as often as its square says, so that it needs calibration."""
    score = random.beta(a, b, rows)
    return score, (random.random(rows) < score**2).astype(float)


def test_what_is_measured_is_what_scikit_learn_measures_on_the_rows_with_a_truth():
    score, label = drawn(np.random.default_rng(0), 3000)
    given = label.copy()
    given[::3] = np.nan
    known = np.isfinite(given)
    found = measured(given, score, BINARY, TEST, DECISION)
    said, true = score[known] >= 0.5, label[known] == 1
    wanted = {
        "auc": metrics.roc_auc_score(true, score[known]),
        "accuracy": metrics.accuracy_score(true, said),
        "recall": metrics.recall_score(true, said),
        "precision": metrics.precision_score(true, said),
        "f1": metrics.f1_score(true, said),
    }
    assert {name: found["metrics"][name]["value"] for name in names(found)} == pytest.approx(wanted)
    assert (found["rows"], found["without"], found["basis"]) == (2000, 1000, "measured")
    acted = score[known] >= 0.3
    paid = 5 * (true & ~acted).sum() + (~true & acted).sum()
    assert (
        found["cost_per_1000"]["value"] == pytest.approx(paid / 2) and found["cost_on_test"]["value"] == 640
    )
    change = found["changes"]["auc"]
    own = found["metrics"]["auc"]
    assert change["value"] == pytest.approx(own["value"] - 0.8)
    low, high = np.hypot(own["value"] - own["low"], 0.02), np.hypot(own["high"] - own["value"], 0.02)
    assert (change["value"] - change["low"], change["high"] - change["value"]) == pytest.approx((low, high))
    assert "late: AUC" in sentence(found) and "Errors at the decision's threshold cost" in " ".join(
        others(found)
    )
    same = measured(label, score, BINARY, TEST, same_rows=True)
    assert not same["changes"] and "the test split themselves" in same["statistic"]


def test_of_very_many_rows_evenly_spaced_ones_are_measured(monkeypatch):
    monkeypatch.setattr(file_quality, "MOST", 1000)
    score, label = drawn(np.random.default_rng(1), 2500)
    found = measured(label, score, BINARY, None)
    assert found["rows"] == 834 and "834 evenly spaced rows of 2,500" in found["notes"][0]


def test_numbers_and_several_classes_are_measured_too():
    random = np.random.default_rng(2)
    label = random.normal(size=500)
    raw = label + random.normal(size=500)
    found = measured(label, raw, Label("price", "regression"), None)["metrics"]
    assert found["r2"]["value"] == pytest.approx(metrics.r2_score(label, raw))
    codes = random.integers(0, 3, 500).astype(float)
    shares = random.dirichlet((1, 1, 1), 500)
    found = measured(codes, shares, Label("kind", "multiclass", ("a", "b", "c")), None)["metrics"]
    balanced = metrics.balanced_accuracy_score(codes, shares.argmax(axis=1))
    assert found["balanced_accuracy"]["value"] == pytest.approx(balanced)


def test_what_is_expected_without_a_truth_holds_what_comes_true_as_often_as_it_says():
    """Other rows than on validation, more of them with high scores, and probabilities that have to be calibrated."""
    random, held = np.random.default_rng(3), []
    for _ in range(60):
        score, label = drawn(random, 1500)
        validation = score_table.of(label == 1, score)
        score, label = drawn(random, 1200, 3, 3)
        told = estimated(score, BINARY, validation, None, DECISION)
        true = measured(label, score, BINARY, None, DECISION)
        pairs = [
            (told["metrics"][name], true["metrics"][name]) for name in ("auc", "accuracy", "recall", "f1")
        ]
        pairs += [(told[name], true[name]) for name in ("positives", "cost_per_1000")]
        held.append([here["low"] <= there["value"] <= here["high"] for here, there in pairs])
    assert (np.mean(held, axis=0) >= 0.85).all(), np.mean(held, axis=0)
    assert told["basis"] == "estimated" and "An estimate" in " ".join(others(told))


def test_the_errors_that_are_expected_of_numbers_hold_what_comes_true():
    """The file has more rows with large numbers, of which the model is less sure."""
    random, held = np.random.default_rng(5), []
    target = Label("price", "regression")
    for _ in range(200):
        score = np.concatenate([random.uniform(0, 1, 1000), random.beta(3, 1, 800)])
        label = score + random.normal(size=1800) * (0.1 + score)
        told = estimated_numbers(score[1000:], target, label[:1000], score[:1000], None)
        true = measured(label[1000:], score[1000:], target, None)
        pairs = [(told["metrics"][name], true["metrics"][name]) for name in ("mae", "rmse")]
        held.append([here["low"] <= there["value"] <= here["high"] for here, there in pairs])
    assert (np.mean(held, axis=0) >= 0.9).all(), np.mean(held, axis=0)
    assert "Mean error" in sentence(told) and "like predictions" in " ".join(others(told))
    # Of one prediction for all there is one bin.
    assert (
        estimated_numbers(np.ones(20), target, np.zeros(200), np.ones(200), None)["metrics"]["mae"]["value"]
        == 1
    )


def test_of_several_classes_the_share_that_is_right_is_expected():
    random = np.random.default_rng(4)
    score = random.uniform(0.4, 1, 4000)
    right = random.random(4000) < score
    validation = score_table.of(right[:2000], score[:2000])
    told = estimated(score[2000:], Label("kind", "multiclass", ("a", "b", "c")), validation, None)
    figure = told["metrics"]["accuracy"]
    assert figure["low"] <= right[2000:].mean() <= figure["high"] and figure["high"] - figure["low"] < 0.1
