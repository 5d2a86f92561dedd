"""Training against plain `xgb.train` on the same files: what the container, and the whole job around it, add."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from scripts.benchmarks.measure import (
    BASELINES,
    ROOT,
    Plan,
    Row,
    plain_environment,
    processes,
    run_process,
    seconds_of,
    taking_turns,
)

QUICK_ROWS = 4_000
PRESET = "seed"  # the notebook's own: 100 rounds, whatever the data
TARGET, JOB_TARGET = 1.2, 1.4
PLAIN = "a process with xgb.DMatrix(file) and xgb.train"


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return two rows: the container's `train` as a process, and a Training Job from launch to Completed."""
    from core.backends import get_backend
    from core.settings import Settings
    from core.verbs import training
    from core.verbs.waiting import wait
    from tests.seed_shape import ROWS

    count = QUICK_ROWS if plan.quick else ROWS
    workspace = scratch / "workspace"
    eda = splits_of_pixels(scratch / "pixels.csv", count, workspace)
    backend = get_backend(Settings.load(backend="local", workspace=workspace))
    prefix = scratch / "ml"
    prefix_over(prefix, workspace / "processing" / eda / "output", PRESET)
    train = [sys.executable, "-m", "core.container", "train", "--prefix", prefix]
    plain = [sys.executable, BASELINES / "plain_training.py", prefix]

    def job() -> float:
        start = time.perf_counter()
        wait(backend, training.launch_training(backend, eda, PRESET).name, lambda text: None, every=0.05)
        return time.perf_counter() - start

    ways = {"plain": lambda: run_process(plain), "train": lambda: run_process(train), "job": job}
    times = plan.times(full=5, quick=1)
    runs = taking_turns(ways, times, warm_up=False)  # ten seconds each: the first is as good as the last
    same = (prefix / "model" / "xgboost-model").read_bytes() == (prefix / "model" / "plain.ubj").read_bytes()
    if not same:
        raise RuntimeError("The container's model is not the one that plain xgb.train makes.")

    baseline = seconds_of(runs["plain"])
    files = f"{count:,} rows of pixels, preset {PRESET}"
    details = {"baseline": processes(runs["plain"]), "same_model": same}
    return [
        Row(
            group="training",
            name=f"container train, {files}",
            against=PLAIN,
            unit="s",
            ours=seconds_of(runs["train"]),
            baseline=baseline,
            repetitions=times,
            target=None if plan.quick else TARGET,
            details=details | {"ours": processes(runs["train"])},
        ),
        Row(
            group="training",
            name="Training Job with upload and evaluation, the same",
            against=PLAIN,
            unit="s",
            ours=statistics.median(runs["job"]),
            baseline=baseline,
            repetitions=times,
            target=None if plan.quick else JOB_TARGET,
            details=details,
        ),
    ]


def splits_of_pixels(file: Path, count: int, workspace: Path) -> str:
    """Profile and split a file of pixels; return the EDA job's name."""
    from tests.seed_shape import write_seed_shaped

    write_seed_shaped(file, count)
    command = [sys.executable, ROOT / "scripts" / "pipeline.py", "eda", file, "--target", "Label"]
    command += ["--workspace", workspace, "--backend", "local", "--json"]
    done = subprocess.run(
        [str(part) for part in command], env=plain_environment(), capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"The EDA job failed:\n{done.stdout}\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)["job"]


def prefix_over(prefix: Path, splits: Path, preset: str) -> None:
    """Lay out the tree of a training job as SageMaker does, over the files of an EDA job."""
    from core import hyperparameters

    for folder in ("input/config", "input/data", "model", "output"):
        (prefix / folder).mkdir(parents=True)
    for name in ("train", "validation"):
        (prefix / "input/data" / name).symlink_to(splits / name)
    channel = {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
    }
    configuration = {
        "hyperparameters": hyperparameters.resolve(preset, "binary", classes=2),
        "inputdataconfig": {"train": channel, "validation": channel},
        "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"]},
    }
    for name, content in configuration.items():
        (prefix / "input/config" / f"{name}.json").write_text(json.dumps(content))
