"""Two models on the same rows: differences and intervals against scipy, DeLong's definition, and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core import metric_words
from core.evaluation_file import values as values_of
from core.judging import comparison, scores
from core.judging.comparison import Difference, Verdict


def of(metric: str, differences: tuple[Difference, ...]) -> Difference:
    (found,) = [each for each in differences if each.metric == metric]
    return found


def sigmoid(margin: np.ndarray) -> np.ndarray:
    return (1 / (1 + np.exp(-margin))).astype(np.float32)


def binary(rng, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, and two models that see the same part of the truth, and each another one."""
    known, one, other = rng.normal(size=(3, rows))
    label = (rng.random(rows) < sigmoid(known + one + 0.6 * other - 1)).astype(float)
    return label, sigmoid(known + one - 1), sigmoid(known + 0.5 * other - 1)


def several(rng, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    margins, one, other = rng.normal(size=(3, rows, 3))
    label = (margins + one + 0.6 * other + rng.gumbel(size=(rows, 3))).argmax(axis=1)
    raw = [np.exp(margins + one), np.exp(margins + 0.5 * other)]
    scores = [(each / each.sum(axis=1, keepdims=True)).astype(np.float32) for each in raw]
    return label.astype(float), scores[0], scores[1]


def values(rng, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    known, one, other = rng.normal(size=(3, rows))
    return known + one + 0.8 * other + rng.normal(size=rows), known + one, known + 0.8 * other


PROBLEMS = {"binary": (binary, 2), "multiclass": (several, 3), "regression": (values, 0)}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_values_are_those_of_the_evaluation(problem):
    draw, classes = PROBLEMS[problem]
    label, first, second = draw(np.random.default_rng(1), 500)
    names = [str(code) for code in range(classes)]
    judged = [values_of(scores.of(label, raw, problem, names)) for raw in (first, second)]
    differences = comparison.paired(problem, classes, label, first, second)
    assert {each.metric for each in differences} == set(judged[0]) - {"aucpr"}
    for each in differences:
        assert (each.first, each.second) == pytest.approx([values[each.metric] for values in judged])
        assert metric_words.METRICS[each.metric].less_is_better == (each.metric in comparison.LESS_IS_BETTER)
        assert each.value == pytest.approx(each.second - each.first) and each.low < each.value < each.high


def test_auc_has_the_interval_of_delongs_definition():
    label, first, second = binary(np.random.default_rng(2), 120)
    scores = np.round([first, second], 1)  # many are equal
    positive = label == 1
    placements = []
    for score in scores:
        above = score[positive][:, None] - score[~positive][None, :]
        psi = np.where(above > 0, 1.0, np.where(above == 0, 0.5, 0.0))
        placements.append((psi.mean(axis=1), psi.mean(axis=0)))
    of_positive, of_negative = (np.cov([each[side] for each in placements]) for side in (0, 1))
    covariance = of_positive / positive.sum() + of_negative / (~positive).sum()
    error = np.sqrt([1, -1] @ covariance @ [1, -1])
    value = placements[1][0].mean() - placements[0][0].mean()
    found = of("auc", comparison.paired("binary", 2, label, *scores))
    assert (found.value, found.low, found.high) == pytest.approx(
        (value, value - stats.norm.ppf(0.975) * error, value + stats.norm.ppf(0.975) * error)
    )


def test_a_mean_of_losses_has_the_interval_of_the_paired_t_test():
    label, first, second = values(np.random.default_rng(3), 25)
    found = of("mae", comparison.paired("regression", 0, label, first, second))
    expected = stats.ttest_rel(np.abs(label - second), np.abs(label - first)).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-4)


@pytest.mark.parametrize("rows", [60, 3000])
@pytest.mark.parametrize(
    ("gained", "lost"), [(0, 0), (3, 0), (5, 0), (6, 0), (0, 8), (9, 1), (12, 5), (16, 4)]
)
def test_accuracy_is_better_where_the_exact_test_of_mcnemar_says_so(rows, gained, lost):
    label = np.zeros(rows)
    first, second = np.zeros(rows, np.float32), np.zeros(rows, np.float32)
    first[:gained], second[gained : gained + lost] = 1, 1
    found = of("accuracy", comparison.paired("binary", 2, label, first, second))
    holds = gained + lost > 0 and stats.binomtest(gained, gained + lost).pvalue < 0.05
    side = Verdict.better if gained > lost else Verdict.worse
    assert found.verdict == (side if holds else Verdict.same)
    assert found.value == pytest.approx((gained - lost) / rows)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_of_simulated_differences_95_in_100_intervals_hold_the_truth(problem):
    draw, classes = PROBLEMS[problem]
    rng, runs = np.random.default_rng(4), 300
    truth = {each.metric: each.value for each in comparison.paired(problem, classes, *draw(rng, 200_000))}
    hits = dict.fromkeys(truth, 0)
    for _ in range(runs):
        for each in comparison.paired(problem, classes, *draw(rng, 300)):
            hits[each.metric] += each.low <= truth[each.metric] <= each.high
    assert {
        name: round(count / runs, 3) for name, count in hits.items() if not 0.92 < count / runs < 0.98
    } == {}


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_model_is_the_same_as_itself(problem):
    draw, classes = PROBLEMS[problem]
    label, first, _ = draw(np.random.default_rng(5), 200)
    differences = comparison.paired(problem, classes, label, first, first)
    assert differences and all(each.value == 0 and each.verdict == Verdict.same for each in differences)


def test_less_of_a_loss_is_better_and_what_cannot_be_told_is_left_out():
    label, good = np.array([0.0, 1.0] * 50), np.tile([0.1, 0.9], 50).astype(np.float32)
    bad = np.full(100, 0.5, np.float32)
    differences = comparison.paired("binary", 2, label, bad, good)
    assert of("logloss", differences).value < 0 and of("logloss", differences).verdict == Verdict.better
    one_class = comparison.paired("binary", 2, np.zeros(50), good[:50], bad[:50])
    assert {each.metric for each in one_class} == {"accuracy", "logloss"}
    assert comparison.paired("binary", 2, label[:1], good[:1], bad[:1]) == ()
    with pytest.raises(ValueError, match="100 labels"):
        comparison.paired("binary", 2, label, good[1:], bad)


def test_models_judged_on_different_rows_have_the_wider_interval_of_both():
    found = comparison.apart("auc", (0.70, 0.66, 0.73), (0.80, 0.76, 0.83))
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.05, 0.15))
    assert found.verdict == Verdict.better
    assert comparison.apart("rmse", (5.0, 4.0, 6.5), (4.5, 4.0, 5.0)).verdict == Verdict.same
