"""The command that judges a column by its absence."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.cli.answer import Answer, backend_of, say_cost
from core.cli.several import failure_of, until_ended
from core.verbs.eda import report_of

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
    now = until_ended(
        backend,
        now,
        lambda now: [job for arm in now.arms for job in (arm.eda, arm.training) if job],
        lambda: verbs.advance(backend, verbs.plan(backend, args.eda_job, args.without, report), report),
    )
    return Answer(_json(now), sentence(now), failure_of(now.failed))


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
