"""Models and endpoint configs: what is kept of them, and what SageMaker refuses."""

from __future__ import annotations

from botocore.exceptions import ClientError

from .account import REGION, Account
from .answers import invalid
from .jobs import request_fields
from .tables import Facts, Table
from .transfer import split_uri


class Models:
    """CreateModel and its like."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.table = Table(
            account,
            "Model",
            "model",
            lambda name, arn: invalid(f'Could not find model "{arn}".'),
            lambda name, arn: invalid(f'Cannot create already existing model "{arn}".'),
        )

    def create_model(self, asked: Facts) -> Facts:
        self.table.check_free(asked["ModelName"])
        self.account.check_role(asked["ExecutionRoleArn"])
        uri = model_data(asked)
        bucket, key = split_uri(uri)
        try:
            self.account.client("s3", asked["ExecutionRoleArn"]).head_object(Bucket=bucket, Key=key)
        except ClientError:
            raise invalid(
                f'Could not access model data at {uri}. Please ensure that the role "{asked["ExecutionRoleArn"]}" '
                'exists and that its trust relationship policy allows the action "sts:AssumeRole" for the service '
                'principal "sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and '
                f"that the object is located in {REGION}."
            ) from None
        self.table.add(asked["ModelName"], request_fields("CreateModel", asked), asked.get("Tags", []))
        return {"ModelArn": self.table.arn(asked["ModelName"])}

    def describe_model(self, asked: Facts) -> Facts:
        return self.table.describe(asked["ModelName"])

    def list_models(self, asked: Facts) -> Facts:
        return self.table.list("ListModels", asked)

    def delete_model(self, asked: Facts) -> Facts:
        self.table.get(asked["ModelName"])
        self.table.remove(asked["ModelName"])
        return {}


class EndpointConfigs:
    """CreateEndpointConfig and its like."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self.table = Table(
            models.account,
            "EndpointConfig",
            "endpoint-config",
            lambda name, arn: invalid(f'Could not find endpoint configuration "{arn}".'),
            lambda name, arn: invalid(f'Cannot create already existing endpoint configuration "{arn}".'),
        )

    def create_endpoint_config(self, asked: Facts) -> Facts:
        self.table.check_free(asked["EndpointConfigName"])
        for variant in asked["ProductionVariants"]:
            self.models.table.get(variant["ModelName"])
            serverless = variant.get("ServerlessConfig")
            if bool(serverless) == bool(variant.get("InstanceType")):
                raise invalid(
                    "One of InstanceType or ServerlessConfig must be specified for a production variant."
                )
            if serverless and serverless["MemorySizeInMB"] % 1024:
                raise invalid(
                    "Value for MemorySizeInMB must be one of 1024, 2048, 3072, 4096, 5120, 6144: "
                    f"{serverless['MemorySizeInMB']}"
                )
        name = asked["EndpointConfigName"]
        self.table.add(name, request_fields("CreateEndpointConfig", asked), asked.get("Tags", []))
        return {"EndpointConfigArn": self.table.arn(name)}

    def describe_endpoint_config(self, asked: Facts) -> Facts:
        return self.table.describe(asked["EndpointConfigName"])

    def list_endpoint_configs(self, asked: Facts) -> Facts:
        return self.table.list("ListEndpointConfigs", asked)

    def delete_endpoint_config(self, asked: Facts) -> Facts:
        self.table.get(asked["EndpointConfigName"])
        self.table.remove(asked["EndpointConfigName"])
        return {}


def container_of(model: Facts) -> Facts:
    return model.get("PrimaryContainer") or model["Containers"][0]


def model_data(model: Facts) -> str:
    """The archive that a model is served from."""
    container = container_of(model)
    return container.get("ModelDataUrl") or container["ModelDataSource"]["S3DataSource"]["S3Uri"]
