"""Columns that are called otherwise in the files to predict than in the model's: said once, and remembered.

They are remembered for the source of a file, which is told by its header: the same export next month, for whichever
model. Another source may mean something else by the same name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core import keys
from core.backends.base import Backend
from core.encoding.rows_reading import RowsReading, source_of
from core.reading.dialect import Overrides

KEPT = 200  # sources, of which something was said last

Remembered = dict[str, dict[str, str]]  # {source: {column of a file: the model's name of it}}


def reading_for(backend: Backend, overrides: Overrides, renames: Mapping[str, str]) -> RowsReading:
    """Return how rows are read: as is said of this file, and was of others of its source. Raises StorageFailed."""
    return RowsReading(overrides, renames, remembered(backend))


def reading_in(value: Mapping[str, Any]) -> RowsReading:
    """Return how the rows of a job are read, from its request."""
    return RowsReading.from_dict(value)


def remembered(backend: Backend) -> Remembered:
    """Return what people have said of each source. Raises StorageFailed."""
    return backend.storage.read_json(keys.RENAMES) if backend.storage.exists(keys.RENAMES) else {}


def remember(backend: Backend, names: Sequence[str], renames: Mapping[str, str]) -> None:
    """Keep what somebody has said of a file with the columns `names`, if that is new, beside what others say at the
    same time. Raises StorageFailed."""
    source = source_of(names)
    known = remembered(backend).get(source, {})
    if not renames or known == known | dict(renames):
        return

    def added(before: bytes | None) -> bytes:
        told: Remembered = json.loads(before or b"{}")
        told[source] = told.pop(source, {}) | dict(renames)  # the last one
        return json.dumps(dict(list(told.items())[-KEPT:]), indent=1).encode()

    backend.storage.merge(keys.RENAMES, added)
