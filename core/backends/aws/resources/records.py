"""Job records in S3: the request, SageMaker's name for the job, how it ended and its files."""

from __future__ import annotations

import contextlib
import math
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.resources.storage import S3Storage
from core.backends.base import JobStatus
from core.backends.records import close_job, new_job, now, read_job, timestamp
from core.backends.requests import JobKind, SageMakerRequest, request_json
from core.backends.versions import fingerprint
from core.errors import BadName, Failure, NotFound, StorageDamaged, StorageFailed
from core.names import checked_name
from core.storage import FileFacts

if TYPE_CHECKING:
    from core.backends.record_types import JobEnd, JobRecord

AT_ONCE = 16  # records read side by side, where a page lists many
ENDED = frozenset({JobStatus.completed.value, JobStatus.failed.value, JobStatus.stopped.value})


def launched(
    request: SageMakerRequest, aws_name: str, resource_config: dict[str, str], execution: str
) -> JobRecord:
    """Return the record of a job about to be created.

    `resource_config` says where it will run, whatever the settings say later.
    """
    plain = request_json(request)
    return new_job(
        request.kind.value,
        plain,
        backend="aws",
        created=now(),
        aws_name=aws_name,
        fingerprint=fingerprint(plain),
        resource_config=resource_config,
        execution=execution,
    )


def close(
    storage: S3Storage,
    record: JobRecord,
    status: str,
    *,
    started: datetime | None = None,
    ended: datetime | None = None,
    failure: Failure | None = None,
    message: str = "",
    manifest: dict[str, FileFacts] | None = None,
) -> JobRecord:
    """Write how a job ended and the manifest of its output; return the whole record. Raises StorageFailed."""
    end: JobEnd = {
        "status": status,
        "started": timestamp(started) if started else None,
        "ended": timestamp(ended or datetime.now(UTC)),
        "failure": failure.as_kept() if failure else None,
        "message": message,
    }
    return close_job(storage, record, end, manifest)


def unfinished(record: JobRecord) -> bool:
    """Return whether something still goes on: the job itself, or another evaluation of its model."""
    return record["status"] not in ENDED or bool(record.get("judging"))


def sagemaker_name(record: JobRecord) -> str:
    """Return what SageMaker calls a job; a promoted one, which ran elsewhere, has its own name only."""
    return record.get("aws_name", record["name"])


class JobRecords:
    """The records of all jobs, read from storage. That of a job that has ended changes no more, and is read once."""

    def __init__(self, storage: S3Storage) -> None:
        self.storage = storage

    def find(self, name: str) -> JobRecord:
        """Read the record of the job `name`. Raises NotFound."""
        with contextlib.suppress(BadName):  # a name that cannot be one is no job's either
            checked_name(name)
            for kind in JobKind:
                if self.storage.exists(keys.job_record(kind.value, name)):
                    return self._read(kind, name)
        raise NotFound(thing="job", name=name, listing="jobs")

    def of(self, kind: JobKind) -> list[JobRecord]:
        """Read the records of all jobs of a kind."""

        def read(name: str) -> JobRecord | None:
            with contextlib.suppress(StorageFailed, StorageDamaged):  # vanished, or no record of ours
                return self._read(kind, name)
            return None

        with ThreadPoolExecutor(AT_ONCE) as readers:
            return [record for record in readers.map(read, self.storage.folders(kind.value)) if record]

    def _read(self, kind: JobKind, name: str) -> JobRecord:
        return self.storage.cache.get(
            ("record", keys.job_record(kind.value, name)),
            lambda: read_job(self.storage, kind.value, name, "status"),
            keep=lambda record: not unfinished(record),
            factor=math.inf,
        )
