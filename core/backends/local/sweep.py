"""The sweep of one machine: this workspace's endpoints and jobs, of which none is billed."""

from __future__ import annotations

from core.backends.base import Endpoint, Job
from core.backends.swept import Sweep, Swept

OWNER = "this workspace"


def sweep_of(endpoints: list[Endpoint], jobs: list[Job], place: str) -> Sweep:
    """What of `endpoints` and `jobs` is active, oldest first."""
    found = [
        Swept("endpoint", each.name, each.status.value, each.instance, each.created, OWNER, True, 0.0)
        for each in endpoints
        if each.status.active
    ]
    found += [
        Swept(job.kind.value, job.name, job.status.value, "local", job.created, OWNER, True, 0.0)
        for job in jobs
        if job.status.active
    ]
    return Sweep(place, tuple(sorted(found, key=lambda item: item.created)), ())
