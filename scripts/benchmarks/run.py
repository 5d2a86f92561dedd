"""The whole `run` of a small file against a plain script: how long one waits to see whether there is anything in it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from scripts.benchmarks.measure import (
    BASELINES,
    ROOT,
    Plan,
    Process,
    Row,
    processes,
    run_process,
    seconds_of,
    taking_turns,
)

TARGET = 2.7
PLAIN = "one script with pandas, matplotlib, scikit-learn and xgboost: describe, draw, split, train, measure, save"


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return one row: EDA, Training Job, endpoint, its predictions and its end, of the 344 penguins."""
    from tests.cli.data import penguins

    file, output, workspace = penguins(scratch / "penguins.csv"), scratch / "output", scratch / "workspace"

    def ours() -> Process:
        shutil.rmtree(workspace, ignore_errors=True)  # each time from nothing
        words = [ROOT / "scripts" / "pipeline.py", "run", file, "--target", "species"]
        return run_process([sys.executable, *words, "--workspace", workspace, "--backend", "local"])

    plain = [sys.executable, BASELINES / "plain_run.py", file, "species", output]
    times = plan.times(full=7, quick=1)
    runs = taking_turns({"ours": ours, "plain": lambda: run_process(plain)}, times, not plan.quick)
    return [
        Row(
            group="run",
            name="the whole run of 344 rows: EDA, training, endpoint, predictions, deletion",
            against=PLAIN,
            unit="s",
            ours=seconds_of(runs["ours"]),
            baseline=seconds_of(runs["plain"]),
            repetitions=times,
            target=None if plan.quick else TARGET,
            details={"ours": processes(runs["ours"]), "baseline": processes(runs["plain"])},
        )
    ]
