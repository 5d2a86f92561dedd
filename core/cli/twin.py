"""The command that judges a column by its absence."""

from __future__ import annotations

import time
from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.cli.answer import Answer, backend_of, say, say_cost
from core.errors import JobFailed
from core.verbs.eda import report_of
from core.verbs.runs import title

if TYPE_CHECKING:
    from core.verbs.twin import Arm, Twin


def twin(args: Namespace) -> Answer:
    """Profile, train and judge the data of an EDA job without a column, beside the data with it."""
    from core.verbs import twin as verbs  # late: numpy and the encoder
    from core.verbs.twin_verdict import sentence

    backend = backend_of(args)
    report = report_of(backend, args.eda_job)
    now = verbs.plan(backend, args.eda_job, args.without, report)
    if now.missing or now.failed:
        planned = now
        say_cost(backend, lambda: verbs.estimate(backend, planned))
        now = verbs.start(backend, args.eda_job, args.without, report)
    told: set[str] = set()
    while True:
        for job in [job for arm in now.arms for job in (arm.eda, arm.training) if job]:
            if job.name not in told:
                told.add(job.name)
                say(f"{job.kind} job {job.name}: {title(job)}")
        if now.ended:
            break
        time.sleep(backend.capabilities.poll_seconds)
        now = verbs.plan(backend, args.eda_job, args.without, report)
        now = verbs.advance(backend, now, report)
    failed = next(iter(now.failed), None)
    reason = failed and (
        failed.unjudged or (failed.failure.why if failed.failure else f"It was {failed.status}.")
    )
    error = JobFailed(name=failed.name, reason=reason) if failed else None
    return Answer(_json(now), sentence(now), error)


def _json(now: Twin) -> dict[str, object]:
    from core.verbs.twin_verdict import sentence, verdict

    return {
        "job": now.of,
        "without": list(now.columns),
        "metric": now.metric,
        "verdict": verdict(now),
        "sentence": sentence(now),
        "others": list(now.others),
        "splits": [
            {
                "split": pair.split,
                "column": pair.column,
                "with": _arm_json(pair.with_it),
                "without": _arm_json(pair.without),
                "difference": asdict(pair.difference) if pair.difference else None,
            }
            for pair in now.pairs
        ],
    }


def _arm_json(arm: Arm) -> dict[str, object]:
    measured = asdict(arm.measured) if arm.measured else {"value": None, "low": None, "high": None}
    names = {"eda": arm.eda and arm.eda.name, "training": arm.training and arm.training.name}
    return {**measured, **names}
