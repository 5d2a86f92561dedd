"""What a judged model said of each row: the file that all that is judged further is read from."""

from __future__ import annotations

from pathlib import Path

from core import keys
from core.backends.base import Backend


def predictions_of(backend: Backend, training_job: str) -> Path | None:
    """Return predictions.parquet of a model as a file of this machine; None where it was not judged by this version.

    Raises StorageFailed.
    """
    key = keys.predictions(training_job)
    return backend.storage.at_hand(key) if backend.storage.exists(key) else None
