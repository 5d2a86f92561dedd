"""How well one feature alone predicts the target on held-out rows: what leaks shows here first.

Each feature is judged twice, as it is (its rank, or a line for regression) and by the mean target in bins of it,
both fitted on rows of the training split and measured on the other rows; the better one counts. AUC is the
Mann-Whitney statistic with ties counted half; for several classes it is the mean over one-vs-rest.
"""

from __future__ import annotations

import numpy as np

from core.eda.findings.intervals import mean_auc_low, r2_low
from core.eda.findings.sample import Feature, Sample
from core.encoding.contract import Contract
from core.report.column_schema import Signal

BINS = 64
MAX_LEVELS = 300  # up to so many distinct values, each is a bin of its own
MIN_RANKED = 30
PRIOR = 10.0  # rows of the overall mean added to each bin


def scores_of(sample: Sample, contract: Contract) -> dict[str, float]:
    """Return {feature: AUC (R² for a regression) on the held-out rows of the sample}; {} without both kinds of rows."""
    train = sample.train
    if train.all() or not train.any():
        return {}
    classes = len(contract.classes)  # none for a regression
    target = (
        sample.target if classes else sample.target / (np.abs(sample.target).max() or 1.0)
    )  # squares fit then
    return {feature.name: score(feature, target, train, classes) for feature in sample.features}


def signals_of(sample: Sample, contract: Contract, scores: dict[str, float]) -> dict[str, Signal]:
    """Return {column: {"metric": auc or r2, "value", "low", "feature": its best one, "rows": held-out rows}}."""
    held = sample.target[~sample.train]
    classes = np.bincount(held.astype(int)).tolist() if contract.classes else []
    signals: dict[str, Signal] = {}
    for column in contract.columns:
        known = [feature for feature in column.features if feature in scores]
        if known:
            best = max(known, key=scores.__getitem__)
            value = float(scores[best])
            low = mean_auc_low(value, classes) if contract.classes else r2_low(value, len(held))
            signals[column.name] = {
                "metric": "auc" if contract.classes else "r2",
                "value": round(value, 6),
                "low": round(low, 6),
                "feature": best,
                "rows": len(held),
            }
    return signals


def score(feature: Feature, target: np.ndarray, train: np.ndarray, classes: int) -> float:
    """Return AUC over `classes`, or R² where there are none."""
    bins = _bins(feature, train)
    if not classes:
        return max(_binned_r2(bins, target, train), _line_r2(feature.values, target, train))
    binned = _binned_auc(bins, target, train, classes)
    if bins.max() <= MIN_RANKED:  # so few values that the bins already are the ranks
        return binned
    return max(binned, _rank_auc(feature, target, train, classes))


def _bins(feature: Feature, train: np.ndarray) -> np.ndarray:
    """Return a bin number for every value; blanks have the last bin to themselves."""
    codes, size = feature.codes, len(feature.levels)
    in_train = np.bincount(codes[train & (codes >= 0)], minlength=size)
    seen = np.flatnonzero(in_train)
    if len(seen) <= MAX_LEVELS:
        edges = feature.levels[seen]
    else:
        reached = np.cumsum(in_train) / in_train.sum()
        edges = feature.levels[np.unique(np.searchsorted(reached, np.linspace(0, 1, BINS + 1)[1:-1]))]
    of_level = np.append(np.searchsorted(edges, feature.levels, side="right"), len(edges) + 1)
    return of_level[codes]  # a blank's code is -1: the last place


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
    """Return AUC of rows that share a score by bin; NaN without both kinds of rows."""
    _, group = np.unique(score, return_inverse=True)
    return auc_of_counts(np.bincount(group, positive), np.bincount(group, negative))


def auc_of_counts(positive: np.ndarray, negative: np.ndarray) -> float:
    """Return AUC from the rows of each kind by rising score; NaN without both kinds of rows."""
    pairs = positive.sum() * negative.sum()
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs) if pairs else float("nan")


def _rank_auc(feature: Feature, target: np.ndarray, train: np.ndarray, classes: int) -> float:
    filled, size = feature.codes, len(feature.levels)
    in_train = np.bincount(filled[train & (filled >= 0)], minlength=size)
    if not in_train.sum():
        return 0.5
    middle = np.searchsorted(np.cumsum(in_train), in_train.sum() / 2)
    filled = np.where(filled < 0, middle, filled)  # a blank ranks as the median does
    aucs = []
    for c in _wanted(classes):
        fitted, held = (_auc(filled[rows], target[rows] == c, size) for rows in (train, ~train))
        aucs.append(held if fitted >= 0.5 else 1.0 - held)
    return _mean_auc(aucs)


def _auc(codes: np.ndarray, positive: np.ndarray, size: int) -> float:
    of_positive = np.bincount(codes[positive], minlength=size).astype(float)
    return auc_of_counts(of_positive, np.bincount(codes, minlength=size) - of_positive)


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
