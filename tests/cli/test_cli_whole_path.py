"""The whole path by command line, as real processes: binary, multiclass and regression."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.cli import data
from tests.conftest import FLIGHTS, run_cli

pytestmark = pytest.mark.slow

STEPS = ["eda", "training", "deploy", "predict", "delete"]


def path_taken(answer, kept: bool = False) -> dict:
    """What `run` answers, checked for what holds whatever the data."""
    found = answer.data
    assert found["training"]["status"] == found["eda"]["status"] == "Completed"
    name = found["endpoint"]["name"]
    gone = [] if kept else [f"endpoint {name}", f"endpoint config {name}", f"model {name}"]
    assert found["endpoint"] == {"name": name, "deleted": gone, "kept": kept}
    assert list(found["seconds"]) == (STEPS[:-1] if kept else STEPS)
    assert min(found["seconds"].values()) > 0
    assert found["predictions"]["agreement"] == 1.0
    assert found["predictions"]["rows"] == found["predictions"]["compared"] > 0
    return found


def test_binary_flights_are_predicted_as_well_as_they_can_be(workspace):
    answer = run_cli(
        workspace, "run", FLIGHTS, "--target", "late", "--drop", "arr_delay", "dep_delay",
        "--set", "num_round=60", "--fail-below", "validation:auc=0.66", "--fail-below", "test:logloss=0.6",
    )  # fmt: skip
    found = path_taken(answer)
    auc, loss = found["gates"]
    assert auc["reached"] and 0.66 < auc["low"] < auc["value"] < auc["high"]
    assert loss["reached"] and loss["high"] < 0.6 and "is ≤ 0.6 as asked" in loss["sentence"]
    assert 0.70 < found["training"]["evaluation"]["auc"] < 0.77
    assert [w for w in found["eda"]["warnings"] if w["code"] == "leakage"] == []
    assert run_cli(workspace, "endpoints").data == {"endpoints": []}
    assert {job["status"] for job in run_cli(workspace, "jobs").data["jobs"]} == {"Completed"}


def test_multiclass_with_words_blanks_and_a_category(workspace, tmp_path):
    file = data.penguins(tmp_path / "Penguins (raw).csv")
    found = path_taken(run_cli(workspace, "run", file, "--target", "species", "--set", "num_round=30"))
    evaluation = found["training"]["evaluation"]
    assert evaluation["problem"] == "multiclass"
    assert set(evaluation["classes"]) == set(data.SPECIES)
    assert evaluation["metrics"]["accuracy"] > 0.9


def test_regression_in_a_folder_whose_name_is_syntax_elsewhere_with_an_endpoint_that_is_kept(workspace):
    workspace = workspace / "bmi=5" / "q[1]?x&y;#\\caf\udce9"
    workspace.mkdir(parents=True)
    file = data.diabetes(workspace.with_name("rows[1].csv"))
    file.with_name("rows1.csv").write_text("progression,age\n1,2\n")
    answer = run_cli(
        workspace, "run", file, "--target", "progression", "--problem", "regression", "--set", "num_round=40",
        "--keep-endpoint", "--expires-in", "15m",
    )  # fmt: skip
    found = path_taken(answer, kept=True)
    assert found["training"]["evaluation"]["problem"] == "regression"
    assert found["training"]["evaluation"]["metrics"]["r2"] > 0.1
    [endpoint] = run_cli(workspace, "endpoints").data["endpoints"]
    assert (endpoint["name"], endpoint["status"]) == (found["endpoint"]["name"], "InService")
    output = file.with_name("out[1]?.csv")
    told = run_cli(workspace, "predict", endpoint["name"], file, "--output", output).data
    assert told["rows"] == 442 and told["range"] == found["training"]["evaluation"]["range"]
    table = pd.read_csv(output)
    assert len(table) == 442 and list(table)[-4:] == ["prediction", "low", "high", "flags"]
    inside = table["progression"].between(table["low"], table["high"])
    assert 0.85 < inside.mean() < 1  # rows of training are in the file too
    assert np.allclose((table["high"] - table["low"]) / 2, told["range"]["half_width"])
    assert run_cli(workspace, "delete", endpoint["name"]).data["deleted"]
