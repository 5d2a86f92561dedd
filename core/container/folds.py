"""k-fold cross validation: drawing the folds, and what each row was predicted to be.

The image draws with scikit-learn and without a seed, so the folds differ from run to run there too; only their
sizes, and for classification their mix of classes, are part of the behaviour.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.container.tree import write_whole


def draw_folds(
    rows: int, folds: int, repeats: int, labels: np.ndarray | None = None, seed: int | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (train rows, held-out rows), `folds` times per repeat; each row is held out once per repeat.

    Args:
        labels: of shape (rows,); when given, every fold gets its share of each class.

    Raises:
        ValueError: fewer rows, or fewer rows of every class, than folds; or labels that are no classes.
    """
    if labels is None and folds > rows:
        raise ValueError(
            f"Cannot have number of splits n_splits={folds} greater than the number of samples: n_samples={rows}."
        )
    groups = [np.arange(rows)] if labels is None else _rows_by_class(labels, folds)
    random = np.random.default_rng(seed)
    for _ in range(repeats):
        fold = np.empty(rows, dtype=int)
        start = 0
        for group in groups:
            # The next class starts where the last one ended, so that no fold gets all the left-over rows.
            fold[random.permutation(group)] = (start + np.arange(len(group))) % folds
            start += len(group)
        for number in range(folds):
            held_out = fold == number
            yield np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _rows_by_class(labels: np.ndarray, folds: int) -> list[np.ndarray]:
    if np.any(labels != labels.astype(int)):
        raise ValueError("Supported target types are: ('binary', 'multiclass'). Got 'continuous' instead.")
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    if all(len(group) < folds for group in groups):
        raise ValueError(f"n_splits={folds} cannot be greater than the number of members in each class.")
    return groups


class HeldOutPredictions:
    """Collects what every row was predicted to be while it was held out, over all repeats.

    Args:
        labels: true labels, shape (rows,).
        repeats: how often each row will be predicted.
        classification: whether predictions are probabilities, of (rows,) or (rows, classes).
    """

    def __init__(self, labels: np.ndarray, repeats: int, classification: bool) -> None:
        self._labels = labels
        self._classification = classification
        self._values = np.zeros((len(labels), repeats))
        self._classes = np.zeros((len(labels), repeats))
        self._seen = np.zeros(len(labels), dtype=int)

    def record(self, rows: np.ndarray, predictions: np.ndarray) -> None:
        """Keep the predictions of one fold's held-out rows."""
        repeat = self._seen[rows]
        if self._classification:
            if predictions.ndim > 1:
                classes = np.argmax(predictions, axis=-1)
                predictions = predictions[np.arange(len(classes)), classes]
            else:
                classes = predictions > 0.5
            self._classes[rows, repeat] = classes
        self._values[rows, repeat] = predictions
        self._seen[rows] += 1

    def save(self, file: Path) -> None:
        """Write label, mean prediction and, for classification, the most frequent class: `%f`, no header."""
        columns = [self._labels, self._values.mean(axis=-1)]
        if self._classification:
            columns.append(np.array([_most_frequent(row) for row in self._classes]))
        text = io.StringIO()
        np.savetxt(text, np.vstack(columns).T, delimiter=",", fmt="%f")
        write_whole(file, text.getvalue().encode())


def _most_frequent(values: np.ndarray) -> float:
    """Return the mode, the smallest of those that tie."""
    distinct, counts = np.unique(values, return_counts=True)
    return float(distinct[np.argmax(counts)])
