"""By how much a tuning's best beats its start: against scikit-learn, against draws with replacement, and of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from core.judging.gain import gain

pytestmark = pytest.mark.slow(0.3)  # many that add up, which `make fast` leaves out

ROWS = 600


def binary(chance: np.random.Generator, noise: float = 1.0) -> tuple[np.ndarray, ...]:
    """Labels, and two models that see the same signal, each with some noise of its own."""
    signal = chance.normal(size=ROWS)
    label = (chance.random(ROWS) < 1 / (1 + np.exp(-signal))).astype(float)
    models = [1 / (1 + np.exp(-signal - noise * chance.normal(size=ROWS))) for _ in range(2)]
    return label, *models


METRICS = {
    "auc": (1, reference.roc_auc_score),
    "logloss": (-1, reference.log_loss),
    "error": (-1, lambda label, said: np.mean((said > 0.5) != label)),
    "rmse": (-1, reference.root_mean_squared_error),
    "mae": (-1, reference.mean_absolute_error),
}


@pytest.mark.parametrize("metric", METRICS)
def test_it_is_the_difference_of_the_metric_and_as_wide_as_drawing_rows_again_says(metric):
    chance = np.random.default_rng(3)
    label, start, best = binary(chance)
    sign, measure = METRICS[metric]

    def difference(rows: np.ndarray) -> float:
        return sign * (measure(label[rows], best[rows]) - measure(label[rows], start[rows]))

    found = gain(metric, label, start, best, tried=1)
    assert found.value == pytest.approx(difference(np.arange(ROWS)))
    drawn = [difference(chance.integers(ROWS, size=ROWS)) for _ in range(200)]
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(np.std(drawn), rel=0.2)
    assert found.rows == ROWS


def test_several_classes_and_a_metric_that_is_not_known():
    chance = np.random.default_rng(3)
    label = chance.integers(3, size=ROWS).astype(float)
    start, best = (chance.dirichlet([1, 1, 1], size=ROWS) for _ in range(2))
    found = gain("mlogloss", label, start, best, 1)
    assert found.value == pytest.approx(reference.log_loss(label, start) - reference.log_loss(label, best))
    assert gain("auc", label, start, best, 1) is None
    said = [
        gain("merror", label, *guesses, 1).value
        for guesses in ((start, best), (start.argmax(1), best.argmax(1)))
    ]
    assert (
        said[0]
        == said[1]
        == pytest.approx(np.mean(best.argmax(1) == label) - np.mean(start.argmax(1) == label))
    )
    assert gain("ndcg", label, start[:, 0], best[:, 0], 1) is None


def test_the_luckiest_of_many_that_are_no_better_is_rarely_called_better():
    """Twenty trials, all as good as the start: without the widening the best of them would seem better in 26 of 100."""
    chance = np.random.default_rng(5)
    called = 0
    for _ in range(200):
        label, start, *_ = binary(chance)
        margin = np.log(start / (1 - start))
        # The same spread of noise around the same margin as the start has around the signal.
        trials = [1 / (1 + np.exp(-(margin + 0.5 * chance.normal(size=ROWS)))) for _ in range(20)]
        start = 1 / (1 + np.exp(-(margin + 0.5 * chance.normal(size=ROWS))))
        gains = [gain("logloss", label, start, trial, 20) for trial in trials]
        called += max(gains, key=lambda each: each.value).low > 0
    assert called <= 10
