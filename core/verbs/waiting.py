"""Blocking helpers for the command line and tests; pages poll with fragments."""

from __future__ import annotations

import time
from collections.abc import Callable

from core.backends.base import TAIL, Backend, Endpoint, EndpointStatus, Job, JobStatus
from core.errors import CannotJudge, EndpointGone, JobFailed, NotFound, ReportedFailure, brief
from core.language import tr

EVERY = 0.2  # seconds between two looks


def follow(
    backend: Backend, name: str, on_log: Callable[[str], None], until_end: bool = True, every: float = EVERY
) -> None:
    """Hand over the whole log of a job or an endpoint; with `until_end`, go on until it has ended.

    Raises NotFound.
    """
    token = ""
    while True:
        # Ask for the status first: what is written before the end is then still read.
        active = until_end and _active(backend, name)
        while (chunk := backend.log(name, token)).text:
            token = chunk.token
            on_log(chunk.text)
        if not active:
            return
        time.sleep(every)


def _active(backend: Backend, name: str) -> bool:
    try:
        return backend.job(name).status.active
    except NotFound:
        return backend.endpoint(name).status.active


def wait(backend: Backend, job: str, on_log: Callable[[str], None], every: float = EVERY) -> Job:
    """Follow a job until it ends. Raises JobFailed (also of a stopped job), ReportedFailure (its own reason)."""
    follow(backend, job, on_log, every=every)
    now = backend.job(job)
    if now.status == JobStatus.completed:
        return now
    if now.failure and now.failure.kind != "AlgorithmError":  # that one says no more than JobFailed
        raise ReportedFailure(**now.failure.as_dict())
    raise JobFailed(
        name=job, reason=brief(now.failure.why) if now.failure else tr("It was {status}.", status=now.status)
    )


def wait_judged(
    backend: Backend, training_job: str, on_log: Callable[[str], None], every: float = EVERY
) -> Job:
    """Follow a model that is judged once more. Raises CannotJudge with the reason why it was not."""
    token = backend.log(training_job, TAIL).token
    while True:
        now = backend.job(training_job)
        while (chunk := backend.log(training_job, token)).text:
            token = chunk.token
            on_log(chunk.text)
        if not now.busy:
            break
        time.sleep(every)
    if now.unjudged:
        raise CannotJudge(name=training_job, reason=now.unjudged)
    return now


def wait_in_service(backend: Backend, endpoint: str, every: float = EVERY) -> Endpoint:
    """Wait until an endpoint answers. Raises EndpointGone with the reason that it does not."""
    while True:
        now = backend.endpoint(endpoint)
        if now.status == EndpointStatus.in_service:
            return now
        if now.status != EndpointStatus.creating:
            why = now.failure.why if now.failure else tr("Its status is {status}.", status=now.status)
            raise EndpointGone(name=endpoint, reason=why)
        time.sleep(every)
