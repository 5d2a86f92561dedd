"""The commands over endpoints: deploy, delete, list."""

from __future__ import annotations

from argparse import Namespace

from core.backends.base import Backend
from core.cli.answer import Answer, backend_of, resources_of, say, say_cost, settings_of
from core.cli.training import run_all_rows
from core.language import joined, mark, tr
from core.numbers import count, fixed
from core.verbs import endpoints as endpoint_verbs
from core.verbs import registry
from core.verbs.costs import in_words
from core.verbs.waiting import wait_in_service

WHEN = "%Y-%m-%d %H:%M"
AT_ADDRESS = mark("{endpoint} is ready at {place}, until {expires}; ended by {ends_by}")
ON_INSTANCE = mark("{endpoint} is ready on {place}, until {expires}; ended by {ends_by}")


def deploy(args: Namespace) -> Answer:
    """Create an endpoint, wait until it is InService."""
    from core.verbs import ordering  # late: it brings DuckDB and what judges a model

    backend, training_job = backend_of(args), args.training
    if args.all_rows == "yes":
        training_job = run_all_rows(backend, training_job)["job"]
    elif args.all_rows is None and not args.version and (wanted := ordering.usual(backend, training_job)):
        together = count(wanted.train + wanted.validation, "row", "rows")
        say(
            tr(
                "It is deployed as it was trained, on {rows}. The page would train it on train and "
                "validation together first, {together}: --all-rows yes does so.",
                rows=count(wanted.train, "row", "rows"),
                together=together,
            )
        )
    data = run_deploy(
        backend, training_job, args.name, settings_of(args).expires_in, resources_of(args), args.version
    )
    text = tr(
        AT_ADDRESS if data["url"] else ON_INSTANCE,
        endpoint=data["endpoint"],
        place=data["url"] or data["instance"],
        expires=data["expires"],
        ends_by=data["ends_by"],
    )
    return Answer(data, text)


def run_deploy(
    backend: Backend,
    training_job: str,
    name: str,
    expires_in: str,
    resources: dict[str, str] | None = None,
    version: str = "",
) -> dict[str, object]:
    """Create the endpoint, of a version where one is named, wait until it answers, and answer the verb's data."""
    say_cost(backend, lambda: endpoint_verbs.estimate_deployment(backend, resources))
    act, what = (registry.deploy, version) if version else (endpoint_verbs.deploy, training_job)
    endpoint = act(backend, what, name, expires_in, resources=resources)
    say(tr("Endpoint {name}", name=endpoint.name))
    data = wait_in_service(backend, endpoint.name).as_dict()
    return {
        "endpoint": data["name"],
        "status": data["status"],
        "url": data["url"],
        "expires": data["expires"],
        "instance": data["instance"],
        "ends_by": data["ends_by"],
        "training": endpoint.training_job,
    }


def prolong(args: Namespace) -> Answer:
    """Let an endpoint live longer."""
    backend = backend_of(args)
    endpoint = endpoint_verbs.prolong(backend, args.endpoint, args.by)
    text = tr("{name} ends at {time} UTC.", name=endpoint.name, time=f"{endpoint.expires:{WHEN}}")
    if endpoint.per_hour:
        price = tr("It goes on costing {price} USD an hour.", price=fixed(endpoint.per_hour, 3))
        text = joined([text, price])
    return Answer(endpoint.as_dict(), text)


def delete(args: Namespace) -> Answer:
    """Delete endpoint, endpoint config and model, checked."""
    receipt = endpoint_verbs.delete(backend_of(args), args.endpoint)
    deleted = ", ".join(receipt.deleted)
    cost = in_words(receipt.cost) if receipt.cost is not None else ""
    if cost and receipt.per_thousand:
        text = tr(
            "Deleted: {names}; it cost about {cost} in all, {price} for 1,000 requests",
            names=deleted,
            cost=cost,
            price=in_words(receipt.per_thousand),
        )
    elif cost:
        text = tr("Deleted: {names}; it cost about {cost} in all", names=deleted, cost=cost)
    else:
        text = tr("Deleted: {names}", names=deleted)
    return Answer({"endpoint": receipt.name, **receipt.as_dict()}, text)


def endpoints(args: Namespace) -> Answer:
    """List all endpoints, with age and expiry."""
    listed = endpoint_verbs.list_endpoints(backend_of(args))
    lines = [
        f"{item.name:<40} {item.status:<10} {item.url or '':<24} "
        + (
            tr("since {time} until {end} UTC", time=f"{item.created:{WHEN}}", end=f"{item.expires:{WHEN}}")
            if item.expires
            else tr("since {time}", time=f"{item.created:{WHEN}}")
        )
        for item in listed
    ]
    return Answer({"endpoints": [item.as_dict() for item in listed]}, "\n".join(lines) or tr("No endpoints."))
