"""What holds at any size: memory within its bound, a stop that leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from core.eda.config import EdaConfig
from core.eda.profile.ranks import quantiles
from core.eda.profile.statistics import distinct
from core.eda.split.splits import placement, sizes
from core.engines import engine_of
from core.reading import csv_table, memory
from scripts.eda_script import STOPPED
from tests.conftest import FLIGHTS, ROOT
from tests.eda.conftest import table_of

pytestmark = pytest.mark.slow  # whole jobs or large tables, which `make fast` leaves out

MIB = 1 << 20


def command(data: Path, prefix: Path, target: str) -> list[str]:
    arguments = ["--input-data", data, "--output-data", prefix / "output"]
    arguments += ["--config", json.dumps({"target": target}), "--message", prefix / "message"]
    return [str(part) for part in (sys.executable, ROOT / "scripts" / "eda_script.py", *arguments)]


@pytest.mark.parametrize("moment", ["Describing the columns", "Writing the train split"])
def test_a_stop_takes_back_what_was_written(tmp_path, moment):
    folder = tmp_path / "input"
    folder.mkdir()
    (folder / "flights.csv").write_bytes(FLIGHTS.read_bytes())
    step = subprocess.Popen(
        command(folder, tmp_path, "late"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in step.stdout:
        if moment in line:
            step.send_signal(signal.SIGTERM)
    assert step.stderr.read() == ""
    assert step.wait() == STOPPED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["input", "output"]
    assert list((tmp_path / "output").iterdir()) == []


def test_duckdb_takes_a_share_of_what_the_process_may_have(monkeypatch):
    monkeypatch.setattr(memory, "memory", lambda: 1024 * MIB)
    assert memory.memory_limit(threads=1) == 128 * MIB
    assert memory.memory_limit(threads=64) == int(1024 * MIB * memory.SHARE)
    monkeypatch.setattr(memory, "memory", lambda: 64 * 1024 * MIB)
    assert memory.memory_limit(threads=2, columns=20) == 320 * MIB  # a second thread that keeps rows in order
    assert memory.memory_limit(threads=2, columns=100) < 320 * MIB  # too wide for one
    monkeypatch.setattr(memory, "memory", lambda: 1024 * MIB)
    assert memory.threads() <= 5  # each has 64 MiB to work in, however many processors there are
    connection = csv_table.connect()
    limit = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]
    connection.close()
    assert float(limit.split()[0]) <= 1024 * memory.SHARE


def test_the_limit_of_a_cgroup_is_known(monkeypatch, tmp_path):
    for version, name in (("memory/job", "memory.limit_in_bytes"), ("job", "memory.max")):
        (tmp_path / version).mkdir(parents=True)
        (tmp_path / version / name).write_text(f"{300 * MIB}\n")
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    monkeypatch.setattr(memory, "cgroup_limits", memory.cgroup_limits.__wrapped__)  # asked each time
    lines = {"v1": ["4:memory:/job"], "v2": ["0::/job"], "none": ["0::/"], "max": []}
    read = memory.lines_of
    for version, expected in (("v1", True), ("v2", True), ("none", False)):
        found = lines[version]
        monkeypatch.setattr(
            memory, "lines_of", lambda path, f=found: f if "proc" in str(path) else read(path)
        )
        assert (memory.memory() == 300 * MIB) is expected


def write_numbers(path: Path, rows: int) -> None:
    """About 100 bytes a row: most of them distinct numbers, which are what cannot be summed up in little."""
    numbers = ", ".join(f"random() AS {name}" for name in "abcde")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        connection.execute("SELECT setseed(0.5)")
        connection.execute(
            f"COPY (SELECT {numbers}, 'k' || (1000 * random())::INT AS kind, (random() < 0.5)::INT AS label "
            f"FROM range({rows})) TO '{path}' (HEADER)"
        )


@pytest.mark.slow
def test_memory_does_not_grow_with_the_rows(tmp_path):
    """Peak memory of the whole step, as the system counts it, for a file and for one sixteen times as large."""
    peaks = []
    for rows in (100_000, 1_600_000):
        folder = tmp_path / str(rows)
        (folder / "input").mkdir(parents=True)
        write_numbers(folder / "input" / "numbers.csv", rows)
        step = subprocess.Popen(command(folder / "input", folder, "label"), stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(step.pid, 0)
        step.returncode = os.waitstatus_to_exitcode(status)
        assert step.returncode == 0
        peaks.append(usage.ru_maxrss / 1024)
    assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.slow
def test_what_grows_with_the_rows_is_spilled_or_counted_in_bins(tmp_path):
    """Three million distinct numbers, whose quantiles as DuckDB itself takes them do not fit in this limit."""
    rows = 3_000_000
    connection = csv_table.connect(tmp_path)
    connection.execute("SET threads=1")
    connection.execute("SET memory_limit='48MiB'")
    connection.execute(
        "CREATE TABLE raw AS SELECT random() AS x, hash(i) % 2 AS y FROM range(?) r(i)", [rows]
    )
    with pytest.raises(duckdb.OutOfMemoryException):
        connection.execute("SELECT quantile_cont(x, [0.5]) FROM raw").fetchall()
    raw = table_of(connection)
    assert quantiles(raw, "x", rows, 0.0, 1.0, [0.5]) == pytest.approx([0.5], abs=0.01)
    assert distinct(raw, "x") == pytest.approx(rows, rel=1e-3)
    assert engine_of(raw).duplicates(raw, ["x", "y"]) < 100
    found = sizes(placement(raw, EdaConfig(target="y"), "y")(raw), "y")
    assert sum(found["train"].values()) == pytest.approx(0.7 * rows, abs=2)
    connection.close()
