"""The commands over runs as people keep them: a note on one, which one is chosen, and what is deleted."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict

from core.backends.records import jsonable
from core.cli.answer import Answer, backend_of, say
from core.cli.confirmation import confirmed
from core.cli.failures import NotConfirmed
from core.language import mark, tr
from core.numbers import count, size
from core.verbs import choices, deletion, notes
from core.verbs.deletion import DeletionPlan
from core.verbs.jobs import find_job
from core.verbs.receipt import Receipt
from core.verbs.runs import title

CHOSEN = mark("{job} is chosen for {target}, {dataset}.")
NOT_CHOSEN = mark("{job} is not chosen for {target}, {dataset}.")
FOR_GOOD = mark("What is deleted cannot be brought back.")


def note(args: Namespace) -> Answer:
    """Show the note on a run; with a text, write that instead and tell what it was before."""
    backend = backend_of(args)
    job = find_job(backend, args.job)
    before = notes.note(backend, job.name)
    if args.text is None:
        return Answer({"job": job.name, **_note_json(before)}, before.text or tr("No note."))
    now = notes.set_note(backend, job.name, args.text, before)
    data = {"job": job.name, **_note_json(now), "before": before.text}
    return Answer(data, tr("Noted.\nBefore: {text}", text=before.text) if before.text else tr("Noted."))


def _note_json(note: notes.Note) -> dict[str, object]:
    return {name: jsonable(value) for name, value in asdict(note).items()}


def choose(args: Namespace) -> Answer:
    """Mark a model as the one that is chosen for its target, or take that back; tell which one was chosen before."""
    backend = backend_of(args)
    target = choices.target_of_job(backend, args.training_job)
    before = choices.choice_for(backend, target)
    mark = choices.choose(backend, args.training_job, is_chosen=not args.withdraw)
    data = {name: jsonable(value) for name, value in asdict(mark).items()}
    told = tr(
        CHOSEN if mark.is_chosen else NOT_CHOSEN, job=mark.job, target=target.name, dataset=target.dataset
    )
    was = (
        "\n" + tr("Before: {job}, by {who}", job=before.job, who=before.who)
        if before and before.job != mark.job
        else ""
    )
    return Answer({**data, "before": before.job if before else None}, told + was)


def delete_run(args: Namespace) -> Answer:
    """Delete a run with what belongs to it, told first."""
    backend = backend_of(args)
    plan = deletion.plan_deletion(backend, args.job)
    say(f"{title(plan.runs[0])}: {_plan_text(plan)}")
    return _confirmed(plan, args, lambda: deletion.delete(backend, args.job))


def delete_dataset(args: Namespace) -> Answer:
    """Delete a data set, told first what came from it."""
    backend = backend_of(args)
    plan = deletion.plan_dataset_deletion(backend, args.name)
    say(_plan_text(plan))
    return _confirmed(plan, args, lambda: deletion.delete_dataset(backend, args.name))


def _confirmed(plan: DeletionPlan, args: Namespace, delete: Callable[[], Receipt]) -> Answer:
    """Delete once that is confirmed, and return the receipt; else what would have gone, as a failure."""
    try:
        confirmed(plan.name, args.confirm, tr(FOR_GOOD), f"--confirm {plan.name}")
    except NotConfirmed as refused:
        return Answer(plan.as_dict(), error=refused)
    receipt = delete()
    data = {**receipt.as_dict(), "left_behind": [run.name for run in plan.left_behind]}
    text = tr(
        "Deleted and checked: {deleted} ({bytes})",
        deleted=", ".join(receipt.deleted),
        bytes=size(receipt.bytes),
    )
    return Answer(data, "\n".join([text, *("  " + tr("kept: {name}", name=each) for each in receipt.kept)]))


def _plan_text(plan: DeletionPlan) -> str:
    """Return what will go and what will stay, a line each."""
    lines = [
        tr(
            "{bytes} in {files} will be deleted.",
            bytes=size(plan.bytes),
            files=count(len(plan.files), "file", "files"),
        )
    ]
    lines += ["  " + tr("with it: {kind} job {name}", kind=run.kind, name=run.name) for run in plan.runs[1:]]
    lines += ["  " + tr("with it: endpoint {name}, which has ended", name=name) for name in plan.endpoints]
    lines += ["  " + tr("with it: the configuration that was saved for it")] if plan.has_configuration else []
    lines += [
        "  " + tr("stays, without its source: {kind} job {name}", kind=run.kind, name=run.name)
        for run in plan.left_behind
    ]
    return "\n".join([*lines, *("  " + tr("stays: {name}", name=each) for each in plan.kept)])
