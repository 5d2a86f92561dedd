"""Judging a trained model on the test split once more: after a refusal, or with a newer Sendero."""

from __future__ import annotations

from core.backends.base import Backend, Estimate, Job
from core.errors import JobNotReady
from core.provenance import check_model
from core.verbs.pipeline import model_of


def evaluate(backend: Backend, training_job: str) -> Job:
    """Judge a model; its Training Job stays as it has ended, and its phase is Evaluating meanwhile.

    Raises NotFound, JobNotReady, StorageDamaged, CannotJudge.
    """
    job = model_of(backend, training_job)
    if job.status.active:
        raise JobNotReady(name=training_job, status=job.status)
    check_model(backend.storage, job.name)
    return backend.evaluate(training_job)


def estimate(backend: Backend, training_job: str) -> Estimate:
    """What it will cost, on the machine that its EDA job had."""
    request = backend.job(training_job).request
    return backend.estimate("evaluation", {}, 0, 1, request.get("processing_job") or "")
