"""The verb that looks at a file of rows before anything is sent: how it is read, and what does not fit the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.backends.base import Backend
from core.encoding.fit import Fit, fit_of
from core.encoding.rows_reading import RowsReading
from core.verbs.model_description import describe_model
from core.verbs.predict import written_names
from core.verbs.renames import remembered


def fit(backend: Backend, training_job: str, rows: Path, reading: RowsReading) -> Fit:
    """Return how a file of rows fits a model, from its beginning, with what was said of earlier files.

    Raises DataNotReadable, NoSuchColumn, BadSetting, StorageFailed, StorageDamaged.
    """
    contract = describe_model(backend, training_job).contract
    return fit_of(contract, rows, replace(reading, remembered=remembered(backend)))


def output_names(backend: Backend, training_job: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of what is written beside the columns `names` of a file. Raises StorageFailed."""
    return written_names(names, describe_model(backend, training_job))
