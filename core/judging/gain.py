"""Whether a tuning paid: by how much its best trial beats the one that it began with, on the same validation rows.

`python -m core.judging.gain --start FILE --best FILE --validation DIR --metric M --tried N --output FILE` asks both
models (model.tar.gz) for every row: a program, so that XGBoost is loaded in no other process. Rows are compared in
pairs, which leaves out what both find easy or hard. The best of many is the luckiest too: the interval is widened as
for so many comparisons (O. Dunn, JASA 56, 1961), and a search that finds nothing says so in 95 of 100 cases.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np

from core.archive import unpack_model
from core.judging.comparison import LESS_IS_BETTER, paired
from core.judging.intervals import Z
from core.leaving import leave
from core.scratch import Scratch

LEVEL = 0.05
# The objectives that `comparison` compares: of which problem they are, and whether it has them the other way round.
PROBLEMS = {
    "auc": "binary",
    "logloss": "binary",
    "error": "binary",
    "mlogloss": "multiclass",
    "merror": "multiclass",
    "mae": "regression",
    "rmse": "regression",
}
TURNED = {"error": "accuracy", "merror": "accuracy"}


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much the best is better than the start, whatever the metric."""

    value: float
    low: float
    high: float
    rows: int
    tried: int


def gain(metric: str, label: np.ndarray, start: np.ndarray, best: np.ndarray, tried: int) -> Gain | None:
    """Return by how much the predictions `best` are better than `start`; None by a metric that is not compared.

    `tried`: how many trials `best` is the best of, beside the start.
    """
    problem, of_classes = PROBLEMS.get(metric), start.ndim > 1
    if problem is None or of_classes > (problem == "multiclass"):
        return None
    classes = start.shape[1] if of_classes else int(label.max()) + 1 if problem != "regression" else 0
    compared = {each.metric: each for each in paired(problem, classes, label, start, best)}
    found = compared.get(TURNED.get(metric, metric))
    if found is None:
        return None
    sign = -1 if found.metric in LESS_IS_BETTER else 1
    middle = (found.low + found.high) / 2
    half = (found.high - found.low) / 2 * NormalDist().inv_cdf(1 - LEVEL / 2 / max(tried, 1)) / Z
    low, high = sorted(sign * (middle + way * half) for way in (-1, 1))
    return Gain(sign * found.value, low, high, len(label), tried)


def gain_of_models(start: Path, best: Path, validation: Path, metric: str, tried: int) -> Gain | None:
    """Return the same of two models, each a model.tar.gz, on the folder of a split."""
    from core.judging.predicting import ask_split, load_model

    answers: list[tuple[np.ndarray, np.ndarray]] = []
    for model in (start, best):
        with Scratch("model") as folder:
            unpack_model(model, folder)
            asked = ask_split(load_model(folder), "validation", validation).split
            answers.append((asked.label, asked.score))
    (label, before), (_, after) = answers
    return gain(metric, label, before, after, tried)


def main() -> int:
    """Write the gain of the models that the command line names, or null; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("start", "best", "validation", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--metric", required=True)
    parser.add_argument("--tried", type=int, required=True)
    args = parser.parse_args()
    try:
        found = gain_of_models(args.start, args.best, args.validation, args.metric, args.tried)
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    args.output.write_text(json.dumps(asdict(found) if found else None))
    return 0


if __name__ == "__main__":
    leave(main())
