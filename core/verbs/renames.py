"""Columns that are called otherwise in the files to predict than in the model's: said once, and remembered with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core import keys
from core.backends.base import Backend
from core.encoding.rows_reading import RowsReading
from core.reading.dialect import Overrides


def reading_of(
    backend: Backend, endpoint: str, overrides: Overrides, renames: Mapping[str, str]
) -> RowsReading:
    """Return how rows for an endpoint are read: as those for its model. Raises EndpointGone, StorageFailed."""
    return reading_for(backend, backend.endpoint(endpoint).training_job, overrides, renames)


def reading_for(
    backend: Backend, training_job: str, overrides: Overrides, renames: Mapping[str, str]
) -> RowsReading:
    """Return how rows for a model are read: as is said of this file, and was of earlier ones. Raises StorageFailed."""
    return RowsReading(overrides, renames, remembered(backend, training_job))


def reading_in(value: Mapping[str, Any]) -> RowsReading:
    """Return how the rows of a job are read, from its request."""
    return RowsReading.from_dict(value)


def remembered(backend: Backend, training_job: str) -> dict[str, str]:
    """Return {column of a file: the model's name of it} as people have said. Raises StorageFailed."""
    key = keys.renames(training_job)
    return backend.storage.read_json(key) if backend.storage.exists(key) else {}


def remember(backend: Backend, training_job: str, renames: Mapping[str, str]) -> None:
    """Keep what somebody has said, if that is new, beside what others say at the same time. Raises StorageFailed."""
    known = remembered(backend, training_job)
    if renames and known != known | dict(renames):
        backend.storage.merge(
            keys.renames(training_job),
            lambda before: json.dumps(json.loads(before or b"{}") | dict(renames), indent=1).encode(),
        )
