"""Every warning on data that calls for it, the order of harm, and fixes that start the next EDA."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from core.eda.config import EdaConfig
from core.eda.warnings.judge import SEVERITIES
from core.errors import BadSetting
from core.report import table_pictures
from tests.eda.conftest import run_script

pytestmark = pytest.mark.slow(0.4)  # many that add up, which `make fast` leaves out

rng = np.random.default_rng(17)
ROWS = 3_000


def visits() -> pd.DataFrame:
    """Visits of patients: a table with what such exports have, and hardly a column without something to say."""
    patient = rng.integers(0, 250, ROWS)
    weight = rng.normal(70, 10, 250)[patient]
    drift = np.linspace(0, 2, ROWS)
    died = weight / 20 - 3.5 + drift + rng.normal(size=ROWS) > 1.2
    table = pd.DataFrame(
        {
            "patient_id": patient,
            "visit": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(np.sort(rng.integers(0, 900, ROWS)), unit="D"),
            "weight": weight,
            "weight_lb": weight * 2.2046,
            "pressure": np.where(rng.random(ROWS) < 0.05, -999, rng.normal(120, 15, ROWS).round()),
            "site": rng.choice(["North", "north", "South"], ROWS),
            "ward_code": rng.integers(100, 140, ROWS),
            "doctor": [f"Dr {i}" for i in rng.integers(0, 900, ROWS)],
            "certificate": np.where(died, "issued", "none"),
            "discharge_days": np.where(died & (rng.random(ROWS) < 0.5), np.nan, rng.integers(1, 30, ROWS)),
            "lab_a": np.where(np.arange(ROWS) % 7 == 0, np.nan, rng.normal(size=ROWS)),
            "lab_b": np.where(np.arange(ROWS) % 7 == 0, np.nan, rng.normal(size=ROWS)),
            "scan": np.where(rng.random(ROWS) < 0.97, np.nan, rng.normal(size=ROWS)),
            "clinic": "main",
            "record": [f"r{i:06d}" for i in range(ROWS)],
            "note": [f"seen on day {i}, nothing to remark, to be called again" for i in range(ROWS)],
            "died": np.where(died, "yes", "no"),
        }
    )
    table["dose"] = [("n.k." if i % 50 == 3 else f"{i % 9}") for i in range(ROWS)]
    return table


@pytest.fixture(scope="module")
def visited(tmp_path_factory):
    run = run_script(tmp_path_factory.mktemp("visits"), visits(), target="died")
    assert run.code == 0, run.err
    return run.report


def found(report: dict, code: str) -> dict:
    return next(warning for warning in report["warnings"] if warning["code"] == code)


def test_a_careful_colleague_would_say_all_this(visited):
    said = {(warning["code"], warning["column"]) for warning in visited["warnings"]}
    assert said == {
        *{("leakage", "certificate"), ("blank_tells", "discharge_days"), ("time", "visit")},
        *{
            ("group", "patient_id"),
            ("sentinel", "pressure"),
            ("odd_text", "dose"),
            ("high_cardinality", "doctor"),
        },
        *{
            ("code_number", "ward_code"),
            ("missing", "scan"),
            ("spelling", "site"),
            ("blank_together", "lab_a"),
        },
        *{("constant", "clinic"), ("identifier", "record"), ("high_cardinality", "note")},
        ("redundant", found(visited, "redundant")["column"]),
    }
    assert set(found(visited, "redundant")["columns"]) == {"weight", "weight_lb"}
    assert set(found(visited, "blank_together")["columns"]) == {"lab_a", "lab_b"}


def test_the_worst_comes_first_and_each_has_its_reason_and_action(visited):
    warnings = visited["warnings"]
    assert (warnings[0]["code"], warnings[0]["severity"]) == ("leakage", "high")
    assert "target leakage" in warnings[0]["message"]
    ranks = [SEVERITIES.index(warning["severity"]) for warning in warnings]
    assert ranks == sorted(ranks)
    for warning in warnings:
        assert warning["column"] in (warning["columns"] or [None])
        for sentence in ("message", "reason", "action"):
            assert warning[sentence].endswith(".") and len(warning[sentence]) > 15
        assert warning["reason"].count(". ") == 0


def test_every_fix_starts_an_eda_that_no_longer_says_it(visited, tmp_path):
    config = EdaConfig.from_json(visited["configuration"])
    fixes = [
        w for w in visited["warnings"] if w["fix"] and w["code"] != "group"
    ]  # a split is by time or by group
    for warning in fixes:
        config = config.with_fix(warning["fix"])
    assert config.split == "time" and config.treat == {"ward_code": "categorical"}
    asked = json.loads(json.dumps({name: getattr(config, name) for name in config.__slots__}))
    run = run_script(tmp_path, visits(), **asked)
    assert run.code == 0, run.err
    left = {warning["code"] for warning in run.report["warnings"]}
    assert left & {warning["code"] for warning in fixes} <= {"high_cardinality"}  # the note's: it has no fix
    column = next(column for column in run.report["columns"] if column["name"] == "pressure_known")
    pressure = visits()["pressure"].replace(-999, np.nan)
    assert column["minimum"] > 0 and column["features"] == ["pressure_known"]
    assert abs(column["missing"] - pressure.isna().sum()) < 60


def test_the_group_fix_splits_by_group(visited):
    config = EdaConfig.from_json(visited["configuration"]).with_fix(found(visited, "group")["fix"])
    assert (config.split, config.split_column) == ("group", "patient_id")
    assert config.with_fix({"drop": ["a"]}).with_fix({"drop": ["b", "a"]}).drop == ("a", "b")
    with pytest.raises(BadSetting, match="cannot be treated"):
        config.with_fix({"treat": {"weight": "fish"}})


def test_many_strong_columns_are_told_together_but_for_a_perfect_one(tmp_path):
    x = rng.normal(size=ROWS)
    table = pd.DataFrame({f"x{i}": x + rng.normal(0, 0.3, ROWS) for i in range(6)})
    table["y"] = np.where(x > 0, "a", "b")
    table["copy"] = np.where(x > 0, "A", "B")
    run = run_script(tmp_path, table, target="y")
    leaks = [warning for warning in run.report["warnings"] if warning["code"] == "leakage"]
    assert [(leak["severity"], len(leak["columns"])) for leak in leaks] == [("high", 1), ("medium", 6)]
    assert leaks[0]["column"] == "copy"


def test_few_rows_a_rare_class_and_more_features_than_they_bear(tmp_path):
    table = pd.DataFrame(rng.normal(size=(150, 20))).rename(columns=lambda i: f"x{i}")
    table["y"] = np.where(np.arange(150) % 40 == 0, "rare", "usual")
    run = run_script(tmp_path, table, target="y")
    codes = [warning["code"] for warning in run.report["warnings"]]
    assert {"few_rows", "wide", "imbalance"} <= set(codes)
    assert "1 of them 'rare'" in found(run.report, "few_rows")["message"]
    repeated = pd.concat([table, table.head(30)])
    run = run_script(tmp_path / "again", repeated, target="y")
    assert "30 of 180" in found(run.report, "duplicates")["message"]


def test_drift_and_a_long_target(tmp_path):
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.arange(ROWS) // 10, unit="D")
    table = pd.DataFrame(
        {
            "day": days,
            "price": np.arange(ROWS) / 100 + rng.normal(size=ROWS),
            "size": rng.normal(size=ROWS),
            "sales": np.exp(rng.normal(0, 2, ROWS)),
        }
    )
    run = run_script(tmp_path, table, target="sales", split="time", split_column="day")
    assert run.code == 0, run.err
    assert found(run.report, "drift")["columns"] == ["price"]
    assert "skew" in found(run.report, "long_target")["message"]
    price = next(column for column in run.report["columns"] if column["name"] == "price")
    assert price["drift"]["psi"] > 1 > price["drift"]["noise"] and price["drift"]["ks"] > 0.9


def test_dull_data_is_not_warned_of(tmp_path):
    x = rng.normal(size=(ROWS, 4))
    table = pd.DataFrame(x, columns=["a", "b", "c", "humid"])
    table["y"] = np.where(x[:, 0] + rng.normal(size=ROWS) > 0, "up", "down")
    table["humid"] = (table.humid * 10).round().astype(int)  # no key, though it ends in "id"
    assert run_script(tmp_path, table, target="y").report["warnings"] == []


def test_a_few_held_out_rows_are_no_proof_of_a_leak(tmp_path):
    """A column that is the target: 19 held-out rows cannot tell it from chance, 300 can."""
    for rows, told in ((64, []), (200, ["medium"]), (1_000, ["high"])):
        y = np.arange(rows) % 2
        table = pd.DataFrame({"copy": y * 3.5 + rng.random(rows), "x": rng.normal(size=rows), "y": y})
        run = run_script(tmp_path / str(rows), table, target="y")
        leaks = [w for w in run.report["warnings"] if w["code"] == "leakage"]
        assert [leak["severity"] for leak in leaks] == told
        signal = next(column for column in run.report["columns"] if column["name"] == "copy")["signal"]
        assert signal["value"] == 1.0 > signal["low"]


def test_of_two_columns_that_say_the_same_the_one_that_the_other_determines_goes(tmp_path):
    """As in the churn table: whether there is a phone follows from whether there are several lines."""
    lines = rng.choice(["No phone service", "No", "Yes"], ROWS, p=[0.1, 0.5, 0.4])
    celsius = rng.normal(15, 8, ROWS).round(1)
    table = pd.DataFrame(
        {
            "PhoneService": np.where(lines == "No phone service", "No", "Yes"),
            "MultipleLines": lines,
            "degrees": celsius.round(),
            "celsius": celsius,
            "gas": np.where(lines == "Yes", "B", np.where(lines == "No", "A", "-x")),
            "y": np.where(rng.random(ROWS) < 0.3, "yes", "no"),
        }
    )
    # The one that determines tells less of the target than chance gives the other.
    run = run_script(tmp_path, table, target="y")
    said = [w for w in run.report["warnings"] if w["code"] == "redundant"]
    fixes = {w["fix"]["drop"][0]: w["message"] for w in said}
    assert "PhoneService" in fixes and "degrees" in fixes and "celsius" not in fixes
    assert "'degrees' follows from 'celsius'" in fixes["degrees"]
    assert len(fixes.keys() & {"MultipleLines", "gas"}) == 1, "each of these two determines the other"


def test_blanks_and_derived_columns_are_counted_one_way_everywhere(tmp_path):
    """Empty cells, spaces, words among numbers, categories of the test split alone, and a derived column's blanks."""
    table = pd.DataFrame(
        {
            "empty": [None if i % 4 == 0 else i % 7 for i in range(ROWS)],
            "mixed": ["n.k." if i % 50 == 3 else f"{i % 9}" for i in range(ROWS)],
            "code": [None if i % 5 == 0 else f"c{min(i, 600) if i % 3 else 0}" for i in range(ROWS)],
            "charges": [" " if i % 600 == 599 else f"{i % 77}.5" for i in range(ROWS)],
            "y": rng.choice(["yes", "no"], ROWS),
        }
    )
    run = run_script(tmp_path, table, target="y", derive={"twice": "2 * empty"})
    assert run.code == 0, run.err
    report = run.report
    columns = {column["name"]: column for column in report["columns"]}
    missing = {name: column["missing"] for name, column in columns.items()}
    assert missing == {"empty": 750, "mixed": 60, "code": 600, "charges": 5, "y": 0, "twice": 750}
    overview = report["overview"]
    assert overview["missing_cells"] == 750 + 60 + 600 + 5
    assert "charges" not in {w["column"] for w in report["warnings"] if w["code"] == "odd_text"}
    assert overview["columns"] == sum(overview["kinds"].values()) == 5 and overview["derived_columns"] == 1
    assert report["missing"]["columns"] == ["empty", "code", "mixed", "charges"]
    for name in report["missing"]["columns"]:
        told = sum(found["share"] for found in report["missing"]["together"] if name in found["columns"])
        assert told == pytest.approx(missing[name] / ROWS)
    assert [row[:2] for row in table_pictures.missing(report).rows] == [
        ("empty", 750), ("code", 600), ("mixed", 60), ("charges", 5)
    ]  # fmt: skip
    for name in ("empty", "mixed", "code", "charges"):
        blank = [found for found in columns[name]["target_by"] if found.get("blank")]
        assert [found["rows"] for found in blank] == [missing[name]]
    assert any(found.get("unseen") for found in columns["code"]["target_by"])
    text = (run.output / "report" / "EDA_Report.txt").read_text()
    assert "Columns: 5 and 1 derived" in text
