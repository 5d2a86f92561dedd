"""Plain boto3 requests of the size that tests need: a script, a training job, an endpoint."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .rig import AwsRig

DATA = Path(__file__).resolve().parents[1] / "golden" / "datasets"
IMAGE = f"683313688378.dkr.ecr.{AwsRig.region}.amazonaws.com/sagemaker-xgboost:3.2-0"
PATIENCE = 180  # seconds; only ever used up by a failure
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
PARAMETERS = {"num_round": "3", "objective": "binary:logistic", "eval_metric": "auc,logloss"}


def until(condition: Callable[[], Any], what: str = "it") -> Any:
    """Wait until `condition` holds; answers what it answered."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.05)
    return answer


def put(rig: AwsRig, key: str, content: bytes | str) -> str:
    """An object in the rig's bucket; answers its URI."""
    body = content.encode() if isinstance(content, str) else content
    rig.client("s3").put_object(Bucket=rig.bucket, Key=key, Body=body)
    return f"s3://{rig.bucket}/{key}"


def get(rig: AwsRig, key: str) -> bytes:
    return rig.client("s3").get_object(Bucket=rig.bucket, Key=key)["Body"].read()


def process(rig: AwsRig, name: str, script: str, **changes: Any) -> None:
    """Start a Processing Job that runs `script` with the folders /opt/ml/processing/{input,output} as arguments."""
    code = put(rig, f"jobs/{name}/code/script.py", script)
    data = put(rig, f"jobs/{name}/input/data.csv", "a,b\n1,2\n").rpartition("/")[0]

    def carried(name: str, uri: str, path: str) -> dict[str, Any]:
        where = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
        return {"InputName": name, "S3Input": where}

    output = {"S3Uri": f"s3://{rig.bucket}/jobs/{name}/output", "LocalPath": "/opt/ml/processing/output"}
    rig.client("sagemaker").create_processing_job(
        **{
            "ProcessingJobName": name,
            "RoleArn": rig.role,
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/script.py"],
                "ContainerArguments": ["/opt/ml/processing/input", "/opt/ml/processing/output"],
            },
            "ProcessingResources": {"ClusterConfig": CLUSTER},
            "ProcessingInputs": [
                carried("input", data, "/opt/ml/processing/input"),
                carried("code", code, "/opt/ml/processing/code"),
            ],
            "ProcessingOutputConfig": {
                "Outputs": [{"OutputName": "output", "S3Output": output | {"S3UploadMode": "EndOfJob"}}]
            },
        }
        | changes
    )


def processed(rig: AwsRig, name: str) -> dict[str, Any]:
    """The Processing Job once it has ended."""
    return _ended(
        lambda: rig.client("sagemaker").describe_processing_job(ProcessingJobName=name), "ProcessingJob"
    )


def training(
    rig: AwsRig, name: str | None = None, data: str = "breast_cancer", **parameters: str
) -> dict[str, Any]:
    """The request for a Training Job on one of the golden data sets."""
    channels = []
    for channel in ("train", "validation"):
        uri = put(rig, f"data/{data}/{channel}/{channel}.csv", (DATA / data / f"{channel}.csv").read_bytes())
        where = {
            "S3DataType": "S3Prefix",
            "S3Uri": uri.rpartition("/")[0],
            "S3DataDistributionType": "FullyReplicated",
        }
        channels.append(
            {"ChannelName": channel, "DataSource": {"S3DataSource": where}, "ContentType": "text/csv"}
        )
    asked = {
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": rig.role,
        "InputDataConfig": channels,
        "OutputDataConfig": {"S3OutputPath": f"s3://{rig.bucket}/models"},
        "ResourceConfig": CLUSTER,
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
    if name:
        asked |= {"TrainingJobName": name, "HyperParameters": PARAMETERS | parameters}
    return asked


def train(rig: AwsRig, name: str, data: str = "breast_cancer", **parameters: str) -> dict[str, Any]:
    """Train, wait, and answer what DescribeTrainingJob says."""
    rig.client("sagemaker").create_training_job(**training(rig, name, data, **parameters))
    return trained(rig, name)


def trained(rig: AwsRig, name: str) -> dict[str, Any]:
    return _ended(lambda: rig.client("sagemaker").describe_training_job(TrainingJobName=name), "TrainingJob")


def _ended(describe: Callable[[], dict[str, Any]], noun: str) -> dict[str, Any]:
    def ended() -> dict[str, Any] | None:
        found = describe()
        return found if found[f"{noun}Status"] in ("Completed", "Failed", "Stopped") else None

    return until(ended, f"the end of a {noun}")


def model(rig: AwsRig, name: str, uri: str, **changes: Any) -> None:
    rig.client("sagemaker").create_model(
        ModelName=name,
        ExecutionRoleArn=rig.role,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": uri},
        **changes,
    )


def deploy(rig: AwsRig, name: str, uri: str, serverless: bool = False, **changes: Any) -> None:
    """Model, endpoint config and endpoint of one name."""
    model(rig, name, uri, **changes)
    variant: dict[str, Any] = {"VariantName": "AllTraffic", "ModelName": name}
    if serverless:
        variant["ServerlessConfig"] = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    else:
        variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    sagemaker = rig.client("sagemaker")
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)


def endpoint(rig: AwsRig, name: str, *statuses: str) -> dict[str, Any]:
    """The endpoint once it has one of the statuses (InService or Failed, unless named)."""

    def there() -> dict[str, Any] | None:
        found = rig.client("sagemaker").describe_endpoint(EndpointName=name)
        return found if found["EndpointStatus"] in (statuses or ("InService", "Failed")) else None

    return until(there, f"the endpoint {name}")


def invoke(rig: AwsRig, name: str, body: bytes, content_type: str = "text/csv") -> bytes:
    answer = rig.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=body, ContentType=content_type
    )
    return answer["Body"].read()


def log_lines(rig: AwsRig, group: str, name: str) -> list[str]:
    """All lines of the streams of a job or endpoint; none while the group does not exist."""
    logs = rig.client("logs")
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name)["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    lines = []
    for stream in streams:
        found = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
        )
        lines += [event["message"] for event in found["events"]]
    return lines
