"""How good a model is on rows that it has not seen: the test split.

Runs as a step of a Training Job (`python -m core.evaluation --model DIR --contract FILE --test DIR --output
FILE`), so that no page ever imports xgboost. A baseline that knows only the label's distribution stands beside
each metric, so that a number can be judged.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import metrics
from core.archive import unpack_model
from core.errors import SenderoError
from core.evaluation_file import Curve, Curves, Evaluation, FeatureImportance, Scores, write
from core.numbers import count, score
from core.scratch import Scratch

if TYPE_CHECKING:
    from core.container.lean_xgboost import xgb

Numbers = Mapping[str, float | None]

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


def linear_importance(
    booster: xgb.Booster, features: list[str], rows: xgb.DMatrix
) -> list[FeatureImportance]:
    """Return the share of what the features of a linear model, which has no gains, add to its answers for `rows`."""
    added = np.abs(booster.predict(rows, pred_contribs=True))[..., :-1]  # the last one is the bias
    return shares(added.reshape(-1, added.shape[-1]).sum(axis=0).tolist(), features)


def shares(values: list[float], features: list[str]) -> list[FeatureImportance]:
    """Return each feature's share of the sum of `values`, the largest first."""
    total = sum(values) or 1.0
    pairs = sorted(zip(features, values, strict=True), key=lambda pair: -pair[1])
    return [{"feature": name, "share": value / total} for name, value in pairs]


def evaluate_model(model: Path, contract: Path, test: Path) -> Evaluation:
    """Evaluate `model` (folder with xgboost-model, or model.tar.gz) on `test` (folder of CSVs: label first)."""
    if model.is_file():
        with Scratch("model") as folder:
            unpack_model(model, folder)
            return evaluate_model(folder, contract, test)
    from core.container.model import load
    from core.encoding.contract import Contract

    learned = Contract.read(contract)
    served, features = load(model), list(learned.features)
    booster = served.boosters[0]
    label, rows = read_split(test)
    prediction = as_probability(served.predict(rows), served.objective)
    scores = evaluate(label, prediction, learned.label.problem, list(learned.label.classes))
    linear = "gblinear" in booster.save_config()
    return Evaluation(
        **scores,
        importance=linear_importance(booster, features, rows) if linear else importance(booster, features),
        importance_by="contribution" if linear else "gain",
        rounds=booster.num_boosted_rounds(),
    )


def as_probability(raw: np.ndarray, objective: str) -> np.ndarray:
    """Return the answers of a model of `objective` as probabilities: binary:logitraw answers margins."""
    return 1.0 / (1.0 + np.exp(-raw)) if objective == "binary:logitraw" else raw


def predict_directly(model: Path, test: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return (labels, predictions) of every row of `test` (a folder of CSV files, label first), without an endpoint."""
    from core.container.model import load

    served = load(model)
    label, rows = read_split(test)
    return label, as_probability(served.predict(rows), served.objective)


def read_split(folder: Path) -> tuple[np.ndarray, xgb.DMatrix]:
    """Return (labels, DMatrix of the features) of a folder of CSV files, label first."""
    from core.container.lean_xgboost import xgb

    table = np.concatenate([_numbers(file) for file in sorted(folder.glob("*.csv"))])
    return table[:, 0], xgb.DMatrix(table[:, 1:])


def _numbers(file: Path) -> np.ndarray:
    """Return the numbers of a CSV file without a header, NaN where blank."""
    import pyarrow as pa
    from pyarrow import csv

    with file.open("rb") as lines:  # opened here: pyarrow takes no path that is not UTF-8
        names = [str(column) for column in range(lines.readline().count(b",") + 1)]
        lines.seek(0)
        table = csv.read_csv(
            lines,
            read_options=csv.ReadOptions(column_names=names),
            convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64())),
        )
    [batch] = table.combine_chunks().to_batches()
    # As a tensor: `to_numpy` of a column imports pandas.
    return batch.to_tensor(null_to_nan=True, row_major=True).to_numpy()


def main() -> int:
    """Judge the model that the command line names and write the result; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "contract", "test", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    try:
        result = evaluate_model(args.model, args.contract, args.test)
    except Exception as error:
        return fail(error, args.output)
    write(result, args.output)
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
