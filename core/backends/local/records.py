"""The end of a job on this machine, written into its record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from core import keys
from core.backends.records import close_job
from core.storage import DiskStorage

if TYPE_CHECKING:
    from core.backends.record_types import JobEnd, JobRecord, Status


def close_record(workspace: Path, kind: str, name: str, status: Status) -> None:
    """Add to a job's record how it ended and the manifest of every output. Raises StorageFailed, StorageDamaged."""
    storage = DiskStorage(workspace)
    key = keys.job_record(kind, name)
    # Unchecked: an end is written also into what somebody has damaged or deleted meanwhile.
    record = cast(
        "JobRecord", storage.read_json(key) if storage.exists(key) else {"name": name, "kind": kind}
    )
    end: JobEnd = {
        "status": status["status"],
        "ended": status.get("ended"),
        "failure": status.get("failure"),
        "message": status.get("message"),
        "unjudged": status.get("unjudged"),
        "kept_rounds": status.get("kept_rounds"),
        "exit_code": status.get("exit_code"),
        "peak_memory_bytes": status.get("peak_memory_bytes"),
    }
    close_job(storage, record, end, storage.manifest(keys.job_output(kind, name)))
