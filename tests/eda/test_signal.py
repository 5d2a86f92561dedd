"""The single-feature measure against the metrics of an evaluation, and on features whose answer is known."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from core.eda.findings.intervals import auc_low, mean_auc_low, r2_low
from core.eda.findings.sample import Feature
from core.eda.findings.signal import auc_of_counts, score
from core.encoding.contract import Column
from core.metrics import roc_auc

ROWS = 20_000
rng = np.random.default_rng(11)
TRAIN = rng.random(ROWS) < 0.7
NOISE = rng.normal(size=ROWS)
X = rng.normal(size=ROWS)


def score_of(value, target, train, classes):
    return score(Feature("x", Column("x", "numeric"), value), target, train, classes)


def test_auc_of_bins_is_that_of_an_evaluation_with_ties_too():
    positive = rng.random(ROWS) < 0.2
    for value in (X, X.round(1), np.zeros(ROWS)):
        _, codes = np.unique(value, return_inverse=True)
        rows = np.bincount(codes[positive], minlength=codes.max() + 1)
        assert auc_of_counts(rows, np.bincount(codes) - rows) == pytest.approx(
            roc_auc(positive, value), abs=1e-12
        )


def test_a_monotone_feature_has_its_rank_auc():
    target = (X + NOISE > 1).astype(float)
    expected = roc_auc(target[~TRAIN], X[~TRAIN])
    for value in (X, -X, np.exp(3 * X)):
        assert score_of(value, target, TRAIN, classes=2) == pytest.approx(expected, abs=0.003)


def test_a_feature_that_is_the_target_scores_one_and_noise_a_half():
    target = (X > 0.3).astype(float)
    assert score_of(X, target, TRAIN, classes=2) == pytest.approx(1.0)
    assert score_of(NOISE, target, TRAIN, classes=2) == pytest.approx(0.5, abs=0.03)


def test_a_leak_that_is_no_trend_is_seen_in_bins_and_in_blanks():
    target = (np.abs(X) > 1).astype(float)
    assert roc_auc(target, X) < 0.52
    assert score_of(X, target, TRAIN, classes=2) > 0.97
    blank = np.where(target == 1, np.nan, X)
    assert score_of(blank, target, TRAIN, classes=2) == pytest.approx(1.0)


def test_many_levels_do_not_pass_for_knowledge():
    """A name per row predicts the rows it was fitted on perfectly, and held-out rows not at all."""
    names, target = rng.integers(0, 10_000, ROWS).astype(float), (NOISE > 0).astype(float)
    assert score_of(names, target, TRAIN, classes=2) < 0.55


def test_several_classes_are_the_mean_of_one_against_the_rest():
    target = np.digitize(X, [-0.5, 0.5]).astype(float)
    assert score_of(X, target, TRAIN, classes=3) > 0.99
    assert score_of(NOISE, target, TRAIN, classes=3) == pytest.approx(0.5, abs=0.03)


def test_regression_is_r2_of_a_line_or_of_bins():
    line = 3 * X + 2 + NOISE
    fitted = np.polynomial.polynomial.polyfit(X[TRAIN], line[TRAIN], 1)
    off = line[~TRAIN] - fitted[0] - fitted[1] * X[~TRAIN]
    expected = 1 - np.mean(off**2) / np.var(line[~TRAIN])
    assert score_of(X, line, TRAIN, classes=0) == pytest.approx(expected, abs=1e-3)
    assert score_of(X, X**2, TRAIN, classes=0) > 0.9
    assert score_of(X, 2 * X, TRAIN, classes=0) == pytest.approx(1.0)
    assert abs(score_of(NOISE, X, TRAIN, classes=0)) < 0.02


def test_the_stated_error_of_an_auc_holds_in_draws():
    """Birnbaum and Klose's bound, for the rows of the rarer class (core/eda/findings/accuracy.py)."""
    positives, negatives, shift = 40, 360, 0.5
    positive = np.arange(positives + negatives) < positives
    truth = NormalDist().cdf(shift / np.sqrt(2))
    local = np.random.default_rng(3)
    aucs = [roc_auc(positive, local.normal(size=400) + shift * positive) for _ in range(300)]
    off = np.quantile(np.abs(np.array(aucs) - truth), 0.95)
    assert 0.3 * 0.98 / np.sqrt(positives) < off < 0.98 / np.sqrt(positives)


@pytest.mark.parametrize(("positives", "negatives", "shift"), [(9, 10, 0.0), (9, 10, 2.5), (30, 200, 1.5)])
def test_the_lower_end_of_an_auc_is_below_the_truth_in_nearly_all_draws(positives, negatives, shift):
    positive = np.arange(positives + negatives) < positives
    truth = NormalDist().cdf(shift / np.sqrt(2))
    local = np.random.default_rng(5)
    draws = [local.normal(size=len(positive)) + shift * positive for _ in range(400)]
    lows = [auc_low(roc_auc(positive, draw), positives, negatives) for draw in draws]
    assert np.mean(np.array(lows) <= truth) > 0.95 and truth - np.mean(lows) > 0.05


def test_few_rows_leave_much_below_what_they_show():
    assert auc_low(1.0, 9, 10) < 0.85 < 0.97 < auc_low(1.0, 100, 100) < 1.0
    assert auc_low(1.0, 1, 900) < 0.7 and auc_low(1.0, 0, 9) == 0.0
    assert mean_auc_low(1.0, [9, 10]) == pytest.approx(auc_low(1.0, 10, 9))
    assert auc_low(1.0, 5, 25) < mean_auc_low(1.0, [5, 5, 20]) < auc_low(1.0, 15, 15)
    assert r2_low(0.99, 10) < 0.96 < 0.97 < r2_low(0.99, 100) < 0.99 and r2_low(0.99, 3) == 0.0
