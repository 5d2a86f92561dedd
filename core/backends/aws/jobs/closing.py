"""What all endings share: the record is closed, once what the job has logged can have arrived."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core.backends.aws.jobs.description import JobDescription
from core.backends.aws.resources import records
from core.backends.aws.resources.storage import S3Storage

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord
    from core.storage import FileFacts

LAG = 60  # seconds after a job's end in which the end of its log may be on its way to CloudWatch


def close(
    storage: S3Storage,
    record: JobRecord,
    job: JobDescription,
    manifest: dict[str, FileFacts],
    message: str | None = None,
) -> JobRecord:
    """Write how a job ended, as SageMaker describes it, and the manifest of its output; return the whole record."""
    return records.close(
        storage, record, job.status, started=job.started, ended=job.ended, failure=job.failure,
        message=job.message if message is None else message, manifest=manifest,
    )  # fmt: skip


def ends_with(rows: list[dict[str, float]], seen: Mapping[str, float]) -> bool:
    """Return whether the last round of a log has the values that SageMaker saw last: then nothing of it is missing."""
    return bool(rows) and all(
        math.isclose(rows[-1].get(name, math.nan), value, rel_tol=1e-4, abs_tol=1e-5)
        for name, value in seen.items()
    )


def just_ended(job: JobDescription) -> bool:
    """Return whether a job ended so short a time ago that the end of its log may not be there."""
    return job.ended is not None and (datetime.now(UTC) - job.ended).total_seconds() < LAG
