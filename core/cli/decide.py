"""The command `decide`: from which probability on a model's rows are acted on, and what that costs."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from core.cli.answer import Answer, backend_of
from core.language import tr
from core.numbers import fixed, share

if TYPE_CHECKING:
    from core.judging.decision_file import Decision


def decide(args: Namespace) -> Answer:
    """Choose a threshold, tell what it costs, and write it beside the model; without a flag tell what stands there."""
    from core.judging import decision_words  # late: numpy
    from core.judging.decision import Amounts, Capacity
    from core.judging.referral import Referral
    from core.verbs import decide as verbs
    from core.verbs.judged import decision_of
    from core.verbs.training import model_of

    backend = backend_of(args)
    model_of(backend, args.training_job)
    before = decision_of(backend, args.training_job)
    if args.miss is None and args.capacity is None and args.threshold is None:
        if before is None:
            text = tr("Nothing was decided: rows are predicted by what is more probable.")
            return Answer({"job": args.training_job, "threshold": None}, text)
        return Answer({"job": args.training_job, **brief(before)}, in_brief(before))
    amounts = None
    if args.miss is not None:
        amounts = Amounts(args.miss, args.false_alarm, args.miss_column, args.false_alarm_column)
    columns = (args.miss_column, args.false_alarm_column)
    scored = verbs.judged(backend, args.training_job, columns)
    ask = None
    if args.ask or args.ask_unseen or args.ask_out_of_range:
        low, high = args.ask or (None, None)
        ask = Referral(low, high, args.ask_unseen, args.ask_out_of_range)
    decided = verbs.propose(
        scored,
        amounts,
        None if args.capacity is None else Capacity(args.capacity, args.of),
        args.threshold,
        args.calibrate,
        ask,
        verbs.noticed(backend, args.training_job, columns) if ask and ask.by_flags else None,
    )
    written = verbs.decide(backend, args.training_job, decided, before.number if before else 0)
    told = decided.told
    data = {
        "job": args.training_job,
        **brief(written),
        "before": before and before.threshold,
        "saved": {name: asdict(interval) for name, interval in told.saved.items()},
        "confusion": asdict(told.counts),
        "precision": told.counts.precision,
        "recall": told.counts.recall,
        "acted_on": {
            split: counts.acted_on / max(counts.rows, 1)
            for split, counts in (("validation", decided.validation), ("test", told.counts))
        },
        "out_of_fold": written.out_of_fold,
        "calibration_error": {"before": decided.error_before, "after": decided.error_after},
    }
    lines = [
        decision_words.rule(written, scored.positive),
        decision_words.costs(written),
        tr(
            "Of its rows {acted_on} are acted on; of those {precision} are {positive}, and {recall} "
            "of all that are.",
            acted_on=share(told.counts.acted_on / max(told.counts.rows, 1)),
            precision=share(told.counts.precision),
            positive=scored.positive,
            recall=share(told.counts.recall),
        ),
    ]
    if decided.error_after is not None:
        lines.append(
            tr(
                "Calibration error on {rows}: {error_before}, calibrated {error_after}.",
                rows=decision_words.rows(written.out_of_fold),
                error_before=fixed(decided.error_before, 3),
                error_after=fixed(decided.error_after, 3),
            )
        )
    if before:
        lines.append(tr("Before: {decision}", decision=in_brief(before)))
    lines.append(tr("Every way to predict takes it from now on, for all of this model's endpoints."))
    return Answer(data, "\n".join(lines))


def brief(decision: Decision) -> dict[str, object]:
    """Return what a decision is, as JSON, without its table of calibration."""
    return {
        "threshold": decision.threshold,
        "chosen_by": decision.chosen_by,
        "amounts": asdict(decision.amounts),
        "capacity": decision.capacity and asdict(decision.capacity),
        "calibrated": decision.calibration is not None,
        "cost_per_1000": decision.cost_per_1000.value,
        "interval": {"low": decision.cost_per_1000.low, "high": decision.cost_per_1000.high},
        "against": {name: interval.value for name, interval in decision.against.items()},
        "by": decision.by,
        "at": decision.at and decision.at.isoformat(timespec="seconds"),
        "number": decision.number,
        "ask": decision.referral and asdict(decision.referral),
    }


def in_brief(decision: Decision) -> str:
    """Return what was decided, by whom and when, in a few words."""
    from core.judging.decision_words import asks, signed  # late: numpy

    said = tr("threshold {threshold}, {by}", threshold=f"{decision.threshold:g}", by=signed(decision))
    return f"{said}. {asks(decision)}" if decision.referral else said
