"""Models and endpoint configs: what is kept of them, and what SageMaker refuses."""

from __future__ import annotations

from botocore import xform_name
from botocore.exceptions import ClientError

from .account import REGION, Account
from .answers import invalid
from .tables import Facts, Kind
from .transfer import split_uri


class Kept(Kind):
    """A kind of resource that only is kept: Models, and EndpointConfigs."""

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self.operations[f"delete_{xform_name(self.noun)}"] = self.delete

    def add(self, asked: Facts) -> Facts:
        """Keep a new one; answers what Create answers."""
        self.table.add(self.name_in(asked), self.facts_in(asked), asked.get("Tags", []))
        return {f"{self.noun}Arn": self.table.arn(self.name_in(asked))}

    def delete(self, asked: Facts) -> Facts:
        self.table.get(self.name_in(asked))
        self.table.remove(self.name_in(asked))
        return {}


class Models(Kept):
    """CreateModel and the operations of its kind."""

    noun, kind = "Model", "model"

    def create(self, asked: Facts) -> Facts:
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
        return self.add(asked)


class EndpointConfigs(Kept):
    """CreateEndpointConfig and the operations of its kind."""

    noun, kind = "EndpointConfig", "endpoint-config"
    words = "endpoint configuration"

    def __init__(self, models: Models) -> None:
        super().__init__(models.account)
        self.models = models

    def create(self, asked: Facts) -> Facts:
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
        return self.add(asked)


def container_of(model: Facts) -> Facts:
    return model.get("PrimaryContainer") or model["Containers"][0]


def model_data(model: Facts) -> str:
    """The archive that a model is served from."""
    container = container_of(model)
    return container.get("ModelDataUrl") or container["ModelDataSource"]["S3DataSource"]["S3Uri"]
