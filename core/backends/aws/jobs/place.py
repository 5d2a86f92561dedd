"""What the definition of a pipeline has to know of an account: as a request for a single job says it."""

from __future__ import annotations

from core.backends.aws.jobs import training
from core.backends.aws.resources import code, images, instances, registry, request_fields
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import Parameters
from core.backends.pipelines import Place
from core.values import parse_duration


def place_of(storage: S3Storage) -> Place:
    """Return it; our code is put into S3 first. Raises NoRole, NoWheels, and what AWS refuses.

    A spot job has no checkpoints here: they would need an address for each execution, and a step whose request
    differs is done again although its inputs are the same.
    """
    session = storage.session
    settings = session.settings
    processing = instances.chosen(session, "processing", {})
    chosen = instances.chosen(session, "training", {})
    return Place(
        root=storage.root,
        role=request_fields.role_arn(session),
        image=images.xgboost_image(session.region),
        code=code.put(storage),
        processing_instance=processing["instance_type"],
        training_instance=chosen["instance_type"],
        group_ending=f"-{registry.suffix(settings)}",
        processing={
            "ProcessingResources": {
                "ClusterConfig": request_fields.volume_key(session, processing["instance_type"])
            },
            **_encrypted("ProcessingOutputConfig", session.key),
            "StoppingCondition": {"MaxRuntimeInSeconds": int(parse_duration(processing["max_runtime"]))},
            "NetworkConfig": {
                "EnableNetworkIsolation": settings.network_isolation,
                **request_fields.vpc(settings),
            },
            "Tags": request_fields.tags(settings),
        },
        training={
            "ResourceConfig": request_fields.volume_key(session, chosen["instance_type"]),
            **_encrypted("OutputDataConfig", session.key),
            **training.ending(chosen),
            "EnableNetworkIsolation": settings.network_isolation,
            **request_fields.vpc(settings),
            "Tags": request_fields.tags(settings),
        },
    )


def _encrypted(field: str, key: str) -> Parameters:
    return {field: {"KmsKeyId": key}} if key else {}
