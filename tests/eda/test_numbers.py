"""What is said of numbers and dates, against numpy, scipy and pandas: ties, blanks, extremes, single rows."""

from __future__ import annotations

import json
import math

import duckdb
import narwhals as nw
import numpy as np
import pandas as pd
import pytest
import scipy

from core.cells import number_evidence
from core.eda.profile.bins import bins_of
from core.eda.profile.distributions import distributions
from core.eda.profile.statistics import basic
from core.eda.profile.tally import HELD
from core.eda.profile.timeline import timeline

pytestmark = pytest.mark.slow(0.2)  # hundreds of tables in DuckDB, which `make fast` leaves out

rng = np.random.default_rng(29)
CASES = {
    "normal": rng.normal(3, 2, 5_000),
    "far from zero": 1.7e9 + rng.normal(0, 1, 5_000),
    "ties": rng.integers(0, 4, 3_000).astype(float),
    "heavy tail": np.exp(rng.normal(0, 3, 5_000)),
    "mostly zero": np.where(rng.random(4_000) < 0.9, 0.0, rng.exponential(5, 4_000)),
    "one outlier": np.append(rng.normal(0, 1, 5_000), 1e9),
    "both signs": np.sinh(rng.normal(0, 4, 5_000)),
    "huge": rng.normal(0, 1, 500) * 1e300,
    "tiny": rng.normal(0, 1, 500) * 1e-300,
    "denormal": np.array([5e-324, 1e-323, 2e-323, 1e-322, 5e-324]),
    "constant": np.full(50, 0.1),
    "one row": np.array([7.5]),
    "two rows": np.array([1.0, 4.0]),
    "three rows": np.array([1.0, 4.0, 5.0]),
}


def described(values: np.ndarray | list) -> dict:
    """The statistics of one column `x`, blanks as NaN or None: the same from its distinct values as from passes
    of the engine."""
    connection = duckdb.connect()
    series = pd.Series(values)
    connection.register("source", pd.DataFrame({"x": series}))
    cell = "CASE WHEN isnan(x) THEN NULL ELSE x END" if series.dtype.kind == "f" else "x"
    connection.execute(f"CREATE TABLE t AS SELECT {cell} AS x FROM source")
    kind = "DOUBLE" if series.dtype.kind == "f" else "BIGINT"
    frame = nw.from_native(connection.table("t"))

    def scan(names):
        return frame.select(*names)

    ways = []
    for held in (0, HELD):
        found = basic(scan, {"x": kind}, len(series))
        names = ["x"] if found["x"]["minimum"] is not None else []
        distributions(scan, found, names, lambda share: None, held)
        json.dumps(found, allow_nan=False)  # nothing that JSON does not have
        ways.append(found["x"])
    connection.close()
    same(*ways)
    return ways[0]


def same(first, second) -> None:
    if isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            same(first[key], second[key])
    elif isinstance(first, float):
        assert second == pytest.approx(first, rel=1e-6, abs=1e-9)
    else:
        assert first == second


@pytest.mark.parametrize("name", CASES)
def test_moments_are_scipys(name):
    values = CASES[name]
    found = described(np.append(values, [np.nan] * 3))
    scale = np.abs(values).max()  # scipy squares: huge and tiny numbers are measured in units of the largest
    unit = values / scale
    assert found["mean"] == pytest.approx(float(unit.mean()) * scale, rel=1e-9, abs=1e-14 * scale)
    if len(values) == 1:
        assert found["std"] is None
    elif unit.std() < 1e-15:
        assert found["std"] == pytest.approx(0.0, abs=1e-14) and found["skew"] is None
    else:
        assert found["std"] == pytest.approx(float(unit.std(ddof=1)) * scale, rel=1e-6)
        skew, kurtosis = (
            scipy.stats.skew(unit, bias=False),
            scipy.stats.kurtosis(unit, bias=False) if len(values) > 3 else None,
        )
        tolerance = {"rel": 1e-5, "abs": 1e-6}
        assert found["skew"] == (None if len(values) < 3 else pytest.approx(skew, **tolerance))
        assert found["kurtosis"] == (None if kurtosis is None else pytest.approx(kurtosis, **tolerance))
    assert found["missing"] == 3


@pytest.mark.parametrize("name", CASES)
def test_quantiles_are_numpys_and_outliers_lie_beyond_the_fences(name):
    values = CASES[name]
    found = described(values)
    for point, value in found["quantiles"].items():
        assert value == pytest.approx(np.quantile(values, float(point)), rel=1e-12, abs=5e-324)
    first, third = found["quantiles"]["0.25"], found["quantiles"]["0.75"]
    if first == third:
        assert found["outliers"] is None
        return
    reach = 1.5 * (third - first)
    assert found["outliers"]["below"] == (values < first - reach).sum()
    assert found["outliers"]["above"] == (values > third + reach).sum()
    assert 0 <= found["outliers"]["share"] <= 0.25 + 0.25


@pytest.mark.parametrize("name", CASES)
def test_a_histogram_holds_every_value_once_in_rising_bins(name):
    values = CASES[name]
    shape = described(values)["histogram"]
    edges = np.array(shape["edges"])
    assert (np.diff(edges) > 0).all() and edges[0] <= values.min() and edges[-1] >= values.max()
    inner = np.searchsorted(edges[1:-1], values, side="left")
    assert shape["counts"] == np.bincount(inner, minlength=len(edges) - 1).tolist()


def test_a_long_tail_has_a_log_scale_and_no_bin_swallows_the_rest():
    scales = {name: described(values)["histogram"] for name, values in CASES.items()}
    assert scales["normal"]["scale"] == "linear"
    assert scales["mostly zero"]["scale"] == "symlog" and scales["both signs"]["scale"] in (
        "linear",
        "symlog",
    )
    tail = scales["heavy tail"]
    assert tail["scale"] == "log" and max(tail["counts"]) < 0.1 * sum(tail["counts"])


def test_few_whole_numbers_have_a_bin_each():
    values = rng.integers(2, 5, 300)
    for written in (values, values.astype(float)):
        shape = described(written)["histogram"]
        assert (shape["edges"], shape["scale"]) == ([1.5, 2.5, 3.5, 4.5], "linear")
    with_a_fraction = described(np.append(values, 2.7))["histogram"]
    assert sum(with_a_fraction["counts"]) == 301


def test_whole_numbers_of_a_long_tail_have_no_empty_bins_between_neighbours():
    values = rng.geometric(0.02, 20_000) ** 2
    found = described(values)
    edges = np.array(found["histogram"]["edges"])
    assert found["histogram"]["scale"] == "log"
    assert (edges % 1 == 0.5).all() and np.diff(edges).min() >= 1


@pytest.mark.parametrize("seed", range(20))
def test_any_two_moments_and_bins_agree_with_numpy(seed):
    """Property: whatever the scale, the offset, the ties and the blanks."""
    local = np.random.default_rng(seed)
    rows = int(local.integers(5, 400))
    values = local.standard_t(2, rows) * 10.0 ** local.integers(-140, 140)
    values += values.std() * 10.0 ** local.integers(-3, 5)
    values = np.where(local.random(rows) < 0.3, local.choice(values), values)
    values[local.random(rows) < 0.2] = np.nan
    known = values[~np.isnan(values)]
    found, unit = described(values), known / np.abs(known).max()
    assert found["mean"] == pytest.approx(unit.mean() * np.abs(known).max(), rel=1e-10)
    assert found["std"] == pytest.approx(unit.std(ddof=1) * np.abs(known).max(), rel=1e-6)
    assert found["skew"] == pytest.approx(scipy.stats.skew(unit, bias=False), rel=1e-4, abs=1e-5)
    assert sum(found["histogram"]["counts"]) == len(known)
    assert found["distinct"] == len(np.unique(known))


def test_the_largest_numbers_of_all_still_have_a_shape():
    largest = np.finfo(float).max
    found = described([-largest, 0.0, 1.0, largest])
    assert found["mean"] == pytest.approx(0.0, abs=1e293) and math.isfinite(found["skew"])
    assert sum(found["histogram"]["counts"]) == 4
    assert (
        bins_of(
            {
                "minimum": largest,
                "maximum": largest,
            },
            False,
        )["edges"][1]
        == largest
    )


def test_a_blank_column_has_nothing_to_say():
    found = described([np.nan] * 5)
    assert found["missing"] == 5 and found["minimum"] is None and "quantiles" not in found


def timeline_of(days: pd.Series) -> dict:
    connection = duckdb.connect()
    connection.register("source", pd.DataFrame({"d": days}))
    connection.execute("CREATE TABLE t AS SELECT d::TIMESTAMP AS d FROM source")
    found = timeline(nw.from_native(connection.table("t")), "d", days.min(), days.max())
    connection.close()
    return found


def test_months_weekdays_and_gaps_are_pandas():
    days = pd.Series(pd.Timestamp("2011-11-05") + pd.to_timedelta(rng.integers(0, 700, 4_000), unit="D"))
    days = days[~((days >= "2012-02-10") & (days < "2012-04-02"))].reset_index(drop=True)
    days[7] = pd.NaT
    found = timeline_of(days)
    by_month = days.dropna().dt.to_period("M").value_counts().sort_index()
    months = pd.period_range(by_month.index.min(), by_month.index.max(), freq="M")
    assert found["unit"] == "month" and found["periods"] == [str(month) for month in months]
    assert found["counts"] == by_month.reindex(months, fill_value=0).tolist()
    assert found["periods"][4] == "2012-03" and found["counts"][4] == 0
    assert found["weekdays"] == days.dt.day_of_week.value_counts().reindex(range(7), fill_value=0).tolist()
    assert found["days"] == days.nunique()
    assert found["gaps"][0] == {"after": "2012-02-09", "before": "2012-04-02", "days": 52}


def test_a_timeline_is_of_days_when_short_and_of_years_when_long():
    short = timeline_of(
        pd.Series(np.array(["2013-01-01T10", "2013-01-04", "2013-01-04T23:59"], dtype="datetime64[us]"))
    )
    assert (short["unit"], short["counts"]) == ("day", [1, 0, 0, 2])
    long = timeline_of(
        pd.Series(np.array(["1066-10-14", "2013-01-01", "2199-12-31"], dtype="datetime64[us]"))
    )
    assert long["unit"] == "year" and len(long["periods"]) == 2199 - 1066 + 1 and sum(long["counts"]) == 3


def test_a_code_that_begins_with_a_digit_among_words_is_no_number_with_a_unit():
    assert number_evidence.evidence_of({"AA": 50, "B6": 30, "9E": 6}).share == 0
    assert number_evidence.evidence_of({"12 kg": 50, "9 kg": 30, "none given": 6}).share > 0.9
