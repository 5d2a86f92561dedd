"""The command `card`: the model card of a Training Job."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from core.cli.answer import Answer, backend_of
from core.storage import storage_errors


def card(args: Namespace) -> Answer:
    """Write the model card beside the model, and where it is asked for; answer what it says."""
    from core.verbs.card import keep_card  # late: the template

    made = keep_card(backend_of(args), args.training_job)
    output: Path | None = args.output
    if output:
        with storage_errors("write", str(output)):
            output.write_bytes(made.page)
    model, task = made.card["model"], made.card["task"]
    said = f"Model card of {model['training_job']} ({task['target']}): {output or made.address}"
    return Answer(dict(made.card), said)
