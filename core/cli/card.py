"""The command `card`: the model card of a Training Job."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from core.cli.answer import Answer, backend_of
from core.language import tr
from core.storage import storage_errors


def card(args: Namespace) -> Answer:
    """Write the model card beside the model, and where it is asked for; answer what it says."""
    from core.verbs.card import keep_card, page_of  # late: the template

    backend = backend_of(args)
    made = keep_card(backend, args.training_job)
    output: Path | None = args.output
    if output:
        with storage_errors("write", str(output)):
            output.write_bytes(page_of(backend, args.training_job))
    model, task = made.card["model"], made.card["task"]
    said = tr(
        "Model card of {job} ({target}): {file}",
        job=model["training_job"],
        target=task["target"],
        file=output or made.address,
    )
    return Answer(dict(made.card), said)
