"""The sweep of one machine: this workspace's endpoints and jobs, of which none is billed."""

from __future__ import annotations

from core.backends.base import Endpoint, Job
from core.backends.inventory import BillableResource, Inventory
from core.backends.records import ENDPOINT
from core.backends.schedules import Schedule
from core.language import mark, tr

OWNER = mark("this workspace")


def sweep_of(endpoints: list[Endpoint], jobs: list[Job], schedules: list[Schedule], scope: str) -> Inventory:
    """Return what of `endpoints` and `jobs` is active, oldest first, and the schedules."""
    active: list[tuple[Endpoint | Job, str, str]] = [
        (item, ENDPOINT, item.instance) for item in endpoints if item.status.active
    ]
    active += [(job, job.kind.value, "local") for job in jobs if job.status.active]
    oldest_first = sorted(active, key=lambda each: each[0].created)
    resources = [
        BillableResource(kind, item.name, item.status.value, instance, item.created, tr(OWNER), True, 0.0)
        for item, kind, instance in oldest_first
    ]
    return Inventory(scope, (*resources, *(each.resource for each in schedules)), ())
