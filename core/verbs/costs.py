"""What runs now and what it costs: the verbs `cost` and `sweep`, and the meter beside an endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from core.backends.base import Backend, Endpoint, Estimate, Job, Traffic
from core.backends.inventory import HOURS_A_MONTH, BillableResource, Inventory
from core.errors import NotFound
from core.language import tr
from core.numbers import fixed, number
from core.verbs import audit
from core.verbs.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Meter:
    """What something costs in USD at its present size; None where no price is known."""

    per_hour: float | None
    so_far: float | None  # since it was created
    per_month: float | None  # if it were forgotten for 730 hours

    def as_dict(self) -> dict[str, float | None]:
        return {
            name: None if (usd := getattr(self, name)) is None else round(usd, 6) for name in self.__slots__
        }


def meter(per_hour: float | None, created: datetime | None, now: datetime | None = None) -> Meter:
    """Return the meter of something that was created then and costs `per_hour` USD."""
    if per_hour is None:
        return Meter(None, None, None)
    age = ((now or datetime.now(UTC)) - created).total_seconds() / 3600 if created else 0.0
    return Meter(per_hour, per_hour * max(0.0, age), per_hour * HOURS_A_MONTH)


def total(meters: list[Meter]) -> Meter:
    """Return their sum; a price that is not known makes the sum unknown, not smaller."""
    sums = []
    for name in Meter.__slots__:
        values = [getattr(each, name) for each in meters]
        sums.append(None if None in values else float(sum(values)))
    return Meter(*sums)


def words(each: Meter) -> str:
    """Return a meter in words: 0.115 USD an hour, 0.23 so far, 83.95 a month."""
    if each.per_hour is None:
        return tr("price not known")
    if each.per_hour == 0:
        return tr("nothing while idle")
    so_far, month = fixed(each.so_far or 0, 2), fixed(each.per_month or 0, 2)
    return tr(
        "{per_hour} USD an hour, {so_far} so far, {month} a month",
        per_hour=number(each.per_hour),
        so_far=so_far,
        month=month,
    )


def per_thousand(endpoint: Endpoint, predictions: int, took: float, worked: float) -> float | None:
    """Return what a thousand predictions cost in USD, of those made in `took` seconds; None where none were, where
    nothing is billed, or where no price is known.

    An instance is billed by the clock, a serverless endpoint by the seconds that its requests `worked`, all together.
    """
    usd = spent(endpoint, took, worked)
    return 1000 * usd / predictions if usd and predictions else None


def spent(endpoint: Endpoint, took: float, worked: float) -> float | None:
    """Return what an endpoint costs in `took` seconds, in USD; None where no price is known."""
    if endpoint.per_hour is None or endpoint.per_second is None:
        return None
    return endpoint.per_hour * took / 3600 + endpoint.per_second * worked


def per_thousand_requests(endpoint: Endpoint, traffic: Traffic) -> float | None:
    """Return what a thousand requests have cost in USD, the hours without any included; None as of `per_thousand`."""
    took = (datetime.now(UTC) - traffic.since).total_seconds()
    return per_thousand(endpoint, traffic.requests, took, traffic.worked)


def in_words(usd: float) -> str:
    """Return an amount, however small, as one reads it: 3.20 USD, 0.00042 USD."""
    return f"{fixed(usd, 2)} USD" if usd >= 0.1 else f"{number(usd, 2)} USD"


@dataclass(frozen=True, slots=True)
class Running:
    """What runs now in this workspace, each with its meter, and what the next job or endpoint would cost."""

    endpoints: tuple[tuple[Endpoint, Meter], ...]
    jobs: tuple[tuple[Job, Meter], ...]
    total: Meter
    job: Estimate
    endpoint: Estimate


def running(backend: Backend) -> Running:
    """Return the endpoints and jobs of this workspace that are active now, with what they cost."""
    now = datetime.now(UTC)
    endpoints = tuple(
        (item, meter(item.per_hour, item.created, now)) for item in backend.endpoints() if item.status.active
    )
    jobs = tuple(
        (job, meter(_rate(backend, job), job.created, now)) for job in backend.jobs() if job.status.active
    )
    meters = [each for _, each in (*endpoints, *jobs)]
    return Running(
        endpoints,
        jobs,
        total(meters),
        job=backend.estimate("processing", {}, 0),
        endpoint=backend.estimate("endpoint", {}, 0),
    )


def _rate(backend: Backend, job: Job) -> float | None:
    return backend.estimate(job.kind.value, job.resources, 0, job.request.get("max_jobs", 1)).per_hour


def sweep(backend: Backend) -> Inventory:
    """Return all that costs or is left over in the whole account or machine, oldest first, whoever made it."""
    return backend.sweep()


def swept(inventory: Inventory, name: str) -> BillableResource:
    """Return what has that name in an inventory; an endpoint before anything else. Raises NotFound."""
    named = [item for item in inventory.resources if item.name == name]
    if not named:
        raise NotFound(thing="endpoint", name=name, listing="sweep")
    return min(named, key=lambda item: item.kind != "endpoint")


def delete_resource(backend: Backend, name: str) -> Receipt:
    """Delete an endpoint or a schedule, ours or not, checked. Raises NotFound, CannotSweep."""
    item = swept(backend.sweep(), name)
    done, now = backend.delete_resource(item), datetime.now(UTC)
    audit.record(backend, "deleted", item.kind, item.name, owner=item.owner)
    ran = (now - item.created).total_seconds() if item.created else 0.0
    return Receipt(item.name, done.deleted, now, ran, kept=done.kept)
