"""Whether a tuning paid: by how much its best trial beats the one that it began with, on the same validation rows.

`python -m core.judging.gain --start FILE --best FILE --validation DIR --metric M --tried N --output FILE` asks both
models (model.tar.gz) for every row: a program, so that XGBoost is loaded in no other process. Rows are compared in
pairs, which leaves out what both find easy or hard. The best of many is the luckiest too: the interval is widened as
for so many comparisons (O. Dunn, JASA 56, 1961), and a search that finds nothing says so in 95 of 100 cases.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist

import numpy as np

from core.archive import unpack_model
from core.judging.intervals import placements
from core.metrics import log_losses
from core.scratch import Scratch

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Gain:
    """By how much the best is better than the start, whatever the metric; None of an end: it cannot be told."""

    value: float
    low: float | None
    high: float | None
    rows: int
    tried: int


def gain(metric: str, label: np.ndarray, start: np.ndarray, best: np.ndarray, tried: int) -> Gain | None:
    """Return by how much the predictions `best` are better than `start`; None by a metric that is not known here.

    `tried`: how many trials `best` is the best of, beside the start.
    """
    first, second = _figure(metric, label, start), _figure(metric, label, best)
    if first is None or second is None:
        return None
    (before, by_row), (after, by_row_best) = first, second
    sign = 1 if metric in ("auc", "accuracy") else -1
    value = sign * (after - before)
    error = math.sqrt(float(np.sum((by_row_best - by_row) ** 2)))
    half = NormalDist().inv_cdf(1 - LEVEL / 2 / max(tried, 1)) * error
    return Gain(value, value - half, value + half, len(label), tried)


def _figure(metric: str, label: np.ndarray, predicted: np.ndarray) -> tuple[float, np.ndarray] | None:
    """Return a metric and what each row adds to its error: the squares of these sum up to its variance."""
    name, _, threshold = metric.partition("@")
    if name == "auc":
        if predicted.ndim > 1 or len(np.unique(label)) != 2:
            return None
        return placements(label == 1, predicted)
    if name in ("logloss", "mlogloss"):
        return _mean(log_losses(label, predicted))
    if name in ("error", "merror", "accuracy"):
        said = predicted > float(threshold or 0.5) if predicted.ndim == 1 else predicted.argmax(axis=1)
        return _mean((said != label) if name != "accuracy" else (said == label))
    if name == "mae":
        return _mean(np.abs(predicted - label))
    if name == "mse":
        return _mean((predicted - label) ** 2)
    if name == "rmse":
        square, by_row = _mean((predicted - label) ** 2)
        root = math.sqrt(square)
        return root, by_row / (2 * root) if root else by_row
    return None


def _mean(values: np.ndarray) -> tuple[float, np.ndarray]:
    numbers = values.astype(np.float64)
    value = float(numbers.mean())
    return value, (numbers - value) / math.sqrt(len(numbers) * max(len(numbers) - 1, 1))


def gain_of_models(start: Path, best: Path, validation: Path, metric: str, tried: int) -> Gain | None:
    """Return the same of two models, each a model.tar.gz, on the folder of a split."""
    from core.evaluation import predict_directly

    answers: list[tuple[np.ndarray, np.ndarray]] = []
    for model in (start, best):
        with Scratch("model") as folder:
            unpack_model(model, folder)
            answers.append(predict_directly(folder, validation))
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
    sys.exit(main())
