"""Metrics of predictions, in numpy and as scikit-learn defines them: to import it would take longer than to judge.

Labels are codes 0..k-1 as floats. `tests/test_metrics.py` holds each against scikit-learn.
"""

from __future__ import annotations

import numpy as np

Points = tuple[np.ndarray, np.ndarray]


def roc_curve(label: np.ndarray, score: np.ndarray) -> Points:
    """Return (false positive rates, true positive rates), rising, of two classes that both occur.

    Points on a straight line between others are left out.
    """
    true, false = _counts(label, score)
    if len(false) > 2:
        bends = np.logical_or(np.diff(false, 2) != 0, np.diff(true, 2) != 0)
        kept = np.concatenate([[True], bends, [True]])
        true, false = true[kept], false[kept]
    true, false = np.concatenate([[0.0], true]), np.concatenate([[0.0], false])
    return false / false[-1], true / true[-1]


def roc_auc(label: np.ndarray, score: np.ndarray) -> float:
    """Return the area under `roc_curve`."""
    false, true = roc_curve(label, score)
    return float(np.trapezoid(true, false))


def mean_roc_auc(label: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean over the classes, each of which occurs, of the area for it against all others."""
    classes = range(probabilities.shape[1])
    return float(np.mean([roc_auc(label == code, probabilities[:, code]) for code in classes]))


def precision_recall_curve(label: np.ndarray, score: np.ndarray) -> Points:
    """Return (precision, recall) with recall falling to 0, where precision is 1."""
    true, false = _counts(label, score)
    precision, recall = true / (true + false), true / true[-1]
    return np.append(precision[::-1], 1.0), np.append(recall[::-1], 0.0)


def average_precision(label: np.ndarray, score: np.ndarray) -> float:
    """Return the sum of the precisions, each weighted with what recall gains at it."""
    precision, recall = precision_recall_curve(label, score)
    return float(max(0.0, -np.sum(np.diff(recall) * precision[:-1])))


def log_loss(label: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean of `log_losses`."""
    return float(np.mean(log_losses(label, probabilities)))


def log_losses(label: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Return the negative logarithm of what the true class was given, by row: shape (n,) of class 1, or (n, k).

    Nothing is surer than its floating point type can tell from 0 and 1.
    """
    least = float(np.finfo(probabilities.dtype).eps)
    if probabilities.ndim == 1:
        given = np.where(label == 1, probabilities, 1 - probabilities)
    else:
        given = probabilities[np.arange(len(label)), label.astype(int)]
    return -np.log(np.clip(given.astype(np.float64), least, 1 - least))


def confusion_matrix(label: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return how many rows of each class (down) were predicted as each class (across)."""
    cells = label.astype(int) * classes + predicted.astype(int)
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def precision_of_each(confusion: np.ndarray) -> np.ndarray:
    """Return for each class the share of the rows predicted as it that are of it; 0 where there are none."""
    return _ratio(np.diag(confusion), confusion.sum(axis=0))


def recall_of_each(confusion: np.ndarray) -> np.ndarray:
    """Return for each class the share of its rows that were predicted as it; 0 where there are none."""
    return _ratio(np.diag(confusion), confusion.sum(axis=1))


def f1_of_each(confusion: np.ndarray) -> np.ndarray:
    """Return for each class the harmonic mean of its precision and recall; 0 where it has neither row."""
    return _ratio(2 * np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1))


def _counts(label: np.ndarray, score: np.ndarray) -> Points:
    """Return (true positives, false positives) at each distinct score, counted from the highest one."""
    order = np.argsort(score, kind="stable")[::-1]
    score, positive = score[order], (label[order] == 1).astype(np.float64)
    last = np.append(np.flatnonzero(np.diff(score)), len(score) - 1)
    true = np.cumsum(positive)[last]
    return true, 1 + last - true


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole != 0)
