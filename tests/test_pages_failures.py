"""The tab Where it fails and the verb slices, on the bundled flights."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from core import keys
from core.backends.local import LocalBackend
from core.cli.main import main
from core.ui import state
from tests.page_rig import app_at, texts


@pytest.fixture
def judged(full):
    """The workspace, its model, and the EDA job before it."""
    backend = LocalBackend(full)
    [model] = [job.name for job in backend.jobs() if job.kind == "training"]
    eda = backend.job(model).request["processing_job"]
    return full, model, eda


def opened(model: str, part: str = "Worst slices"):
    at = app_at("Training", job=model)
    at.session_state[state.failures_part(model).key] = part
    at.session_state[state.run_tab(True).key] = "Where it fails"
    return at.run()


def test_the_tab_tells_the_worst_slices_any_column_and_the_most_costly_rows(judged):
    _, model, _ = judged
    at = opened(model)
    assert not at.exception and not at.error
    assert "slices looked at" in texts(at) and "of 1,200 test rows are wrong" in texts(at)
    worst = at.dataframe[-1].value
    assert list(worst)[:3] == ["Where", "Wrong", "95% interval"] and len(worst) > 50
    assert "Lowest in 2013" in texts(opened(model, "Over time"))
    at = opened(model, "One column")
    [choice] = [each for each in at.selectbox if each.label == "By column"]
    at = choice.select("arr_delay").run()  # which the model does not know
    assert not at.exception
    assert "a ratio of" in texts(at)
    table = at.dataframe[-1].value
    assert table["Value"][0].startswith("under ") and "Predicted yes" in table
    at = opened(model, "Most costly rows")
    assert not at.exception
    costly = at.dataframe[-1].value
    assert len(costly) == 50
    assert costly["why"].str.contains("late = yes: ").all()


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
