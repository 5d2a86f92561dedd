"""The trials of a tuning job that have ended, as a curve and as a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import keys
from core.backends.aws.resources.records import ENDED
from core.backends.aws.resources.storage import S3Storage
from core.backends.base import LogChunk
from core.backends.metrics import TuningResult

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord


def result(storage: S3Storage, record: JobRecord) -> TuningResult:
    """Return tuning.json as it was last written."""
    key = keys.tuning_result(record["name"])
    if storage.exists(key):
        return storage.read_json(key)
    request = record["request"]
    return {"trials": [], "best": None, "objective": request["objective"] if "max_jobs" in request else ""}


def rounds(storage: S3Storage, record: JobRecord) -> list[dict[str, float]]:
    """Return one dict a trial that has an objective."""
    tuning = result(storage, record)
    metric = tuning["objective"].replace(":", "-", 1)
    values = [trial["objective"] for trial in tuning["trials"]]
    return [{"round": at, metric: value} for at, value in enumerate(values) if value is not None]


def log(storage: S3Storage, record: JobRecord, token: str) -> LogChunk:
    """Return a line for each trial that has ended, as a tuning job has no log of its own; the token counts them."""
    ended = [trial for trial in result(storage, record)["trials"] if trial["status"] in ENDED]
    lines = []
    for trial in ended[int(token) if token.isdigit() else 0 :]:
        values = ", ".join(f"{name}={value}" for name, value in trial["values"].items())
        lines.append(f"{trial['training_job']}: {trial['status']}, {trial['objective']} ({values})\n")
    return LogChunk("".join(lines), str(len(ended)))
