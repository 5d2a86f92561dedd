"""Two models on the same rows: by how much the second differs from the first in each metric, and whether that holds.

The rows are the same, so what is hard for one model is mostly hard for the other: the interval is that of the
*difference* on each row, which is far narrower than two intervals side by side. Every metric here is, but for terms
that vanish with more rows, a mean of what each row adds to it (its influence); so the error of a difference is that of
the mean of the rows' differences:

- AUC: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), one class against the rest where there are several.
- log loss, mean error: the rows' own losses; RMSE, R², precision and F1: their linear part (the delta method).
- accuracy, recall, balanced accuracy: counts of rows that only one of both gets right, with one more on either side
  (Bonett and Price, British Journal of Mathematical and Statistical Psychology 65 (2012)): without these a handful of
  rows would decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from core.judging import intervals

Floats = npt.NDArray[np.floating]
Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]

LESS_IS_BETTER = frozenset({"logloss", "mlogloss", "mae", "rmse"})
MOST_RANKED = (
    5_000_000  # scores that are ranked for the AUC of several classes: more take too long for a page
)


class Verdict(StrEnum):
    """What the interval of a difference says of the second model."""

    better = "better"
    worse = "worse"
    same = "same"  # within noise: the interval has 0 in it


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric of two models; `value` is the second's less the first's, with its 95% interval."""

    metric: str
    first: float
    second: float
    value: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        """Return what the interval says of the second model."""
        if self.low <= 0 <= self.high:
            return Verdict.same
        return Verdict.better if (self.value > 0) != (self.metric in LESS_IS_BETTER) else Verdict.worse


def paired(
    problem: str, classes: int, label: Floats, first: Floats, second: Floats
) -> tuple[Difference, ...]:
    """Return the differences of two models on the same rows, in the metrics of `problem` that these rows allow.

    `label` holds codes of `classes` (binary, multiclass) or values (regression), shape (n,). Scores are probabilities
    of class 1, or of each class as (n, k), or values, as the models gave them. Raises ValueError where shapes differ.
    """
    if first.shape != second.shape or len(label) != len(first):
        raise ValueError(f"{len(label)} labels, scores of {first.shape} and of {second.shape}.")
    if len(label) < 2:
        return ()
    if problem == "multiclass":
        return tuple(_multiclass(label.astype(np.intp), range(classes), first, second))
    return tuple((_binary if problem == "binary" else _regression)(label, first, second))


def apart(metric: str, first: tuple[float, float, float], second: tuple[float, float, float]) -> Difference:
    """Return the difference of two models that were judged on different rows, each given as (value, low, high).

    The two intervals are put together as Zou and Donner do (MOVER, Statistics in Medicine 27 (2008)): each keeps its
    own lopsidedness.
    """
    (one, one_low, one_high), (two, two_low, two_high) = first, second
    value = two - one
    return Difference(
        metric=metric,
        first=one,
        second=two,
        value=value,
        low=value - float(np.hypot(two - two_low, one_high - one)),
        high=value + float(np.hypot(two_high - two, one - one_low)),
    )


# --- the metrics of each problem ------------------------------------------------------------------------------


def _binary(label: Floats, first: Floats, second: Floats) -> Iterator[Difference]:
    positive = label == 1
    if _ranks(positive):
        yield _by_influence("auc", *(_auc(positive, score) for score in (first, second)))
    says = first >= 0.5, second >= 0.5
    yield _of_counts("accuracy", [(says[0] == positive, says[1] == positive)])
    if positive.any():
        yield _of_counts("recall", [(says[0][positive], says[1][positive])])
        if all(said.any() for said in says):
            yield _by_influence("precision", *(_ratio(said & positive, said) for said in says))
        yield _by_influence("f1", *(_f1(positive, said) for said in says))
    yield _by_influence("logloss", *(_mean(_log_losses(positive, score)) for score in (first, second)))


def _multiclass(codes: Codes, classes: range, first: Floats, second: Floats) -> Iterator[Difference]:
    says = [score.argmax(axis=1) if score.ndim == 2 else score.astype(np.intp) for score in (first, second)]
    right = [said == codes for said in says]
    occurring = [codes == code for code in classes if np.any(codes == code)]
    yield _of_counts("balanced_accuracy", [(right[0][of], right[1][of]) for of in occurring])
    yield _of_counts("accuracy", [(right[0], right[1])])
    yield _by_influence("f1_macro", *(_f1_of_classes(codes, classes, said) for said in says))
    if first.ndim == 2:  # else it is multi:softmax, which answers classes
        if first.size <= MOST_RANKED and all(_ranks(codes == code) for code in classes):
            yield _by_influence("auc", *(_auc_of_classes(codes, classes, score) for score in (first, second)))
        losses = [-np.log(_given_to_the_true(codes, score)) for score in (first, second)]
        yield _by_influence("mlogloss", *(_mean(loss) for loss in losses))


def _regression(label: Floats, first: Floats, second: Floats) -> Iterator[Difference]:
    errors = label - first, label - second
    spread: Array = (label - label.mean()) ** 2
    if spread.any():
        yield _by_influence("r2", *(_one_less(_ratio(error**2, spread)) for error in errors))
    yield _by_influence("mae", *(_mean(np.abs(error)) for error in errors))
    yield _by_influence("rmse", *(_root(_mean(error**2)) for error in errors))


# --- differences ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Estimate:
    """A metric of a model, and what each row adds to its error: its variance is the sum of their squares."""

    value: float
    influence: Array
    sure: float = intervals.Z  # so many standard errors hold 95%


def _by_influence(metric: str, first: _Estimate, second: _Estimate) -> Difference:
    apart = second.influence - first.influence
    value, half = second.value - first.value, first.sure * float(np.sqrt(np.dot(apart, apart)))
    return Difference(metric, first.value, second.value, value, value - half, value + half)


def _of_counts(metric: str, groups: list[tuple[Mask, Mask]]) -> Difference:
    """Return the difference of the mean over `groups` of the share of rows that each model gets right."""
    firsts, seconds, values, variances = [], [], [], []
    for first, second in groups:
        rows = len(first)
        firsts.append(float(first.mean()))
        seconds.append(float(second.mean()))
        gained, lost = np.count_nonzero(second & ~first) + 1, np.count_nonzero(first & ~second) + 1
        shift = (gained - lost) / (rows + 2)
        values.append(shift)
        variances.append(((gained + lost) / (rows + 2) - shift**2) / (rows + 2))
    first, second = float(np.mean(firsts)), float(np.mean(seconds))
    middle, half = float(np.mean(values)), intervals.Z * float(np.sqrt(np.sum(variances))) / len(groups)
    return Difference(metric, first, second, second - first, middle - half, middle + half)


# --- estimates --------------------------------------------------------------------------------------------------


def _mean(values: Floats) -> _Estimate:
    exact = values.astype(np.float64, copy=False)
    mean = float(exact.mean())
    return _of_rows(mean, exact - mean)


def _ratio(part: npt.NDArray[np.generic], whole: npt.NDArray[np.generic]) -> _Estimate:
    """Return the estimate of a sum over another one; 0 where the other one is nothing."""
    above, below = part.astype(np.float64), whole.astype(np.float64)
    mean = float(below.mean())
    if mean == 0:
        return _of_rows(0.0, np.zeros(len(below)))
    value = float(above.mean()) / mean
    return _of_rows(value, (above - value * below) / mean)


def _of_rows(value: float, added: Array) -> _Estimate:
    """Return the estimate whose error is the mean of what rows add, 0 on the whole."""
    rows = len(added)
    return _Estimate(value, added / np.sqrt(rows * (rows - 1)), intervals.t_quantile(rows - 1))


def _one_less(estimate: _Estimate) -> _Estimate:
    return _Estimate(1 - estimate.value, -estimate.influence, estimate.sure)


def _root(estimate: _Estimate) -> _Estimate:
    root = float(np.sqrt(estimate.value))
    return _Estimate(root, estimate.influence / (2 * root) if root else estimate.influence, estimate.sure)


def _average(estimates: Callable[[int], _Estimate], classes: range) -> _Estimate:
    """Return the mean of the estimates of classes, of which one at a time is in memory."""
    total = estimates(classes[0])
    for code in classes[1:]:
        other = estimates(code)
        total = _Estimate(total.value + other.value, total.influence + other.influence, total.sure)
    return _Estimate(total.value / len(classes), total.influence / len(classes), total.sure)


def _f1(positive: Mask, said: Mask) -> _Estimate:
    return _ratio(2 * (said & positive).astype(np.int8), said.astype(np.int8) + positive)


def _f1_of_classes(codes: Codes, classes: range, said: Codes) -> _Estimate:
    return _average(lambda code: _f1(codes == code, said == code), classes)


def _auc_of_classes(codes: Codes, classes: range, probabilities: Floats) -> _Estimate:
    return _average(lambda code: _auc(codes == code, probabilities[:, code]), classes)


def _ranks(positive: Mask) -> bool:
    """Return whether there are enough rows of either class for the variance of an AUC."""
    count = int(np.count_nonzero(positive))
    return 2 <= count <= len(positive) - 2


def _auc(positive: Mask, score: Floats) -> _Estimate:
    return _Estimate(*intervals.placements(positive, score))


def _log_losses(positive: Mask, score: Floats) -> Array:
    return -np.log(_bounded(np.where(positive, score, 1 - score)))


def _given_to_the_true(codes: Codes, probabilities: Floats) -> Array:
    """Return what each row's class was given: float32 rows of a softmax sum to 1 only within its rounding."""
    given = probabilities[np.arange(len(codes)), codes].astype(np.float64)
    return _bounded(given / probabilities.sum(axis=1, dtype=np.float64))


def _bounded(shares: Floats) -> Array:
    """Return probabilities of which none is surer than their floating point type can tell from 0 and 1."""
    least = float(np.finfo(shares.dtype).eps)
    return np.clip(shares.astype(np.float64), least, 1 - least)
