"""CreateTransformJob: predictions for a file that is too large to send to an endpoint, without any endpoint."""

from __future__ import annotations

from core import keys
from core.backends.aws.resources import instances, request_fields
from core.backends.aws.resources.models import create_model
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import Parameters
from core.backends.requests import TransformRequest


def create_request(storage: S3Storage, request: TransformRequest) -> Parameters:
    """Return the parameters of the job for `request`; its model is created first, under the job's name."""
    settings = storage.session.settings
    resource_config = instances.chosen(storage.session, "transform", request.resources)
    create_model(storage, request.name, request.training_job)
    key = {"KmsKeyId": storage.session.key} if storage.session.key else {}
    source = {"S3DataType": "S3Prefix", "S3Uri": storage.uri(request.rows)}
    return {
        "TransformJobName": request.name,
        "ModelName": request.name,
        "BatchStrategy": "MultiRecord",
        "MaxPayloadInMB": 6,
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": storage.uri(keys.transform_output(request.name)),
            "Accept": "text/csv",
            "AssembleWith": "Line",
            **key,
        },
        "TransformResources": {
            "InstanceType": resource_config["instance_type"],
            "InstanceCount": 1,
            **request_fields.volume_key(storage.session, resource_config["instance_type"]),
        },
        "Tags": request_fields.tags(settings, job=request.name),
    }
