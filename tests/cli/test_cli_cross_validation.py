"""Cross-validation: every row of the file is judged once, by a model that has not seen it."""

from __future__ import annotations

import statistics
from collections import Counter

import pandas as pd
import pytest

from core.storage import DiskStorage
from tests.conftest import run_cli

ROWS = 240


@pytest.mark.slow  # seven real jobs: the folds are what it is about
def test_each_row_is_judged_once_by_a_model_that_has_not_seen_it(flights, workspace):
    rows = flights(ROWS, lambda table: table.assign(far=table["distance"].astype(float).gt(1000).astype(int)))
    eda = run_cli(workspace, "eda", rows, "--target", "far", "--drop", "distance").data["job"]
    model = run_cli(workspace, "train", "--eda", eda).data["job"]
    told = run_cli(workspace, "cross-validate", model).data
    storage = DiskStorage(workspace)

    def lines(folder: str) -> Counter:
        return Counter(line for key in storage.files(folder) for line in storage.read_bytes(key).splitlines())

    def fold(number: int, split: str) -> Counter:
        return lines(f"training/{model}/folds/{number}/{split}")

    everything = sum(
        (lines(f"processing/{eda}/output/{split}") for split in ("train", "validation", "test")), Counter()
    )
    numbers = [each["fold"] for each in told["folds"]]
    assert sum((fold(number, "test") for number in numbers), Counter()) == everything and len(numbers) == 5
    for number in numbers:
        parts = [fold(number, split) for split in ("train", "validation", "test")]
        assert sum(parts, Counter()) == everything and parts[0].total() == ROWS * 3 // 5
        classes = Counter(line[:1] for line in parts[2].elements())
        assert min(classes.values()) > 5, "each fold has both classes"

    judged = [storage.read_json(f"training/{each['job']}/output/evaluation.json") for each in told["folds"]]
    assert [each["rows"] for each in judged] == [ROWS // 5] * 5
    values = [each["value"] for each in told["folds"]]
    assert told["mean"] == pytest.approx(statistics.mean(values))
    assert told["spread"] == pytest.approx(statistics.stdev(values))

    # What judges the model now are all rows, each by the model that has not seen it.
    slices = run_cli(workspace, "slices", model).data
    wrong = sum(judged["confusion"][0][1] + judged["confusion"][1][0] for judged in judged)
    assert (slices["rows"], slices["value"]) == (ROWS, pytest.approx(wrong / ROWS))
    decided = run_cli(workspace, "decide", model, "--threshold", "0.5").data
    assert decided["out_of_fold"] == ROWS
    assert decided["confusion"]["misses"] + decided["confusion"]["false_alarms"] == wrong
    paid = ("--miss-column", "seats", "--false-alarm", "40", "--calibrate")
    chosen = run_cli(workspace, "decide", model, *paid).data
    raw = pd.read_csv(workspace / f"processing/{eda}/output/test_raw/all_raw.csv")
    none = 1000 * raw["seats"][raw["far"] == 1].sum() / ROWS
    assert chosen["against"]["none"] == pytest.approx(none), "each row has its own cells and its own amount"
    costly = workspace / "costly.csv"
    run_cli(workspace, "slices", model, "--rows", costly)
    first = pd.read_csv(costly).iloc[0]
    assert first["far"] == first["actual"] != int(first["probability of 1"] >= chosen["threshold"])

    card = run_cli(workspace, "card", model).data
    assert card["cross_validated"].startswith(f"By all {ROWS} rows: ") and " ± " in card["cross_validated"]
    assert [command.split()[1] for command in card["commands"]] == [
        "eda",
        "train",
        "cross-validate",
        "decide",
    ]

    # Once more finds what there is; and the folds go with their model.
    assert run_cli(workspace, "cross-validate", model).data == told
    gone = run_cli(workspace, "delete-run", model, "--confirm", model).data
    assert len([part for part in gone["deleted"] if part.startswith("training job")]) == 6


@pytest.mark.slow(4)
def test_where_folds_would_say_too_much_it_is_refused(flights, workspace):
    rows = flights(200, lambda table: table.assign(far=table["distance"].astype(float).gt(1000).astype(int)))
    split = ("--split", "group", "--split-column", "carrier")
    eda = run_cli(workspace, "eda", rows, "--target", "far", "--drop", "distance", *split).data["job"]
    model = run_cli(workspace, "train", "--eda", eda).data["job"]
    error = run_cli(workspace, "cross-validate", model, code=1).data["error"]
    assert "split by group" in error["why"]
