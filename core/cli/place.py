"""The verbs over the place where it all runs: can it, and what does it cost."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from core.cli.answer import Answer, backend_of
from core.cli.failures import ChecksFailed


def check(args: Namespace) -> Answer:
    """Can this backend work here? Exit 1 when a check fails."""
    checks = backend_of(args).check()
    lines = [f"{item.result:<8}{item.name}: {item.detail} {item.remedy}".rstrip() for item in checks]
    failed = [item for item in checks if item.result == "fail"]
    data = {"ok": not failed, "checks": [asdict(item) for item in checks]}
    if not failed:
        return Answer(data, "\n".join(lines))
    reason = " ".join(f"{item.name}: {item.detail}" for item in failed)
    advice = " ".join(item.remedy for item in failed if item.remedy) or "Mend it, then check again."
    return Answer(data, "\n".join(lines), ChecksFailed(reason=reason, advice=advice))


def cost(args: Namespace) -> Answer:
    """What runs now, and what it costs."""
    backend = backend_of(args)
    running = [item.name for item in backend.endpoints() if item.status.active]
    active = [job.name for job in backend.jobs() if job.status.active]
    can = backend.capabilities
    job, endpoint = backend.estimate("processing", {}, 0), backend.estimate("endpoint", {}, 0)
    note = f"{can.label}. A job costs {job.text} An endpoint costs {endpoint.text}"
    data = {
        "currency": "USD",
        # A price that nobody has told is not zero.
        "per_hour": None if can.costs_money and (running or active) else 0.0,
        "costs_money": can.costs_money,
        "endpoints": running,
        "jobs": active,
        "note": note,
    }
    return Answer(data, f"{note} Running: {len(running)} endpoints, {len(active)} jobs.")
