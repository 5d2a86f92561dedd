"""How good the preset *balanced* is against scikit-learn's HistGradientBoosting with its defaults, on the same splits.

Of each public set there are ten random splits, and the score on the test split is the AUC, of a number R². The
differences are paired, split by split: what the preset must reach is the other's mean score less the 95% half width of
their mean difference.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
from pathlib import Path

from scripts.benchmarks.measure import BASELINES, ROOT, Plan, Row, plain_environment

AGAINST = "what it reaches"
SAMPLE = ROOT / "core" / "samples" / "flights_late.csv"
# Name -> (target, problem, columns to leave out); those that scikit-learn brings along, and the sample.
SETS = {
    "breast_cancer": ("target", "binary", ()),
    "wine": ("target", "multiclass", ()),
    "diabetes": ("target", "regression", ()),
    "flights": ("late", "binary", ("arr_delay", "dep_delay")),
}
SPLITS = 10
T = 2.262  # Student's, two-sided 95%, of nine degrees of freedom


def rows(plan: Plan, scratch: Path) -> list[Row]:
    """Return a row a set."""
    sets = ("diabetes",) if plan.quick else tuple(SETS)
    return [_row(name, plan.times(full=SPLITS, quick=1), scratch) for name in sets]


def _row(name: str, seeds: int, scratch: Path) -> Row:
    target, problem, left_out = SETS[name]
    file = SAMPLE if name == "flights" else _write(name, scratch)
    workspace, folders, ours = scratch / f"workspace-{name}", [], []
    for seed in range(seeds):
        words = [str(file), "--target", target, "--problem", problem, "--seed", str(seed)]
        eda = _pipeline(workspace, "eda", *words, *(["--drop", *left_out] if left_out else []))["job"]
        trained = _pipeline(workspace, "train", "--eda", eda)
        metric = "r2" if problem == "regression" else "auc"
        ours.append(trained["evaluation"]["metrics"][metric])
        folders.append(workspace / "processing" / eda / "output")
    done = _run([sys.executable, BASELINES / "histogram_boosting.py", problem, *folders])
    theirs: list[float] = json.loads(done)
    differences = [a - b for a, b in zip(ours, theirs, strict=True)]
    # Of few splits nothing is known of how sure the difference is.
    half = T * statistics.stdev(differences) / math.sqrt(seeds) if seeds == SPLITS else 0.0
    return Row(
        group="quality",
        name=f"what balanced must reach on {name}, {seeds} splits",
        against=AGAINST,
        unit="R²" if problem == "regression" else "AUC",
        ours=statistics.mean(theirs) - half,
        baseline=statistics.mean(ours),
        repetitions=seeds,
        target=1.0 if seeds == SPLITS else None,
        details={
            "difference": statistics.mean(differences),
            "half_width": half,
            "ours": ours,
            "theirs": theirs,
        },
    )


def _write(name: str, scratch: Path) -> Path:
    """Write a set that scikit-learn brings along as a CSV file."""
    file = scratch / f"{name}.csv"
    code = (
        "import sys, sklearn.datasets as d; "
        f"d.load_{name}(as_frame=True).frame.to_csv(sys.argv[1], index=False)"
    )
    _run([sys.executable, "-c", code, file])
    return file


def _pipeline(workspace: Path, *words: str) -> dict:
    command = [sys.executable, ROOT / "scripts" / "pipeline.py", *words]
    return json.loads(_run([*command, "--workspace", workspace, "--backend", "local", "--json"]))


def _run(command: list) -> str:
    """Run a command to its end; return what it printed. Raises RuntimeError with what it said when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        # The sets are small: threads that wait for each other cost more than they bring.
        env=plain_environment() | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command[:4]} failed:\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}")
    return done.stdout
