"""What stands beside a judged model: what it said of each row, for all further judging, and the decision on it."""

from __future__ import annotations

from pathlib import Path

from core import keys
from core.backends.base import Backend
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
