"""Intervals against scipy and scikit-learn, and their coverage on simulated data with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from core.judging import intervals, score_table

chance = np.random.default_rng(5)


def test_a_share_is_wilsons():
    for part, whole in ((0, 10), (7, 10), (10, 10), (312, 999)):
        wilson = stats.binomtest(part, whole).proportion_ci(method="wilson")
        found = intervals.share(part, whole)
        assert (found.low, found.high) == (pytest.approx(wilson.low, abs=1e-9), pytest.approx(wilson.high))
    assert intervals.share(0, 0).low is None


def test_a_mean_is_students():
    for rows in (3, 5, 34, 4000):
        values = chance.normal(size=rows)
        expected = stats.t.interval(0.95, rows - 1, values.mean(), stats.sem(values))
        found = intervals.mean(values)
        assert (found.low, found.high) == pytest.approx(expected, rel=3e-3)


def test_an_auc_of_rows_and_of_their_table_are_the_same_with_ties_too():
    score = chance.normal(size=400).round(1)
    positive = chance.random(400) < 1 / (1 + np.exp(-score))
    value, influence = intervals.placements(positive, score)
    assert value == pytest.approx(roc_auc_score(positive, score))
    table = score_table.of(positive, score)
    of_rows = intervals.auc(value, influence, positive.sum(), (~positive).sum())
    of_table = intervals.auc_of_table(table.negatives, table.positives)
    assert (of_table.value, of_table.low, of_table.high) == pytest.approx(
        (of_rows.value, of_rows.low, of_rows.high)
    )
    # DeLong's variance, by its definition
    ranks = np.array([np.mean((s > score[~positive]) + (s == score[~positive]) / 2) for s in score[positive]])
    others = np.array([np.mean((score[positive] > s) + (score[positive] == s) / 2) for s in score[~positive]])
    variance = ranks.var(ddof=1) / len(ranks) + others.var(ddof=1) / len(others)
    assert np.sum(influence**2) == pytest.approx(variance)


def test_a_perfect_figure_is_not_called_certain():
    perfect = intervals.auc_of_table(np.array([20, 0]), np.array([0, 20]))
    assert perfect.value == 1 and 0.7 < perfect.low < 0.9
    assert intervals.f1(20, 0, 0).low < 0.95


def covered(found, truth: float) -> bool:
    return found.low <= truth <= found.high


@pytest.mark.parametrize("rows", [40, 300])
def test_the_truth_is_in_nineteen_of_twenty_intervals(rows):
    """Scores of two normal distributions one apart: the AUC is 0.7602, and every other figure is drawn beforehand."""
    large = chance.random(1_000_000) < 0.3
    score = chance.normal(size=1_000_000) + large
    taken = score > 0.9
    truths = {
        "auc": stats.norm.cdf(1 / np.sqrt(2)),
        "accuracy": np.mean(taken == large),
        "f1": 2 * np.sum(taken & large) / (taken.sum() + large.sum()),
        "balanced": (taken[large].mean() + (~taken)[~large].mean()) / 2,
        "mean": np.mean(np.abs(score)),
        "rmse": np.sqrt(np.mean(score**2)),
        "r2": 1 - np.mean((score - large) ** 2) / np.var(score),
    }
    hits = dict.fromkeys(truths, 0)
    times = 600
    for start in range(0, times * rows, rows):
        y, s, t = (each[start : start + rows] for each in (large, score, taken))
        table = score_table.of(y, s)
        found = {
            "auc": intervals.auc_of_table(table.negatives, table.positives),
            "accuracy": intervals.share(np.sum(t == y), rows),
            "f1": intervals.f1(np.sum(t & y), np.sum(y & ~t), np.sum(t & ~y)),
            "balanced": intervals.mean_of_shares(
                [intervals.share(np.sum(t & y), y.sum()), intervals.share(np.sum(~t & ~y), (~y).sum())]
            ),
            "mean": intervals.mean(np.abs(s)),
            "rmse": intervals.root_of_mean(s**2),
            "r2": intervals.explained(s, y.astype(float)),
        }
        for name, interval in found.items():
            hits[name] += covered(interval, truths[name])
    shares = {name: hit / times for name, hit in hits.items()}
    assert all(0.92 <= share <= 0.98 for share in shares.values()), shares
