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
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.archive import unpack_model
from core.errors import SenderoError
from core.evaluation_file import Evaluation, FeatureImportance, values, write
from core.judging import best_column, conformal, predictions_file, scores
from core.judging.predicting import EXPLAINED, Asked, ask_split, load_model
from core.judging.predictions_file import Contributions, Facts, Split
from core.leaving import leave
from core.numbers import count, integer, score
from core.scratch import Scratch

if TYPE_CHECKING:
    from core.container.lean_xgboost import xgb
    from core.encoding.contract import ContractJson


@dataclass(frozen=True, slots=True)
class Judged:
    """What judging a model gives: evaluation.json, and what predictions.parquet holds."""

    evaluation: Evaluation
    facts: Facts
    splits: list[Split]


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


def shares(sums: list[float], features: list[str]) -> list[FeatureImportance]:
    """Return each feature's share of the sum of `sums`, the largest first."""
    total = sum(sums) or 1.0
    pairs = sorted(zip(features, sums, strict=True), key=lambda pair: -pair[1])
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
    asked = ask_split(served, "test", test, len(features))
    known = ask_split(served, "validation", validation, len(features)) if validation else None
    judged = asked.split
    scored = scores.of(judged.label, judged.score, label["problem"], list(label["classes"]))
    linear = "gblinear" in booster.save_config()
    evaluation = Evaluation(
        **scored,
        importance=linear_importance(judged.contributions, features)
        if linear
        else importance(booster, features),
        importance_by="contribution" if linear else "gain",
        rounds=booster.num_boosted_rounds(),
    )
    if known:
        beside_validation(evaluation, learned, asked, known)
    facts = Facts(
        label["problem"], tuple(label["classes"]), tuple(features), served.objective, notes=notes(judged)
    )
    return Judged(evaluation, facts, [judged, *([known.split] if known else [])])


def beside_validation(evaluation: Evaluation, contract: ContractJson, test: Asked, validation: Asked) -> None:
    """Add how good the model is on validation, and what is learned there and measured on test: the best single column,
    a range for predictions.
    """
    if len(validation.split.label):
        known = scores.of(
            validation.split.label, validation.split.score, evaluation["problem"], evaluation["classes"]
        )
        evaluation["validation"] = {"rows": known["rows"], "metrics": values(known)}
    problem, classes = evaluation["problem"], len(evaluation["classes"])
    importance = {each["feature"]: each["share"] for each in evaluation["importance"]}
    alone = best_column.best_column(
        contract["columns"], importance, problem, classes, validation.sample, test.sample
    )
    if alone:
        figures = {name: scores.figure(interval) for name, interval in alone.metrics.items()}
        evaluation["best_column"] = {
            "column": alone.column, "metric": alone.metric, "metrics": figures, **figures[alone.metric]
        }  # fmt: skip
    if problem == "regression":
        known, seen = ((each.split.label, each.split.score) for each in (validation, test))
        if found := conformal.range_of(known, seen):
            evaluation["range"] = found


def notes(judged: Split) -> tuple[str, ...]:
    """Return what predictions.parquet leaves out, as whole sentences."""
    rows, explained = len(judged.label), len(judged.contributions.rows) if judged.contributions else 0
    if explained >= min(rows, EXPLAINED):
        return ()
    return (
        f"Contributions are of {integer(explained)} evenly spaced rows of {integer(rows)}: for a model of this size"
        " more would take longer than it takes to judge it.",
    )


def predict_directly(model: Path, test: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return (labels, predictions) of every row of `test` (a folder of CSV files, label first), without an endpoint."""
    split = ask_split(load_model(model), "test", test).split
    return split.label, split.score


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the model that the command line, or `arguments`, name and write the result; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "contract", "test", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--validation", type=Path)
    parser.add_argument(
        "--start", type=Path, help="the model that a tuning job began with, to measure its gain"
    )
    parser.add_argument("--metric")
    parser.add_argument("--tried", type=int)
    args = parser.parse_args(arguments)
    try:
        judged = evaluate_model(args.model, args.contract, args.test, args.validation)
        result = judged.evaluation
        predictions_file.write(args.output.with_name("predictions.parquet"), judged.facts, judged.splits)
        write(result, args.output)
    except Exception as error:
        return fail(error, args.output)
    if args.start and len(judged.splits) > 1:
        write_gain(judged.splits[1], args)
    shown = ", ".join(f"{name} {score(value)}" for name, value in values(result).items() if value is not None)
    print(f"Test split, {count(result['rows'], 'row', 'rows')}: {shown}")
    return 0


def write_gain(validation: Split, args: argparse.Namespace) -> None:
    """Write gain.json beside the evaluation: by how much the model beats the one of `--start` on validation."""
    from core.judging.gain import gain

    try:
        with Scratch("model") as folder:
            unpack_model(args.start, folder)
            _, before = predict_directly(folder, args.validation)
        found = gain(args.metric, validation.label, before, validation.score, args.tried)
    except Exception as error:  # the model is judged all the same
        traceback.print_exception(error)
        return
    args.output.with_name("gain.json").write_text(json.dumps(asdict(found) if found else None))


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
    leave(main())
