"""Deletion of a resource that is billed, whoever made it.

An endpoint config or a model of somebody else is deleted with it only where nothing else uses it: what costs is the
endpoint.
"""

from __future__ import annotations

import time

from core.backends.aws.resources import mail
from core.backends.aws.session import ownership
from core.backends.aws.session.connection import Session
from core.backends.aws.session.paging import pages
from core.backends.aws.session.refusals import DeletionIncomplete
from core.backends.inventory import BillableResource, Deletion
from core.errors import CannotSweep, NotFound, StillInUse
from core.language import tr

LISTING = "sweep"
DELETING = 600.0  # seconds that a deletion may take
POLL_SECONDS = 5.0
MOST_CONFIGS = 200  # endpoint configs that are read to know whether a model is used elsewhere


def delete(session: Session, item: BillableResource, patience: float = DELETING) -> Deletion:
    """Delete an endpoint with what only it uses, a schedule, or a rule that mails.

    Raises NotFound, CannotSweep, StillInUse, DeletionIncomplete.
    """
    if item.kind == "schedule":
        session.call("scheduler", "delete_schedule", Name=item.name)
        return Deletion((tr("schedule {schedule}", schedule=item.name),))
    if item.kind == "rule":
        return Deletion((mail.remove(session, item.name),))
    if item.kind == "execution":
        pipeline, _, execution = item.name.partition("/")
        advice = tr(
            "Stop it: pipeline stop {pipeline} --run {execution}, or in the console of SageMaker.",
            pipeline=pipeline,
            execution=execution,
        )
        raise StillInUse(
            name=item.name, reason=tr("It executes a pipeline, and ends by itself."), advice=advice
        )
    if item.kind != "endpoint":
        raise CannotSweep(name=item.name, kind=item.kind)
    endpoint = session.find("sagemaker", "describe_endpoint", EndpointName=item.name)
    if endpoint is None:
        raise NotFound(thing="endpoint", name=item.name, listing=LISTING)
    config_name = endpoint["EndpointConfigName"]
    config = session.find("sagemaker", "describe_endpoint_config", EndpointConfigName=config_name)
    models = {variant.get("ModelName") for variant in (config or {}).get("ProductionVariants", ())} - {None}
    used_configs, used_models = _used_elsewhere(session, item.name, config_name)
    _delete_endpoint(session, item.name, patience)
    deleted, kept = [tr("endpoint {endpoint}", endpoint=item.name)], []
    if config is not None and config_name in used_configs:
        kept.append(tr("endpoint config {config}: another endpoint uses it", config=config_name))
        kept += [tr("model {model}: that endpoint config names it", model=model) for model in sorted(models)]
        return Deletion(tuple(deleted), tuple(kept))
    if config is not None:
        _delete(session, ownership.CONFIG, config_name)
        deleted.append(tr("endpoint config {config}", config=config_name))
    for model in sorted(models):
        if used_models is None:
            kept.append(
                tr("model {model}: too many endpoint configs to know that none names it", model=model)
            )
        elif model in used_models:
            kept.append(
                tr(
                    "model {model}: endpoint config {config} names it",
                    model=model,
                    config=used_models[model],
                )
            )
        elif session.find("sagemaker", "describe_model", ModelName=model) is not None:
            _delete(session, ownership.MODEL, model)
            deleted.append(tr("model {model}", model=model))
    return Deletion(tuple(deleted), tuple(kept))


def _used_elsewhere(session: Session, endpoint: str, config: str) -> tuple[set[str], dict[str, str] | None]:
    """Return the endpoint configs of other endpoints, and {model: config} of all other configs (None: too many)."""
    configs: set[str] = set()
    for row in pages(session, "sagemaker", "list_endpoints", "Endpoints"):
        if row["EndpointName"] != endpoint:
            other = session.find("sagemaker", "describe_endpoint", EndpointName=row["EndpointName"])
            configs |= {other["EndpointConfigName"]} if other else set()
    names = [
        row["EndpointConfigName"]
        for row in pages(session, "sagemaker", "list_endpoint_configs", "EndpointConfigs")
        if row["EndpointConfigName"] != config
    ]
    if len(names) > MOST_CONFIGS:
        return configs, None
    models: dict[str, str] = {}
    for name in names:
        other = session.find("sagemaker", "describe_endpoint_config", EndpointConfigName=name) or {}
        for variant in other.get("ProductionVariants", ()):
            models.setdefault(variant.get("ModelName", ""), name)
    return configs, models


def _delete_endpoint(session: Session, name: str, patience: float) -> None:
    """Request a deletion and wait for its end; an endpoint can be deleted only once it has been created."""
    deadline = time.monotonic() + patience
    while (endpoint := session.find("sagemaker", "describe_endpoint", EndpointName=name)) is not None:
        if endpoint["EndpointStatus"] not in ("Deleting", "Creating", "Updating"):
            session.call("sagemaker", "delete_endpoint", EndpointName=name)
        if time.monotonic() > deadline:
            raise DeletionIncomplete(
                name=name,
                reason=tr("Its status is {status}.", status=endpoint["EndpointStatus"]),
            )
        time.sleep(POLL_SECONDS if patience else 0)


def _delete(session: Session, kind: ownership.ResourceKind, name: str) -> None:
    ownership.delete(session, kind, name)
    if ownership.description(session, kind, name) is not None:
        raise DeletionIncomplete(
            name=name, reason=tr("The {part} was to be deleted, and is not.", part=tr(kind.noun))
        )
