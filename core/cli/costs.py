"""The commands over money: what runs now, and what the whole account is still billed for."""

from __future__ import annotations

from argparse import Namespace

from core.cli.answer import Answer, backend_of
from core.cli.confirmation import confirmed
from core.language import tr
from core.numbers import count
from core.verbs import costs


def cost(args: Namespace) -> Answer:
    """Show what runs now in this workspace, and what it costs."""
    backend = backend_of(args)
    now, can = costs.running(backend), backend.capabilities
    note = tr(
        "{label}. A job costs {job} An endpoint costs {endpoint}",
        label=can.label,
        job=now.job.text,
        endpoint=now.endpoint.text,
    )
    meters = [
        {"kind": kind, "name": item.name, **each.as_dict()}
        for kind, rows in (("endpoint", now.endpoints), ("job", now.jobs))
        for item, each in rows
    ]
    data = {
        "currency": "USD",
        **now.total.as_dict(),  # null where a price is not known: that is not zero
        "costs_money": can.costs_money,
        "endpoints": [item.name for item, _ in now.endpoints],
        "jobs": [job.name for job, _ in now.jobs],
        "meters": meters,
        "prices": now.endpoint.source,
        "note": note,
    }
    lines = [f"{item.name:<48} {costs.words(each)}" for item, each in (*now.endpoints, *now.jobs)]
    running = tr(
        "Running: {endpoints}, {jobs}: {cost}.",
        cost=costs.words(now.total),
        endpoints=count(len(now.endpoints), "endpoint", "endpoints"),
        jobs=count(len(now.jobs), "job", "jobs"),
    )
    return Answer(data, "\n".join([note, *lines, running]))


def sweep(args: Namespace) -> Answer:
    """Show everything of the whole account and region that costs, whoever made it; or delete one of it."""
    backend = backend_of(args)
    if args.delete:
        given = args.delete if args.yes else None
        confirmed(args.delete, given, tr("Somebody may be using it."), "--yes")
        receipt = costs.delete_resource(backend, args.delete)
        text = "Deleted: " + ", ".join(receipt.deleted)
        return Answer(
            {"endpoint": receipt.name, **receipt.as_dict()},
            text + "".join("\n  " + tr("kept: {name}", name=each) for each in receipt.kept),
        )
    inventory = costs.sweep(backend)
    rows = [(item, costs.meter(item.per_hour, item.created)) for item in inventory.resources]
    total = costs.total([each for _, each in rows])
    data = {
        "place": inventory.scope,
        "found": [item.as_dict() | each.as_dict() for item, each in rows],
        "unseen": list(inventory.not_listable),
        "prices": inventory.prices,
        "currency": "USD",
        "total": total.as_dict(),
    }
    lines = [
        f"{item.kind:<10} {item.name:<40} {item.status:<12} {item.instance:<22} "
        f"{f'{item.created:%Y-%m-%d %H:%M}' if item.created else '':<16} {item.owner:<24} {costs.words(each)}"
        for item, each in rows
    ]
    lines.append(
        tr(
            "{rows} in {scope}: {cost}. {prices}",
            rows=len(rows),
            scope=inventory.scope,
            cost=costs.words(total),
            prices=inventory.prices,
        ).rstrip()
    )
    return Answer(data, "\n".join([*lines, *inventory.not_listable]))
