"""The command `cross-validate`: a small data set judged by all of its rows."""

from __future__ import annotations

import time
from argparse import Namespace

from core.cli.answer import Answer, backend_of, say, say_cost
from core.errors import JobFailed
from core.verbs import cross_validation as verbs
from core.verbs.runs import title


def cross_validate(args: Namespace) -> Answer:
    """Train a model once a fold and judge it there; wait."""
    backend = backend_of(args)
    now = verbs.plan(backend, args.training_job)
    if now.missing or now.failed:
        planned = now
        say_cost(backend, lambda: verbs.estimate(backend, planned))
        now = verbs.start(backend, args.training_job)
    told: set[str] = set()
    while True:
        for job in [fold.job for fold in now.folds if fold.job]:
            if job.name not in told:
                told.add(job.name)
                say(f"Training job {job.name}: {title(job)}")
        if now.ended:
            break
        time.sleep(backend.capabilities.poll_seconds)
        now = verbs.advance(backend, verbs.plan(backend, args.training_job))
    error = None
    if failed := next((fold.job for fold in now.failed if fold.job), None):
        reason = failed.unjudged or (failed.failure.why if failed.failure else f"It was {failed.status}.")
        error = JobFailed(name=failed.name, reason=reason)
    folds = [
        {"fold": fold.number, "job": fold.job and fold.job.name, "value": fold.value} for fold in now.folds
    ]
    data = {
        "job": now.of,
        "metric": now.metric,
        "rows": now.rows,
        "mean": now.mean,
        "spread": now.spread,
        "folds": folds,
    }
    return Answer(data, verbs.sentence(now), error)
