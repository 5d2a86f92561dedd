"""The lineage of an endpoint or a model, back to the bytes: endpoint, model, EDA, data set.

Each is told with its digest, with who did what to it, and with what came of it beside the next one: of an EDA job its
contract, of a model its evaluation, its version, and the decision on it.

What is gone by now is told from the audit, which outlives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from core import keys
from core.backends.base import Backend, Job
from core.backends.requests import JobKind
from core.errors import NotFound, StorageDamaged
from core.language import mark, tr
from core.numbers import count, number, size
from core.verbs import origins, outside, registry, runs
from core.verbs.audit import Event, audit
from core.verbs.endpoints import find_endpoint
from core.verbs.jobs import existing_job, list_jobs

ENDPOINT, MODEL, TRAINING = "endpoint", "model", "training job"  # as events name what they happened to
GONE = mark("It is not there any more.")


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a thing of a lineage: a contract, an evaluation, a version, a decision."""

    kind: str  # in English, as in the audit
    name: str
    sha256: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return it as JSON holds it."""
        return {"kind": self.kind, "name": self.name, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Link:
    """One thing of a lineage: what it is in a sentence, its digest, and what was done to it, the oldest first."""

    kind: str  # endpoint, model, EDA, data set
    name: str
    what: str
    sha256: str = ""
    acts: tuple[Event, ...] = ()
    parts: tuple[Part, ...] = ()  # what came of it, in that order

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "what": self.what,
            "sha256": self.sha256,
            "acts": [event.as_dict() for event in self.acts],
            "parts": [part.as_dict() for part in self.parts],
        }


def lineage(backend: Backend, name: str) -> tuple[Link, ...]:
    """Return where an endpoint, or the model of a Training Job, comes from: each made from the next, the last the data.

    One that was deleted is told from the audit. Raises NotFound, StorageFailed.
    """
    outside.gather(backend)
    events = tuple(reversed(audit(backend).events))
    links, training_job = _served(backend, name, events)
    facts = {**_known(events, training_job), **origins.model_sources(backend, training_job)}
    links.append(_model(backend, training_job, facts, events))
    if eda_job := facts.get("eda_job"):
        links.append(_eda(backend, eda_job, events))
    if facts.get("dataset_sha256") or facts.get("dataset"):
        links.append(_data(backend, facts, events))
    return tuple(links)


def whole_path(links: Sequence[Link]) -> list[Part]:
    """Return all of a lineage in the order in which it was made, the data set first, the endpoint last."""
    found: list[Part] = []
    for link in reversed(links):
        found += [Part(link.kind, link.name, link.sha256), *link.parts]
    return found


def traceable(backend: Backend) -> list[str]:
    """Return what has a lineage: the endpoints, also those that the audit alone knows, then models; newest first.

    Raises StorageFailed, and what the backend refuses.
    """
    there = sorted(backend.endpoints(), key=lambda each: each.created, reverse=True)
    known = [event.name for event in audit(backend).events if event.kind == ENDPOINT]
    trained = [
        job.name for job in backend.jobs(JobKind.training) if backend.storage.exists(keys.model(job.name))
    ]
    return list(dict.fromkeys([*(each.name for each in there), *known, *trained]))


def _served(backend: Backend, name: str, events: tuple[Event, ...]) -> tuple[list[Link], str]:
    """Return the link of the endpoint `name`, or of none where that is a model, and the model's Training Job."""
    acts = _acts(events, ENDPOINT, name)
    endpoint = find_endpoint(backend, name)
    served = [event.facts["training_job"] for event in acts if "training_job" in event.facts]
    training_job = endpoint.training_job if endpoint else served[-1] if served else ""
    if not training_job:
        job = existing_job(backend, name)
        was = any((event.kind, event.name) in ((MODEL, name), (TRAINING, name)) for event in events)
        if not was and not (job and job.kind == JobKind.training):
            raise NotFound(thing=tr("endpoint or model"), name=name, listing="endpoints, jobs")
        return [], name
    what = (
        tr("{status}; it serves this model:", status=endpoint.status)
        if endpoint
        else tr("It was deleted; it served this model:")
    )
    return [Link(ENDPOINT, name, what, acts=acts)], training_job


def _model(backend: Backend, name: str, facts: Mapping[str, str], events: tuple[Event, ...]) -> Link:
    job = existing_job(backend, name)
    acts = tuple(event for event in events if _is_of_model(event, name))
    what, digest = _trained(backend, job) if job else tr(GONE), facts.get("model_sha256", "")
    return Link(MODEL, name, what, digest, acts, tuple(_of_model(backend, name)) if job else ())


def _of_model(backend: Backend, name: str) -> Iterator[Part]:
    """Yield what came of a model, as far as it is there: its evaluation, its version, the decision on it."""
    key = keys.evaluation(name)
    if backend.storage.exists(key):
        yield Part("evaluation", tr("on the test split"), backend.storage.sha256(key))
    if version := registry.known(backend).get(name):
        yield Part("version", f"{version.name}, {version.approval.words}")
    key = keys.decision(name)
    if backend.storage.exists(key):
        with suppress(StorageDamaged):
            threshold = backend.storage.read_json(key, "threshold")["threshold"]
            yield Part(
                "decision",
                tr("for the threshold {threshold}", threshold=number(threshold)),
                backend.storage.sha256(key),
            )


def _is_of_model(event: Event, name: str) -> bool:
    version = event.kind == "version" and event.facts.get("training_job") == name
    return version or (event.kind in (MODEL, TRAINING) and event.name == name)


def _trained(backend: Backend, job: Job) -> str:
    """Return how a model was trained, in a sentence."""
    title, tuning, first = runs.title(job, list_jobs(backend)), runs.tuning_of(job), runs.all_rows_of(job)
    if first:
        return tr(
            "Trained with {title}, on all rows, for which {first} chose the rounds, on the splits of:",
            title=title,
            first=first,
        )
    if tuning:
        return tr(
            "Trained with {title}, a trial of the tuning job {tuning}, on the splits of:",
            title=title,
            tuning=tuning,
        )
    return tr("Trained with {title}, on the splits of:", title=title)


def _eda(backend: Backend, name: str, events: tuple[Event, ...]) -> Link:
    job = existing_job(backend, name)
    what = (
        tr("It split the rows, and wrote the contract that rows are encoded by, from:") if job else tr(GONE)
    )
    digest = ""
    parts: tuple[Part, ...] = ()
    if job:
        manifest = backend.storage.read_json(keys.job_record("processing", name)).get("manifest") or {}
        digest, contract = (
            manifest.get(f"output/{file}", {}).get("sha256", "")
            for file in ("report/report.json", "contract/contract.json")
        )
        parts = (Part("contract", tr("how rows are encoded"), contract),) if contract else ()
    return Link("EDA", name, what, digest, _acts(events, "processing job", name), parts)


def _data(backend: Backend, facts: Mapping[str, str], events: tuple[Event, ...]) -> Link:
    name, digest = facts.get("dataset", ""), facts.get("dataset_sha256", "")
    now = origins.dataset_facts(backend, name)
    if not now:
        what = tr(GONE)
    elif digest and now["sha256"] != digest:
        what = tr(
            "Another file has that name now: {file}, SHA-256 {sha256}.",
            file=now["file"],
            sha256=now["sha256"],
        )
    else:
        what = tr(
            "{file}, {rows}, {size}.",
            file=now["file"],
            rows=count(now["rows"], "row", "rows"),
            size=size(now["bytes"]),
        )
    return Link("data set", name, what, digest, _acts(events, "data set", name))


def _acts(events: tuple[Event, ...], kind: str, name: str) -> tuple[Event, ...]:
    return tuple(event for event in events if (event.kind, event.name) == (kind, name))


def _known(events: tuple[Event, ...], training_job: str) -> Mapping[str, str]:
    """Return what the audit says of the data of a model."""
    found: dict[str, str] = {}
    for event in events:
        if event.is_about(training_job):
            kept = ("eda_job", "dataset", "dataset_sha256", "model_sha256")
            found |= {name: value for name, value in event.facts.items() if name in kept}
    return found
