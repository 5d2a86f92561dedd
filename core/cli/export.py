"""The command `export`: a model to take away."""

from __future__ import annotations

from argparse import Namespace

from core.cli.answer import Answer, backend_of
from core.language import tr
from core.numbers import integer, size


def export(args: Namespace) -> Answer:
    """Write the zip, once its own scorer has answered its rows as Sendero does."""
    from core.verbs.export import export as write  # late: numpy and the encoder

    done = write(backend_of(args), args.training_job, args.output)
    data = {
        "job": args.training_job,
        "output": str(done.output),
        "files": dict(done.files),
        "rows": done.rows,
        "bytes": done.output.stat().st_size,
    }
    lines = "".join(f"\n  {name}, {size(many)}" for name, many in done.files)
    written = (
        tr(
            "{output} written; its scorer answered {rows} test rows as Sendero does",
            output=done.output,
            rows=integer(done.rows),
        )
        if done.rows
        else tr("{output} written", output=done.output)
    )
    usage = tr("In it: {command}", command="python scorer.py ROWS.csv --output OUT.csv")
    return Answer(data, f"{written}{lines}\n{usage}")
