"""`predict` on rows as people have them: shuffled, blank, odd, too many columns; refused where one lacks."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import names

pytestmark = pytest.mark.slow

ANSWERS = ["decision", "prediction", "probability", "probability_yes", "flags"]


@pytest.fixture
def ask(served, call, tmp_path):
    """ask(file) -> (the verb's data, the predictions as a table, without the file's own columns)."""
    workspace, endpoint = served

    def predict(file, sign=","):
        answer = call(workspace, "predict", endpoint, file, "--output", tmp_path / "out.csv")
        assert answer.data["output"] == str(tmp_path / "out.csv")
        return answer.data, pd.read_csv(tmp_path / "out.csv", sep=sign, dtype={"flags": str})[ANSWERS]

    return predict


def test_predictions_equal_the_model_asked_directly(served, ask):
    """Raw rows of the test split against their encoded twins, without an endpoint in between."""
    from core.evaluation import predict_directly

    workspace, _ = served
    output = workspace / "processing" / names(workspace, "processing")[0] / "output"
    told, table = ask(output / "test_raw" / "test_raw.csv")
    from core.backends.local import LocalBackend
    from core.verbs.model_description import unpacked_model

    with unpacked_model(LocalBackend(workspace), names(workspace, "training")[0]) as model:
        _, direct = predict_directly(model, output / "test")
    assert told["rows"] == len(table) == len(direct)
    assert np.allclose(table["probability_yes"], direct, rtol=1e-6)
    assert (table["prediction"] == np.where(table["probability_yes"] >= 0.5, "yes", "no")).all()
    quality = told["quality"]  # the file has the truth, and is the test split
    assert quality["basis"] == "measured" and "the test split themselves" in quality["statistic"]
    assert quality["metrics"]["auc"] == pytest.approx(quality["test"]["auc"], rel=1e-4)


def test_columns_are_matched_by_name_and_order_is_kept(ask, flights):
    _, plain = ask(flights(80))
    told, shuffled = ask(flights(80, lambda table: table[list(reversed(table.columns))]))
    assert told["ignored"] == []
    pd.testing.assert_frame_equal(plain, shuffled)
    _, turned = ask(flights(80, lambda table: table.iloc[::-1]))
    assert np.allclose(turned["probability_yes"].to_numpy()[::-1], plain["probability_yes"])


def test_extra_columns_are_ignored_and_listed(ask, flights):
    _, plain = ask(flights(30))
    told, more = ask(
        flights(
            30,
            lambda table: table.assign(note="a, quoted", dep_delay=3).drop(columns="late", errors="ignore"),
        )
    )
    assert set(told["ignored"]) == {"note", "dep_delay"}
    assert told["quality"]["basis"] == "estimated" and told["quality"]["metrics"]["accuracy"]["high"] < 1
    pd.testing.assert_frame_equal(plain, more)


def test_blank_cells_stay_blank_and_are_predicted(ask, flights):
    told, table = ask(
        flights(20, lambda table: table.assign(temp="", wind_gust="NA", carrier="", tailnum=""))
    )
    assert (told["rows"], told["rejected"], told["unseen"]) == (20, 0, {})
    assert table["probability"].notna().all() and table["flags"].isna().all()


def test_unseen_categories_and_values_out_of_range_are_counted_and_flagged(ask, flights):
    def edit(table):
        table.loc[3, "carrier"] = "ZZ"
        table.loc[[5, 6], "distance"] = "999999"
        return table

    told, table = ask(flights(20, edit))
    assert told["unseen"]["carrier"] == 1 and told["out_of_range"]["distance"] == 2
    assert 'carrier: "ZZ" never occurred in training' in table["flags"][3]
    assert 'distance: "999999" is outside the training range' in table["flags"][5]
    assert table["probability"].notna().all()


def test_a_row_that_is_no_row_keeps_its_place(ask, flights, tmp_path):
    """Text where a number belongs, and a line with too many cells: rejected, the others in order."""
    _, plain = ask(flights(12))
    file = flights(12, lambda table: table.assign(distance=["far", *table["distance"][1:]]))
    lines = file.read_text().splitlines()
    lines[4] += ",one,cell,too,many"
    file.write_text("\n".join(lines) + "\n")
    told, table = ask(file)
    assert (told["rows"], told["rejected"]) == (12, 2)
    assert table["prediction"].isna().tolist() == [i in (0, 3) for i in range(12)]
    assert "far" in table["flags"][0]
    assert [(reason["row"], reason["line"]) for reason in told["reasons"]] == [(1, 2), (4, 5)]
    assert told["reasons"][0]["reason"] == 'distance: "far" is not a number'
    kept = [i for i in range(12) if i not in (0, 3)]
    assert np.allclose(table["probability_yes"][kept], plain["probability_yes"][kept])


def test_other_dialects_give_the_same_numbers(ask, flights, tmp_path):
    _, plain = ask(flights(25))
    rows = list(csv.reader(flights(25).read_text().splitlines()))
    file = tmp_path / "semicolons.txt"
    file.write_bytes(("\ufeff" + "\r\n".join(";".join(row) for row in rows)).encode())
    _, other = ask(file, ";")
    pd.testing.assert_frame_equal(plain, other)


def test_a_missing_column_is_refused_by_name_and_writes_nothing(served, call, flights, tmp_path):
    workspace, endpoint = served
    file = flights(10, lambda table: table.drop(columns=["distance", "carrier"]))
    (tmp_path / "out.csv").write_text("what was there before\n")
    answer = call(workspace, "predict", endpoint, file, "--output", tmp_path / "out.csv", code=1)
    assert answer.data["error"]["kind"] == "MissingColumns"
    assert "carrier, distance" in answer.data["error"]["what"]
    assert (tmp_path / "out.csv").read_text() == "what was there before\n"


@pytest.mark.parametrize("where", ["the rows themselves", "a folder", "below a file"])
def test_an_output_that_cannot_be_is_refused_and_nothing_lost(served, call, flights, tmp_path, where):
    workspace, endpoint = served
    file = flights(10)
    before = file.read_bytes()
    output = {"the rows themselves": file, "a folder": tmp_path, "below a file": file / "out.csv"}[where]
    call(workspace, "predict", endpoint, file, "--output", output, code=1)
    assert file.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


@pytest.fixture
def decided(served, call):
    """decided(flags) -> what `decide` answers on the model that is served; taken back at the end."""
    from core.keys import decision

    workspace, _ = served
    (model,) = names(workspace, "training")
    yield lambda *flags, code=0: call(workspace, "decide", model, *flags, code=code)
    (workspace / decision(model)).unlink(missing_ok=True)


def test_what_is_decided_on_a_model_is_what_its_endpoint_predicts_by(ask, flights, decided):
    """The flights of the issue: five for a miss, one for a false alarm."""
    told = decided("--miss", 5, "--false-alarm", 1).data
    assert told["threshold"] == 0.19 and round(told["cost_per_1000"]) == 642
    assert {name: round(cost) for name, cost in told["against"].items()} == {
        "all": 755,
        "none": 1225,
        "half": 979,
    }
    assert told["interval"]["low"] < 600 < told["cost_per_1000"] < 680 < told["interval"]["high"]
    assert told["saved"]["half"]["low"] > 200 and told["by"]
    answer, table = ask(flights(200))
    assert answer["decision"]["threshold"] == 0.19
    assert (table["decision"] == np.where(table["probability_yes"] >= 0.19, "yes", "no")).all()
    assert (table["prediction"] == np.where(table["probability_yes"] >= 0.5, "yes", "no")).all()
    kept = decided().data
    assert kept == {key: told[key] for key in kept}  # without a flag: what stands there

    told = decided("--miss", 5, "--false-alarm", 1, "--ask", "0.15:0.25", "--ask-unseen").data
    assert told["ask"]["cost"]["value"] < told["cost_per_1000"]
    assert 0 < told["ask"]["asked"]["value"] < 500 and told["ask"]["rows"] == sum(told["confusion"].values())
    answer, table = ask(flights(200))
    left = table["probability_yes"].between(0.15, 0.25)
    assert (table.loc[left, "decision"] == "ask a person").all() and answer["asked"] >= left.sum() > 0
    assert (table.loc[~left & table["flags"].isna(), "decision"] != "ask a person").all()

    told = decided("--capacity", 200, "--of", 1500, "--calibrate").data
    assert told["before"] == 0.19 and told["number"] == 3 and told["ask"] is None
    assert 0.12 < told["acted_on"]["validation"] <= 200 / 1500
    assert told["calibration_error"]["after"] < 0.04
    _, calibrated = ask(flights(200))
    assert (
        calibrated["decision"] == np.where(table["probability_yes"] >= told["threshold"], "yes", "no")
    ).all()
    assert not np.allclose(calibrated["probability_yes"], table["probability_yes"])


def test_a_miss_costs_what_its_own_row_says(served, decided, ask):
    told = decided("--miss-column", "distance", "--false-alarm", 300).data
    output = served[0] / "processing" / names(served[0], "processing")[0] / "output"
    raw = pd.read_csv(output / "test_raw" / "test_raw.csv")
    late, acted = raw["late"] == "yes", ask(output / "test_raw" / "test_raw.csv")[1]["decision"] == "yes"
    missed = raw["distance"][late & ~acted].sum()
    assert told["cost_per_1000"] == pytest.approx(1000 * (missed + 300 * (acted & ~late).sum()) / len(raw))
    assert told["against"]["none"] == pytest.approx(1000 * raw["distance"][late].sum() / len(raw))
    assert told["amounts"]["miss_column"] == "distance" and told["amounts"]["miss"] == 1


@pytest.mark.parametrize(
    ("flags", "code"),
    [(("--threshold", 1.5), 1), (("--miss", -1, "--false-alarm", 1), 1), (("--capacity", 0), 1),
     (("--threshold", 0.5, "--ask", "0.1:0.3"), 1), (("--ask", "0.1:0.3"), 2),
     (("--miss-column", "carrier", "--false-alarm", 1), 1), (("--miss-column", "distance"), 2),
     (("--miss", 5), 2), (("--calibrate",), 2), (("--capacity", 5, "--threshold", 0.2), 2)],
)  # fmt: skip
def test_what_no_threshold_can_be_chosen_by_is_refused(decided, flags, code):
    decided(*flags, code=code)
    assert decided().data["threshold"] is None


def test_on_a_model_that_is_not_there_nothing_is_decided(served, call):
    for flags in ((), ("--threshold", 0.5)):
        answer = call(served[0], "decide", "train-never", *flags, code=1)
        assert answer.data["error"]["kind"] == "NotFound"
