"""Jobs that a verb launches one after the other: told as they start, until nothing more comes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from core.backends.base import Backend, Job
from core.cli.answer import say
from core.errors import JobFailed
from core.language import tr
from core.verbs.runs import title


class Several(Protocol):
    """What several jobs are for, as far as they have come."""

    @property
    def ended(self) -> bool: ...


T = TypeVar("T", bound=Several)


def until_ended(backend: Backend, now: T, jobs: Callable[[T], Iterable[Job]], go_on: Callable[[], T]) -> T:
    """Tell of each of its `jobs` once, and `go_on` until it has ended; return it as it is then."""
    told: set[str] = set()
    while True:
        for job in jobs(now):
            if job.name not in told:
                told.add(job.name)
                say(tr("{kind} job {name}: {title}", kind=job.kind, name=job.name, title=title(job)))
        if now.ended:
            return now
        time.sleep(backend.capabilities.poll_seconds)
        now = go_on()


def failure_of(failed: Iterable[Job]) -> JobFailed | None:
    """Return why the first of the jobs that failed did; None of none."""
    for job in failed:
        reason = job.unjudged or (
            job.failure.why if job.failure else tr("It was {status}.", status=job.status)
        )
        return JobFailed(name=job.name, reason=reason)
    return None
