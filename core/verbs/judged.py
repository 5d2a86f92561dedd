"""What stands beside a judged model: what it said of each row, for all further judging, and what each of its answers
is read by: the decision on it, or the range around a number.
"""

from __future__ import annotations

from pathlib import Path

from core import evaluation_file, keys
from core.backends.base import Backend
from core.evaluation_file import Range
from core.judging import decision_file
from core.judging.decision_file import Decision


def predictions_of(backend: Backend, training_job: str) -> Path | None:
    """Return predictions.parquet of a model as a file of this machine; None where it was not judged by this version.

    Raises StorageFailed.
    """
    key = keys.predictions(training_job)
    return backend.storage.at_hand(key) if backend.storage.exists(key) else None


def decision_of(backend: Backend, training_job: str) -> Decision | None:
    """Return the decision on a model as it stands now, None where there is none.

    Raises StorageFailed, StorageDamaged.
    """
    return decision_file.read(backend.storage, keys.decision(training_job))


def range_of(backend: Backend, training_job: str) -> Range | None:
    """Return the range around the numbers that a model predicts, None where it was not judged or predicts classes.

    A model that was trained on all rows has no rows left to learn one from: it keeps the range of the model that chose
    its rounds, as it keeps its decision. Raises StorageFailed, StorageDamaged.
    """
    storage = backend.storage
    evaluation = evaluation_file.read(storage, keys.evaluation(training_job))
    if evaluation and "range" in evaluation:
        return evaluation["range"]
    request = storage.read_json(keys.job_record("training", training_job), "request")["request"]
    first = request.get("all_rows_of")
    return range_of(backend, first) if first else None
