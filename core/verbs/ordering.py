"""Deploying the model of all rows, which is trained first: the endpoint is ordered, and made once that has ended.

An order stands in storage, so that a reload, another tab or a restart finds it. Nothing runs for it by itself: whoever
looks at the endpoints goes on with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from core import keys, person
from core.backends.base import Backend, Endpoint, Job, JobStatus
from core.errors import AlreadyOrdered, NotFound, SenderoError
from core.names import checked_name, new_token
from core.verbs import all_rows, endpoints
from core.verbs.all_rows import AllRows
from core.verbs.decide import hand_on
from core.verbs.jobs import existing_job
from core.verbs.resources import checked_resources

FEW = 20_000  # training rows below which a model is deployed as one of all rows, unless somebody wants otherwise
TAKEN = "taken"  # in an order that somebody carries out or withdraws at this moment
FRESH = 600  # seconds after its training in which an order is carried out unasked


@dataclass(frozen=True, slots=True)
class Order:
    """An endpoint that is to be made of the model of all rows `job`, which repeats the Training Job `of`."""

    of: str
    job: Job
    name: str
    expires_in: str
    token: str
    resources: dict[str, str]

    @property
    def ready(self) -> bool:
        """Return whether its model is trained."""
        return self.job.status == JobStatus.completed and not self.job.busy

    @property
    def fresh(self) -> bool:
        """Return whether its model is trained since a moment ago: later on somebody may have forgotten the order."""
        ended = self.job.ended
        return self.ready and ended is not None and (datetime.now(UTC) - ended).total_seconds() < FRESH


def usual(backend: Backend, training_job: str) -> AllRows | None:
    """Return what training on all rows means for a model that is to be deployed; None where it is deployed as it is."""
    with suppress(SenderoError):  # its EDA job is damaged or deleted: the model can be deployed all the same
        wanted = all_rows.offer(backend, training_job)
        return wanted if wanted and wanted.train < FEW else None
    return None


def order(
    backend: Backend,
    training_job: str,
    name: str = "",
    expires_in: str = "2h",
    token: str = "",
    resources: Mapping[str, str] | None = None,
) -> Endpoint | Order:
    """Deploy the model of all rows if it is trained; else train it, and write down that it is to be deployed then.

    What would be refused at the end is refused now. Raises what `all_rows.launch` and `endpoints.deploy` raise.
    """
    if name:
        checked_name(name, "endpoint")
    endpoints.lifetime_of(expires_in)
    checked_resources(backend, "endpoint", resources)
    job = all_rows.launch(backend, training_job, token)
    if job.status == JobStatus.completed and not job.busy:
        hand_on(backend, training_job, job.name)
        return endpoints.deploy(backend, job.name, name, expires_in, token, resources)
    written = Order(training_job, job, name, expires_in, token, dict(resources or {}))
    facts = {field: getattr(written, field) for field in ("of", "name", "expires_in", "token", "resources")}
    facts["who"] = person.name()
    if not backend.storage.create(keys.order(job.name), json.dumps(facts, ensure_ascii=False).encode()):
        there = backend.storage.read_json(keys.order(job.name))
        if there.get("token") != token:  # else a second click
            raise AlreadyOrdered(name=training_job, who=there.get("who") or "Somebody")
    return written


def orders(backend: Backend) -> list[Order]:
    """Return the orders that are not carried out; one whose job was deleted is forgotten. Raises StorageFailed."""
    found: list[Order] = []
    for key in backend.storage.files(keys.ORDERS):
        job = existing_job(backend, key.removeprefix(f"{keys.ORDERS}/").removesuffix(".json"))
        if job is None:
            backend.storage.delete(key)
        else:
            facts = backend.storage.read_json(key)
            if TAKEN not in facts:
                facts.pop("who", "")
                found.append(Order(job=job, **facts))
    return found


def carry_out(backend: Backend, order: Order) -> Endpoint | None:
    """Make the endpoint that was ordered; None where another tab did, or the order was withdrawn.

    Raises what `endpoints.deploy` raises; the order is gone then too, and the model is there to be deployed.
    """
    if not withdraw(backend, order):
        return None
    hand_on(backend, order.of, order.job.name)  # somebody may have decided while it was trained
    return endpoints.deploy(
        backend, order.job.name, order.name, order.expires_in, order.token, order.resources
    )


def instead(backend: Backend, order: Order) -> Endpoint | None:
    """Make the endpoint of the model as it was trained first; its training on all rows goes on."""
    if not withdraw(backend, order):
        return None
    return endpoints.deploy(backend, order.of, order.name, order.expires_in, order.token, order.resources)


def withdraw(backend: Backend, order: Order) -> bool:
    """Forget an order; of several who do so at once, on several machines too, one is answered True."""
    key = keys.order(order.job.name)

    def taken(before: bytes | None) -> bytes:
        if before is None or TAKEN in json.loads(before):
            raise NotFound(thing="order", name=order.job.name, listing="endpoints")
        return json.dumps({TAKEN: new_token()}).encode()

    with suppress(NotFound):
        if backend.storage.update(key, taken):
            backend.storage.delete(key)
            return True
    return False
