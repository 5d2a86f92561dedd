"""What labels and predictions alone say of a model: metrics with intervals, a baseline, and what is drawn of them.

A baseline knows only how the label is distributed.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core import metrics
from core.evaluation_file import VERSION, Class, Confusion, Curve, Curves, Decile, Figure, Scores
from core.judging import intervals, score_table
from core.judging.intervals import Interval
from core.language import mark
from core.numbers import integer

CURVE_POINTS = 200
SCATTER_POINTS = 500
BOOTSTRAP_BINS = 200  # of the table whose rows are drawn again: finer ones move no end of an interval
CONFUSIONS = 20  # the costliest at most
DECILES = 10
TOP = (2, 3)
DELONG, WILSON, STUDENT, DELTA, BOOTSTRAP, MOVER = (
    "DeLong",
    "Wilson",
    mark("Student's t"),
    "delta",
    "bootstrap",
    "MOVER",
)


def of(label: np.ndarray, raw: np.ndarray, problem: str, classes: list[str]) -> Scores:
    """Return metrics, baseline and the data of pictures for predictions `raw`: shape (n,), or (n, k) for multiclass.

    `label` holds codes 0..k-1 (binary, multiclass) or values (regression), shape (n,). Raises ValueError where an
    answer is no finite number.
    """
    strange = int(np.count_nonzero(~np.isfinite(raw)))
    if strange:
        raise ValueError(
            f"{integer(strange)} of the model's {integer(raw.size)} answers are no finite numbers."
        )
    return {"binary": _binary, "multiclass": _multiclass, "regression": _regression}[problem](
        label, raw, classes
    )


def figure(interval: Interval | None) -> Figure:
    """Return an interval as evaluation.json holds it; of None a metric that cannot be computed."""
    if interval is None:
        return {"value": None, "low": None, "high": None}
    low, high = interval.low, interval.high
    return {
        "value": float(interval.value),
        "low": None if low is None else float(low),
        "high": None if high is None else float(high),
    }


def _figures(found: Mapping[str, Interval | None]) -> dict[str, Figure]:
    return {name: figure(interval) for name, interval in found.items()}


# --- two classes ------------------------------------------------------------------------------------------


def _binary(label: np.ndarray, raw: np.ndarray, classes: list[str]) -> Scores:
    positive, predicted, share = label == 1, raw >= 0.5, float(np.mean(label))
    both = 0 < share < 1
    confusion = metrics.confusion_matrix(label, predicted, 2)
    (right, false), (missed, found) = confusion.tolist()
    losses = metrics.log_losses(label, raw)
    result: dict[str, Interval | None] = {
        "auc": _auc(positive, raw) if both else None,
        "aucpr": _average_precision(positive, raw) if both else None,
        "logloss": intervals.mean(losses),
        "accuracy": intervals.share(right + found, len(label)),
        "precision": intervals.share(found, found + false),
        "recall": intervals.share(found, found + missed),
        "f1": intervals.f1(found, missed, false),
    }
    baseline: dict[str, float | None] = {
        "auc": 0.5,
        "aucpr": share,
        "logloss": metrics.log_loss(label, np.full(len(label), share)),
        "accuracy": max(share, 1 - share),
    }
    curves: Curves = {}
    if both:
        false_positive, true_positive = metrics.roc_curve(label, raw)
        precision, recall = metrics.precision_recall_curve(label, raw)
        curves = {
            "roc": _thin(false_positive, true_positive),
            "precision_recall": _thin(recall[::-1], precision[::-1]),
        }
    return Scores(
        version=VERSION,
        problem="binary",
        rows=len(label),
        classes=classes,
        metrics=_figures(result),
        baseline=baseline,
        intervals_by={
            "auc": DELONG, "aucpr": BOOTSTRAP, "logloss": STUDENT,
            **dict.fromkeys(("accuracy", "precision", "recall", "f1"), WILSON),
        },
        confusion=confusion.tolist(),
        curves=curves,
    )  # fmt: skip


def _auc(positive: np.ndarray, score: np.ndarray) -> Interval:
    value, influence = intervals.placements(positive, score)
    return intervals.auc(value, influence, int(positive.sum()), int((~positive).sum()))


def _average_precision(positive: np.ndarray, score: np.ndarray) -> Interval:
    table = score_table.of(positive, score, BOOTSTRAP_BINS)
    value = metrics.average_precision(positive.astype(np.float64), score)
    return intervals.bootstrap(
        np.stack([table.negatives, table.positives], axis=1), average_precision_of_counts, value
    )


def average_precision_of_counts(counts: np.ndarray) -> np.ndarray:
    """Return the average precision of counted rows, shape (draws, bins by rising score, 2 classes), one a draw."""
    above = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    taken = above.sum(axis=2)
    precision = np.divide(above[..., 1], taken, out=np.zeros(taken.shape), where=taken > 0)
    positives = counts[..., 1].sum(axis=1)
    with np.errstate(invalid="ignore"):  # a draw without a positive row has none, and is left out
        return (counts[..., 1] * precision).sum(axis=1) / positives


# --- several classes --------------------------------------------------------------------------------------


def _multiclass(label: np.ndarray, raw: np.ndarray, classes: list[str]) -> Scores:
    code, named = label.astype(int), raw.ndim == 1
    predicted = raw.astype(int) if named else raw.argmax(axis=1)
    counts = np.bincount(code, minlength=len(classes))
    there, shares = np.flatnonzero(counts), counts / len(label)
    confusion = metrics.confusion_matrix(label, predicted, len(classes))
    right = int(np.trace(confusion))
    result: dict[str, Interval | None] = {
        "accuracy": intervals.share(right, len(label)),
        "f1_macro": _f1_macro(confusion),
        "balanced_accuracy": intervals.mean_of_shares(
            [intervals.share(confusion[each, each], counts[each]) for each in there]
        ),
    }
    baseline: dict[str, float | None] = {
        "accuracy": float(shares.max()),
        "balanced_accuracy": 1 / len(there),
    }
    aucs: dict[int, Interval] = {}
    top: dict[str, Figure] | None = None
    if not named:
        # float32 rows of a softmax sum to 1 only within its rounding.
        probabilities = raw.astype(np.float64)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        result["mlogloss"] = intervals.mean(metrics.log_losses(label, probabilities))
        baseline["mlogloss"] = float(-(shares[there] * np.log(shares[there])).sum())
        aucs, mean = _aucs(code, probabilities, there)
        if len(there) == len(classes):
            result["auc"], baseline["auc"] = mean, 0.5
        top = _top_k(code, probabilities)
    found = Scores(
        version=VERSION,
        problem="multiclass",
        rows=len(label),
        classes=classes,
        metrics=_figures(result),
        baseline=baseline,
        intervals_by={
            "accuracy": WILSON, "f1_macro": BOOTSTRAP, "balanced_accuracy": MOVER, "mlogloss": STUDENT,
            "auc": DELONG,
        },
        confusion=confusion.tolist(),
        curves={},
        by_class=_by_class(confusion, aucs, classes),
        confusions=_costliest(confusion, classes),
    )  # fmt: skip
    if top:
        found["top_k"] = top
    return found


def _f1_macro(confusion: np.ndarray) -> Interval:
    value = float(metrics.f1_of_each(confusion).mean())
    if np.trace(confusion) == confusion.sum():  # nothing varies that could be drawn again
        certain = intervals.share(confusion.sum(), confusion.sum())
        return Interval(value, None if certain.low is None else value * certain.low, value)

    def drawn(counts: np.ndarray) -> np.ndarray:
        hits = np.diagonal(counts, axis1=1, axis2=2)
        both = counts.sum(axis=1) + counts.sum(axis=2)
        return np.divide(2 * hits, both, out=np.zeros(hits.shape), where=both > 0).mean(axis=1)

    return intervals.bootstrap(confusion, drawn, value)


def _aucs(
    code: np.ndarray, probabilities: np.ndarray, there: np.ndarray
) -> tuple[dict[int, Interval], Interval | None]:
    """Return the AUC of each class against the rest, and their mean; no mean of one class alone."""
    aucs: dict[int, Interval] = {}
    total = np.zeros(len(code))
    if len(there) < 2:
        return aucs, None
    for each in there:
        positive = code == each
        value, influence = intervals.placements(positive, probabilities[:, each])
        aucs[int(each)] = intervals.auc(value, influence, int(positive.sum()), int((~positive).sum()))
        total += influence / len(there)
    mean = float(np.mean([auc.value for auc in aucs.values()]))
    fewest = int(min(np.sum(code == each) for each in there))
    return aucs, intervals.auc(mean, total, fewest, len(code) - fewest)


def _by_class(confusion: np.ndarray, aucs: dict[int, Interval], classes: list[str]) -> list[Class]:
    of_class, said = confusion.sum(axis=1), confusion.sum(axis=0)
    return [
        Class(
            name=name,
            rows=int(of_class[each]),
            auc=figure(aucs.get(each)),
            recall=figure(intervals.share(confusion[each, each], of_class[each])),
            precision=figure(intervals.share(confusion[each, each], said[each])),
        )
        for each, name in enumerate(classes)
    ]


def _top_k(code: np.ndarray, probabilities: np.ndarray) -> dict[str, Figure]:
    """Return the share of rows whose class is among the k most probable."""
    given = probabilities[np.arange(len(code)), code]
    # An equal probability counts against it: a model that says the same of all classes has ranked none.
    ranks = (probabilities >= given[:, None]).sum(axis=1)
    return {
        str(k): figure(intervals.share(int(np.count_nonzero(ranks <= k)), len(code)))
        for k in TOP
        if k < probabilities.shape[1]
    }


def _costliest(confusion: np.ndarray, classes: list[str]) -> list[Confusion]:
    """Return which class was taken for which other one, the most rows first, with the share of its own rows."""
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(wrong, axis=None, kind="stable")[::-1][:CONFUSIONS]
    pairs = [divmod(int(cell), len(classes)) for cell in order if wrong.flat[cell]]
    return [
        Confusion(
            truth=classes[truth],
            said=classes[said],
            rows=int(wrong[truth, said]),
            share=figure(intervals.share(wrong[truth, said], confusion[truth].sum())),
        )
        for truth, said in pairs
    ]


# --- numbers ----------------------------------------------------------------------------------------------


def _regression(label: np.ndarray, raw: np.ndarray, classes: list[str]) -> Scores:
    varied = len(label) > 1 and float(np.ptp(label)) > 0
    error = label - raw
    result = {
        "rmse": intervals.root_of_mean(error**2),
        "mae": intervals.mean(np.abs(error)),
        "r2": intervals.explained(label, raw) if varied else None,
    }
    baseline: dict[str, float | None] = {
        "rmse": float(np.std(label)),
        "mae": float(np.mean(np.abs(label - np.median(label)))),
        "r2": 0.0,
    }
    every = max(1, len(label) // SCATTER_POINTS)
    return Scores(
        version=VERSION,
        problem="regression",
        rows=len(label),
        classes=classes,
        metrics=_figures(result),
        baseline=baseline,
        intervals_by={"rmse": DELTA, "mae": STUDENT, "r2": DELTA},
        scatter={"actual": label[::every].tolist(), "predicted": raw[::every].tolist()},
        curves={},
        deciles=_deciles(label, raw),
    )


def _deciles(label: np.ndarray, raw: np.ndarray) -> list[Decile]:
    """Return tenths of the rows by rising prediction: how far off they are, and to which side."""
    parts = np.array_split(np.argsort(raw, kind="stable"), min(DECILES, max(1, len(raw) // 5)))
    return [
        Decile(
            low=float(raw[rows[0]]),
            high=float(raw[rows[-1]]),
            rows=len(rows),
            error=figure(intervals.mean(np.abs(label[rows] - raw[rows]))),
            bias=figure(intervals.mean(raw[rows] - label[rows])),
        )
        for rows in parts
    ]


def _thin(x: np.ndarray, y: np.ndarray) -> Curve:
    """Return at most CURVE_POINTS points of a curve, its ends kept: enough for any screen."""
    keep = np.unique(np.linspace(0, len(x) - 1, min(len(x), CURVE_POINTS)).astype(int))
    return {"x": np.round(x[keep], 5).tolist(), "y": np.round(y[keep], 5).tolist()}
