"""Metrics with their intervals, by class and by decile, against scikit-learn and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from mapie.regression import SplitConformalRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import average_precision_score, roc_auc_score, top_k_accuracy_score

from core.judging import conformal, intervals, scores

chance = np.random.default_rng(6)
NAMES = ["a", "b", "c", "d"]


def test_each_metric_of_two_classes_has_an_interval_around_it():
    score = chance.random(500)
    label = (chance.random(500) < score).astype(float)
    found = scores.of(label, score, "binary", ["no", "yes"])
    assert found["version"] == 2 and set(found["intervals_by"]) == set(found["metrics"])
    for figure in found["metrics"].values():
        assert figure["low"] < figure["value"] < figure["high"]
    assert found["metrics"]["auc"]["value"] == pytest.approx(roc_auc_score(label, score))
    assert found["metrics"]["aucpr"]["value"] == pytest.approx(average_precision_score(label, score))


def test_average_precision_of_counted_rows_is_that_of_the_rows():
    score, label = chance.random(300).round(2), chance.integers(0, 2, 300)
    counts = np.zeros((1, 101, 2))
    np.add.at(counts, (0, (score * 100).round().astype(int), label), 1)
    assert scores.average_precision_of_counts(counts)[0] == pytest.approx(
        average_precision_score(label, score)
    )


def test_the_truth_is_in_nineteen_of_twenty_bootstrap_intervals():
    """Average precision of 300 rows, drawn from many whose own is known."""
    label = (chance.random(60_000) < 0.3).astype(float)
    score = chance.normal(size=60_000) + label
    truth, hits = average_precision_score(label, score), 0
    for start in range(0, 60_000, 300):
        rows = slice(start, start + 300)
        counts = np.zeros((300, 2))
        order = np.argsort(score[rows])
        counts[np.arange(300), label[rows][order].astype(int)] = 1
        value = scores.average_precision_of_counts(counts[None])[0]
        found = intervals.bootstrap(counts, scores.average_precision_of_counts, value, draws=100)
        hits += found.low <= truth <= found.high
    assert 0.90 <= hits / 200 <= 0.99


def test_several_classes_one_by_one():
    label = chance.integers(0, 4, 800)
    raw = chance.dirichlet([1, 1, 1, 1], 800)
    raw[np.arange(800), label] += chance.random(800)
    raw /= raw.sum(axis=1, keepdims=True)
    found = scores.of(label.astype(float), raw, "multiclass", NAMES)
    expected = roc_auc_score(label, raw, multi_class="ovr", average=None)
    assert [each["auc"]["value"] for each in found["by_class"]] == pytest.approx(list(expected))
    assert found["metrics"]["auc"]["value"] == pytest.approx(expected.mean())
    width = [each["auc"]["high"] - each["auc"]["low"] for each in found["by_class"]]
    auc = found["metrics"]["auc"]
    assert auc["high"] - auc["low"] < min(width), "a mean of four is surer than any of them"
    assert found["top_k"]["2"]["value"] == pytest.approx(top_k_accuracy_score(label, raw, k=2))
    predicted = raw.argmax(axis=1)
    assert [each["rows"] for each in found["by_class"]] == np.bincount(label).tolist()
    recall = np.mean(predicted[label == 2] == 2)
    assert found["by_class"][2]["recall"]["value"] == pytest.approx(recall)


def test_the_costliest_confusions_come_first():
    label = np.array([0.0] * 10 + [1] * 10 + [2] * 10)
    said = np.array([0.0] * 9 + [2] + [0] * 4 + [1] * 6 + [2] * 10)
    found = scores.of(label, said, "multiclass", NAMES[:3])
    assert [(each["truth"], each["said"], each["rows"]) for each in found["confusions"]] == [
        ("b", "a", 4),
        ("a", "c", 1),
    ]
    assert found["confusions"][0]["share"]["value"] == 0.4 and "top_k" not in found


def test_no_error_at_all_is_not_called_certain():
    label = np.repeat([0.0, 1, 2], 10)
    found = scores.of(label, np.eye(3)[label.astype(int)], "multiclass", NAMES[:3])
    for name in ("accuracy", "balanced_accuracy", "f1_macro", "auc"):
        figure = found["metrics"][name]
        assert figure["value"] == 1 and 0.6 < figure["low"] < 1, name


def test_tenths_of_a_regression_say_where_it_is_off():
    predicted = np.arange(1000.0)
    label = predicted - np.where(predicted >= 900, 50, 0) + chance.normal(size=1000)
    found = scores.of(label, predicted, "regression", [])
    assert [each["rows"] for each in found["deciles"]] == [100] * 10
    assert (found["deciles"][9]["low"], found["deciles"][9]["high"]) == (900, 999)
    assert found["deciles"][9]["bias"]["low"] > 45 and abs(found["deciles"][0]["bias"]["value"]) < 1


def test_a_range_is_the_one_of_mapie():
    predicted, label = chance.normal(size=(2, 137))
    rows = predicted[:, np.newaxis]
    as_it_is = LinearRegression().fit(rows, predicted)
    theirs = SplitConformalRegressor(as_it_is, confidence_level=0.9, prefit=True).conformalize(rows, label)
    _, ends = theirs.predict_interval(rows)
    width = conformal.half_width(label, predicted)
    np.testing.assert_allclose(ends[:, :, 0], np.stack([predicted - width, predicted + width], axis=1))


def test_a_range_holds_the_share_that_it_promises():
    """Errors of any distribution, 99 rows of validation: on average 90% of what comes is inside, or a little more."""
    inside = []
    for _ in range(400):
        errors = chance.standard_t(3, 1099)
        width = conformal.half_width(errors[:99], np.zeros(99))
        inside.append(np.mean(np.abs(errors[99:]) <= width))
    assert np.mean(inside) == pytest.approx(0.9, abs=0.006)
    assert conformal.half_width(np.ones(5), np.zeros(5)) is None, "too few to promise anything"
    found = conformal.range_of((np.arange(20.0), np.zeros(20)), (np.arange(40.0), np.zeros(40)))
    assert found["half_width"] == 18 and found["covered"]["value"] == 19 / 40
