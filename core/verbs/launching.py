"""Launching once: who asks for the same again at once gets what the first one started.

Two clicks, two tabs and two processes are answered alike, whatever is launched and on whichever backend. That a *name*
stands for one job or endpoint is another matter, which the backend sees to.
"""

from __future__ import annotations

from datetime import UTC, datetime

from core.backends.base import Backend, Endpoint, EndpointStatus, Job, JobStatus
from core.backends.pipelines import Execution
from core.backends.records import now, time_of
from core.backends.requests import EndpointRequest, Request, request_json
from core.backends.versions import fingerprint
from core.verbs import audit, origins

SECOND_CLICK = 5.0  # seconds in which whoever asks again means what was just started


def launch(backend: Backend, request: Request, execution: str = "") -> Job:
    """Start a job, or return the one in progress that an equal request started under whatever name.

    `execution`: <pipeline>/<execution>, if it is a step of one, for its record and the audit.
    Raises BadName, NameTaken, StorageFailed, and what the backend refuses.
    """
    begun = time_of(now())
    with backend.launching():
        mark = fingerprint(request_json(request))
        for job in backend.jobs(request.kind):
            if is_second_click(job) and fingerprint(job.request) == mark:
                return job
        job = backend.launch(request, execution)
    if job.created >= begun:  # else this very request has started it before
        said = {"execution": execution.rpartition("/")[2], **origins.sources(backend, job)}
        audit.record(backend, "launched", f"{job.kind} job", job.name, **said)
    return job


def deploy(backend: Backend, request: EndpointRequest, version: str = "") -> Endpoint:
    """Create an endpoint, or return the one that an equal request just made, if nobody chose either name.

    Raises BadName, NameTaken, NotFound, JobNotReady, StorageFailed, and what the backend refuses.
    """
    begun = time_of(now())
    with backend.launching():
        if request.name_generated:
            compared = _comparable(backend, request)
            for endpoint in backend.endpoints():
                first = endpoint.request
                if first and is_second_click(endpoint) and _comparable(backend, first) == compared:
                    return endpoint
        endpoint = backend.deploy(request)
    if endpoint.created >= begun:
        said = {"version": version, "training_job": endpoint.training_job}
        said |= origins.model_sources(backend, endpoint.training_job)
        audit.record(backend, "deployed", "endpoint", endpoint.name, **said)
    return endpoint


def is_second_click(first: Job | Endpoint) -> bool:
    """Return whether an equal request now means `first`: it is in the making, or serves since a moment ago."""
    if first.status in (JobStatus.in_progress, EndpointStatus.creating):
        return True
    return first.status == EndpointStatus.in_service and is_just_started(first)


def is_just_started(first: Job | Endpoint | Execution) -> bool:
    """Return whether `first` was started so short a time ago that a click now may be the second half of a double."""
    return (datetime.now(UTC) - first.created).total_seconds() < SECOND_CLICK


def _comparable(backend: Backend, request: EndpointRequest) -> tuple[object, ...]:
    """Return what makes two requests for an endpoint equal: all but the name, every choice with its value."""
    chosen = {
        choice.name: request.resources.get(choice.name, choice.default)
        for choice in backend.choices("endpoint")
    }
    return request.name_generated, request.training_job, request.expires_in, chosen
