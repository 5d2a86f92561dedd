"""The verb over failures: where a model fails, on the raw rows of its test split. Nothing of it costs money."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core import evaluation_file, keys
from core.backends.base import Backend
from core.errors import NoRawRows, NoSuchColumn, NotJudged
from core.judging.failures import Failures, find_failures
from core.verbs.judged import decision_of, predictions_of
from core.verbs.leaderboard import eda_job_of
from core.verbs.predict import describe_model
from core.verbs.training import model_of


@dataclass(frozen=True, slots=True)
class Judged:
    """The files that tell where a model fails: what it said of its test rows, and these as they stand in the file."""

    predictions: Path
    raw: Path


def judged(backend: Backend, training_job: str) -> Judged:
    """Return the files of a model. Raises NotFound, JobNotReady, NotJudged, NoRawRows, StorageFailed."""
    raw = keys.raw_test_rows(_eda_job(backend, training_job))
    predictions = predictions_of(backend, training_job)
    if predictions is None:
        raise NotJudged(name=training_job)
    if not backend.storage.exists(raw):
        raise NoRawRows(
            name=training_job, reason="The test split of its EDA is not in this storage as it was."
        )
    return Judged(predictions, backend.storage.at_hand(raw))


def failures_of(backend: Backend, training_job: str) -> Failures:
    """Return where a model fails, at the threshold and by the amounts of the decision on it.

    Raises NotFound, JobNotReady, NotJudged, NoRawRows, DataNotReadable, MissingColumns, StorageFailed, StorageDamaged.
    """
    files, contract = judged(backend, training_job), describe_model(backend, training_job).contract
    report = backend.storage.read_json(keys.report(_eda_job(backend, training_job)), "splits")
    evaluation = evaluation_file.read(backend.storage, keys.evaluation(training_job))
    telling = [each["feature"] for each in evaluation["importance"] if each["share"]] if evaluation else []
    decision = decision_of(backend, training_job)
    amounts = decision.amounts if decision and decision.chosen_by == "cost" else None
    return find_failures(
        files.predictions,
        files.raw,
        contract,
        report["splits"].get("test_raw_every", 1),
        telling,
        decision.threshold if decision else 0.5,
        amounts and (amounts.miss, amounts.false_alarm),
    )


def checked_name(failures: Failures, column: str) -> list[str]:
    """Return the names under which `failures` has the slices of a column of the file. Raises NoSuchColumn."""
    names = [name for name in failures.names if name == column or name.startswith(f"{column}, ")]
    if not names:
        listed = ", ".join(failures.names) or "none"
        raise NoSuchColumn(column=column, file="the test rows that can be parted", columns=listed)
    return names


def _eda_job(backend: Backend, training_job: str) -> str:
    return eda_job_of(model_of(backend, training_job))
