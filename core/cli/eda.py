"""The commands over EDA: launch the job and wait, read its report."""

from __future__ import annotations

from argparse import Namespace
from collections import Counter

from core.backends.base import Backend
from core.cli.answer import Answer, backend_of, overrides_of, readable, resources_of, say, say_cost
from core.cli.documents import EdaDocument
from core.configuration import Configuration
from core.errors import BadExpression, BadSetting
from core.language import tr
from core.numbers import count
from core.plan_changes import differences
from core.verbs import resources
from core.verbs.eda import launch_eda, report_of, report_text_of
from core.verbs.jobs import outputs_of
from core.verbs.waiting import wait


def eda(args: Namespace) -> Answer:
    """Launch a Processing Job and wait."""
    data = run_eda(backend_of(args), args)
    lines = [
        (
            f"{data['job']} {data['status']}: {count(data['rows'], 'row', 'rows')}, "
            f"{count(data['columns'], 'column', 'columns')}"
        )
    ]
    lines += [f"  {warning['severity']}: {warning['message']}" for warning in data["warnings"]]
    return Answer(data, "\n".join([*lines, tr("Next: {command}", command=f"train --eda {data['job']}")]))


def run_eda(backend: Backend, args: Namespace) -> EdaDocument:
    """Add the data set, launch the EDA job, wait, and answer the verb's data."""
    from core.verbs import datasets  # late: DuckDB

    for given in (args.derive, args.treat):
        twice = [name for name, count in Counter(name for name, _ in given).items() if count > 1]
        if twice and given is args.derive:
            raise BadExpression(name=twice[0], reason=tr("It is given twice."))
        if twice:
            raise BadSetting(
                name="treat", reason=tr("'{name}' is given twice.", name=twice[0]), source="--treat"
            )
    with datasets.fetched(backend, args.data) as file:
        dataset = datasets.add(backend, readable(file), overrides_of(args))
    for note in dataset.sniffed().notes:
        say(f"{note.message} {note.doubt}".strip())
    configuration = Configuration(
        dataset=dataset.name,
        target=args.target,
        problem=args.problem,
        split=args.split,
        split_column=args.split_column,
        drop=tuple(dict.fromkeys(args.drop)),
        derive=dict(args.derive),
        treat=dict(args.treat),
        seed=args.seed,
        engine=args.engine,
        positive=args.positive,
        drop_rare=args.drop_rare,
        keep_text=tuple(dict.fromkeys(args.keep_text)),
        weight=args.weight,
    )
    chosen = resources_of(args)
    say_cost(backend, lambda: resources.estimate_eda(backend, configuration, chosen))
    job = launch_eda(backend, configuration, resources=chosen)
    say(tr("EDA job {name}", name=job.name))
    kept = datasets.saved_plan(backend, configuration.dataset)
    if kept and kept.plan != configuration:
        changes = "; ".join(differences(configuration, kept.plan))
        said = tr(
            "The plan that {who} has saved for {dataset} stays: {changes}.",
            who=kept.who,
            dataset=kept.plan.dataset,
            changes=changes,
        )
        say(said)
    job = wait(backend, job.name, say)
    report = report_of(backend, job.name)
    return {
        "job": job.name,
        "status": job.status,
        "outputs": outputs_of(backend, job),
        "rows": report["overview"]["rows"],
        "columns": report["overview"]["columns"],
        "warnings": report["warnings"],
    }


def report(args: Namespace) -> Answer:
    """Show the report of an EDA job: the data of report.json, or the text of EDA_Report.txt."""
    backend = backend_of(args)
    data = report_of(backend, args.job)
    if args.json:
        return Answer(data)
    return Answer(data, report_text_of(backend, args.job).rstrip())
