"""The command `predict`, and what any prediction answers."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from core import metric_words
from core.cli.answer import Answer, backend_of, overrides_of, readable, say
from core.cli.decide import brief, in_brief
from core.language import tr
from core.numbers import count, integer, percent
from core.verbs.costs import in_words
from core.verbs.waiting import wait

if TYPE_CHECKING:
    from core.verbs.predict import Prediction


def predict(args: Namespace) -> Answer:
    """Predict a file of raw rows, in the same order: a small one at once, a large one by a job that is followed."""
    from core.verbs.predict import check_output, predict_file  # late: numpy and the encoder
    from core.verbs.prediction import collect, is_small, kind_of, launch_prediction
    from core.verbs.renames import reading_for

    backend, rows, guard = backend_of(args), readable(args.rows), not args.keep_formulas
    reading = reading_for(backend, overrides_of(args), dict(args.rename))
    if is_small(rows):
        return predictions(
            predict_file(
                backend, args.endpoint, rows, args.output, progress, guard,
                columns=args.columns, reading=reading,
            )
        )  # fmt: skip
    check_output(rows, args.output)  # now rather than after the job
    job = launch_prediction(
        backend, args.endpoint, rows, guard=guard,
        output=kind_of(args.output), columns=args.columns, reading=reading,
    )  # fmt: skip
    say(
        tr(
            "Prediction job {name}; it goes on without this command, and `collect` fetches what it writes",
            name=job.name,
        )
    )
    wait(backend, job.name, say)
    answer = predictions(collect(backend, job.name, args.output, progress, guard, columns=args.columns))
    return replace(answer, data={"job": job.name, **answer.data})


def predictions(done: Prediction) -> Answer:
    """Return what became of the rows, and what was odd about them."""
    data = asdict(done) | {"output": str(done.output), "ignored": list(done.ignored)}
    data |= {name: list(getattr(done, name)) for name in ("notes", "own", "added")}
    data["decision"] = done.decision and brief(done.decision)
    data["reasons"] = [row._asdict() for row in done.reasons]
    text = tr(
        "{rows}, {rejected} rejected, written to {output}",
        rows=count(done.rows, "row", "rows"),
        rejected=integer(done.rejected),
        output=done.output,
    )
    if done.range:
        text += "\n  " + tr("low and high: {range}", range=metric_words.around(done.range))
    if done.unanswered:
        text += "\n  " + tr(
            "{rows} without an answer, as the job ended before: resume it",
            rows=count(done.unanswered, "row", "rows"),
        )
    if done.per_thousand:
        text += "\n  " + tr(
            "about {amount} for 1,000 predictions, by how long these took",
            amount=in_words(done.per_thousand),
        )
    if done.decision:
        text += "\n  " + tr("decided by {decision}", decision=in_brief(done.decision))
    if done.asked:
        text += "\n  " + tr("{rows} left to a person", rows=count(done.asked, "row", "rows"))
    if done.quality:
        from core.verbs import quality_words  # late: numpy

        told = [quality_words.sentence(done.quality), *quality_words.others(done.quality)]
        text += "".join(f"\n  {each}" for each in told)
    text += "".join(
        "\n  " + tr("{place} rejected: {reason}", place=row.place(done.sheet), reason=row.told)
        for row in done.reasons
    )
    if done.rejected > len(done.reasons):
        text += "\n  " + tr(
            "and {number} more: see its column flags",
            number=integer(done.rejected - len(done.reasons)),
        )
    for what, counts in (
        (tr("never occurred in training"), done.unseen),
        (tr("outside the training range"), done.out_of_range),
    ):
        text += "".join(
            f"\n  {column}: {count(cells, 'value', 'values')} {what}" for column, cells in counts.items()
        )
    text += "".join(f"\n  {note}" for note in done.notes)
    if done.guarded:
        text += "\n  " + tr(
            "an apostrophe before {cells} that a spreadsheet would run (--keep-formulas)",
            cells=count(done.guarded, "cell", "cells"),
        )
    if done.ignored:
        text += "\n  " + tr("columns not used: {names}", names=", ".join(done.ignored))
    return Answer(data, text)


def progress(share: float, message: str) -> None:
    """Say how far it is, as a line of log."""
    say(f"{percent(share):>4} {message}")
