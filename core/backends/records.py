"""A job, read back from what was written down of it (`<kind>/<job>/job.json`, or a runner's status)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.backends.base import Job, JobKind, JobStatus
from core.errors import Failure, brief


def job_of(status: dict[str, Any], request: dict[str, Any]) -> Job:
    """The job that a status or a record tells of."""
    return Job(
        name=status["name"],
        kind=JobKind(status["kind"]),
        status=JobStatus(status["status"]),
        phase=status.get("phase") or status["status"],
        created=time_of(status["created"]),
        started=time_of(status.get("started")),
        ended=time_of(status.get("ended")),
        progress=status.get("progress"),
        message=status.get("message") or "",
        unjudged=status.get("unjudged") or "",
        failure=failure_of(status),
        exit_code=status.get("exit_code"),
        peak_memory_bytes=status.get("peak_memory_bytes"),
        request=request,
    )


def failure_of(status: dict[str, Any]) -> Failure | None:
    """Its failure, if it has one."""
    failure = status.get("failure")
    # Brief here too: a record of an earlier version holds the container's whole traceback.
    return Failure(**failure | {"why": brief(failure["why"])}) if failure else None


def time_of(text: str | None) -> Any:
    """ISO 8601 to a datetime; None stays None."""
    return datetime.fromisoformat(text) if text else None
