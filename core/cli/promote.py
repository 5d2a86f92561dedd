"""The verb `promote`: a model that was trained on one backend, made deployable on another."""

from __future__ import annotations

from argparse import Namespace

from core.backends import get_backend
from core.cli.answer import Answer, backend_of
from core.cli.predict import progress
from core.language import tr
from core.numbers import count, size
from core.settings import Settings


def promote(args: Namespace) -> Answer:
    """Copy what deploying needs, each file checked."""
    from core.verbs import promote as promotion  # late: numpy

    source = backend_of(args)
    target = get_backend(Settings.load(backend=args.to, workspace=args.workspace))
    plan = promotion.plan(source, args.training_job)
    job = promotion.promote(source, target, args.training_job, progress)
    data = {
        "job": job.name,
        "status": job.status,
        "backend": args.to,
        "processing_job": plan.processing_job,
        "files": dict(plan.files),
        "bytes": plan.bytes,
        "left_out": list(promotion.LEFT_OUT),
    }
    text = tr(
        "{name} is in {place}: {files}, {size}, checked",
        name=job.name,
        place=target.capabilities.label,
        files=count(len(plan.files), "file", "files"),
        size=size(plan.bytes),
    )
    text += "\n  " + tr("not copied: {names}, which only training reads", names=", ".join(promotion.LEFT_OUT))
    return Answer(
        data,
        f"{text}\n" + tr("Next: {command}", command=f"deploy --training {job.name} --backend {args.to}"),
    )
