"""What a model got wrong, row by row, and how bad it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.judging import intervals
from core.judging.intervals import Interval
from core.metrics import log_losses


@dataclass(frozen=True, slots=True)
class Errors:
    """The errors of rows, in their order.

    `error` is 0 or 1, of a regression the absolute error; `second` the log loss, of a regression the error with its
    sign, None where classes have no probabilities. `cost` is what orders rows by how bad they are. Of two classes,
    `selected` are the rows predicted as the positive one, and `positive` those that truly are.
    """

    problem: str
    error: np.ndarray
    second: np.ndarray | None
    cost: np.ndarray
    selected: np.ndarray | None = None
    positive: np.ndarray | None = None
    by_amounts: bool = False  # whether `cost` is an amount

    @property
    def yes_or_no(self) -> bool:
        return self.problem != "regression"

    def overall(self) -> Interval:
        """Return the error rate, or the mean absolute error."""
        if self.yes_or_no:
            return intervals.share(float(self.error.sum()), len(self.error))
        return intervals.mean(self.error)


def errors_of(
    problem: str,
    label: np.ndarray,
    score: np.ndarray,
    threshold: float = 0.5,
    amounts: Sequence[float | np.ndarray] = (),
) -> Errors:
    """Return the errors of predictions: probabilities of class 1 or of each class, codes of classes, or values.

    With `amounts`, of a miss and of a false alarm, for all rows or for each, a wrong row costs its own; of those that
    cost the same the surer error is the worse one.
    """
    if problem == "regression":
        signed = score - label
        return Errors(problem, np.abs(signed), signed, np.abs(signed))
    if problem == "multiclass":
        predicted = score.argmax(axis=1) if score.ndim == 2 else score
        error = (predicted != label).astype(np.float64)
        second = log_losses(label, score) if score.ndim == 2 else None
        return Errors(problem, error, second, error if second is None else second)
    if score.ndim == 2:  # a softmax over two classes
        score = score[:, 1]
    selected, positive = score >= threshold, label == 1
    error, second = (selected != positive).astype(np.float64), log_losses(label, score)
    cost = second
    if amounts:
        paid = np.where(positive, *amounts)
        cost = error * paid * (1 + 1e-6 * second)  # rows that cost the same stand by their log loss
    return Errors(problem, error, second, cost, selected, positive, bool(amounts))
