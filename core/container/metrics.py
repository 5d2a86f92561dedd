"""The metrics that the container computes itself, in numpy, with scikit-learn's semantics and messages.

The image calls scikit-learn, which is no runtime dependency here;
`tests/container/test_container_metrics.py` holds these
against it. All of them take labels and predictions of shape (rows,), predictions of (rows, classes) for
`multi:softprob`.

XGBoost hands a custom metric *transformed* predictions (probabilities for `binary:logistic`), while the image still
cuts them at 0, as for margins: its threshold metrics therefore call every row of a `binary:logistic` job positive.
`error`, `logloss` and `auc` are XGBoost's own and are not affected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

Score = Callable[[np.ndarray, np.ndarray], float]

_CUT = 0.0
_AVERAGES = "[None, 'micro', 'macro', 'weighted']"


class Labelled(Protocol):
    """What a metric needs of a DMatrix."""

    def get_label(self) -> np.ndarray: ...


def predicted_classes(predictions: np.ndarray) -> np.ndarray:
    """Return the class of every row: the likeliest of (rows, classes), or 1 above the cut of (rows,)."""
    if predictions.ndim > 1:
        return np.argmax(predictions, axis=-1)
    return (predictions > _CUT).astype(int)


def _target_type(values: np.ndarray) -> str:
    if values.dtype.kind == "f" and np.any(values != values.astype(int)):
        return "continuous"
    return "multiclass" if np.unique(values).size > 2 else "binary"


class _Confusion:
    """Counts per class, over the classes of labels and predictions together."""

    def __init__(self, labels: np.ndarray, classes: np.ndarray) -> None:
        kinds = {_target_type(labels), _target_type(classes)}
        if "continuous" in kinds:
            raise ValueError(
                "Classification metrics can't handle a mix of "
                f"{_target_type(labels)} and {_target_type(classes)} targets"
            )
        self.names = np.union1d(labels, classes)
        self.kind = "multiclass" if "multiclass" in kinds or self.names.size > 2 else "binary"
        self.hits = np.array(
            [np.sum((labels == name) & (classes == name)) for name in self.names], dtype=float
        )
        self.actual = np.array([np.sum(labels == name) for name in self.names], dtype=float)
        self.predicted = np.array([np.sum(classes == name) for name in self.names], dtype=float)

    def of_class_1(self) -> _Confusion:
        """Return only the counts of class 1, for the `binary` average."""
        if self.kind != "binary":
            raise ValueError(
                f"Target is {self.kind} but average='binary'. Please choose another average setting, "
                f"one of {_AVERAGES}."
            )
        if 1 not in self.names:
            if self.names.size >= 2:
                raise ValueError(f"pos_label=1 is not a valid label. It should be one of {self.names}")
            self.hits = self.actual = self.predicted = np.zeros(1)
            return self
        chosen = self.names == 1
        self.hits, self.actual, self.predicted = (
            self.hits[chosen],
            self.actual[chosen],
            self.predicted[chosen],
        )
        return self


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return part / whole, 0 where nothing is there to divide."""
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole != 0)


def _precision(counts: _Confusion) -> float:
    return float(_ratio(counts.hits, counts.predicted).mean())


def _recall(counts: _Confusion) -> float:
    return float(_ratio(counts.hits, counts.actual).mean())


def _f1(counts: _Confusion) -> float:
    return float(_ratio(2 * counts.hits, counts.actual + counts.predicted).mean())


def _accuracy(counts: _Confusion) -> float:
    return float(counts.hits.sum() / counts.actual.sum())


def _balanced_accuracy(counts: _Confusion) -> float:
    present = counts.actual > 0
    return float(np.mean(counts.hits[present] / counts.actual[present]))


def _by_class(score: Callable[[_Confusion], float], binary: bool = False) -> Score:
    def of(labels: np.ndarray, predictions: np.ndarray) -> float:
        if predictions.size == 0:
            return 0.0
        counts = _Confusion(labels, predicted_classes(predictions))
        return score(counts.of_class_1() if binary else counts)

    return of


def _residuals(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    if predictions.ndim > 1 and predictions.shape[1] > 1:
        raise ValueError(f"y_true and y_pred have different number of output (1!={predictions.shape[1]})")
    return labels - predictions.reshape(-1)


def _mse(labels: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.average(_residuals(labels, predictions) ** 2))


def _rmse(labels: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.sqrt(np.average(_residuals(labels, predictions) ** 2)))


def _mae(labels: np.ndarray, predictions: np.ndarray) -> float:
    return float(np.average(np.abs(_residuals(labels, predictions))))


def _r2(labels: np.ndarray, predictions: np.ndarray) -> float:
    residuals = _residuals(labels, predictions)
    if labels.size < 2:
        return float("nan")
    unexplained = np.sum(residuals**2, dtype=np.float64)
    spread = np.sum((labels - np.average(labels)) ** 2, dtype=np.float64)
    if spread == 0:
        return 1.0 if unexplained == 0 else 0.0
    return float(1 - unexplained / spread)


SCORES: dict[str, Score] = {
    "accuracy": _by_class(_accuracy),
    "balanced_accuracy": _by_class(_balanced_accuracy),
    "f1": _by_class(_f1),
    "f1_binary": _by_class(_f1, binary=True),
    "f1_macro": _by_class(_f1),
    "mse": _mse,
    "rmse": _rmse,
    "mae": _mae,
    "precision": _by_class(_precision, binary=True),
    "precision_macro": _by_class(_precision),
    # Over all classes, precision and recall pooled are both the share of hits.
    "precision_micro": _by_class(_accuracy),
    "r2": _r2,
    "recall": _by_class(_recall, binary=True),
    "recall_macro": _by_class(_recall),
    "recall_micro": _by_class(_accuracy),
}


def custom_metric(names: list[str]) -> Callable[[np.ndarray, Labelled], list[tuple[str, float]]]:
    """Return the function that `xgboost.train` calls each round, for the named metrics in this order.

    Raises (when called):
        ValueError: labels or predictions do not fit a metric, in scikit-learn's words.
    """

    def scores(predictions: np.ndarray, data: Labelled) -> list[tuple[str, float]]:
        labels = data.get_label()
        return [(name, SCORES[name](labels, predictions)) for name in names]

    return scores
