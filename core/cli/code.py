"""The command `code`: a run as code that does it again without Sendero, or as a workflow for CI."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from core.backends import training_place
from core.cli.answer import Answer, backend_of, settings_of
from core.storage import storage_errors

WORKFLOW = "workflow"


def code(args: Namespace) -> Answer:
    """Answer the code, or write it into the file that is named."""
    from core.verbs.code import code as code_of  # late: the contract
    from core.verbs.code import workflow_of

    backend, settings = backend_of(args), settings_of(args)
    if args.form == WORKFLOW:
        region = training_place(settings)[0] if backend.capabilities.costs_money else ""
        made = workflow_of(backend, args.training_job, settings, region, args.fail_below)
    else:
        made = code_of(backend, args.training_job, args.form, args.sdk, settings, training_place)
    output: Path | None = args.output
    data = {"job": args.training_job, "file": str(output or made.file), "expected": made.expected}
    if output is None:
        return Answer({**data, "text": made.text}, made.text.rstrip("\n"))
    with storage_errors("write", str(output)):
        output.write_text(made.text, encoding="utf-8")
    return Answer(data, f"{output} written")
