"""The commands over what a backend needs: can it work here, and what must be set up first."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import asdict

from core.cli.answer import Answer, setup_of
from core.cli.failures import ChecksFailed
from core.language import tr


def check(args: Namespace) -> Answer:
    """Show whether this backend can work here. Exit 1 when a check fails."""
    checks = setup_of(args).check()
    lines = [f"{item.result:<8}{tr(item.name)}: {item.detail} {item.remedy}".rstrip() for item in checks]
    failed = [item for item in checks if item.result == "fail"]
    data = {"ok": not failed, "checks": [asdict(item) for item in checks]}
    if not failed:
        return Answer(data, "\n".join(lines))
    reason = " ".join(f"{item.name}: {item.detail}" for item in failed)
    advice = " ".join(item.remedy for item in failed if item.remedy) or tr("Fix it, then check again.")
    return Answer(data, "\n".join(lines), ChecksFailed(reason=reason, advice=advice))


def policies(args: Namespace) -> Answer:
    """Show what an administrator has to set up before this backend may work, to paste."""
    if args.format != "json":
        templates = setup_of(args).templates()
        text = templates.get(args.format, "")
        data = {"format": args.format, "template": json.loads(text) if text else None}
        return Answer(data, text or tr("Nothing has to be set up for this backend."))
    documents = setup_of(args).documents()
    text = "\n\n".join(f"# {item.title}\n# {item.help}\n{item.text}" for item in documents)
    data = [asdict(item) | {"text": json.loads(item.text)} for item in documents]
    return Answer({"documents": data}, text or tr("Nothing has to be set up for this backend."))


def storage(args: Namespace) -> Answer:
    """Show what creating the place of storage would do; with --create, do it."""
    setup = setup_of(args)
    plan = setup.storage_plan()
    if plan is None:
        return Answer({"plan": None, "done": []}, tr("Storage needs no creating here."))
    done = setup.create_storage() if args.create else []
    lines = (
        [tr("Done: {steps}.", steps=", ".join(done))]
        if done
        else [f"{plan.title}:", *(f"  {step}" for step in plan.steps)]
    )
    lines += [] if done else [tr("Nothing was done: storage --create does it.")]
    return Answer({"plan": asdict(plan), "done": done}, "\n".join(lines))
