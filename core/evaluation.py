"""How good a model is on rows that it has not seen: the test split.

Runs as a step of a Training Job (`python -m core.evaluation --model DIR --contract FILE --test DIR --validation DIR
--output FILE`), so that no page ever imports xgboost, and writes predictions.parquet beside its output. A baseline that
knows only the label's distribution stands beside each metric, so that a number can be judged.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import metrics
from core.archive import unpack_model
from core.errors import SenderoError
from core.evaluation_file import Curve, Curves, Evaluation, FeatureImportance, Scores, write
from core.judging import predictions_file
from core.judging.predicting import EXPLAINED, load_model, predict_split
from core.judging.predictions_file import Contributions, Facts, Split
from core.numbers import count, score
from core.scratch import Scratch

if TYPE_CHECKING:
    from core.container.lean_xgboost import xgb
    from core.encoding.contract import ContractJson

Numbers = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging a model gives: evaluation.json, and what predictions.parquet holds."""

    evaluation: Evaluation
    facts: Facts
    splits: list[Split]


CURVE_POINTS = 200
SCATTER_POINTS = 500


def evaluate(label: np.ndarray, raw: np.ndarray, problem: str, classes: list[str]) -> Scores:
    """Return metrics, baseline and the data of pictures for predictions `raw`: shape (n,), or (n, k) for multiclass.

    `label` holds codes 0..k-1 (binary, multiclass) or values (regression), shape (n,). Raises ValueError where an
    answer is no finite number.
    """
    strange = int(np.count_nonzero(~np.isfinite(raw)))
    if strange:
        raise ValueError(f"{strange:,} of the model's {raw.size:,} answers are no finite numbers.")
    score = {"binary": _binary, "multiclass": _multiclass, "regression": _regression}[problem]
    return score(label, raw, classes)


def _binary(label: np.ndarray, raw: np.ndarray, classes: list[str]) -> Scores:
    predicted, share = raw >= 0.5, float(np.mean(label))
    both = 0 < share < 1
    confusion = metrics.confusion_matrix(label, predicted, 2)
    result = {
        "auc": metrics.roc_auc(label, raw) if both else None,
        "aucpr": metrics.average_precision(label, raw) if both else None,
        "logloss": metrics.log_loss(label, raw),
        "accuracy": np.mean(label == predicted),
        "precision": metrics.precision_of_each(confusion)[1],
        "recall": metrics.recall_of_each(confusion)[1],
        "f1": metrics.f1_of_each(confusion)[1],
    }
    constant = np.full(len(label), share)
    baseline = {
        "auc": 0.5,
        "aucpr": share,
        "logloss": metrics.log_loss(label, constant),
        "accuracy": max(share, 1 - share),
    }
    curves: Curves = {}
    if both:
        false_positive, true_positive = metrics.roc_curve(label, raw)
        precision, recall = metrics.precision_recall_curve(label, raw)
        curves = {
            "roc": _thin(false_positive, true_positive),
            "precision_recall": _thin(recall[::-1], precision[::-1]),
        }
    return Scores(
        problem="binary",
        rows=len(label),
        classes=classes,
        metrics=_plain(result),
        baseline=_plain(baseline),
        confusion=confusion.tolist(),
        curves=curves,
    )


def _multiclass(label: np.ndarray, raw: np.ndarray, classes: list[str]) -> Scores:
    predicted = raw.argmax(axis=1) if raw.ndim == 2 else raw.astype(int)
    shares = np.bincount(label.astype(int), minlength=len(classes)) / len(label)
    confusion = metrics.confusion_matrix(label, predicted, len(classes))
    result: dict[str, float | None] = {
        "accuracy": np.mean(label == predicted),
        "f1_macro": metrics.f1_of_each(confusion).mean(),
        "balanced_accuracy": metrics.recall_of_each(confusion)[shares > 0].mean(),
    }
    baseline = {"accuracy": shares.max(), "balanced_accuracy": 1 / np.count_nonzero(shares)}
    if raw.ndim == 2:
        # float32 rows of a softmax sum to 1 only within its rounding.
        probabilities = raw.astype(np.float64)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        result["mlogloss"] = metrics.log_loss(label, probabilities)
        baseline["mlogloss"] = float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
        if np.count_nonzero(shares) == len(classes):
            result["auc"] = metrics.mean_roc_auc(label, probabilities)
            baseline["auc"] = 0.5
    return Scores(
        problem="multiclass",
        rows=len(label),
        classes=classes,
        metrics=_plain(result),
        baseline=_plain(baseline),
        confusion=confusion.tolist(),
        curves={},
    )


def _regression(label: np.ndarray, raw: np.ndarray, classes: list[str]) -> Scores:
    varied = len(label) > 1 and float(np.ptp(label)) > 0
    result = {
        "rmse": np.sqrt(np.mean((label - raw) ** 2)),
        "mae": np.mean(np.abs(label - raw)),
        "r2": 1 - np.sum((label - raw) ** 2) / np.sum((label - label.mean()) ** 2) if varied else None,
    }
    baseline = {
        "rmse": float(np.std(label)),
        "mae": float(np.mean(np.abs(label - np.median(label)))),
        "r2": 0.0,
    }
    every = max(1, len(label) // SCATTER_POINTS)
    return Scores(
        problem="regression",
        rows=len(label),
        classes=classes,
        metrics=_plain(result),
        baseline=_plain(baseline),
        scatter={"actual": label[::every].tolist(), "predicted": raw[::every].tolist()},
        curves={},
    )


def _plain(values: Numbers) -> dict[str, float | None]:
    """Return `values` without numpy's own kinds of number, which are no JSON."""
    return {name: None if value is None else float(value) for name, value in values.items()}


def _thin(x: np.ndarray, y: np.ndarray) -> Curve:
    """Return at most CURVE_POINTS points of a curve, its ends kept: enough for any screen."""
    keep = np.unique(np.linspace(0, len(x) - 1, min(len(x), CURVE_POINTS)).astype(int))
    return {"x": np.round(x[keep], 5).tolist(), "y": np.round(y[keep], 5).tolist()}


def importance(booster: xgb.Booster, features: list[str]) -> list[FeatureImportance]:
    """Return the share of the total gain by feature, largest first; features never used have 0."""
    gains = booster.get_score(importance_type="total_gain")
    # A channel has no header, so the booster knows its features as f0, f1, ... in the contract's order.
    return shares([float(np.sum(gains.get(f"f{i}", 0.0))) for i in range(len(features))], features)


def linear_importance(contributions: Contributions | None, features: list[str]) -> list[FeatureImportance]:
    """Return the share of what the features of a linear model, which has no gains, add to its answers."""
    width = len(features)
    values = contributions.values if contributions else np.zeros((1, width + 1))
    added = np.abs(values[..., :width])  # the last one is the bias
    return shares(added.reshape(-1, width).sum(axis=0).tolist(), features)


def shares(values: list[float], features: list[str]) -> list[FeatureImportance]:
    """Return each feature's share of the sum of `values`, the largest first."""
    total = sum(values) or 1.0
    pairs = sorted(zip(features, values, strict=True), key=lambda pair: -pair[1])
    return [{"feature": name, "share": value / total} for name, value in pairs]


def evaluate_model(model: Path, contract: Path, test: Path, validation: Path | None) -> Judged:
    """Judge `model` (folder with xgboost-model, or model.tar.gz) on `test` (folder of CSVs: label first)."""
    if model.is_file():
        with Scratch("model") as folder:
            unpack_model(model, folder)
            return evaluate_model(folder, contract, test, validation)
    # Plain JSON: what a contract needs to encode rows, the step would import for nothing.
    learned: ContractJson = json.loads(contract.read_text(encoding="utf-8"))
    label, features = learned["label"], learned["features"]
    served = load_model(model)
    booster = served.boosters[0]
    splits = [predict_split(served, "test", test, len(features))]
    if validation:
        splits.append(predict_split(served, "validation", validation))
    judged = splits[0]
    scores = evaluate(judged.label, judged.score, label["problem"], list(label["classes"]))
    linear = "gblinear" in booster.save_config()
    evaluation = Evaluation(
        **scores,
        importance=linear_importance(judged.contributions, features)
        if linear
        else importance(booster, features),
        importance_by="contribution" if linear else "gain",
        rounds=booster.num_boosted_rounds(),
    )
    facts = Facts(
        label["problem"], tuple(label["classes"]), tuple(features), served.objective, notes=notes(judged)
    )
    return Judged(evaluation, facts, splits)


def notes(judged: Split) -> tuple[str, ...]:
    """Return what predictions.parquet leaves out, as whole sentences."""
    rows, explained = len(judged.label), len(judged.contributions.rows) if judged.contributions else 0
    if explained >= min(rows, EXPLAINED):
        return ()
    return (
        f"Contributions are of {explained:,} evenly spaced rows of {rows:,}: for a model of this size more would take"
        " longer than it takes to judge it.",
    )


def predict_directly(model: Path, test: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return (labels, predictions) of every row of `test` (a folder of CSV files, label first), without an endpoint."""
    split = predict_split(load_model(model), "test", test)
    return split.label, split.score


def main() -> int:
    """Judge the model that the command line names and write the result; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "contract", "test", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--validation", type=Path)
    args = parser.parse_args()
    try:
        judged = evaluate_model(args.model, args.contract, args.test, args.validation)
        result = judged.evaluation
        predictions_file.write(args.output.with_name("predictions.parquet"), judged.facts, judged.splits)
        write(result, args.output)
    except Exception as error:
        return fail(error, args.output)
    shown = ", ".join(
        f"{name} {score(value)}" for name, value in result["metrics"].items() if value is not None
    )
    print(f"Test split, {count(result['rows'], 'row')}: {shown}")
    return 0


def fail(error: Exception, output: Path) -> int:
    """Print the reason in one line, after the traceback: XGBoost's own text goes on with frames of C++.

    In a Processing Job write it also where SageMaker reads it, `X/output/message` for `X/processing/<name>/<output>`.
    """
    traceback.print_exception(error)
    known = isinstance(error, SenderoError)
    words = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    line = words if known else f"{type(error).__name__}: {words}"
    print(line, file=sys.stderr, flush=True)
    processing = output.absolute().parent.parent
    if processing.name == "processing":
        message = processing.with_name("output") / "message"
        message.parent.mkdir(parents=True, exist_ok=True)
        message.write_text(f"{line[:1000]}\n", encoding="utf-8")
    return 1


if __name__ == "__main__":
    sys.exit(main())
