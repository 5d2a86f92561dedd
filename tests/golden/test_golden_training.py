"""Every recorded training job of the real container, run again by the stand-in."""

from __future__ import annotations

import pytest
import xgboost as xgb
from golden_cases import (
    EXPECTED_DIFFERENCES,
    IMAGE,
    TRAINING,
    lay_out_training,
    load,
    message,
    metric_lines,
    parse_metrics,
    same_number,
)

from core.container import train
from tests.failure_file import parse_failure

_KEPT = {"model": "model_files", "checkpoints": "checkpoint_files", "output": "output_files"}


@pytest.fixture(autouse=True)
def one_thread():
    # The recordings are the same with one thread, and small data is several times faster so on a busy machine.
    with xgb.config_context(nthread=1):
        yield


@pytest.mark.parametrize("name", TRAINING)
def test_training(name, tmp_path, capfd, request):
    if name in EXPECTED_DIFFERENCES:
        request.applymarker(pytest.mark.xfail(reason=EXPECTED_DIFFERENCES[name], strict=True))
    case = load("train", name)
    expected = case["expected"][IMAGE]
    lay_out_training(case, tmp_path)

    # In this process: the command only adds logging and the exit (tests/container/test_container_command.py).
    code = train.run(tmp_path)
    stdout = capfd.readouterr().out

    failure = tmp_path / "output/failure"
    told = parse_failure(failure.read_text()) if failure.exists() else None
    if "failure" in expected:
        assert told is not None
        assert told.error == expected["failure"]["class"]
        assert message(told.message) == message(expected["failure"]["message"])
    else:
        assert told is None
    assert code == expected["exit_code"]
    _compare_metrics(metric_lines(stdout), expected["metric_lines"], "values_not_reproducible" not in case)
    other = [line for line in stdout.splitlines() if line not in metric_lines(stdout)]
    assert other == expected["other_stdout_lines"]
    _compare_files(tmp_path, expected)


def _compare_metrics(actual, expected, compare_values):
    assert len(actual) == len(expected)
    for line, recorded in zip(actual, expected, strict=True):
        (number, metrics), (recorded_number, recorded_metrics) = parse_metrics(line), parse_metrics(recorded)
        assert number == recorded_number
        assert metrics.keys() == recorded_metrics.keys()
        if compare_values:
            for name, value in metrics.items():
                assert same_number(value, recorded_metrics[name]), (line, recorded)


def _compare_files(prefix, expected):
    for folder, field in _KEPT.items():
        found = {str(file.relative_to(prefix)) for file in (prefix / folder).rglob("*") if file.is_file()}
        assert found - {"output/failure"} == {file["path"] for file in expected.get(field, [])}
    for file in expected["model_files"]:
        # UBJSON begins with an object, a length of 8 bytes and the name "learner".
        assert (prefix / file["path"]).read_bytes()[:12] == b"{L\0\0\0\0\0\0\0\x07le"
    if "predictions_csv" in expected:
        rows = (prefix / "output/data/predictions.csv").read_text().splitlines()
        assert len(rows) == expected["predictions_csv"]["rows"]
        assert {row.count(",") + 1 for row in rows} == {expected["predictions_csv"]["columns"]}
