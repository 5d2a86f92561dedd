"""A large file by a Prediction Job: its time against one process that does the same, its memory, and the launcher's;
and by Batch Transform, as a page launches it and writes its predictions: the memory of that process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from scripts.benchmarks.measure import (
    BASELINES,
    ROOT,
    Plan,
    Row,
    clock,
    plain_environment,
    processes,
    run_process,
    seconds_of,
    taking_turns,
)

if TYPE_CHECKING:
    from core.backends.local import LocalBackend

ROWS, QUICK_ROWS = 1_000_000, 1_000
TARGET = 1.5
MEMORY, GROWTH = 600e6, 100e6  # bytes
FLIGHTS = ROOT / "core" / "samples" / "flights_late.csv"


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return three rows of one job: wall clock, the peak of its memory, and how much its launcher grows; and how much
    the launcher of Batch Transform does.
    """
    from core import keys
    from core.backends.local import LocalBackend
    from core.verbs import endpoints, prediction
    from core.verbs.waiting import wait, wait_in_service

    workspace, file, total = scratch / "workspace", scratch / "rows.csv", QUICK_ROWS if plan.quick else ROWS
    _write(file, total)
    sample = file if plan.quick else FLIGHTS
    told = _command(workspace, "eda", sample, "--target", "late", "--drop", "arr_delay", "dep_delay")
    training = str(_command(workspace, "train", "--eda", str(told["job"]))["job"])
    backend = LocalBackend(workspace)
    by_batch = _grown_by_batch(backend, training, file)  # first: what is freed later would hide its growth
    endpoint = endpoints.deploy(backend, training).name
    wait_in_service(backend, endpoint)
    before, peaks = _resident(), []

    def ours() -> float:
        def act() -> None:
            job = prediction.launch_prediction(backend, endpoint, file)
            done = wait(backend, job.name, lambda text: None)
            peaks.append(done.peak_memory_bytes or 0)
            prediction.collect(backend, job.name, scratch / "ours.csv")

        return clock(act)

    try:
        from core.verbs.model_description import unpacked_model

        with unpacked_model(backend, training) as model:
            contract = backend.storage.path(keys.model_contract(training))
            plain = [sys.executable, BASELINES / "predict_file.py", contract, model / "xgboost-model", file]
            plain = ["env", f"PYTHONPATH={ROOT}", *plain, scratch / "plain.csv"]
            times = plan.times(full=3, quick=1)
            runs = taking_turns({"ours": ours, "plain": lambda: run_process(plain)}, times, not plan.quick)
    finally:
        endpoints.delete(backend, endpoint)
    grown = _resident() - before
    seconds = sorted(runs["ours"])[len(runs["ours"]) // 2]
    what = f"{total:,} raw rows from CSV to predictions CSV with all input columns"
    facts = {"columns": 19, "rows": total, "file_bytes": file.stat().st_size}
    goal = None if plan.quick else 1.0
    return [
        Row("desk", f"{what}, by a job", "reading, encoding, predicting and writing in one process", "s",
            seconds, seconds_of(runs["plain"]), times, None if plan.quick else TARGET,
            facts | {"baseline": processes(runs["plain"])}),
        Row("desk", f"{what}: memory of the job", "what it may take", "MB",
            max(peaks) / 1e6, MEMORY / 1e6, times, goal, facts),
        Row("desk", f"{what}: growth of the process that launches and follows it", "what it may grow by", "MB",
            max(grown, 1) / 1e6, GROWTH / 1e6, times, goal, facts),
        Row("desk", f"{what}, by Batch Transform: growth of the process whose page launches it and writes them",
            "what it may grow by", "MB", max(by_batch, 1) / 1e6, GROWTH / 1e6, 1, goal, facts),
    ]  # fmt: skip


def _grown_by_batch(backend: LocalBackend, training: str, file: Path) -> int:
    """Return by how many bytes this process grew at most while it did what the page Inference does."""
    from core.verbs import transform, written
    from core.verbs.waiting import wait

    before, most = _resident(), 0

    def look(*told: object) -> None:
        nonlocal most
        most = max(most, _resident() - before)

    with patch.dict(os.environ, SENDERO_BACKEND="local", SENDERO_WORKSPACE=str(backend.workspace)):
        job = transform.launch_transform(backend, training, file, progress=look, apart=True)
        wait(backend, job.name, look)
        written.write_beside(job.name, ".csv", (), True, look)
    look()
    return most


def _write(file: Path, total: int) -> None:
    """Write the bundled flights over and over."""
    header, *flights = FLIGHTS.read_text().splitlines(keepends=True)
    with file.open("w") as target:
        target.write(header)
        for start in range(0, total, len(flights)):
            target.writelines(flights[: total - start])


def _command(workspace: Path, *words: str | Path) -> dict[str, object]:
    command = [sys.executable, ROOT / "scripts" / "pipeline.py", *words, "--workspace", workspace, "--json"]
    done = subprocess.run(
        [*map(str, command), "--backend", "local"], capture_output=True, text=True, env=plain_environment()
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout)


def _resident() -> int:
    """Return the bytes of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
