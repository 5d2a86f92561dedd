"""The metrics of an evaluation against scikit-learn's: ties, classes that are never predicted, sure mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from core import metrics

random = np.random.default_rng(5)
LABEL = random.integers(0, 2, 400).astype(float)
TWO = {
    "spread": random.random(400).astype(np.float32),
    "tied": np.round(0.6 * random.random(400) + 0.3 * LABEL, 1).astype(np.float32),
    "all alike": np.full(400, 0.5, np.float32),
    "sure and wrong": random.integers(0, 2, 400).astype(np.float32),
    "perfect": LABEL.astype(np.float32),
}


@pytest.mark.parametrize("score", TWO.values(), ids=TWO)
def test_two_classes(score):
    import sklearn.metrics as sk  # late: a second that collecting the tests need not take

    false, true = metrics.roc_curve(LABEL, score)
    expected = sk.roc_curve(LABEL, score)
    np.testing.assert_array_equal(false, expected[0])
    np.testing.assert_array_equal(true, expected[1])
    for found, wanted in zip(
        metrics.precision_recall_curve(LABEL, score), sk.precision_recall_curve(LABEL, score), strict=False
    ):
        np.testing.assert_array_equal(found, wanted)
    assert metrics.roc_auc(LABEL, score) == pytest.approx(sk.roc_auc_score(LABEL, score), rel=1e-12)
    assert metrics.average_precision(LABEL, score) == pytest.approx(
        sk.average_precision_score(LABEL, score), rel=1e-12
    )
    assert metrics.log_loss(LABEL, score) == pytest.approx(sk.log_loss(LABEL, score, labels=[0, 1]), rel=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 9])
def test_classes_of_which_some_never_occur_or_are_never_predicted(classes):
    import sklearn.metrics as sk  # late: a second that collecting the tests need not take

    label = random.integers(0, max(2, classes - 1), 200).astype(float)
    predicted = random.integers(min(1, classes - 2), classes, 200)
    codes = list(range(classes))
    confusion = metrics.confusion_matrix(label, predicted, classes)
    np.testing.assert_array_equal(confusion, sk.confusion_matrix(label, predicted, labels=codes))
    each = {"labels": codes, "average": None, "zero_division": 0}
    for found, wanted in (
        (metrics.precision_of_each, sk.precision_score),
        (metrics.recall_of_each, sk.recall_score),
        (metrics.f1_of_each, sk.f1_score),
    ):
        assert found(confusion) == pytest.approx(wanted(label, predicted, **each), rel=1e-12)


def test_probabilities_of_several_classes():
    import sklearn.metrics as sk  # late: a second that collecting the tests need not take

    label = random.integers(0, 4, 300).astype(float)
    raw = random.random((300, 4)) ** 3
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    assert metrics.mean_roc_auc(label, probabilities) == pytest.approx(
        sk.roc_auc_score(label, probabilities, multi_class="ovr"), rel=1e-12
    )
    assert metrics.log_loss(label, probabilities) == pytest.approx(
        sk.log_loss(label, probabilities), rel=1e-12
    )
