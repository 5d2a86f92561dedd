"""How well one feature alone predicts the target on held-out rows: what leaks shows here first.

Each feature is judged twice, as it is (its rank, or a line for regression) and by the mean target in bins of it,
both fitted on rows of the training split and measured on the other rows; the better one counts. AUC is the
Mann-Whitney statistic with ties counted half; for several classes it is the mean over one-vs-rest.
"""

from __future__ import annotations

import narwhals as nw
import numpy as np

from core.contract import Contract
from core.eda.engines import engine_of
from core.eda.splits import ROW, SPLIT

SAMPLE = 100_000  # rows looked at, drawn by row hash
BINS = 64
MAX_LEVELS = 300  # up to so many distinct values, each is a bin of its own
MIN_RANKED = 30
PRIOR = 10.0  # rows of the overall mean added to each bin
_SAMPLE = "__sample__"


def single_feature(
    split: nw.LazyFrame, contract: Contract, rows: int, seed: int
) -> dict[str, dict[str, float]]:
    """{column: {"metric": auc or r2, "value", "feature", "rows"}} for the columns that become features.

    `split` is the frame of raw rows with `__row__` and `__split__`; `rows` is how many it has.
    """
    if not contract.features:
        return {}
    # Another stream than the split's own hash, or the sample would fall into one split only.
    mixed = engine_of(split).with_random(split, ROW, _SAMPLE, seed + 1)
    if rows > SAMPLE:
        mixed = mixed.filter(nw.col(_SAMPLE) < int(SAMPLE / rows * (1 << 32)))
    encoded = contract.encode(mixed, label=True, keep=(SPLIT,))
    if isinstance(encoded, nw.LazyFrame):
        encoded = encoded.collect("pyarrow")
    table = encoded.select(nw.all().cast(nw.Float64)).to_numpy()
    table = table[~np.isnan(table[:, 0])]
    target, values, train = table[:, 0], table[:, 1:-1], table[:, -1] == 0
    if train.all() or not train.any():
        return {}
    classes = 0 if contract.label.problem == "regression" else len(contract.classes)
    metric = "auc" if classes else "r2"
    found = {}
    place = {feature: i for i, feature in enumerate(contract.features)}
    for column in contract.columns:
        scores = {f: _score(values[:, place[f]], target, train, classes) for f in column.features}
        if scores:
            best = max(scores, key=scores.get)
            found[column.name] = {
                "metric": metric,
                "value": round(float(scores[best]), 6),
                "feature": best,
                "rows": int((~train).sum()),
            }
    return found


def _score(value: np.ndarray, target: np.ndarray, train: np.ndarray, classes: int) -> float:
    bins = _bins(value, train)
    if not classes:
        return max(_binned_r2(bins, target, train), _line_r2(value, target, train))
    binned = _binned_auc(bins, target, train, classes)
    if bins.max() <= MIN_RANKED:  # so few values that the bins already are the ranks
        return binned
    return max(binned, _rank_auc(value, target, train, classes))


def _bins(value: np.ndarray, train: np.ndarray) -> np.ndarray:
    """A bin number for every value; blanks have the last bin to themselves."""
    known = value[train & ~np.isnan(value)]
    edges = np.unique(known)
    if len(edges) > MAX_LEVELS:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
    return np.where(np.isnan(value), len(edges) + 1, np.searchsorted(edges, value, side="right"))


def _binned_auc(bins: np.ndarray, target: np.ndarray, train: np.ndarray, classes: int) -> float:
    size = bins.max() + 1
    code = target.astype(int)

    def counts(rows: np.ndarray) -> np.ndarray:
        return np.bincount(bins[rows] * classes + code[rows], minlength=size * classes).reshape(size, classes)

    fitted, held = counts(train).astype(float), counts(~train).astype(float)
    prior = fitted.sum(axis=0) / fitted.sum()
    share = (fitted + PRIOR * prior) / (fitted.sum(axis=1, keepdims=True) + PRIOR)
    return _mean_auc(
        [_auc_of_bins(share[:, c], held[:, c], held.sum(axis=1) - held[:, c]) for c in _wanted(classes)]
    )


def _auc_of_bins(score: np.ndarray, positive: np.ndarray, negative: np.ndarray) -> float:
    """AUC of rows that share a score by bin; NaN without both kinds of rows."""
    _, group = np.unique(score, return_inverse=True)
    positive, negative = np.bincount(group, positive), np.bincount(group, negative)
    pairs = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs) if pairs else float("nan")


def _rank_auc(value: np.ndarray, target: np.ndarray, train: np.ndarray, classes: int) -> float:
    if np.isnan(value[train]).all():
        return 0.5
    filled = np.where(np.isnan(value), np.nanmedian(value[train]), value)
    aucs = []
    for c in _wanted(classes):
        fitted = _auc(filled[train], target[train] == c)
        held = _auc(filled[~train], target[~train] == c)
        aucs.append(held if fitted >= 0.5 else 1.0 - held)
    return _mean_auc(aucs)


def _auc(value: np.ndarray, positive: np.ndarray) -> float:
    _, group = np.unique(value, return_inverse=True)
    counts = np.bincount(group, positive)
    return _auc_of_bins(np.arange(len(counts)), counts, np.bincount(group) - counts)


def _wanted(classes: int) -> range:
    return range(1, 2) if classes == 2 else range(classes)


def _mean_auc(aucs: list[float]) -> float:
    known = [auc for auc in aucs if not np.isnan(auc)]
    return float(np.mean(known)) if known else 0.5


def _binned_r2(bins: np.ndarray, target: np.ndarray, train: np.ndarray) -> float:
    size = bins.max() + 1
    mean = target[train].mean()
    rows = np.bincount(bins[train], minlength=size)
    total = np.bincount(bins[train], target[train], minlength=size)
    return _r2(((total + PRIOR * mean) / (rows + PRIOR))[bins[~train]], target[~train], mean)


def _line_r2(value: np.ndarray, target: np.ndarray, train: np.ndarray) -> float:
    known = train & ~np.isnan(value)
    mean = target[train].mean()
    if known.sum() < 3 or value[known].std() == 0:
        return 0.0
    centre, scale = value[known].mean(), value[known].std()
    slope = ((value[known] - centre) / scale * (target[known] - target[known].mean())).mean()
    line = target[known].mean() + slope * (value - centre) / scale
    return _r2(np.where(np.isnan(value), mean, line)[~train], target[~train], mean)


def _r2(predicted: np.ndarray, target: np.ndarray, mean: float) -> float:
    total = ((target - mean) ** 2).sum()
    return float(1.0 - ((target - predicted) ** 2).sum() / total) if total > 0 else 0.0
