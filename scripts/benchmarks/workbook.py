"""A workbook of rows read, and written with predictions, against openpyxl doing the same."""

from __future__ import annotations

import csv
import sys
from itertools import cycle, islice
from pathlib import Path

import xlsxwriter

from core.project import PROJECT
from scripts.benchmarks.measure import BASELINES, Plan, Row, processes, run_process, seconds_of, taking_turns

ROWS, QUICK_ROWS = 100_000, 300
TARGET = 0.4
FLIGHTS = PROJECT / "core" / "samples" / "flights_late.csv"


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return one row: seconds of the whole process on either side."""
    source, count = scratch / "rows.xlsx", QUICK_ROWS if plan.quick else ROWS
    _write(source, count)
    times = plan.times(full=3, quick=1)
    python, theirs = sys.executable, BASELINES / "openpyxl_sheet.py"
    runs = taking_turns(
        {
            "ours": lambda: run_process(
                [python, "-m", "scripts.benchmarks.sheet", source, scratch / "ours.xlsx"]
            ),
            "openpyxl": lambda: run_process([python, theirs, source, scratch / "theirs.xlsx"]),
        },
        times,
        warm_up=False,
    )
    return [
        Row(
            group="workbook",
            name=f"{count:,} rows of .xlsx in and out",
            against="openpyxl reads and writes them, read only and write only",
            unit="s",
            ours=seconds_of(runs["ours"]),
            baseline=seconds_of(runs["openpyxl"]),
            repetitions=times,
            target=None if plan.quick else TARGET,
            details={side: processes(measured) for side, measured in runs.items()},
        )
    ]


def _write(path: Path, count: int) -> None:
    """Write so many flights as a workbook, numbers as numbers."""
    with (
        FLIGHTS.open(encoding="utf-8", newline="") as file,
        xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_numbers": True}) as book,
    ):
        header, *flights = csv.reader(file)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, header)
        for row, cells in enumerate(islice(cycle(flights), count), start=1):
            sheet.write_row(row, 0, cells)
