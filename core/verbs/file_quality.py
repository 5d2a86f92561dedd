"""How good the predictions of a file are: by the truth in it, else as is to be expected, beside the test split.

It is told with the predictions, and they never fail by it: what cannot be told is not.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

import duckdb
import numpy as np

from core import keys
from core.backends.base import Backend
from core.encoding.contract import Contract
from core.encoding.encoded_rows import EncodedRows
from core.encoding.labels import labels_of
from core.errors import SenderoError
from core.judging import file_quality, predictions_file, score_table
from core.judging.decision_file import Decision
from core.judging.file_quality import LEAST, Quality
from core.judging.score_table import ScoreTable
from core.language import mark, tr
from core.numbers import integer
from core.predictions import probabilities
from core.storage import sha256_of
from core.verbs.judged import predictions_of
from core.verbs.training import evaluation_of

TRAINED_ON = mark(
    "This is the file that the model was trained on: what it says of rows that it has learned is too good."
)
PARTLY = mark("{without} of {rows} rows say no {label}, and are left out.")


class JudgedModel(Protocol):
    """What is asked of a model: how its rows are encoded, and what was decided on it."""

    @property
    def training_job(self) -> str: ...
    @property
    def contract(self) -> Contract: ...
    @property
    def decision(self) -> Decision | None: ...


def quality_of(
    backend: Backend,
    model: JudgedModel,
    encoded: EncodedRows,
    raw: np.ndarray,
    answered: np.ndarray | None = None,
    file: Path | None = None,
) -> Quality | None:
    """Return how good `raw`, the answers to the accepted rows, are; None where neither truth nor probabilities tell.

    `answered` is false of rows without an answer, `file` is the one that the rows are from.
    """
    try:
        if answered is not None and not answered.all():
            raw, places = raw[answered], np.flatnonzero(encoded.accepted)[answered]
        else:
            places = np.flatnonzero(encoded.accepted)
        if len(places) < LEAST:
            return None
        labels = labels_of(model.contract, encoded)
        score = probabilities(model.contract, raw)[:, 1] if model.contract.label.problem == "binary" else raw
        if labels is not None and np.count_nonzero(np.isfinite(labels[places])) >= LEAST:
            return _measured(backend, model, encoded, score, labels[places], file)
        return _estimated(backend, model, score)
    except (SenderoError, duckdb.Error, OSError, ValueError, KeyError) as error:
        logging.getLogger("sendero").warning("how good the predictions are is not known: %s", error)
        return None


def _measured(
    backend: Backend,
    model: JudgedModel,
    encoded: EncodedRows,
    score: np.ndarray,
    label: np.ndarray,
    file: Path | None,
) -> Quality:
    contract, job = model.contract, model.training_job
    quality = file_quality.measured(
        label,
        score,
        contract.label,
        evaluation_of(backend, job),
        model.decision,
        _is_test_split(backend, job, label, score),
    )
    if quality["without"]:
        words = {
            "without": integer(quality["without"]),
            "rows": integer(len(label)),
            "label": contract.label.name,
        }
        quality["notes"].append(tr(PARTLY, **words))
    same_size = file is not None and encoded.rows == contract.dataset.get("rows")
    if file and same_size and sha256_of(file) == contract.dataset.get("sha256"):
        quality["notes"].append(tr(TRAINED_ON))
    return quality


def _is_test_split(backend: Backend, training_job: str, label: np.ndarray, score: np.ndarray) -> bool:
    """Return whether rows are those that the model was judged on."""
    path = predictions_of(backend, training_job)
    if path is None or predictions_file.read_facts(path).rows.get("test") != len(label):
        return False
    own = predictions_file.scores(path, "test")
    return (
        np.array_equal(predictions_file.labels(path, "test"), label)
        and own.shape == score.shape
        and bool(np.allclose(own, score, rtol=1e-5, atol=1e-7))
    )


def _estimated(backend: Backend, model: JudgedModel, score: np.ndarray) -> Quality | None:
    """Return what is to be expected; None of classes that are only named, and without validation rows."""
    problem = model.contract.label.problem
    if problem == "regression":
        return _estimated_numbers(backend, model, score)
    if problem == "multiclass" and score.ndim == 1:
        return None
    validation = _validation(backend, model.training_job, problem)
    if validation is None or validation.rows < LEAST:
        return None
    if problem == "multiclass":
        score = np.max(score, axis=1)
    evaluation = evaluation_of(backend, model.training_job)
    return file_quality.estimated(score, model.contract.label, validation, evaluation, model.decision)


def _estimated_numbers(backend: Backend, model: JudgedModel, score: np.ndarray) -> Quality | None:
    path = _predicted(backend, model.training_job)
    if path is None:
        return None
    label, predicted = (
        predictions_file.labels(path, "validation"),
        predictions_file.scores(path, "validation"),
    )
    if len(label) < LEAST:
        return None
    evaluation = evaluation_of(backend, model.training_job)
    return file_quality.estimated_numbers(score, model.contract.label, label, predicted, evaluation)


def _predicted(backend: Backend, training_job: str) -> Path | None:
    """Return the file of predictions of a model's splits, None where there is none.

    Of a model of all rows it is that of the one that chose its rounds, which has not learned from validation.
    """
    request = backend.storage.read_json(keys.job_record("training", training_job), "request")["request"]
    return predictions_of(backend, request.get("all_rows_of") or training_job)


def _validation(backend: Backend, training_job: str, problem: str) -> ScoreTable | None:
    """Return the validation rows by the probability of class 1, or by that of the most probable of several classes."""
    path = _predicted(backend, training_job)
    if path is None:
        return None
    several = predictions_file.columns_of_scores(path) != ["score"]
    if problem == "binary":
        return score_table.read(path, "validation", 1 if several else None)
    scores, labels = predictions_file.scores(path, "validation"), predictions_file.labels(path, "validation")
    return score_table.of(scores.argmax(axis=1) == labels, scores.max(axis=1))
