"""The rows that judge a model and that it has not learned from: those of its splits, or of few rows all of them.

A model that is cross-validated has a file more beside it, once its folds have ended: what is said of each row of the
file by the fold's model that has not seen it. The threshold, where it fails and the comparison of two models go by it
then: of 344 rows a test split is 34. What is of this one model stays with its own test split: its evaluation, its
reasons, and the proof that an endpoint answers as it does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core import keys
from core.backends.base import Backend
from core.errors import NotJudged
from core.judging import predictions_file
from core.judging.predictions_file import Contributions, Split
from core.verbs import cross_validation
from core.verbs.eda import read_contract
from core.verbs.judged import predictions_of
from core.verbs.leaderboard import eda_job_of
from core.verbs.runs import first_of
from core.verbs.training import model_of


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one split of a file of predictions; `encoded` are the folders that have them as numbers, in order."""

    predictions: Path
    split: str
    encoded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JudgingRows:
    """The rows that something is chosen by, and those that it is told on; out of fold both are all rows."""

    choosing: Rows
    telling: Rows
    out_of_fold: bool


def judging_rows(backend: Backend, training_job: str) -> JudgingRows:
    """Return the rows that judge a model. Raises NotFound, JobNotReady, NotJudged, StorageFailed.

    A model that was trained on all rows has seen those of the validation split: one chooses by the model that had not,
    and by its folds where there are any.
    """
    job = model_of(backend, training_job)
    first, eda_job = first_of(job), eda_job_of(job)
    if path := out_of_fold(backend, first):
        everything = tuple(keys.eda_output(eda_job, split) for split in keys.SPLIT_NAMES)
        rows = Rows(path, "test", everything)
        return JudgingRows(rows, rows, out_of_fold=True)
    choosing = Rows(_predictions(backend, first), "validation", (keys.eda_output(eda_job, "validation"),))
    return JudgingRows(choosing, test_rows(backend, training_job), out_of_fold=False)


def test_rows(backend: Backend, training_job: str) -> Rows:
    """Return the rows of a model's own test split. Raises NotFound, JobNotReady, NotJudged, StorageFailed."""
    eda_job = eda_job_of(model_of(backend, training_job))
    return Rows(_predictions(backend, training_job), "test", (keys.eda_output(eda_job, "test"),))


def _predictions(backend: Backend, training_job: str) -> Path:
    path = predictions_of(backend, training_job)
    if path is None:
        raise NotJudged(name=training_job)
    return path


def out_of_fold(backend: Backend, training_job: str) -> Path | None:
    """Return what is said of all rows out of fold, in the order of the splits' own; it is made once the folds ended.

    None where a model was not cross-validated, or not to its end. Raises StorageFailed, StorageDamaged.
    """
    key = keys.out_of_fold(training_job)
    if not backend.storage.exists(key):
        if not cross_validation.is_asked(backend, training_job):
            return None
        now = cross_validation.plan(backend, training_job)
        if not now.ended or now.failed or not _write(backend, now, key):
            return None
    return backend.storage.at_hand(key)


def _write(backend: Backend, now: cross_validation.CrossValidation, key: str) -> bool:
    """Put the folds' predictions together; return False where not all of them were kept."""
    jobs = [fold.job.name for fold in now.folds if fold.job]
    paths = [path for path in (predictions_of(backend, name) for name in jobs) if path]
    if len(paths) < len(now.folds):
        return False
    storage, classes = backend.storage, read_contract(backend.storage, keys.model_contract(now.of)).classes
    texts = [
        line.partition(b",")[0].decode()
        for split in keys.SPLIT_NAMES
        for file in storage.files(keys.eda_output(eda_job_of(backend.job(now.of)), split))
        for line in storage.read_bytes(file).splitlines()
    ]
    label = np.array(texts, np.float64)
    places = [np.array(fold) for fold in cross_validation.rows_of_folds(texts, classes)]
    scores = [predictions_file.scores(path, "test") for path in paths]
    if any(
        not np.array_equal(predictions_file.labels(path, "test"), label[rows])
        for path, rows in zip(paths, places, strict=True)
    ):
        return False
    score = np.empty((len(label), *scores[0].shape[1:]), scores[0].dtype)
    for rows, each in zip(places, scores, strict=True):
        score[rows] = each
    split = Split("test", label, score, _together(paths, places))
    with storage.writing(key) as temporary:
        facts = replace(predictions_file.read_facts(paths[0]), rows={})
        predictions_file.write(temporary, facts, [split])
    return True


def _together(paths: list[Path], places: list[np.ndarray]) -> Contributions | None:
    """Return the contributions of the folds' rows, in the order of all rows; None where a fold has none."""
    parts = [
        (rows[found.rows], found)
        for path, rows in zip(paths, places, strict=True)
        if (found := predictions_file.contributions(path))
    ]
    if len(parts) < len(paths):
        return None
    where = np.concatenate([rows for rows, _ in parts])
    order = np.argsort(where)
    values, features = (
        np.concatenate([getattr(found, name) for _, found in parts])[order] for name in ("values", "features")
    )
    return Contributions(where[order], values, features)
