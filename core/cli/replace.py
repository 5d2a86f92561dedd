"""The command `replace`: another model for an endpoint that serves."""

from __future__ import annotations

from argparse import Namespace

from core.cli.answer import Answer, backend_of, say
from core.language import tr
from core.numbers import count, integer
from core.retelling import in_english


def replace(args: Namespace) -> Answer:
    """Let an endpoint answer by another model, and say what differs for its callers."""
    from core.verbs import replacing  # late: numpy and the encoder

    backend = backend_of(args)
    training_job = replacing.previous(backend, args.endpoint) if args.back else args.training
    say(
        tr(
            "Comparing {training_job} with what {endpoint} serves",
            training_job=training_job,
            endpoint=args.endpoint,
        )
    )
    done = replacing.replace(backend, args.endpoint, training_job, accepted=args.accept_changes or args.back)
    contract = done.contract
    data = {
        "endpoint": done.endpoint,
        "from": done.before,
        "to": done.after,
        "contract": {
            "added": list(contract.added),
            "gone": list(contract.gone),
            "retyped": [
                {"column": each.column, "from": in_english(each.first), "to": in_english(each.second)}
                for each in contract.retyped
            ],
        },
        "breaks": list(done.breaks),
        "rows": done.rows,
        "answered": done.answered,
    }
    text = tr(
        "{endpoint} answers by {after}, in the place of {before}",
        endpoint=done.endpoint,
        after=done.after,
        before=done.before,
    )
    if done.rows:
        text += "\n  " + tr(
            "{rows} tried before, {answered} answered",
            rows=count(done.rows, "test row", "test rows"),
            answered=integer(done.answered),
        )
    text += "".join(f"\n  {each}" for each in done.breaks)
    return Answer(data, f"{text}\n" + tr("Back: {command}", command=f"replace {done.endpoint} --back"))
