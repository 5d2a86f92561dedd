"""The verb over failures: where a model fails, on the raw rows that judge it. Nothing of it costs money."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import evaluation_file, keys
from core.backends.base import Backend
from core.errors import BadDecision, NoRawRows, NoSuchColumn
from core.judging import predictions_file
from core.judging.decision_file import Decision
from core.judging.failures import Failures, find_failures
from core.language import tr
from core.verbs.judged import decision_of
from core.verbs.leaderboard import eda_job_of
from core.verbs.model_description import describe_model
from core.verbs.out_of_fold import Rows, judging_rows, test_rows
from core.verbs.row_amounts import amounts_of
from core.verbs.training import model_of


@dataclass(frozen=True, slots=True)
class Judged:
    """The rows that tell where a model fails: what it said of them, and as they stand in the file.

    `raw` has each of them whose place `every` divides.
    """

    rows: Rows
    raw: Path
    every: int
    out_of_fold: bool


def judged(backend: Backend, training_job: str) -> Judged:
    """Return the rows of a model. Raises NotFound, JobNotReady, NotJudged, NoRawRows, StorageFailed.

    They are all rows out of fold where it was cross-validated, and its EDA job has kept them as they stand.
    """
    eda_job, storage = eda_job_of(model_of(backend, training_job)), backend.storage
    found = judging_rows(backend, training_job)
    everything, test = keys.raw_rows(eda_job), keys.raw_test_rows(eda_job)
    if found.out_of_fold and storage.exists(everything):
        return Judged(found.telling, storage.at_hand(everything), 1, out_of_fold=True)
    if not storage.exists(test):
        raise NoRawRows(
            name=training_job, reason=tr("The test split of its EDA is not in this storage as it was.")
        )
    splits = storage.read_json(keys.report(eda_job), "splits")["splits"]
    every = splits.get("test_raw_every", 1)
    return Judged(test_rows(backend, training_job), storage.at_hand(test), every, out_of_fold=False)


def failures_of(backend: Backend, training_job: str) -> Failures:
    """Return where a model fails, at the threshold and by the amounts of the decision on it.

    Raises NotFound, JobNotReady, NotJudged, NoRawRows, DataNotReadable, MissingColumns, StorageFailed, StorageDamaged.
    """
    found, contract = judged(backend, training_job), describe_model(backend, training_job).contract
    evaluation = evaluation_file.read(backend.storage, keys.evaluation(training_job))
    telling = [each["feature"] for each in evaluation["importance"] if each["share"]] if evaluation else []
    decision = decision_of(backend, training_job)
    return find_failures(
        found.rows.predictions,
        found.raw,
        contract,
        found.every,
        telling,
        decision.threshold if decision else 0.5,
        _amounts(backend, training_job, found.rows, decision),
        found.out_of_fold,
    )


def _amounts(
    backend: Backend, training_job: str, rows: Rows, decision: Decision | None
) -> list[float | np.ndarray]:
    """Return what a miss and what a false alarm costs, of each of `rows` where that is said by a column.

    Nothing where errors have no price: nothing was decided by one, or the column is not here.
    """
    if decision is None or decision.chosen_by != "cost":
        return []
    amounts, paid = decision.amounts, list[float | np.ndarray]()
    label = predictions_file.labels(rows.predictions, rows.split)
    for factor, column in zip((amounts.miss, amounts.false_alarm), amounts.columns, strict=True):
        try:
            paid.append(factor * amounts_of(backend, training_job, rows, label, column) if column else factor)
        except BadDecision:  # of a promoted model the splits stayed where it was trained
            return []
    return paid


def checked_name(failures: Failures, column: str) -> list[str]:
    """Return the names under which `failures` has the slices of a column of the file. Raises NoSuchColumn."""
    names = [name for name in failures.names if name == column or name.startswith(f"{column}, ")]
    if not names:
        listed = ", ".join(failures.names) or tr("none")
        raise NoSuchColumn(column=column, file=tr("the test rows that can be parted"), columns=listed)
    return names
