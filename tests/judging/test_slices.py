"""Where a model fails: tests and slices against scipy and tables made by hand, and against chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from core.judging.chance import beyond_chance, fisher_tail, welch_tail
from core.judging.errors import errors_of
from core.judging.slices import find_slices
from core.judging.slicing import BLANK, by_date, by_level, by_number, by_period

rng = np.random.default_rng(12)


def made(column: str, codes: np.ndarray, levels: int = 0):
    """Rows parted by the numbers `codes` as words."""
    slicing = by_level(column, [f"{column}{code}" for code in range(levels or codes.max() + 1)], codes)
    assert slicing
    return slicing


# --- chance -----------------------------------------------------------------------------------------------


def test_the_tail_of_an_error_rate_is_fishers():
    rows = rng.integers(10, 9_000, 60)
    errors = (rows * rng.random(60) ** 3).astype(int)
    expected = stats.hypergeom.sf(errors - 1, 10_000, 1_300, rows)
    feasible = errors <= 1_300
    np.testing.assert_allclose(
        fisher_tail(errors[feasible], rows[feasible], *(np.full(feasible.sum(), n) for n in (1_300, 10_000))),
        expected[feasible],
        rtol=1e-6,
        atol=1e-30,
    )


def test_the_tail_of_a_mean_is_welchs():
    for size in (10, 12, 30, 400):
        slice_, rest = rng.exponential(1.2, size), rng.exponential(1.0, 900)
        expected = stats.ttest_ind(slice_, rest, equal_var=False, alternative="greater").pvalue
        parts = [(each.mean(), each.var(ddof=1), len(each)) for each in (slice_, rest)]
        (tail,) = welch_tail(*(np.array([value], float) for part in parts for value in part))
        assert tail == pytest.approx(expected, rel=0.01)


def test_of_many_tails_those_are_told_that_benjamini_and_hochberg_tell():
    for _ in range(50):
        tails = rng.random(200) ** rng.integers(1, 4)
        np.testing.assert_array_equal(beyond_chance(tails), stats.false_discovery_control(tails) <= 0.05)
    assert not beyond_chance(np.array([])).any()


# --- parting rows -----------------------------------------------------------------------------------------


def test_words_that_are_rare_share_a_slice():
    words = ["EWR", "LGA", "JFK", "SWF", None]
    codes = np.repeat([0, 1, 2, 3, 4], [50, 30, 4, 5, 12])
    slicing = by_level("origin", words, codes)
    assert slicing and slicing.values == (("EWR",), ("LGA",), ("(2 others)",), (BLANK,))
    assert np.bincount(slicing.codes).tolist() == [50, 30, 9, 12]
    assert by_level("name", [str(row) for row in range(90)], np.arange(90)) is None
    assert by_level("one", ["only"], np.zeros(90, int)) is None


def test_numbers_are_parted_at_round_ones():
    slicing = by_number("distance", np.append(np.arange(1_000.0), np.nan))
    assert slicing and [value for (value,) in slicing.values] == [
        *("under 100", "100 to 249", "250 to 499", "500 to 749", "750 to 899", "900 or more", BLANK)
    ]
    assert np.bincount(slicing.codes).tolist() == [100, 150, 250, 250, 150, 100, 1]
    few = by_number("stops", np.repeat([0.0, 1.0, 2.5], 20))
    assert few and few.values == (("0",), ("1",), ("2.5",))
    parts = by_number("share", rng.random(300))
    assert parts and [value for (value,) in parts.values][1].count(" to under ") == 1
    assert by_number("nothing", np.full(40, np.nan)) is None


def test_dates_are_parted_as_people_say_them():
    moments = np.datetime64("2024-02-26T00:30") + np.arange(14 * 24).astype("timedelta64[h]")
    month, weekday, hour = by_date("due", moments.astype("datetime64[us]"))
    assert month.values == (("February",), ("March",)) and month.names == ("due, month",)
    assert weekday.values[0] == ("Monday",) and np.bincount(weekday.codes).tolist() == [48] * 7
    assert hour.values[-1] == ("20:00 to 23:59",)
    period = by_period("due", moments.astype("datetime64[us]"))
    assert period and period.names == ("due, by day",) and period.values[3] == ("2024-02-29",)
    weeks = np.datetime64("2024-01-03", "us") + np.arange(100).astype("timedelta64[D]")
    period = by_period("due", weeks)
    assert period and period.values[:2] == (("2024-01",), ("2024-02",))  # a week would have too few rows


# --- slices -----------------------------------------------------------------------------------------------


def test_a_slice_has_its_rows_its_rate_and_what_chance_would_give():
    # 200 rows of a: 100 wrong; 800 of b: 80 wrong.
    codes = np.repeat([0, 1], [200, 800])
    wrong = np.concatenate([np.arange(200) < 100, np.arange(800) < 80])
    label = np.arange(1_000) % 2
    score = np.where(wrong, 1 - label, label) * 0.8 + 0.1
    a, b = find_slices(errors_of("binary", label, score), [made("side", codes)])
    assert (a.columns, a.values, a.rows) == (("side",), ("side0",), 200)
    assert a.value.value == 0.5 and a.difference == pytest.approx(0.4) and a.worse
    low, high = stats.binomtest(100, 200).proportion_ci(method="wilson")
    assert (a.value.low, a.value.high) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))
    assert a.second == pytest.approx(-(np.log(0.1) + np.log(0.9)) / 2, rel=1e-5)
    assert a.tail == pytest.approx(stats.hypergeom.sf(99, 1_000, 180, 200))
    assert b.value.value == 0.1 and b.difference == pytest.approx(-0.4) and not b.worse


def test_a_rate_of_selection_is_held_against_the_highest():
    codes = np.repeat([0, 1, 2], [100, 100, 5])
    score = np.concatenate([np.arange(100) < 60, np.arange(100) < 30, np.ones(5)]) * 0.5
    label = np.concatenate([np.arange(100) < 50, np.arange(100) < 50, np.ones(5)])
    found = {
        each.values[0]: each for each in find_slices(errors_of("binary", label, score), [made("sex", codes)])
    }
    first, second, few = found["sex0"], found["sex1"], found["sex2"]
    assert (first.selected, first.ratio, first.positive) == (0.6, 1.0, 0.5)
    assert (second.selected, second.ratio) == (0.3, 0.5)
    assert few.tail is None and few.ratio and few.ratio > 1  # too few to be the one to compare with
    above = find_slices(errors_of("binary", label, score, threshold=0.6), [made("sex", codes)])
    assert {each.selected for each in above} == {0.0} and {each.ratio for each in above} == {None}


def test_a_pair_is_told_only_beyond_its_halves():
    one, other = rng.integers(0, 4, 8_000), rng.integers(0, 4, 8_000)
    for chances, alone in (
        (np.where(one == 2, 0.5, 0.1), True),
        (np.where((one == 2) & (other == 3), 0.6, 0.1), False),
    ):
        wrong = rng.random(8_000) < chances
        slicings = [made("a", one), made("b", other)]
        found = find_slices(errors_of("multiclass", np.zeros(8_000), wrong.astype(float)), slicings, slicings)
        worst = [each.values for each in found if each.worse]
        assert worst[0] == (("a2",) if alone else ("a2", "b3"))
        assert alone is (len([values for values in worst if len(values) == 2]) == 0)


def test_a_regression_is_judged_by_its_mean_error_with_its_bias():
    codes = np.repeat([0, 1], [300, 700])
    label = rng.normal(size=1_000)
    score = label + np.where(codes == 0, 2.0, 0.5) * rng.choice([-1.0, 1.0], 1_000) + 0.1
    near, far = sorted(
        find_slices(errors_of("regression", label, score), [made("side", codes)]), key=lambda s: s.value.value
    )
    error = np.abs(score - label)[:300]
    low, high = stats.t.interval(0.95, 299, error.mean(), stats.sem(error))
    assert (far.value.low, far.value.high) == (pytest.approx(low, rel=1e-3), pytest.approx(high, rel=1e-3))
    assert far.worse and not near.worse and far.second == pytest.approx((score - label)[:300].mean())
    assert far.selected is None and far.ratio is None


def test_what_a_miss_costs_puts_it_first():
    label, score = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.4, 0.9, 0.9, 0.1])
    assert errors_of("binary", label, score).cost.argmax() == 1
    cost = errors_of("binary", label, score, 0.5, (5.0, 1.0)).cost
    assert cost == pytest.approx([5, 1, 0, 0], rel=1e-4)


@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_where_there_is_no_bad_slice_none_is_told(problem):
    """Of 200 models that are as bad everywhere, at most 1 in 20 is told of a slice, pairs among them."""
    rows, models = 1_500, 200
    columns = [rng.integers(0, levels, rows) for levels in (2, 3, 5, 8)]
    columns.append(np.minimum(rng.exponential(3, rows).astype(int), 14))  # with small slices
    slicings = [made(f"c{index}", codes) for index, codes in enumerate(columns)]
    told = 0
    for _ in range(models):
        if problem == "binary":
            label, score = np.zeros(rows), (rng.random(rows) < 0.07) * 0.8 + 0.1
        else:
            label, score = np.zeros(rows), rng.lognormal(0, 1, rows)
        told += find_slices(errors_of(problem, label, score), slicings, slicings)[0].worse
    assert told <= models * 0.05
