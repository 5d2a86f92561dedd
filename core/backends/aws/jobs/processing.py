"""CreateProcessingJob: our own code in the XGBoost image, inputs and outputs by S3."""

from __future__ import annotations

import json
from dataclasses import dataclass

from core import keys
from core.backends.aws.resources import code, images, instances, request_fields
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import Parameters
from core.backends.requests import Cluster, ProcessingRequest
from core.values import parse_duration

ML = "/opt/ml/processing"


@dataclass(frozen=True, slots=True)
class Tuned:
    """What the best trial of a tuning job is compared with: the trial with the given values."""

    tuning_job: str
    start: str  # a Training Job
    metric: str
    tried: int  # trials that the best is the best of


def create_request(storage: S3Storage, request: ProcessingRequest) -> Parameters:
    """Return the parameters that start the script of `request`; its config and our code are put into S3 first."""
    config = keys.eda_config(request.name)
    storage.write_bytes(config, json.dumps(request.config, indent=1, ensure_ascii=False).encode())
    inputs = dict(request.inputs)
    size = sum(item["Size"] for key in inputs.values() for item in storage.listed(f"{key}/"))
    program = [
        *("--manifest", f"scripts/{request.script}", "--input-data", f"{ML}/input"),
        *("--output-data", f"{ML}/output", "--config", f"{ML}/config/config.json"),
        *(request.cluster.arguments if request.cluster else ()),
    ]
    outputs = {
        "output": keys.eda_output(request.name),
        "manifest": keys.eda_manifest_folder(request.name),
    }
    return _create(
        storage, request.name, inputs | {"config": keys.eda_input(request.name)}, outputs, program,
        instances.chosen(storage.session, "processing", request.resources), size, request.cluster,
    )  # fmt: skip


def evaluation_request(
    storage: S3Storage,
    name: str,
    training_job: str,
    splits: dict[str, str],
    instance_type: str,
    tuned: Tuned | None = None,
) -> Parameters:
    """Return the parameters of the job that judges a trained model on `splits`: `core.evaluation` in the image.

    With `tuned` it measures too what a tuning job has gained. It writes beside what it reads: a job whose input and
    output are one folder may be refused.
    """
    program = [
        *("-m", "core.evaluation", "--model", f"{ML}/model/model.tar.gz"),
        *("--contract", f"{ML}/model/contract.json"),
        *(part for split in splits for part in (f"--{split}", f"{ML}/{split}")),
        *("--output", f"{ML}/evaluation/evaluation.json"),
    ]
    size = sum(item["Size"] for key in splits.values() for item in storage.listed(f"{key}/"))
    resource_config = instances.chosen(storage.session, "processing", {"instance_type": instance_type})
    inputs = {"model": keys.training_output(training_job), **splits}
    if tuned:
        inputs["start"] = keys.training_output(tuned.start)
        program += [
            "--start",
            f"{ML}/start/model.tar.gz",
            "--metric",
            tuned.metric,
            "--tried",
            str(tuned.tried),
        ]
    outputs = {"evaluation": keys.evaluation_folder(training_job)}
    return _create(storage, name, inputs, outputs, program, resource_config, size)


def _create(
    storage: S3Storage,
    name: str,
    inputs: dict[str, str],
    outputs: dict[str, str],
    program: list[str],
    resource_config: dict[str, str],
    size: int,
    cluster: Cluster | None = None,
) -> Parameters:
    session = storage.session
    settings = session.settings
    packages = cluster.packages if cluster else code.LACKING
    inputs = inputs | {"code": code.put(storage, packages)}
    key = {"KmsKeyId": session.key} if session.key else {}
    machines = {
        "InstanceCount": cluster.instances if cluster else 1,
        "InstanceType": resource_config["instance_type"],
        **request_fields.volume(session, resource_config["instance_type"], size),
    }
    return {
        "ProcessingJobName": name,
        "RoleArn": request_fields.role_arn(session),
        "AppSpecification": {
            "ImageUri": _image(session.region, resource_config["instance_type"], cluster),
            "ContainerEntrypoint": [
                *(cluster.entrypoint if cluster else ("python3",)),
                f"{ML}/code/{code.ENTRY}",
            ],
            "ContainerArguments": ["--prefix", "/opt/ml", *program],
        },
        "ProcessingInputs": [_input(name, storage.uri(key)) for name, key in inputs.items()],
        "ProcessingOutputConfig": {
            "Outputs": [_output(name, storage.uri(key)) for name, key in outputs.items()],
            **key,
        },
        "ProcessingResources": {"ClusterConfig": machines},
        "StoppingCondition": {"MaxRuntimeInSeconds": int(parse_duration(resource_config["max_runtime"]))},
        # Several instances must reach each other, which isolation forbids.
        "NetworkConfig": {
            "EnableNetworkIsolation": settings.network_isolation and not cluster,
            **({"EnableInterContainerTrafficEncryption": True} if cluster else {}),
            **request_fields.vpc(settings),
        },
        "Tags": request_fields.tags(settings, job=name),
    }


def _image(region: str, instance_type: str, cluster: Cluster | None) -> str:
    if cluster is None:
        return images.xgboost_image(region)
    return images.image_uri(region, instance_type=instance_type, **cluster.image)


def _input(name: str, uri: str) -> Parameters:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": f"{uri}/",  # a prefix of text: without the slash `test` would bring `test_raw` along
            "LocalPath": f"{ML}/{name}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
        },
    }


def _output(name: str, uri: str) -> Parameters:
    return {
        "OutputName": name,
        "S3Output": {"S3Uri": uri, "LocalPath": f"{ML}/{name}", "S3UploadMode": "EndOfJob"},
    }
