"""The verbs over any job, and what the verbs of one kind of job share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core import keys
from core.backends.base import Backend, Job, JobStatus, LogChunk
from core.backends.requests import JobKind
from core.errors import JobNotReady, NotFound
from core.language import tr
from core.storage import FileFacts, Storage
from core.verbs import audit


def list_jobs(backend: Backend, *kinds: JobKind) -> list[Job]:
    """Return the jobs of these kinds, or of all, newest first."""
    jobs = backend.jobs(kinds[0] if len(kinds) == 1 else None)
    return [job for job in jobs if not kinds or job.kind in kinds]


def find_job(backend: Backend, name: str) -> Job:
    """Return a job as it is now. Raises NotFound."""
    return backend.job(name)


def existing_job(backend: Backend, name: str) -> Job | None:
    """Return a job as it is now, or None where there is none of that name."""
    try:
        return backend.job(name)
    except NotFound:
        return None


def stop(backend: Backend, name: str) -> Job:
    """Ask a job to stop, and return it. Raises NotFound, CannotStop."""
    job = backend.stop(name)
    audit.record(backend, "stopped", f"{job.kind} job", name)
    return job


def read_log(backend: Backend, name: str, token: str = "") -> LogChunk:
    """Return what was logged of a job or an endpoint after `token`, the one of the last answer. Raises NotFound."""
    return backend.log(name, token)


def root(backend: Backend) -> str:
    """Return the path or the address in S3 of the folder that this backend keeps everything in."""
    return f"{backend.storage.root}/"


def artifact_size(backend: Backend, key: str) -> int:
    """Return the bytes of what is kept under `key` (core.keys). Raises StorageFailed."""
    return backend.storage.size(key)


def outputs_of(backend: Backend, job: Job) -> dict[str, FileFacts]:
    """Return {file below the output folder: {"bytes", "sha256"}} of a job, hashed now. Raises StorageFailed."""
    return storage_of(backend, job.kind).manifest(keys.job_output(job.kind, job.name))


def storage_of(backend: Backend, kind: JobKind) -> Storage:
    """Return where the jobs of a kind are kept."""
    return backend.desk if kind == JobKind.prediction else backend.storage


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """One output of a job: what its manifest promises and what storage holds now."""

    file: str
    state: str  # ok, missing, changed, unexpected
    bytes: int | None
    sha256: str | None


def verify(backend: Backend, job: str) -> list[VerifiedFile]:
    """Compare every output that the job's manifest names with storage, read and hashed again.

    Raises NotFound, JobNotReady.
    """
    now = backend.job(job)
    if now.status.active:
        raise JobNotReady(name=job, status=now.status)
    folder = keys.job(now.kind, job)
    storage = storage_of(backend, now.kind)
    promised = storage.read_json(keys.job_record(now.kind, job)).get("manifest") or {}
    stored = storage.manifest(keys.job_output(now.kind, job))
    held = {f"output/{file}": facts for file, facts in stored.items()}
    promised = {file.removeprefix(f"{folder}/"): facts for file, facts in promised.items()}
    rows = []
    later = {f"output/{name}" for name in keys.BESIDE_MODEL}
    for file in sorted({*promised, *held} - later):
        facts = held.get(file) or promised[file]
        state = "missing" if file not in held else "unexpected" if file not in promised else "ok"
        if state == "ok" and held[file]["sha256"] != promised[file]["sha256"]:
            state = "changed"
        rows.append(VerifiedFile(file, state, facts["bytes"], facts["sha256"]))
    return rows


def best_attempt(jobs: Sequence[Job]) -> Job | None:
    """Return of some jobs for one thing, newest first, the newest that is Completed or runs, else the newest."""
    good = (job for job in jobs if job.status.active or job.status == JobStatus.completed)
    return next(good, next(iter(jobs), None))


def eda_job_of(job: Job) -> str:
    """Return the EDA job on whose splits a training or tuning job trains; "" where its record is damaged."""
    request = job.request
    if "max_jobs" in request:
        return request["training"]["processing_job"]
    return request["processing_job"] if "hyperparameters" in request else ""


def stem(job: str) -> str:
    """Return the data set's name in a job's: "eda-flights-20261123-101500-ab12" -> "flights"."""
    return re.sub(r"^(eda|train|tune|fold\d\w*)-|-\d{8}-\d{6}-.*$", "", job)


def of_kind(backend: Backend, name: str, kind: JobKind) -> Job:
    """Return the job `name`. Raises NotFound where it is none of `kind`."""
    job = backend.job(name)
    if job.kind != kind:
        raise NotFound(
            thing=tr(f"{kind} job"),
            name=name,
            listing=tr("jobs ({name} is a {kind} job)", name=name, kind=job.kind),
        )
    return job


def completed(backend: Backend, name: str, kind: JobKind) -> Job:
    """Return the job `name` of `kind`. Raises NotFound, JobNotReady where it is not Completed."""
    job = of_kind(backend, name, kind)
    if job.status != JobStatus.completed:
        raise JobNotReady(name=name, status=job.status)
    return job
