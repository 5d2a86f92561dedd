"""The tab Where it fails and the verb slices, on the bundled flights."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from core import keys
from core.backends.local import LocalBackend
from core.cli.main import main
from core.judging import predictions_file
from core.judging.predictions_file import Facts, Split
from core.ui import state
from core.verbs.predict import describe_model, predict_directly, unpacked_model
from tests.page_rig import app_at, texts


@pytest.fixture
def judged(full):
    """The workspace, and its model with predictions."""
    backend = LocalBackend(full)
    [model] = [job.name for job in backend.jobs() if job.kind == "training"]
    path = full / keys.predictions(model)
    if not path.exists():
        contract = describe_model(backend, model).contract
        splits = []
        eda = backend.job(model).request["processing_job"]
        for name in ("validation", "test"):
            with unpacked_model(backend, model) as folder:
                label, score = predict_directly(folder, full / keys.eda_output(eda, name))
            splits.append(Split(name, label, score))
        predictions_file.write(
            path, Facts("binary", contract.classes, contract.features, "binary:logistic"), splits
        )
    return full, model, eda


def opened(model: str):
    at = app_at("Training", job=model)
    at.session_state[state.run_tab(True).key] = "Where it fails"
    return at.run()


def test_the_tab_tells_the_worst_slices_any_column_and_the_most_costly_rows(judged):
    _, model, _ = judged
    at = opened(model)
    assert not at.exception and not at.error
    assert "slices looked at" in texts(at) and "of 1,200 test rows are wrong" in texts(at)
    worst, column, costly = (table.value for table in at.dataframe[-3:])
    assert list(worst)[:3] == ["Where", "Wrong", "95% interval"] and len(worst) > 50
    assert "Predicted yes" in column and len(costly) == 50
    [choice] = [each for each in at.selectbox if each.label == "By column"]
    at = choice.select("arr_delay").run()  # which the model does not know
    assert not at.exception
    assert "a ratio of" in texts(at)
    assert any(value.startswith("under ") for value in at.dataframe[-2].value["Value"])


def test_the_command_line_tells_the_same_and_writes_the_rows(judged, tmp_path, capsys):
    _, model, _ = judged

    def told(*arguments: object) -> dict[str, Any]:
        main(["slices", model, *map(str, arguments), "--json"])
        return json.loads(capsys.readouterr().out)

    rows = tmp_path / "worst.csv"
    found = told("--rows", rows)
    assert found["metric"] == "error_rate" and found["low"] < found["value"] < found["high"]
    assert found["looked_at"] == sum(each["chance"] is not None for each in found["slices"])
    assert found["worse"] == sum(each["worse"] for each in found["slices"])
    with rows.open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 50
    carriers = told("--column", "carrier")["slices"]
    assert {tuple(each["columns"]) for each in carriers} == {("carrier",)}
    assert sum(each["rows"] for each in carriers) == found["rows"] == 1_200
    assert told("--column", "moon")["error"]["kind"] == "NoSuchColumn"


def test_without_raw_test_rows_the_tab_says_so(judged):
    full, model, eda = judged
    (full / keys.raw_test_rows(eda)).unlink()
    at = opened(model)
    assert not at.exception
    assert "its raw test rows are not here" in at.error[0].value
    (full / keys.predictions(model)).unlink()
    assert "Judge it again" in texts(opened(model))
