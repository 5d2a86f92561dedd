"""The verbs over endpoints: deploy a model, and delete an endpoint with a receipt."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from core.backends.base import Backend, Endpoint, EndpointStatus, Estimate, Traffic
from core.backends.records import timestamp
from core.backends.requests import EndpointRequest
from core.errors import BadSetting, EndpointGone, SenderoError
from core.language import tr
from core.names import checked_name, new_name
from core.provenance import check_model
from core.values import parse_duration
from core.verbs import audit, costs, launching
from core.verbs.jobs import stem
from core.verbs.receipt import Receipt
from core.verbs.resources import checked_resources
from core.verbs.training import model_of

LONGEST_LIFE = 365 * 86400  # seconds of an endpoint


def list_endpoints(backend: Backend) -> list[Endpoint]:
    """Return the endpoints of this workspace, newest first, those that ended by themselves among them."""
    return backend.endpoints()


def find_endpoint(backend: Backend, name: str) -> Endpoint | None:
    """Return an endpoint as it is now, or None where it is deleted."""
    return next((endpoint for endpoint in backend.endpoints() if endpoint.name == name), None)


def estimate_deployment(backend: Backend, resources: Mapping[str, str] | None = None) -> Estimate:
    """Return what an endpoint with these resources will cost."""
    return backend.estimate("endpoint", dict(resources or {}), 0)


def endpoint_name(training_job: str, token: str = "") -> str:
    """Return the name that an endpoint gets where none is given: the data set's and a token."""
    return new_name(stem(training_job), token)


def deploy(
    backend: Backend,
    training_job: str,
    name: str = "",
    expires_in: str = "2h",
    token: str = "",
    resources: Mapping[str, str] | None = None,
    version: str = "",
) -> Endpoint:
    """Create an endpoint for a Training Job's model; it ends itself after `expires_in` ("90m", "2h").

    Without `name` one is made, with `token` in it; an equal endpoint that was made a moment ago is then
    answered instead of a second one, so look at the answer's name. `version` is the one that it is deployed by.
    Raises JobNotReady, StorageDamaged, BadName, NameTaken, BadSetting.
    """
    check_model(backend.storage, model_of(backend, training_job).name)
    chosen = checked_name(name, "endpoint") if name else endpoint_name(training_job, token)
    checked = checked_resources(backend, "endpoint", resources)
    lifetime = lifetime_of(expires_in)
    request = EndpointRequest(chosen, training_job, lifetime, name_generated=not name, resources=checked)
    return launching.deploy(backend, request, version)


def prolong(backend: Backend, endpoint: str, by: str = "2h") -> Endpoint:
    """Let an endpoint live longer by a duration ("90m", "2h"), a year from now at most; return it as it then is.

    Raises NotFound, EndpointGone where it is not in service, BadSetting.
    """
    longer = lifetime_of(by)
    now = backend.endpoint(endpoint)
    if now.status != EndpointStatus.in_service or now.expires is None:
        raise EndpointGone(name=endpoint, reason=tr("Its status is {status}.", status=now.status))
    latest = datetime.now(UTC) + timedelta(seconds=LONGEST_LIFE)
    until = min(now.expires + timedelta(seconds=longer), latest)
    prolonged = backend.set_expiry(endpoint, until)
    audit.record(backend, "prolonged", "endpoint", endpoint, until=timestamp(until))
    return prolonged


def delete(backend: Backend, endpoint: str) -> Receipt:
    """Delete endpoint, endpoint config and model, checked. Raises NotFound."""
    before = backend.endpoint(endpoint)
    asked = _asked(backend, before)
    deleted = backend.delete_endpoint(endpoint)
    audit.record(backend, "deleted", "endpoint", endpoint, training_job=before.training_job)
    now = datetime.now(UTC)
    ran = (
        (before.expires if before.expires and before.expires < now else now) - before.created
    ).total_seconds()
    cost = costs.spent(before, ran, asked.worked if asked else 0.0) or None
    price = costs.per_thousand_requests(before, asked) if asked else None
    return Receipt(endpoint, tuple(deleted), now, ran, cost, price)


def _asked(backend: Backend, endpoint: Endpoint) -> Traffic | None:
    """Return what an endpoint that is billed was asked, as far as anybody can tell."""
    if backend.capabilities.costs_money and endpoint.status == EndpointStatus.in_service:
        with suppress(SenderoError):  # the receipt then says less
            return backend.traffic(endpoint.name)
    return None


def lifetime_of(text: str) -> float:
    """Return the seconds that an endpoint lives, from ten seconds to a year: "90m" -> 5400.0. Raises BadSetting."""
    source = tr("--expires-in, SENDERO_EXPIRES_IN, or the field Expires after")
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise BadSetting(name="expires-in", reason=f"{error}.", source=source) from error
    if not 10 <= seconds <= LONGEST_LIFE:
        reason = tr("'{text}' is not between 10s and 365d.", text=text)
        raise BadSetting(name="expires-in", reason=reason, source=source)
    return seconds
