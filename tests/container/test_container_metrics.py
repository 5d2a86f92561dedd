"""The container's own metrics against scikit-learn, which the image uses and this project only tests with."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from core.container.metric_names import CONTAINER_DEFINED
from core.container.metrics import SCORES, custom_metric, predicted_classes

SKLEARN = {  # {ours: theirs, and how classes are averaged}
    "accuracy": ("accuracy_score", {}),
    "balanced_accuracy": ("balanced_accuracy_score", {}),
    "f1": ("f1_score", {"average": "macro"}),
    "f1_binary": ("f1_score", {}),
    "f1_macro": ("f1_score", {"average": "macro"}),
    "precision": ("precision_score", {}),
    "precision_macro": ("precision_score", {"average": "macro"}),
    "precision_micro": ("precision_score", {"average": "micro"}),
    "recall": ("recall_score", {}),
    "recall_macro": ("recall_score", {"average": "macro"}),
    "recall_micro": ("recall_score", {"average": "micro"}),
    "mae": ("mean_absolute_error", {}),
    "mse": ("mean_squared_error", {}),
    "rmse": ("root_mean_squared_error", {}),
    "r2": ("r2_score", {}),
}
REGRESSION = ("mae", "mse", "rmse", "r2")
BY_CLASS = [name for name in CONTAINER_DEFINED if name not in REGRESSION]

random = np.random.default_rng(3)
MARGINS = {
    "two classes": (random.integers(0, 2, 200), random.normal(size=200)),
    "only class 1 predicted": (random.integers(0, 2, 50), np.ones(50)),
    "nothing but class 0": (np.zeros(20), -np.ones(20)),
    "three classes": (random.integers(0, 3, 200), random.random((200, 3))),
    "a class that is never predicted": (random.integers(0, 4, 60), random.random((60, 2))),
    "a class that never occurs": (random.integers(0, 2, 60), random.random((60, 3))),
    "labels 0 and 2": (random.choice([0, 2], 40), random.normal(size=40)),
    "labels 2 and 3": (random.choice([2, 3], 40), random.normal(size=40)),
    "fractions as labels": (random.random(30), random.normal(size=30)),
}


def of_sklearn(name, labels, predictions):
    theirs, average = SKLEARN[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sklearn.metrics  # late: a second that collecting the tests need not take

        score = getattr(sklearn.metrics, theirs)
        return score(labels, predictions if name in REGRESSION else predicted_classes(predictions), **average)


def outcome(score, *arguments):
    try:
        return pytest.approx(score(*arguments), abs=1e-7, nan_ok=True)
    except ValueError as error:
        return type(error)


def test_every_container_metric_is_there():
    assert sorted(SCORES) == sorted(CONTAINER_DEFINED) == sorted(SKLEARN)


@pytest.mark.parametrize("kind", MARGINS)
@pytest.mark.parametrize("name", BY_CLASS)
def test_by_class(name, kind):
    labels, predictions = (np.asarray(values, dtype=np.float32) for values in MARGINS[kind])
    expected = outcome(of_sklearn, name, labels, predictions)
    actual = outcome(SCORES[name], labels, predictions)
    assert actual == expected if isinstance(expected, type) else actual.expected == expected


@pytest.mark.parametrize("name", REGRESSION)
@pytest.mark.parametrize(
    "labels", [random.normal(100, 50, 300), np.full(10, 3.0)], ids=["spread", "constant"]
)
def test_regression(name, labels):
    labels = labels.astype(np.float32)
    predictions = labels + random.normal(size=labels.size).astype(np.float32)
    # Both in float32, so equal up to its rounding.
    assert SCORES[name](labels, predictions) == pytest.approx(of_sklearn(name, labels, predictions), rel=1e-6)


@pytest.mark.parametrize(
    ("name", "labels", "predictions"),
    [
        ("precision", np.array([0, 1, 2.0]), np.eye(3)),
        ("accuracy", np.array([0.5, 1]), np.array([1.0, -1])),
        ("rmse", np.array([0, 1.0]), np.ones((2, 3))),
        ("f1_binary", np.array([2, 0.0]), np.array([-1.0, -1])),
    ],
)
def test_refusals_have_the_same_words(name, labels, predictions):
    with pytest.raises(ValueError) as expected:
        of_sklearn(name, labels, predictions)
    with pytest.raises(ValueError) as actual:
        SCORES[name](labels, predictions)
    assert str(actual.value) == str(expected.value)


def test_custom_metric_keeps_the_order():
    class Data:
        def get_label(self):
            return np.array([0.0, 1.0])

    assert [name for name, _ in custom_metric(["rmse", "accuracy"])(np.array([0.1, 0.9]), Data())] == [
        "rmse",
        "accuracy",
    ]
