"""What is measured on the sample, against pandas and scipy, and on data whose answer is known."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import scipy

from core.eda.findings.blanks import blank_patterns
from core.eda.findings.correlations import NUMBERS, correlations_of
from core.eda.findings.drift import drift_of, psi_of
from core.eda.findings.findings import measure
from core.eda.findings.over_time import over_time
from core.eda.findings.sample import Feature, Sample
from core.eda.findings.target_by import target_by
from core.encoding.contract import Column, Contract, Label
from tests.eda.conftest import run_script

ROWS = 6_000
rng = np.random.default_rng(41)
SPLIT = np.repeat([0, 1, 2], [4_200, 1_200, 600])
rng.shuffle(SPLIT)
BINARY = Label("y", "binary", ("no", "yes"), positive="yes")
NUMBER = Label("y", "regression")
THREE = Label("y", "multiclass", ("a", "b", "c"))
CITIES = tuple((f"city {i}", 100 - i) for i in range(30))


def number(name: str, values: np.ndarray) -> Feature:
    return Feature(name, Column(name, "numeric", features={name: "value"}), values.astype(float))


def category(name: str, values: np.ndarray, levels=CITIES) -> Feature:
    column = Column(name, "categorical", features={name: "code"}, levels=levels, own_codes=len(levels))
    return Feature(name, column, values.astype(float))


def sample_of(target: np.ndarray, features: list[Feature], **more) -> Sample:
    given = {"split": SPLIT, "of": ROWS, "moment": None, "moments": None, "blanks": {}} | more
    return Sample(target=target.astype(float), features=features, **given)


def contract_of(label: Label, features: list[Feature]) -> Contract:
    return Contract(label=label, columns=tuple(feature.column for feature in features))


X = rng.normal(size=ROWS)
HOLED = np.where(rng.random(ROWS) < 0.2, np.nan, X)
CITY = rng.integers(0, 30, ROWS)
LATE = (X + rng.normal(size=ROWS) > 0).astype(float)


def test_the_rate_by_bin_and_category_is_pandas():
    features = [number("x", HOLED), number("hour", CITY % 24), category("city", CITY)]
    sample, contract = sample_of(LATE, features), contract_of(BINARY, features)
    bins = target_by(features[0], sample, contract)
    assert bins[-1]["blank"] and bins[-1]["rows"] == np.isnan(HOLED).sum() and len(bins) == 11
    frame = pd.DataFrame({"x": HOLED, "y": LATE})
    for found in bins[:-1]:
        rows = frame[(frame.x >= found["from"]) & (frame.x <= found["to"])]
        assert (found["rows"], found["rate"]) == (len(rows), pytest.approx(rows.y.mean()))
        assert abs(found["rows"] - (ROWS - bins[-1]["rows"]) / 10) <= 2
        assert found["low"] < found["rate"] < found["high"]
    hours = target_by(features[1], sample, contract)
    assert [found["value"] for found in hours] == list(range(24))
    expected = pd.Series(LATE).groupby(CITY % 24).mean()
    assert [found["rate"] for found in hours] == pytest.approx(expected.tolist())
    cities = target_by(features[2], sample, contract)
    counts = pd.Series(CITY).value_counts()
    assert [found["rows"] for found in cities] == counts.head(20).tolist()
    place = int(cities[0]["value"].split()[1])
    assert cities[0]["rate"] == pytest.approx(LATE[place == CITY].mean())


def test_the_mean_and_the_shares_by_bin_are_pandas():
    feature = number("x", CITY % 3)
    found = target_by(feature, sample_of(X * 1e300, [feature]), contract_of(NUMBER, [feature]))
    assert [bin["mean"] for bin in found] == pytest.approx(
        (pd.Series(X).groupby(CITY % 3).mean() * 1e300).tolist()
    )
    classes = CITY % 3
    found = target_by(feature, sample_of(classes, [feature]), contract_of(THREE, [feature]))
    assert [max(bin["shares"], key=bin["shares"].get) for bin in found] == ["a", "b", "c"]
    assert all(sum(bin["shares"].values()) == pytest.approx(1) for bin in found)


def test_psi_is_its_sum_over_deciles_of_the_first_rows_and_ks_is_scipys():
    shifted = np.where(SPLIT == 2, HOLED + 0.5, HOLED)
    feature = number("x", shifted)
    found = drift_of(feature, sample_of(LATE, [feature]))
    first, second = shifted[SPLIT == 0], shifted[SPLIT == 2]
    known = first[~np.isnan(first)]
    edges = [-np.inf, *np.quantile(known, np.arange(1, 10) / 10, method="inverted_cdf"), np.inf]
    parts = [
        np.append(np.bincount(np.searchsorted(edges[1:-1], v[~np.isnan(v)])), np.isnan(v).sum())
        for v in (first, second)
    ]
    p, q = ((part + 0.5) / (part.sum() + 0.5 * 11) for part in parts)
    assert found["psi"] == pytest.approx(((p - q) * np.log(p / q)).sum(), abs=1e-6)
    assert found["psi"] > 0.1 > found["noise"]
    expected = scipy.stats.ks_2samp(known, second[~np.isnan(second)]).statistic
    assert found["ks"] == pytest.approx(expected, abs=1e-6)
    assert found["rows"] == [4_200, 600]


def test_chance_exceeds_the_noise_about_once_in_twenty():
    above = 0
    for seed in range(400):
        local = np.random.default_rng(seed)
        feature = number("x", local.normal(size=1_500))
        first = local.random(1_500) < 0.7
        psi, noise = psi_of(feature, first, ~first)
        above += psi > noise
    assert 0.02 < above / 400 < 0.09


def test_a_category_that_only_later_rows_have_is_drift():
    later = np.where(SPLIT == 2, 25, CITY % 5)
    assert drift_of(category("city", later), sample_of(LATE, []))["psi"] > 1
    assert drift_of(category("city", CITY), sample_of(LATE, []))["psi"] < 0.1


def test_patterns_of_blanks_are_pandas():
    flags = {"a": rng.random(ROWS) < 0.3, "b": rng.random(ROWS) < 0.1}
    flags["c"] = flags["a"].copy()
    found = blank_patterns(sample_of(LATE, [], blanks=flags))
    frame = pd.DataFrame(flags)
    expected = frame.value_counts(normalize=True)
    assert found["together"][0] == {
        "columns": ["a", "c"],
        "share": pytest.approx(expected[True, False, True]),
    }
    assert [pattern["columns"] for pattern in found["together"][1:]] == [["b"], ["a", "b", "c"]]
    np.testing.assert_allclose(found["phi"], frame.astype(float).corr(), atol=1e-6)
    assert blank_patterns(sample_of(LATE, [])) == {"columns": [], "together": [], "phi": []}


def test_correlations_are_bounded_and_say_what_they_leave_out():
    features = [number(f"n{i}", X + i * rng.normal(size=ROWS)) for i in range(NUMBERS + 5)]
    features += [category("city", CITY), category("twin", CITY)]
    scores = {f"n{i}": 1 - i / 100 for i in range(len(features))}
    found = correlations_of(sample_of(LATE, features), contract_of(BINARY, features), scores)
    assert found["numbers"][:3] == ["y", "n0", "n1"] and len(found["numbers"]) == NUMBERS + 1
    assert found["left_out"] == [f"n{i}" for i in range(NUMBERS, NUMBERS + 5)]
    assert found["categories"] == ["y", "city", "twin"] and found["error"] == 0.0
    assert np.shape(found["pearson"]) == np.shape(found["spearman"]) == (NUMBERS + 1, NUMBERS + 1)
    assert np.shape(found["ratio"]) == (3, NUMBERS + 1)
    assert found["pearson"][0][1] == pytest.approx(np.corrcoef(LATE, X)[0, 1], abs=1e-6)
    strongest = found["strongest"][0]
    assert (strongest["a"], strongest["b"], strongest["method"]) == ("city", "twin", "cramers_v")
    assert "y" not in {pair[side] for pair in found["strongest"] for side in "ab"}


def test_a_large_sample_is_thinned_and_its_error_said():
    rows = 60_000
    x = rng.normal(size=rows)
    features = [number("x", x), number("z", x + rng.normal(size=rows))]
    sample = sample_of(x > 0, features, split=np.arange(rows) % 3, of=rows)
    found = correlations_of(sample, contract_of(BINARY, features), {"x": 1.0, "z": 0.9})
    assert found["rows"] == 25_000 and found["error"] == pytest.approx(1.96 / np.sqrt(25_000), abs=1e-5)
    z = features[1].values
    exact = {
        "pearson": scipy.stats.pearsonr(x, z).statistic,
        "spearman": scipy.stats.spearmanr(x, z).statistic,
    }
    for method, value in exact.items():
        assert found[method][1][2] == pytest.approx(value, abs=2 * found["error"])


def test_over_time_follows_the_rate_and_the_drift():
    days = pd.Timestamp("2013-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 365, ROWS)), unit="D")
    moments = days.to_numpy().astype("datetime64[us]")
    moments[5] = np.datetime64("NaT")
    rising = (rng.random(ROWS) < np.linspace(0.1, 0.5, ROWS)).astype(float)
    features = [number("same", X), number("moves", X + np.linspace(0, 3, ROWS))]
    sample = sample_of(rising, features, moment="day", moments=moments)
    found = over_time(sample, contract_of(BINARY, features))
    periods = found["periods"]
    assert found["column"] == "day" and len(periods) == 12 and sum(p["rows"] for p in periods) == ROWS - 1
    assert [p["from"] for p in periods] == sorted(p["from"] for p in periods)
    assert all(a["to"] < b["from"] for a, b in pairwise(periods))
    frame = pd.DataFrame({"day": moments, "y": rising})
    for period in periods:
        rows = frame[(frame.day >= period["from"]) & (frame.day <= period["to"])]
        assert (period["rows"], period["value"]) == (len(rows), pytest.approx(rows.y.mean()))
    assert found["psi"]["moves"] > 0.25 and found["psi"]["same"] < 0.01
    alike = sample_of(
        rising, features, moment="day", moments=np.full(ROWS, np.datetime64("2013-01-01", "us"))
    )
    assert over_time(alike, contract_of(BINARY, features)) is None


@pytest.mark.parametrize("label", [BINARY, NUMBER, THREE], ids=lambda label: label.problem)
def test_degenerate_columns_break_nothing(label):
    rows = 30
    split = np.arange(rows) % 3
    blank, same = np.full(rows, np.nan), np.zeros(rows)
    features = [
        number("blank", blank),
        number("same", same),
        number("key", np.arange(rows)),
        category("c", blank),
    ]
    target = np.arange(rows) % 3 if label is THREE else np.arange(rows) % 2
    target = target * 1e300 if label is NUMBER else target
    moments = np.full(rows, np.datetime64("NaT"), dtype="datetime64[us]")
    sample = sample_of(target, features, split=split, of=rows, moment="d", moments=moments)
    found = measure(sample, contract_of(label, features))
    assert found.over_time is None and found.drift["blank"]["ks"] is None
    assert set(found.signals) == {"blank", "same", "key", "c"}


def test_a_table_larger_than_the_sample_says_what_is_estimated(tmp_path, monkeypatch):
    """Drawn from all splits alike; what is exact stays so; estimates lie within the error that they state."""
    monkeypatch.setattr("core.eda.findings.sample.ROWS", 4_000)
    rows = 12_000
    x = rng.normal(size=rows)
    table = pd.DataFrame({"x": x, "z": x + rng.normal(size=rows), "city": rng.choice(list("abc"), rows)})
    table["y"] = np.where(x + rng.normal(size=rows) > 0, "yes", "no")
    table.loc[rng.random(rows) < 0.3, ["z"]] = np.nan
    run = run_script(tmp_path, table, target="y")
    assert run.code == 0, run.err
    report = run.report
    notes = {note["figure"]: note for note in report["accuracy"]}
    assert set(notes) == {
        "duplicates",
        "correlations",
        "signal",
        "target_by",
        "drift",
        "missing",
        "over_time",
    }
    drawn = notes["signal"]["rows"]
    assert abs(drawn - 4_000) < 250 and notes["signal"]["of"] == rows
    columns = {column["name"]: column for column in report["columns"]}
    assert columns["z"]["missing"] == table.z.isna().sum() and columns["x"]["mean"] == pytest.approx(x.mean())
    assert columns["x"]["signal"]["rows"] == pytest.approx(0.3 * drawn, rel=0.1)
    found = report["correlations"]
    assert found["rows"] == drawn and found["error"] == pytest.approx(1.96 / np.sqrt(drawn), abs=1e-5)
    place = [found["numbers"].index(name) for name in ("x", "z")]
    assert found["pearson"][place[0]][place[1]] == pytest.approx(
        table.x.corr(table.z), abs=2 * found["error"]
    )
    assert report["missing"]["together"][0]["share"] == pytest.approx(table.z.isna().mean(), abs=0.03)
    for part in columns["city"]["target_by"]:
        rate = (table.y[table.city == part["value"]] == "yes").mean()
        assert part["low"] - 0.02 < rate < part["high"] + 0.02
    text = (run.output / "report" / "EDA_Report.txt").read_text()
    assert "What is estimated" in text and f"Correlations, from a sample of {drawn:,} of 12,000 rows:" in text


@pytest.mark.parametrize("target", ["y", "huge", "many"])
def test_extreme_columns_leave_no_number_that_json_lacks(tmp_path, target):
    rows = 300
    x = rng.normal(size=rows)
    table = pd.DataFrame(
        {
            "huge": x * 1e307,
            "largest": np.where(np.arange(rows) % 2, 1.7e308, -1.7e308),
            "tiny": x * 1e-310,
            "text": [["inf", "nan", "-inf", "1e400", "7"][i % 5] for i in range(rows)],
            "constant": 0.1,
            "blank": np.nan,
            "nearly_blank": [1.5] + [np.nan] * (rows - 1),
            "beyond": [2**63 + i for i in range(rows)],
            "when": pd.Timestamp("2020-01-01"),
            "many": np.arange(rows) % 5,
            "y": np.where(x > 0, "a", "b"),
        }
    )
    table.loc[:3, "when"] = pd.NaT
    run = run_script(tmp_path, table, target=target)
    assert run.code == 0, run.err
    text = (run.output / "report" / "report.json").read_text()
    report = json.loads(text, parse_constant=lambda constant: pytest.fail(constant))
    columns = {column["name"]: column for column in report["columns"]}
    assert columns["huge"]["maximum"] == (x * 1e307).max() and columns["largest"]["mean"] is not None
    assert columns["constant"]["kind"] == columns["blank"]["kind"] == "constant"
    assert columns["tiny"]["distinct"] == rows
