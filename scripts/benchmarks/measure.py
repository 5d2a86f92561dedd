"""How a row is measured: both sides in one run, taking turns, after a warm-up; the median counts."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BASELINES = Path(__file__).with_name("baselines")


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure, as the command line says."""

    quick: bool = False
    scale: int = 1
    repetitions: int | None = None

    def times(self, full: int, quick: int) -> int:
        """Return how often to repeat a row: as the command line says, or the row's own number."""
        return self.repetitions or (quick if self.quick else full)


@dataclass(frozen=True, slots=True)
class Row:
    """One ratio. `name` says what ours is, `against` what the baseline is; `ratio` is ours / baseline."""

    group: str
    name: str
    against: str
    unit: str
    ours: float
    baseline: float
    repetitions: int
    target: float | None = None  # the most that the ratio should be, or the least where it is `at_least`
    details: dict[str, Any] = field(default_factory=dict)
    at_least: bool = False

    def as_dict(self) -> dict[str, Any]:
        ratio = self.ours / self.baseline
        met = None
        if self.target is not None:
            met = ratio >= self.target if self.at_least else ratio <= self.target
        return asdict(self) | {"ratio": ratio, "met": met}


@dataclass(frozen=True, slots=True)
class Process:
    """One run of a command: wall clock, processor time, and the peak memory of its largest process."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


def run_process(command: list[str | Path]) -> Process:
    """Run a command to its end. Raises RuntimeError with what it said when it fails."""
    # A small process in between starts the clock and the command: a child inherits the peak memory of the
    # process that forks it, and this one may have held a large table.
    timed = [sys.executable, "-S", "-E", Path(__file__).with_name("timed.py")]
    done = subprocess.run(
        [str(part) for part in (*timed, *command)],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return Process(**json.loads(done.stdout.rpartition("\n")[2]))


def plain_environment() -> dict[str, str]:
    """Return the environment without the user's own settings of Sendero."""
    return {key: value for key, value in os.environ.items() if not key.startswith("SENDERO_")}


def clock(act: Callable[[], Any]) -> float:
    """Return the seconds that a call takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def taking_turns(
    ways: Mapping[str, Callable[[], Any]], repetitions: int, warm_up: bool = True
) -> dict[str, list[Any]]:
    """Call every way `repetitions` times, by turns and in changing order, and collect what they return.

    A disturbance then falls on all of them alike. The warm-up's results are dropped.
    """
    results: dict[str, list[Any]] = {name: [] for name in ways}
    for number in range(-int(warm_up), repetitions):
        for name in ways if number % 2 else reversed(list(ways)):
            result = ways[name]()
            if number >= 0:
                results[name].append(result)
    return results


def seconds_of(runs: list[Process]) -> float:
    """Return the median wall clock, in seconds."""
    return statistics.median(run.seconds for run in runs)


def peak_of(runs: list[Process]) -> float:
    """Return the median of the peak memory, in MB."""
    return statistics.median(run.peak_bytes for run in runs) / 1e6


def processes(runs: list[Process]) -> dict[str, float]:
    """Return the details of one side's runs: processor seconds, peak memory, fastest and slowest."""
    return {
        "cpu_seconds": round(statistics.median(run.cpu_seconds for run in runs), 3),
        "peak_mb": round(statistics.median(run.peak_bytes for run in runs) / 1e6),
        "fastest": round(min(run.seconds for run in runs), 3),
        "slowest": round(max(run.seconds for run in runs), 3),
    }
