"""How the EDA step grows: seconds and memory by rows (flights x1, x10, x50) and by columns (10 to 2,000)."""

from __future__ import annotations

import itertools
import statistics
from pathlib import Path

from scripts.benchmarks.eda import QUICK_ROWS, eda, write_flights
from scripts.benchmarks.measure import Plan, Process, Row, peak_of, seconds_of

SCALES = (1, 10, 50)
COLUMNS, WIDE_ROWS = (10, 100, 500, 2_000), 2_000
MEMORY = 2.0  # times, for fifty times the rows


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Compare each size with the one before it: seconds a row and a column, which are to stay, and peak memory."""
    times = plan.times(full=1, quick=1)
    scales = (1, 2) if plan.quick else SCALES
    columns = (2, 4) if plan.quick else COLUMNS
    by_rows: dict[int, list[Process]] = {}
    for scale in scales:
        folder = scratch / f"rows-{scale}"
        folder.mkdir()
        write_flights(folder / "flights.csv", scale, QUICK_ROWS if plan.quick else None)
        by_rows[scale] = [eda(folder, scratch / "output") for _ in range(times)]
        (folder / "flights.csv").unlink()
    by_columns: dict[int, list[Process]] = {}
    for count in columns:
        folder = scratch / f"columns-{count}"
        folder.mkdir()
        write_wide(folder / "wide.csv", count, 200 if plan.quick else WIDE_ROWS)
        by_columns[count] = [eda(folder, scratch / "output", "y") for _ in range(times)]

    steps = [
        *_steps("seconds a row", "x", by_rows, times, lambda size, runs: seconds_of(runs) / size),
        *_steps("seconds a column", "", by_columns, times, lambda size, runs: seconds_of(runs) / size),
        *_steps("processor seconds a column", "", by_columns, times, lambda size, runs: _cpu(runs) / size),
    ]
    first, last = scales[0], scales[-1]
    name, against = f"peak memory, flights x{last}", f"the same for flights x{first}"
    ours, baseline = peak_of(by_rows[last]), peak_of(by_rows[first])
    target = None if plan.quick else MEMORY
    return [*steps, Row("scale", name, against, "MB", ours, baseline, times, target)]


def _cpu(runs: list[Process]) -> float:
    return statistics.median(run.cpu_seconds for run in runs)


def _steps(what: str, sign: str, measured: dict[int, list[Process]], times: int, measure) -> list[Row]:
    sizes = list(measured)
    return [
        Row(
            group="scale",
            name=f"{what}, {sign}{size:,} against {sign}{before:,}",
            against="the size before",
            unit="s",
            ours=measure(size, measured[size]),
            baseline=measure(before, measured[before]),
            repetitions=times,
            details={"seconds": seconds_of(measured[size]), "peak_mb": peak_of(measured[size])},
        )
        for before, size in itertools.pairwise(sizes)
    ]


def write_wide(path: Path, columns: int, rows: int) -> None:
    """Write a CSV of numbers, whole numbers, categories and amounts by turns, and `y`, a class."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(1)
    makers = (
        lambda: rng.normal(size=rows).round(3),
        lambda: rng.integers(0, 1000, rows),
        lambda: rng.choice(list("abcde"), rows),
        lambda: rng.exponential(size=rows).round(2),
    )
    table = {f"c{i}": makers[i % len(makers)]() for i in range(columns)}
    pd.DataFrame(table | {"y": rng.integers(0, 2, rows)}).to_csv(path, index=False)
