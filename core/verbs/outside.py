"""What was done without Sendero, put into the audit once it is seen: on AWS others act, too.

SageMaker makes the jobs of a pipeline's steps and registers its versions; Scheduler and the console start runs of it; a
version is approved in Studio; an endpoint ends at its expiry. Nobody tells us: whoever opens the audit asks AWS, and
what it says is written down at the time when it was done, once, whoever looks beside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from core import keys, person
from core.backends.base import Backend, EndpointStatus
from core.backends.pipelines import Execution
from core.backends.registry import Approval, ModelVersion
from core.errors import SenderoError
from core.retelling import in_english
from core.verbs import origins
from core.verbs.audit import EXPIRY, SOMEBODY, Event

MOMENT = timedelta(seconds=5)  # that Sendero takes to write down that it was Sendero itself

Facts = Callable[[], dict[str, str]]  # costs requests: asked of what is written only


def gather(backend: Backend) -> None:
    """Add to the audit what was done without Sendero and is not there yet.

    It raises nothing: whoever may only look leaves it to somebody who may write.
    """
    if not backend.capabilities.others_act:
        return
    there: set[str] = set()
    with suppress(SenderoError):
        there = set(backend.storage.files(keys.AUDIT))
    for tell in (_runs, _jobs, _versions, _endpoints):
        with suppress(SenderoError):
            for event, facts in tell(backend):
                key = _key(event)
                if key not in there:
                    seen = {"seen_by": f"Sendero, as {person.name()} looked"}
                    told = {
                        name: value for name, value in ({**event.facts, **facts(), **seen}).items() if value
                    }
                    line = Event(event.at, event.who, event.action, event.kind, event.name, told).as_dict()
                    backend.storage.create(key, json.dumps(line, ensure_ascii=False).encode())


def _key(event: Event) -> str:
    """Return where an act is kept, by what it is: nobody writes it twice."""
    moment = event.at.astimezone(UTC)
    mark = hashlib.sha256(f"{event.action} {event.kind} {event.name} {moment}".encode()).hexdigest()[:12]
    return keys.act(f"{moment:%Y%m%d-%H%M%S%f}", mark)


def _runs(backend: Backend) -> Iterator[tuple[Event, Facts]]:
    for each in backend.executions():
        begins = each.status.active and datetime.now(UTC) - each.created < MOMENT
        if each.outside and not begins:
            dataset = {"dataset": each.parameters.get("Dataset", "")}
            told = {"execution": each.id, **dataset}
            yield Event(each.created, each.who or SOMEBODY, "ran", "pipeline", each.pipeline, told), dict


def _jobs(backend: Backend) -> Iterator[tuple[Event, Facts]]:
    jobs = [job for job in backend.jobs() if job.execution]
    known: dict[str, Execution] = {f"{each.pipeline}/{each.id}": each for each in backend.executions()}
    for job in jobs:
        run = known.get(job.execution)
        told = {"execution": job.execution.rpartition("/")[2]}
        who = run.who if run and run.who else SOMEBODY
        event = Event(job.created, who, "launched", f"{job.kind} job", job.name, told)
        yield event, lambda job=job: origins.sources(backend, job)


def _versions(backend: Backend) -> Iterator[tuple[Event, Facts]]:
    for each in backend.versions():
        made = {
            name: each.facts.get(name, "") for name in ("execution", "eda_job", "dataset", "dataset_sha256")
        }
        made |= {"training_job": each.training_job, "model_sha256": each.model_sha256}
        if made["execution"]:
            who = each.facts.get("registered_by", SOMEBODY)
            yield Event(each.created, who, "registered", "version", each.name, made), dict
        if each.outside and each.at:
            yield _verdict(each, each.at), dict


def _endpoints(backend: Backend) -> Iterator[tuple[Event, Facts]]:
    for each in backend.endpoints():
        if each.status == EndpointStatus.expired and each.expires:
            told = {"training_job": each.training_job, "ended_by": each.ends_by}
            yield Event(each.expires, EXPIRY, "ended", "endpoint", each.name, told), dict


def _verdict(version: ModelVersion, at: datetime) -> Event:
    said = {"why": version.why, "training_job": version.training_job, "model_sha256": version.model_sha256}
    who = version.who or SOMEBODY
    return Event(at, who, in_english(Approval(version.approval).words), "version", version.name, said)
