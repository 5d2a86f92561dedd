"""The raw rows of a model's test split, as they stand in the file: examples to fill a form, rows to ask again."""

from __future__ import annotations

import csv
import random
from itertools import islice

from core import keys
from core.backends.base import Backend
from core.verbs.model_description import describe_model, recorded_request

FIRST_BYTES, FIRST_ROWS = 1 << 22, 10_000  # of the split, from which an example is drawn


def example(backend: Backend, training_job: str) -> dict[str, str]:
    """Return a raw row of a model's test split, drawn by chance: column -> text as in the file, blanks left out.

    Raises StorageFailed, where the split is not here.
    """
    row = random.choice(first_raw_rows(backend, training_job))
    return {name: cell for name, cell in row.items() if cell}


def first_raw_rows(backend: Backend, training_job: str) -> list[dict[str, str]]:
    """Return the first rows of test_raw.csv, the model's test split as it stands in the file. Raises StorageFailed."""
    request = recorded_request(backend, training_job)
    key = keys.raw_test_rows(request["processing_job"])
    dialect = describe_model(backend, training_job).contract.dialect
    with backend.storage.local(key, FIRST_BYTES) as file, file.open(encoding="utf-8", newline="") as text:
        return list(islice(csv.DictReader(text, delimiter=dialect.delimiter), FIRST_ROWS))
