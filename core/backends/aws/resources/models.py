"""The model as SageMaker knows it: the image and model.tar.gz in S3, without a copy."""

from __future__ import annotations

import contextlib

from core import keys
from core.backends.aws.resources import images, request_fields
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session import ownership
from core.backends.aws.session.connection import Answer, Parameters
from core.errors import SenderoError

# A serverless container has a fraction of a core and a read-only root: one worker, and no proxy before it.
SERVERLESS_ENVIRONMENT = {"SAGEMAKER_MODEL_SERVER_WORKERS": "1", "SAGEMAKER_USE_NGINX": "false"}


def forget_model(storage: S3Storage, name: str) -> None:
    """Delete a transform job's model, if it is ours. It costs nothing, so a refusal is ignored."""
    with contextlib.suppress(SenderoError):
        if ownership.ours(storage.session, ownership.MODEL, name):
            ownership.delete(storage.session, ownership.MODEL, name)


def create_model(
    storage: S3Storage, name: str, training_job: str, *, endpoint: str = "", serverless: bool = False
) -> None:
    """Create the model `name` of a Training Job, for an endpoint of that or another name. Raises NameTaken.

    One that this request made before is fine.

    Serverless endpoints take neither network isolation nor a VPC, so their models have none.
    https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
    """
    session = storage.session
    settings = session.settings
    network = {"EnableNetworkIsolation": settings.network_isolation, **request_fields.vpc(settings)}
    container = {
        "Image": images.xgboost_image(session.region),
        "ModelDataUrl": storage.uri(keys.model(training_job)),
        **({"Environment": SERVERLESS_ENVIRONMENT} if serverless else {}),
    }
    request: Parameters = {
        "ExecutionRoleArn": request_fields.role_arn(session),
        "PrimaryContainer": container,
        "Tags": request_fields.tags(settings, endpoint=endpoint or name),
        **({} if serverless else network),
    }

    def same(model: Answer) -> bool:
        existing = model.get("PrimaryContainer", {})
        return all(existing.get(key) == value for key, value in container.items())

    ownership.create(session, ownership.MODEL, name, request, same)
