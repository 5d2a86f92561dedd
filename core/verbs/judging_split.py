"""Which rows judge a model: EDA jobs over one file with one seed have the same test split, whatever they drop."""

from __future__ import annotations

from contextlib import suppress

from core import keys
from core.backends.base import Backend
from core.errors import SenderoError


def judging_split(backend: Backend, eda_job: str) -> str:
    """Return what the test split of an EDA job is told apart by: the SHA-256 of its raw rows, else the job's name."""
    record, rows = keys.job_record("processing", eda_job), keys.raw_test_rows(eda_job)
    with suppress(SenderoError, AttributeError):  # it is deleted or damaged: its models are still there
        for file, facts in (backend.storage.read_json(record).get("manifest") or {}).items():
            if rows.endswith(f"/{file}") or rows == file:
                return facts["sha256"]
    return eda_job
