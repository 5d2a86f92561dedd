"""A tuning job of twenty trials against a random search of twenty plain runs in a row, on the same files."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from scripts.benchmarks.measure import BASELINES, Plan, Row, plain_environment, taking_turns
from scripts.benchmarks.training import prefix_over, splits_of_pixels

ROWS, QUICK_ROWS = 100_000, 2_000
TRIALS, QUICK_TRIALS = 20, 2
PRESET = "balanced"  # with early stopping, as a search has it
TARGET = 0.7


class Search(NamedTuple):
    """One search: how long it took, and the best log loss of the validation split that it found."""

    seconds: float
    best: float


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return one row: both searches from their start to their best, with another seed of XGBoost each time."""
    from core import hyperparameters
    from core.backends import get_backend
    from core.settings import Settings
    from core.verbs import tuning
    from core.verbs.waiting import wait

    count, trials = (QUICK_ROWS, QUICK_TRIALS) if plan.quick else (ROWS, TRIALS)
    workspace, prefix = scratch / "workspace", scratch / "ml"
    eda = splits_of_pixels(scratch / "pixels.csv", count, workspace)
    backend = get_backend(Settings.load(backend="local", workspace=workspace))
    prefix_over(prefix, workspace / "processing" / eda / "output", PRESET)
    (prefix / "ranges.json").write_text(json.dumps(hyperparameters.DEFAULT_RANGES))
    seeds = {"ours": 0, "plain": 0}

    def ours() -> Search:
        seeds["ours"] += 1
        start = time.perf_counter()
        given, budget = {"seed": str(seeds["ours"])}, tuning.Budget(trials)
        job = wait(
            backend,
            tuning.launch_tuning(backend, eda, budget, None, PRESET, given).name,
            lambda text: None,
            every=0.05,
        )
        seconds, result = time.perf_counter() - start, tuning.result_of(backend, job.name)
        if not result or not result["best"] or result["best"]["objective"] is None:
            raise RuntimeError(f"{job.name} has found nothing: {job.failure}")
        return Search(seconds, result["best"]["objective"])

    def plain() -> Search:
        seeds["plain"] += 1
        start = time.perf_counter()
        found = [_plain_run(prefix, seeds["plain"], number) for number in range(trials)]
        return Search(time.perf_counter() - start, min(found))

    times = plan.times(full=5, quick=1)
    found = taking_turns({"ours": ours, "plain": plain}, times, warm_up=False)
    behind = [one.best - other.best for one, other in zip(found["ours"], found["plain"], strict=True)]
    details: dict[str, object] = {
        "log_loss_ours": [round(search.best, 5) for search in found["ours"]],
        "log_loss_plain": [round(search.best, 5) for search in found["plain"]],
        "difference": round(statistics.mean(behind), 5),
    }
    if times > 1:  # of a mean of so few, as normal as it gets
        details["plus_minus"] = round(1.96 * statistics.stdev(behind) / times**0.5, 5)
    return [
        Row(
            group="tuning",
            name=f"tuning job of {trials} trials, {count:,} rows of pixels, preset {PRESET}",
            against=f"{trials} processes with xgb.train, values drawn at random",
            unit="s",
            ours=statistics.median(search.seconds for search in found["ours"]),
            baseline=statistics.median(search.seconds for search in found["plain"]),
            repetitions=times,
            target=None if plan.quick else TARGET,
            details=details,
        )
    ]


def _plain_run(prefix: Path, seed: int, number: int) -> float:
    command = [sys.executable, str(BASELINES / "plain_search.py"), str(prefix), str(seed), str(number)]
    done = subprocess.run(command, env=plain_environment(), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"A plain run failed:\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])
