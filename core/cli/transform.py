"""The verbs over files too large for an endpoint: transform them, and collect the predictions."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from core.backends.base import Backend
from core.backends.requests import JobKind
from core.cli.answer import Answer, backend_of, overrides_of, readable, resources_of, say, say_cost
from core.cli.predict import predictions, progress
from core.language import tr
from core.verbs.jobs import find_job
from core.verbs.resources import estimate_transform
from core.verbs.waiting import wait


def transform(args: Namespace) -> Answer:
    """Launch Batch Transform, wait, and write the predictions."""
    from core.verbs.datasets import fetched
    from core.verbs.predict import check_output
    from core.verbs.renames import reading_for
    from core.verbs.transform import launch_transform

    backend, chosen = backend_of(args), resources_of(args)
    reading = reading_for(backend, overrides_of(args), dict(args.rename))
    with fetched(backend, args.rows) as rows:
        check_output(readable(rows), args.output)  # now rather than after a job that is paid for
        size = rows.stat().st_size
        say_cost(backend, lambda: estimate_transform(backend, size, chosen))
        job = launch_transform(
            backend, args.training, rows, resources=chosen, progress=progress, reading=reading
        )
    say(tr("Transform job {name}", name=job.name))
    wait(backend, job.name, say)
    return _collected(backend, job.name, args)


def collect(args: Namespace) -> Answer:
    """Write the predictions of a transform job that is Completed, or of a prediction job that has ended."""
    backend = backend_of(args)
    if find_job(backend, args.job).kind != JobKind.prediction:
        return _collected(backend, args.job, args)
    from core.verbs import prediction

    guard = not args.keep_formulas
    done = prediction.collect(backend, args.job, args.output, progress, guard, columns=args.columns)
    answer = predictions(done)
    return replace(
        answer, data={"job": args.job, "status": find_job(backend, args.job).status, **answer.data}
    )


def _collected(backend: Backend, job: str, args: Namespace) -> Answer:
    from core.verbs import transform as verbs

    guard = not args.keep_formulas
    answer = predictions(verbs.collect(backend, job, args.output, progress, guard, columns=args.columns))
    return replace(answer, data={"job": job, "status": "Completed", **answer.data})
