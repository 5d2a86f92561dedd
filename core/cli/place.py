"""The verbs over the place where it all runs: can it, what must be set up there, and what does it cost."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict

from core.cli.answer import Answer, backend_of, say, setup_of
from core.cli.failures import ChecksFailed, NotConfirmed
from core.verbs import costs


def check(args: Namespace) -> Answer:
    """Can this backend work here? Exit 1 when a check fails."""
    checks = setup_of(args).check()
    lines = [f"{item.result:<8}{item.name}: {item.detail} {item.remedy}".rstrip() for item in checks]
    failed = [item for item in checks if item.result == "fail"]
    data = {"ok": not failed, "checks": [asdict(item) for item in checks]}
    if not failed:
        return Answer(data, "\n".join(lines))
    reason = " ".join(f"{item.name}: {item.detail}" for item in failed)
    advice = " ".join(item.remedy for item in failed if item.remedy) or "Mend it, then check again."
    return Answer(data, "\n".join(lines), ChecksFailed(reason=reason, advice=advice))


def policies(args: Namespace) -> Answer:
    """What an administrator has to set up before this backend may work, to paste."""
    if args.format != "json":
        templates = setup_of(args).templates()
        text = templates.get(args.format, "")
        data = {"format": args.format, "template": json.loads(text) if text else None}
        return Answer(data, text or "Nothing has to be set up for this backend.")
    found = setup_of(args).documents()
    text = "\n\n".join(f"# {item.title}\n# {item.help}\n{item.text}" for item in found)
    data = [asdict(item) | {"text": json.loads(item.text)} for item in found]
    return Answer({"documents": data}, text or "Nothing has to be set up for this backend.")


def storage(args: Namespace) -> Answer:
    """What creating the place of storage would do; with --create it is done."""
    setup = setup_of(args)
    plan = setup.storage_plan()
    if plan is None:
        return Answer({"plan": None, "done": []}, "Storage needs no creating here.")
    done = setup.create_storage() if args.create else []
    lines = (
        [f"Done: {', '.join(done)}."] if done else [f"{plan.title}:", *(f"  {step}" for step in plan.steps)]
    )
    lines += [] if done else ["Nothing was done: storage --create does it."]
    return Answer({"plan": asdict(plan), "done": done}, "\n".join(lines))


def cost(args: Namespace) -> Answer:
    """What runs now in this workspace, and what it costs."""
    backend = backend_of(args)
    now, can = costs.running(backend), backend.capabilities
    note = f"{can.label}. A job costs {now.job.text} An endpoint costs {now.endpoint.text}"
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
    running = f"Running: {len(now.endpoints)} endpoints, {len(now.jobs)} jobs: {costs.words(now.total)}."
    return Answer(data, "\n".join([note, *lines, running]))


def sweep(args: Namespace) -> Answer:
    """Everything of the whole account and region that costs, whoever made it; or delete one of it."""
    backend = backend_of(args)
    if args.delete:
        if not args.yes and not _confirmed(args.delete):
            raise NotConfirmed(name=args.delete)
        receipt = costs.delete_swept(backend, args.delete)
        text = "Deleted: " + ", ".join(receipt.deleted)
        return Answer(receipt.as_dict(), text + "".join(f"\n  kept: {each}" for each in receipt.kept))
    found = costs.sweep(backend)
    rows = [(item, costs.meter(item.per_hour, item.created)) for item in found.found]
    total = costs.total([each for _, each in rows])
    data = {
        "place": found.place,
        "found": [item.as_dict() | each.as_dict() for item, each in rows],
        "unseen": list(found.unseen),
        "prices": found.prices,
        "currency": "USD",
        "total": total.as_dict(),
    }
    lines = [
        f"{item.kind:<10} {item.name:<40} {item.status:<12} {item.instance:<22} "
        f"{f'{item.created:%Y-%m-%d %H:%M}' if item.created else '':<16} {item.owner:<24} {costs.words(each)}"
        for item, each in rows
    ]
    lines.append(f"{len(rows)} in {found.place}: {costs.words(total)}. {found.prices}".rstrip())
    return Answer(data, "\n".join([*lines, *found.unseen]))


def _confirmed(name: str) -> bool:
    """Was its name typed? Only where somebody sits at a terminal is anybody asked."""
    if not sys.stdin.isatty():
        return False
    say(f"Delete {name}? Somebody may be using it. Type its name to confirm:")
    return sys.stdin.readline().strip() == name
