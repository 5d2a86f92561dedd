"""From what a job, a model or an endpoint was made, down to the bytes: names and digests, as the audit keeps them.

Nothing here raises: what is gone, or damaged, is left out.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from core import keys
from core.backends.base import Backend, Job
from core.errors import SenderoError
from core.verbs.jobs import eda_job_of

# Storage that fails, and a record that others have written, or a later version.
ODD = (SenderoError, KeyError, TypeError, AttributeError, ValueError)


def sources(backend: Backend, job: Job) -> dict[str, str]:
    """Return what a job was made from, down to the data set and the digest of its bytes, as far as it is known."""
    request = job.request
    with suppress(*ODD):
        if "rows" in request:
            made = {"file": request.get("file") or "", "training_job": request["training_job"]}
            return made | model_sources(backend, request["training_job"])
        if "inputs" in request:
            name = keys.dataset_name(request["inputs"]["input"])
            return {"dataset": name, "dataset_sha256": dataset_digest(backend, name)}
        if eda_job := eda_job_of(job):
            return {"eda_job": eda_job, **data_of(backend, eda_job)}
    return {}


def model_sources(backend: Backend, training_job: str) -> dict[str, str]:
    """Return the digest of a model, and what its Training Job was made from."""
    found: dict[str, str] = {}
    with suppress(*ODD):
        manifest = backend.storage.read_json(keys.job_record("training", training_job))["manifest"]
        found["model_sha256"] = manifest["output/model.tar.gz"]["sha256"]
    with suppress(*ODD):
        found |= sources(backend, backend.job(training_job))
    return found


def data_of(backend: Backend, eda_job: str) -> dict[str, str]:
    """Return the data set that an EDA job has read, and the digest of the bytes that it has read."""
    found: dict[str, str] = {}
    with suppress(*ODD):
        found = sources(backend, backend.job(eda_job))
    with suppress(*ODD):
        found["dataset_sha256"] = backend.storage.read_json(keys.fitted_contract(eda_job))["dataset"][
            "sha256"
        ]
    return found


def dataset_digest(backend: Backend, name: str) -> str:
    """Return the digest of a data set's file; "" where it is not there."""
    return str(dataset_facts(backend, name).get("sha256", ""))


def dataset_facts(backend: Backend, name: str) -> dict[str, Any]:
    """Return the record of a data set: file, rows, bytes, sha256; empty where it is not there."""
    with suppress(SenderoError):
        return backend.storage.read_json(keys.dataset_record(name), "file", "rows", "bytes", "sha256")
    return {}
