"""The commands over schedules: add, list, show, remove, and the run that cron starts."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from core.backends.schedules import BY_MACHINE, Schedule, ScheduleRun, Task, When
from core.cli.answer import Answer, backend_of, say, settings_of
from core.cli.confirmation import confirmed
from core.errors import BadSchedule
from core.language import joined, mark, tr
from core.numbers import fixed
from core.verbs import mails, schedule_lines, schedules

CRON = mark("A line for cron (crontab -e)")
WINDOWS = mark("On Windows with WSL, where no cron runs, a task instead (in PowerShell)")


def schedule(args: Namespace) -> Answer:
    """Do what the word behind `schedule` says."""
    return _ACTS[args.act](args)


def add(args: Namespace) -> Answer:
    """Keep a schedule, and write out how a machine starts it where nothing else does."""
    backend = backend_of(args)
    named = {Task.pipeline: args.pipeline, Task.predict: args.predict, Task.drift: args.drift}
    (task, target), *_ = [(task, target) for task, target in named.items() if target]
    if args.given and task != Task.pipeline:
        raise BadSchedule(reason="--set gives a value to a parameter of a pipeline.")
    zone = args.zone or schedules.here()
    made = schedules.add(
        backend,
        args.name,
        task,
        target,
        When(args.every, args.at, args.on, zone),
        args.files,
        dict(args.given),
    )
    return _told(args, made, tr("Scheduled: {line}", line=_line(made)))


def show(args: Namespace) -> Answer:
    """Show a schedule, how a machine starts it, and its last runs."""
    backend = backend_of(args)
    found = schedules.find(backend, args.name)
    runs = schedules.runs(backend, args.name)
    lines = [_line(found), *(f"  {_run(run)}" for run in runs)]
    answer = _told(args, found, "\n".join(lines))
    return Answer({**answer.data, "runs": [run.as_dict() for run in runs]}, answer.text)


def listed(args: Namespace) -> Answer:
    """List the schedules, each with its last run."""
    backend = backend_of(args)
    rows: list[dict[str, object]] = []
    lines: list[str] = []
    for each in schedules.schedules(backend):
        last = next(iter(schedules.runs(backend, each.name)), None)
        rows.append({**each.as_dict(), "last_run": last and last.as_dict()})
        lines.append(_line(each) + ("\n  " + tr("last: {run}", run=_run(last)) if last else ""))
    return Answer({"schedules": rows}, "\n".join(lines) or tr("Nothing is scheduled."))


def remove(args: Namespace) -> Answer:
    """Delete a schedule, with a receipt."""
    backend = backend_of(args)
    confirmed(args.name, args.confirm, tr("Nothing starts it any more then."), f"--confirm {args.name}")
    receipt = schedules.remove(backend, args.name)
    text = tr("Deleted: {deleted}", deleted=", ".join(receipt.deleted)) + "".join(
        "\n  " + tr("kept: {name}", name=each) for each in receipt.kept
    )
    return Answer({"schedule": receipt.name, **receipt.as_dict()}, text)


def mail(args: Namespace) -> Answer:
    """Say whether what has ended is mailed; turn that on, or off."""
    backend = backend_of(args)
    now = mails.switch(backend, args.to == "on") if args.to else mails.mail(backend)
    data = {"topic": now.topic if now else "", "on": bool(now and now.is_on)}
    return Answer(data, now.words if now else tr(mails.NEVER))


def run(args: Namespace) -> Answer:
    """Run a schedule once, unless a run of it goes on. Exit 1 where it fails."""
    from core.verbs import scheduled_run  # late: what predicts

    ran = scheduled_run.run(backend_of(args), args.name, say)
    return Answer(ran.run.as_dict(), f"{ran.run.status}: {ran.run.message}", ran.error)


_ACTS: dict[str, Callable[[Namespace], Answer]] = {
    "add": add,
    "list": listed,
    "show": show,
    "remove": remove,
    "mail": mail,
    "run": run,
}


def _told(args: Namespace, found: Schedule, text: str) -> Answer:
    """Return a schedule with what a machine needs to start it, where a machine does."""
    data = dict(found.as_dict())
    text += f"\n{found.in_full}" if found.in_full else ""
    if found.started_by == BY_MACHINE:
        settings = settings_of(args)
        data |= {
            "cron": schedule_lines.cron(settings, found),
            "windows": schedule_lines.task(settings, found),
        }
        text += f"\n{CRON}:\n{data['cron']}\n{WINDOWS}:\n{data['windows']}"
        if objection := schedule_lines.objection(settings, found):
            text += f"\n{objection}"
    return Answer(data, text)


def _line(found: Schedule) -> str:
    text = tr(
        "{name}: {when}, by {started_by}: {what}",
        name=found.name,
        when=found.when.words,
        started_by=found.started_by,
        what=found.words,
    )
    if found.per_month is None:
        return joined([text, tr("price not known")], "; ")
    if found.per_month:
        return joined([text, tr("about {price} USD a month", price=fixed(found.per_month, 2))], "; ")
    return text


def _run(run: ScheduleRun) -> str:
    return f"{run.started:%Y-%m-%d %H:%M} UTC {run.status}: {run.message}"
