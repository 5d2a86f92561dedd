"""The command `retrain`: the model of an endpoint trained anew with a file, and a verdict before it is replaced."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from core.cli.answer import Answer, backend_of, readable, say, say_cost
from core.cli.several import failure_of, until_ended
from core.errors import NotFound, SenderoError
from core.language import tr


def retrain(args: Namespace) -> Answer:
    """Compare, profile, train and judge; replace the model only where that is asked for and the new one is better."""
    from core.verbs import replacing, retraining  # late: numpy and the encoder
    from core.verbs.comparison import as_dict

    backend, file = backend_of(args), readable(args.file)
    say_cost(backend, lambda: retraining.estimate(backend, args.endpoint))
    now = retraining.start(backend, args.endpoint, file)
    say(now.schema)

    def go_on() -> retraining.Retraining:
        found = retraining.advance(backend, args.endpoint)
        if found is None:
            raise NotFound(thing="retraining of", name=args.endpoint, listing="endpoints")
        return found

    now = until_ended(backend, now, lambda now: [job for job in (now.eda, now.training) if job], go_on)
    error: SenderoError | None = failure_of(now.failed)
    replaced = False
    if args.replace and now.is_offered and now.training:
        try:
            replacing.replace(backend, args.endpoint, now.training.name, accepted=args.accept_changes)
            replaced = True
        except SenderoError as refused:  # the verdict stands, and is told with it
            error = refused
    data = {
        "endpoint": args.endpoint,
        "dataset": now.dataset,
        "from": now.before,
        "eda": now.eda.name,
        "training": now.training and now.training.name,
        "drift": [asdict(each) for each in now.drift],
        "left_out": list(now.left_out),
        "retyped": list(now.retyped),
        "comparison": as_dict(now.compared) if now.compared else None,
        "verdict": now.verdict,
        "offered": now.is_offered,
        "replaced": replaced,
    }
    text = now.schema if now.failed else f"{now.schema}\n{now.verdict}"
    if replaced:
        text += "\n" + tr("It answers by it now. Back: {command}", command=f"replace {args.endpoint} --back")
    elif now.is_offered and now.training:
        text += "\n" + tr(
            "Next: {command}", command=f"replace {args.endpoint} --training {now.training.name}"
        )
    return Answer(data, text, error)
