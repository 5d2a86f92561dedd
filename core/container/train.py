"""A training job in algorithm mode: configuration, checks, data, XGBoost, model; or a failure file.

The order of the steps is the image's, because it decides which of two mistakes a user is told about.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np

from core.container import data
from core.container.callbacks import MODEL_NAME, EarlyStopping, callbacks_for, save_model
from core.container.channels import CSV, LIBSVM, data_format, validate_channels
from core.container.errors import AlgorithmError, PlatformError, UserError, failure_text, without_frames
from core.container.folds import HeldOutPredictions, draw_folds
from core.container.hyperparameters import validate
from core.container.lean_xgboost import xgb
from core.container.metric_names import CONTAINER_DEFINED
from core.container.metrics import custom_metric
from core.container.tree import Tree, write_whole

log = logging.getLogger(__name__)

Parameters: TypeAlias = dict[str, Any]  # as XGBoost takes them: numbers, words and lists
History: TypeAlias = dict[str, dict[str, list[float]]]  # channel -> metric -> a value a round

# An error of XGBoost or of a metric that contains one of these is the user's. Several date from older XGBoost
# versions and no longer match: "label must be in (0, 1)" is an AlgorithmError today.
CUSTOMER_ERRORS = [
    "label must be in [0,1] for logistic regression",
    "label must be in [0, num_class)",
    "Target is multiclass but average='binary'",
    "feature_names mismatch",
    "Check failed: preds.size() == info.labels_.size()",
    "Check failed: !auc_error AUC: the dataset only contains pos or neg samples",
    "Check failed: base_score > 0.0f && base_score < 1.0f base_score must be in (0,1) for logistic loss",
    "Check failed: label_correct PoissonRegression: label must be nonnegative",
    "Check failed: label_correct TweedieRegression: label must be nonnegative",
    "Parameter reg_lambda should be greater equal to 0",
]

_DASK = {
    "gpu": "Dask training is only available for `hist` (or `gpu_hist`) training on GPU instances.",
    "pipe": "Dask training is not supported for pipe mode input.",
    "format": "Dask training is only supported for CSV and Parquet input.",
}


def run(prefix: Path) -> int:
    """Run one training job in the folder that stands for `/opt/ml`.

    Metric lines (`[0]\\ttrain-logloss:0.1\\tvalidation-logloss:0.2`) go to stdout as they come, everything else to
    stderr. A failure is written to `output/failure`.

    Returns:
        The exit code: 0, 1, or the number of the operating system's error that stopped the job.
    """
    tree = Tree(prefix.absolute())
    try:
        train(tree)
    except Exception as error:
        text = tree.in_messages(failure_text(error))
        write_whole(tree.path("output/failure"), text.encode())
        log.error("Reporting training FAILURE")
        log.error("%s", tree.in_messages(without_frames(str(error))))
        log.debug("Where it was raised", exc_info=error)
        number = getattr(error, "errno", None)
        return number if isinstance(number, int) and number else 1
    return 0


def train(tree: Tree) -> None:
    """Do the same, with errors raised.

    Raises:
        UserError, AlgorithmError, PlatformError: as the image classifies them.
        KeyError: there is no train channel, or a configuration lacks a field.
        OSError: a file of `input/config` cannot be read.
    """
    configuration = tree.path("input/config")
    resources = _read_json(configuration / "resourceconfig.json")
    hosts = resources["hosts"]
    channels = _read_json(configuration / "inputdataconfig.json")
    given = _read_json(configuration / "hyperparameters.json")
    checkpoints = configuration / "checkpointconfig.json"
    checkpoint_path = _read_json(checkpoints).get("LocalPath") if checkpoints.exists() else None
    if "train" not in channels:
        # The image looks for the channel's environment variable before it validates anything.
        raise KeyError("SM_CHANNEL_TRAIN")

    parameters: Parameters = {**validate(given)}
    if parameters.get("updater"):
        parameters["updater"] = ",".join(parameters["updater"])
    channels = validate_channels(channels)
    kind = data_format(channels["train"]["ContentType"])
    piped = channels["train"]["TrainingInputMode"] == "Pipe"

    if "validation" in channels and not piped:
        data.warn_of_duplicates(tree.path("input/data/train"), tree.path("input/data/validation"))
    _refuse_dask(parameters, piped, kind)
    if piped:
        raise UserError("Pipe mode is not available here: use TrainingInputMode File.")
    if len(hosts) > 1:
        raise UserError(f"Training on {len(hosts)} hosts is not available here: use one.")

    matrices = _read_matrices(tree, channels, kind, parameters)
    if not hosts:
        raise PlatformError("Number of hosts should be an int greater than or equal to 1")
    if matrices.train is None or matrices.together is None:
        raise UserError(f"No data in training channel path {tree.reported('input/data/train')}")
    if "validation" in channels and matrices.validation is None:
        raise UserError(f"No data in validation channel path {tree.reported('input/data/validation')}")
    log.info("Single node training.")
    checkpoint_folder = tree.resolve(checkpoint_path) if checkpoint_path else None
    _train_job(tree, parameters, matrices, matrices.train, matrices.together, checkpoint_folder)


@dataclass(frozen=True, slots=True)
class _Matrices:
    """What was read: one DMatrix a channel, and both as one where k-fold asks for it."""

    train: xgb.DMatrix | None
    validation: xgb.DMatrix | None
    together: xgb.DMatrix | None


def _read_json(file: Path) -> Any:
    with file.open(encoding="utf-8") as text:
        return json.load(text)


def _refuse_dask(parameters: Parameters, piped: bool, kind: str) -> None:
    if parameters.pop("use_dask_gpu_training", "false") == "true":
        problems = [_DASK["gpu"]]
        if piped:
            problems.append(_DASK["pipe"])
        if kind not in (CSV, "parquet"):
            problems.append(_DASK["format"])
        raise UserError(
            f"Some configurations unsuitable for Dask GPU training were found: {'. '.join(problems)}"
        )


def _read_matrices(tree: Tree, channels: dict, kind: str, parameters: Parameters) -> _Matrices:
    folders = [tree.path(f"input/data/{name}") for name in ("train", "validation") if name in channels]
    filled = [folder for folder in folders if data.channel_size(folder) > 0]
    if kind not in (CSV, LIBSVM) and filled:
        raise UserError(f"Reading {kind} is not available here: use text/csv or text/libsvm.")
    for folder in filled:
        data.check_format(folder, kind)
    weights = parameters.get("csv_weights", 0)
    read = {folder.name: data.read_matrix([folder], kind, weights) for folder in filled}
    together = read.get("train")
    if "_kfold" in parameters and len(read) == 2:
        log.info("Read both train and validation data into one DMatrix")
        together = data.read_matrix(filled, kind, weights)
    return _Matrices(read.get("train"), read.get("validation"), together)


class Boost(Protocol):
    """Trains one model on a matrix: on the whole train channel, or on a fold."""

    def __call__(
        self, matrix: xgb.DMatrix, fold: int | None = None, history: History | None = None
    ) -> xgb.Booster: ...


def _train_job(
    tree: Tree,
    parameters: Parameters,
    matrices: _Matrices,
    train: xgb.DMatrix,
    together: xgb.DMatrix,
    checkpoints: Path | None,
) -> None:
    # These three lines the image prints for its own debugging; they are part of a job's log.
    print("TRAIN_JOB_DEBUG: Received is_master=True", flush=True)
    rounds = parameters.pop("num_round")
    keep_on_termination = parameters.pop("save_model_on_termination", "false") == "true"
    container_metrics, early_stopping = _metrics(parameters, matrices.validation is not None)

    log.info("Train matrix has %d rows and %d columns", train.num_row(), train.num_col())
    evals = [(train, "train")]
    if matrices.validation is not None:
        log.info("Validation matrix has %d rows", matrices.validation.num_row())
        evals.append((matrices.validation, "validation"))

    model_folder = tree.path("model")
    model_folder.mkdir(parents=True, exist_ok=True)

    def boost(matrix: xgb.DMatrix, fold: int | None = None, history: History | None = None) -> xgb.Booster:
        resume_from, done, callbacks = callbacks_for(
            model_folder=model_folder,
            checkpoint_folder=checkpoints,
            early_stopping=early_stopping,
            keep_on_termination=keep_on_termination,
            fold=fold,
        )
        return xgb.train(
            parameters,
            matrix,
            num_boost_round=rounds - done,
            evals=evals,
            custom_metric=custom_metric(container_metrics) if container_metrics else None,
            evals_result=history,
            callbacks=callbacks,
            xgb_model=resume_from,
            verbose_eval=False,
        )

    try:
        folds = parameters.pop("_kfold", None)
        if folds is None:
            models = {MODEL_NAME: boost(train)}
        else:
            trained = _cross_validate(tree, boost, parameters, together, folds, rounds)
            models = {f"{MODEL_NAME}-{fold}": model for fold, model in enumerate(trained)}
    except Exception as error:
        if any(known in str(error) for known in CUSTOMER_ERRORS):
            raise UserError(str(error)) from error
        raise AlgorithmError(f"XGB train call failed with exception:\n {error}") from error

    print(f"FINAL_MODEL_DEBUG: is_master=True, model_dir={tree.reported('model')}", flush=True)
    print("FINAL_MODEL_SAVE: Saving final model as master", flush=True)
    for name, model in models.items():
        save_model(model, model_folder / name)


def _metrics(parameters: Parameters, has_validation: bool) -> tuple[list[str], EarlyStopping | None]:
    """Split the metrics between XGBoost (left in `parameters`) and the container, and name the one to stop on."""
    tuned_on = parameters.pop("_tuning_objective_metric", None)
    tuned = tuned_on.split(":")[1].split(",") if tuned_on else None
    if tuned:
        log.info("Setting up HPO optimized metric to be : %s", ",".join(tuned))
    eval_metrics = parameters.pop("eval_metric", None)
    metrics = sorted({*tuned, *eval_metrics}) if tuned and eval_metrics else tuned or eval_metrics or []

    native = [name for name in metrics if name not in CONTAINER_DEFINED]
    if native:
        parameters["eval_metric"] = native
    rounds = parameters.pop("early_stopping_rounds", None)
    last = (tuned or eval_metrics or [None])[-1]
    stop = EarlyStopping(last, rounds) if rounds and last and has_validation else None
    return [name for name in metrics if name in CONTAINER_DEFINED], stop


def _cross_validate(
    tree: Tree, boost: Boost, parameters: Parameters, matrix: xgb.DMatrix, folds: int, rounds: int
) -> list[xgb.Booster]:
    """Train one model a fold; write a summary line a repeat, and `output/data/predictions.csv`.

    As in the image, every fold is evaluated on the whole channels, not on its own split.
    """
    repeats = parameters.pop("_num_cv_round", 1)
    log.info("Run %d-round of %d-fold cross validation with %d rows", repeats, folds, matrix.num_row())
    classification = bool(
        parameters.get("num_class")
        # None without an objective, and fails in these words in the image too.
        or parameters.get("objective").startswith("binary:")  # pyright: ignore[reportOptionalMemberAccess]
    )
    labels = matrix.get_label()
    held_out = HeldOutPredictions(labels, repeats, classification)
    models: list[xgb.Booster] = []
    histories: list[History] = []
    for train_rows, test_rows in draw_folds(len(labels), folds, repeats, labels if classification else None):
        history: History = {}
        log.info("Train cross validation fold %d", len(models) % folds + 1)
        model = boost(matrix.slice(train_rows), fold=len(models), history=history)
        models.append(model)
        histories.append(history)
        held_out.record(test_rows, model.predict(matrix.slice(test_rows)))
        if len(models) % folds == 0:
            log.info("The metrics of round %d cross validation", len(models) // folds)
            _print_mean_metrics(rounds, histories[-folds:])
    held_out.save(tree.path("output/data/predictions.csv"))
    if repeats > 1:
        log.info("The overall metrics of %d-round cross validation", repeats)
        _print_mean_metrics(rounds, histories)
    return models


def _print_mean_metrics(rounds: int, histories: list[History]) -> None:
    line = f"[{rounds}]"
    for metric in histories[0]["train"]:
        for channel in ("train", "validation"):
            line += f"\t{channel}-{metric}:{np.mean([run[channel][metric][-1] for run in histories]):.5f}"
    print(line, flush=True)


def main(prefix: Path) -> int:
    """Run `python -m core.container train`: log to stderr, return the exit code."""
    level = os.environ.get("SAGEMAKER_CONTAINER_LOG_LEVEL", "20")
    logging.basicConfig(
        stream=sys.stderr,
        level=int(level) if level.isdigit() else logging.INFO,
        format="[%(asctime)s:%(levelname)s] %(message)s",
        datefmt="%Y-%m-%d:%H:%M:%S",
    )
    return run(prefix)
