"""Coefficients and intervals against scipy and pandas: ties, blanks, constants, extremes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy

from core.eda.findings.coefficients import correlation_ratio, cramers_v, pearson_matrix, spearman
from core.eda.findings.target_by import mean, rate
from core.report.drift import chi2_95

pytestmark = pytest.mark.slow(0.2)  # hundreds of tables in DuckDB, which `make fast` leaves out

ROWS = 800


def table(seed: int) -> pd.DataFrame:
    """Numbers that hang together, with ties and blanks, a constant, a blank column, and two of extreme size."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=ROWS)
    found = pd.DataFrame(
        {
            "x": x,
            "line": 3 * x + 7,
            "noisy": x + rng.normal(size=ROWS),
            "ties": (x + rng.normal(size=ROWS)).round(),
            "curve": np.exp(2 * x),
            "late": 1.7e9 + x,
            "huge": (x + rng.normal(size=ROWS)) * 1e300,
            "tiny": (x - rng.normal(size=ROWS)) * 1e-300,
            "constant": 0.1,
            "blank": np.nan,
        }
    )
    for name in ("noisy", "ties", "huge"):
        found.loc[rng.random(ROWS) < 0.3, name] = np.nan
    return found


def codes(column: pd.Series) -> np.ndarray:
    return np.where(column.isna(), -1, column.rank(method="dense").fillna(0).astype(int))


@pytest.mark.parametrize("seed", range(5))
def test_pearson_is_scipys_pair_by_pair(seed):
    found, data = pearson_matrix(table(seed).to_numpy()), table(seed)
    unit = data / data.abs().max()  # scipy squares: huge and tiny in units of the largest
    for i, a in enumerate(data):
        for j, b in enumerate(data):
            both = unit[[a]].notna().all(axis=1) & unit[[b]].notna().all(axis=1)
            if "constant" in (a, b) or "blank" in (a, b):
                assert np.isnan(found[i, j]), (a, b)
            else:
                # "late" keeps seven digits of what it varies by
                tolerance = 1e-6 if "late" in (a, b) else 1e-9
                expected = scipy.stats.pearsonr(unit.loc[both, a], unit.loc[both, b]).statistic
                assert found[i, j] == pytest.approx(expected, abs=tolerance), (a, b)


@pytest.mark.parametrize("seed", range(5))
def test_spearman_is_scipys_with_ranks_of_the_rows_that_both_fill(seed):
    data = table(seed)
    for a in data:
        for b in data:
            found = spearman(codes(data[a]), codes(data[b]))
            both = data[a].notna() & data[b].notna()
            if "constant" in (a, b) or "blank" in (a, b):
                assert found is None
            else:
                expected = scipy.stats.spearmanr(data.loc[both, a], data.loc[both, b]).statistic
                assert found == pytest.approx(expected, abs=1e-9), (a, b)


@pytest.mark.parametrize("seed", range(10))
def test_cramers_v_is_scipys_and_then_bergsmas_correction(seed):
    rng = np.random.default_rng(seed)
    first = rng.integers(-1, rng.integers(2, 8), ROWS)
    second = np.where(rng.random(ROWS) < 0.4, first, rng.integers(-1, 5, ROWS))
    both = (first >= 0) & (second >= 0)
    crossed = pd.crosstab(first[both], second[both]).to_numpy()
    n, (r, k) = crossed.sum(), crossed.shape
    plain = scipy.stats.contingency.association(crossed, method="cramer")
    phi2 = max(0, plain**2 * (min(r, k) - 1) - (r - 1) * (k - 1) / (n - 1))
    expected = np.sqrt(phi2 / (min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1))
    assert cramers_v(first, second) == pytest.approx(expected, abs=1e-12)
    assert cramers_v(first, first) == pytest.approx(1.0)
    assert cramers_v(first, np.zeros(ROWS, int)) is None and cramers_v(first, np.full(ROWS, -1)) is None


def test_chance_gives_many_categories_no_association():
    rng = np.random.default_rng(5)
    names, others = rng.integers(0, 200, ROWS), rng.integers(0, 60, ROWS)
    assert scipy.stats.contingency.association(pd.crosstab(names, others).to_numpy(), method="cramer") > 0.45
    assert cramers_v(names, others) < 0.1
    assert correlation_ratio(names, rng.normal(size=ROWS)) < 0.25  # without correction: 0.5


@pytest.mark.parametrize("seed", range(10))
def test_the_correlation_ratio_is_that_of_scipys_f(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(-1, 6, ROWS)
    scale = 10.0 ** rng.integers(-290, 290)
    values = (groups * rng.normal(0, 0.3) + rng.normal(size=ROWS)) * scale
    values[rng.random(ROWS) < 0.1] = np.nan
    both = (groups >= 0) & ~np.isnan(values)
    unit, known = values[both] / scale, groups[both]
    parts = [unit[known == group] for group in np.unique(known)]
    f, n, k = scipy.stats.f_oneway(*parts).statistic, both.sum(), len(parts)
    eta2 = f * (k - 1) / (f * (k - 1) + n - k)
    expected = np.sqrt(max(0, 1 - (1 - eta2) * (n - 1) / (n - k)))
    assert correlation_ratio(groups, values) == pytest.approx(expected, abs=1e-9)
    assert correlation_ratio(groups, np.full(ROWS, 0.1)) is None
    assert correlation_ratio(np.arange(ROWS), values) is None  # each row a category: nothing can be said


@pytest.mark.parametrize("shape", [(0, 1), (1, 1), (0, 50), (50, 50), (3, 10), (700, 2_000)])
def test_the_interval_of_a_rate_is_wilsons(shape):
    hits, rows = shape
    values = np.arange(rows) < hits
    found = rate(values.astype(float))
    expected = scipy.stats.binomtest(hits, rows).proportion_ci(method="wilson")
    assert found == pytest.approx((hits / rows, expected.low, expected.high), abs=1e-6)


def test_the_interval_of_a_mean_is_the_normal_one():
    for scale in (1.0, 1e300, 1e-300):
        values = np.random.default_rng(1).exponential(3, 200)
        low, high = scipy.stats.norm.interval(0.95, values.mean(), scipy.stats.sem(values))
        unit = [end / scale for end in mean(values * scale)]
        assert unit == pytest.approx([values.mean(), low, high], rel=1e-6)
    assert mean(np.array([4.0])) == (4.0, None, None)


def test_the_quantile_of_chi_squared_is_scipys_within_three_hundredths():
    for freedom in range(1, 40):
        assert chi2_95(freedom) == pytest.approx(
            scipy.stats.chi2.ppf(0.95, freedom), rel=0.03 if freedom < 3 else 0.006
        )
