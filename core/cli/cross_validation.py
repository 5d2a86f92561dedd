"""The command `cross-validate`: a small data set judged by all of its rows."""

from __future__ import annotations

from argparse import Namespace

from core.cli.answer import Answer, backend_of, say_cost
from core.cli.several import failure_of, until_ended
from core.verbs import cross_validation as verbs


def cross_validate(args: Namespace) -> Answer:
    """Train a model once a fold and judge it there; wait."""
    backend = backend_of(args)
    now = verbs.plan(backend, args.training_job)
    if now.missing or now.failed:
        planned = now
        say_cost(backend, lambda: verbs.estimate(backend, planned))
        now = verbs.start(backend, args.training_job)
    now = until_ended(
        backend,
        now,
        lambda now: [fold.job for fold in now.folds if fold.job],
        lambda: verbs.advance(backend, verbs.plan(backend, args.training_job)),
    )
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
    return Answer(data, verbs.sentence(now), failure_of(fold.job for fold in now.failed if fold.job))
