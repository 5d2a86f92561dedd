"""The benchmark runs and says what it promises. What it measures is not tested: that depends on the machine."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.bench import GROUPS, header, table
from scripts.benchmarks.measure import Plan, Row, run_process, taking_turns
from tests.browser.rig import CHROMIUM

ROOT = Path(__file__).resolve().parent.parent
BENCH = [sys.executable, ROOT / "scripts" / "bench.py"]
KEYS = {
    "group",
    "name",
    "against",
    "unit",
    "ours",
    "baseline",
    "ratio",
    "target",
    "at_least",
    "met",
    "repetitions",
    "details",
}


IN_BROWSER = ("pages", "tabs")
BROWSER = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="no chromium")]
OTHERS = tuple(group for group in GROUPS if group not in IN_BROWSER)


# Each group starts the processes that it measures; with all in one, what they import is imported once.
@pytest.mark.slow(60)
@pytest.mark.parametrize("groups", [pytest.param(IN_BROWSER, marks=BROWSER), OTHERS], ids=",".join)
def test_each_group_runs_in_quick_mode(groups):
    command = [*BENCH, "--quick", "--only", ",".join(groups), "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == {"machine", "options", "rows", "failed"}
    assert document["failed"] == []
    assert document["machine"]["cpus"] >= 1
    assert "xgboost" in " ".join(document["machine"]["packages"])
    assert {row["group"] for row in document["rows"]} == set(groups)
    for row in document["rows"]:
        assert set(row) == KEYS
        assert row["ratio"] == row["ours"] / row["baseline"] > 0
        assert row["name"] in done.stderr  # the table


def test_bad_usage_is_refused():
    done = subprocess.run([*BENCH, "--only", "speed"], capture_output=True, text=True)
    assert done.returncode == 2
    assert (
        "no rows speed; there are run, eda, scale, training, tuning, quality, endpoint, desk, workbook, pages, tabs"
        in done.stderr
    )


def test_both_sides_take_turns_after_a_warm_up():
    calls = []
    found = taking_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, repetitions=2)
    assert found == {"a": [None, None], "b": [None, None]}
    assert "".join(calls) in ("abbaab", "baabba")


def test_a_target_is_met_or_not_or_there_is_none():
    rows = [
        Row("g", f"row {target}", "it", "s", 3.0, 2.0, 1, target).as_dict() for target in (1.5, 1.4, None)
    ]
    assert [row["met"] for row in rows] == [True, False, None]
    assert Row("g", "r", "it", "/s", 3.0, 2.0, 1, 1.4, at_least=True).as_dict()["met"]
    text = table(rows)
    assert "yes" in text and "NO" in text and "g: the baseline is it." in text


def test_a_busy_machine_is_said():
    facts = {"cpus": 2, "python": "3", "packages": {}, "load_at_start": 0.4}
    assert "WARNING" not in header(facts)
    assert "WARNING" in header(facts | {"load_at_start": 1.9})


def test_a_process_is_measured_without_the_memory_of_the_one_that_starts_it():
    held = bytearray(200_000_000)  # touched, so it counts
    process = run_process([sys.executable, "-S", "-c", "print('hello')"])
    assert len(held) and 0 < process.peak_bytes < 100_000_000
    assert process.seconds > 0


def test_repetitions_are_those_asked_for_or_the_rows_own():
    assert [Plan().times(5, 1), Plan(quick=True).times(5, 1), Plan(repetitions=3).times(5, 1)] == [5, 1, 3]
