"""What a request needs to be allowed: actions, on resources, with what IAM knows of the request.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from moto.backends import get_backend

from .account import ACCOUNT, REGION, Account
from .request import Request

FREE = {"sts:GetCallerIdentity"}  # needs no permission, and cannot be denied
PREFIXES = {
    "sagemaker-runtime": "sagemaker",
    "service-quotas": "servicequotas",
    "resourcegroupstaggingapi": "tag",
}
KINDS = {
    "ProcessingJob": "processing-job",
    "TrainingJob": "training-job",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
    "TransformJob": "transform-job",
    "Model": "model",
    "EndpointConfig": "endpoint-config",
    "Endpoint": "endpoint",
    "ModelPackageGroup": "model-package-group",
    "Pipeline": "pipeline",
}
NAMED = re.compile(rf"(Create|Describe|Update|Stop|Delete|Invoke)({'|'.join(KINDS)})")
OF_TUNING = "ListTrainingJobsForHyperParameterTuningJob"
# S3's actions, where they are not the operation's name.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
S3_ACTIONS = {
    "HeadBucket": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "HeadObject": "GetObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObjects": "DeleteObject",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that must be allowed."""

    action: str
    resource: str
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)


def needs(request: Request, account: Account) -> Iterator[Need]:
    """All that whoever sent the request must be allowed."""
    action = f"{PREFIXES.get(request.service, request.service)}:{request.operation}"
    if action in FREE:
        return
    how = {
        "sagemaker": _sagemaker,
        "s3": _s3,
        "logs": _logs,
        "scheduler": _scheduler,
        "iam": _iam,
        "kms": _kms,
        "sns": _sns,
        "events": _events,
    }
    yield from how.get(action.partition(":")[0], _anything)(request, account, action)


def _anything(request: Request, account: Account, action: str) -> Iterator[Need]:
    yield Need(action, "*")


# --- SageMaker ------------------------------------------------------------------------------------------------


def _sagemaker(request: Request, account: Account, action: str) -> Iterator[Need]:
    asked = request.parameters
    arn = _arn(request.operation, asked, account)
    tags = {tag["Key"]: tag["Value"] for tag in asked.get("Tags", ())}
    told = {f"aws:RequestTag/{key}": [value] for key, value in tags.items()}
    if tags:
        told["aws:TagKeys"] = list(tags)
    if types := list(_values(asked, "InstanceType")):
        told["sagemaker:InstanceTypes"] = types
    if approval := asked.get("ModelApprovalStatus"):
        told["sagemaker:ModelApprovalStatus"] = [approval]
    yield Need(action, arn, told | _resource_tags(arn, account))
    if request.operation in ("CreateEndpoint", "UpdateEndpoint"):
        config = account.arn("endpoint-config", asked["EndpointConfigName"])
        yield Need(action, config, told | _resource_tags(config, account))
    if request.operation.startswith("Create") and tags:
        yield Need("sagemaker:AddTags", arn, told)
    for role in (*_values(asked, "RoleArn"), *_values(asked, "ExecutionRoleArn")):
        yield Need("iam:PassRole", role, {"iam:PassedToService": ["sagemaker.amazonaws.com"]})
    for key in _volume_keys(request.operation, asked):
        yield from _grant(key, account)


def _arn(operation: str, asked: dict[str, Any], account: Account) -> str:
    if found := NAMED.fullmatch(operation):
        return account.arn(KINDS[found[2]], asked[f"{found[2]}Name"])
    if "PipelineExecutionArn" in asked:
        return asked["PipelineExecutionArn"]
    if operation in ("StartPipelineExecution", "ListPipelineExecutions"):
        return account.arn("pipeline", asked["PipelineName"].rpartition("/")[2])
    if operation == "CreateModelPackage":
        return account.arn("model-package", asked["ModelPackageGroupName"])
    if operation in ("DescribeModelPackage", "UpdateModelPackage", "DeleteModelPackage"):
        return asked.get("ModelPackageName") or asked["ModelPackageArn"]
    if operation == OF_TUNING:
        return account.arn("hyper-parameter-tuning-job", asked["HyperParameterTuningJobName"])
    return asked.get("ResourceArn", "*")


def _resource_tags(arn: str, account: Account) -> dict[str, list[str]]:
    return {f"aws:ResourceTag/{key}": [value] for key, value in account.tags_of(arn).items()}


def _values(asked: Any, name: str) -> Iterator[str]:
    """Every value under a field's name, however deep."""
    if isinstance(asked, dict):
        for key, value in asked.items():
            if key == name and isinstance(value, str):
                yield value
            else:
                yield from _values(value, name)
    elif isinstance(asked, list):
        for each in asked:
            yield from _values(each, name)


def _volume_keys(operation: str, asked: dict[str, Any]) -> Iterator[str]:
    yield from _values(asked, "VolumeKmsKeyId")
    if operation == "CreateEndpointConfig" and "KmsKeyId" in asked:
        yield asked["KmsKeyId"]


def role_needs(facts: dict[str, Any], account: Account) -> Iterator[Need]:
    """What SageMaker does as the execution role before a job or a model runs, from its description.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    yield Need("ecr:GetAuthorizationToken", "*")
    for image in (*_values(facts, "TrainingImage"), *_values(facts, "ImageUri"), *_values(facts, "Image")):
        host, _, name = image.partition("/")
        parts = host.split(".")
        if len(parts) > 3 and parts[1:3] == ["dkr", "ecr"]:
            repository = f"arn:aws:ecr:{parts[3]}:{parts[0]}:repository/{re.split('[:@]', name)[0]}"
            for verb in ("BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage"):
                yield Need(f"ecr:{verb}", repository)
    yield Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": ["/aws/sagemaker/TrainingJobs"]})
    for network in _found(facts, "VpcConfig"):
        yield from _network(network)
    for key in _volume_keys("", facts):
        yield from _grant(key, account)
    for place in (*_found(facts, "OutputDataConfig"), *_found(facts, "ProcessingOutputConfig"),
                  *_found(facts, "TransformOutput")):  # fmt: skip
        if key := place.get("KmsKeyId"):
            yield Need("kms:Encrypt", *_key(key, account, "s3"))
            yield Need("kms:GenerateDataKey", *_key(key, account, "s3"))


def _found(facts: Any, name: str) -> Iterator[dict[str, Any]]:
    if isinstance(facts, dict):
        for key, value in list(facts.items()):
            if key == name:
                yield value
            else:
                yield from _found(value, name)


def _network(config: dict[str, Any]) -> Iterator[Need]:
    def arn(kind: str, name: str) -> str:
        return f"arn:aws:ec2:{REGION}:{ACCOUNT}:{kind}/{name}"

    for look in ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs"):
        yield Need(f"ec2:Describe{look}", "*")
    places = [arn("subnet", name) for name in config["Subnets"]]
    places += [arn("security-group", name) for name in config["SecurityGroupIds"]]
    for place in (arn("network-interface", "eni-0"), *places):
        yield Need("ec2:CreateNetworkInterface", place)
    for verb in (
        "CreateNetworkInterfacePermission",
        "DeleteNetworkInterface",
        "DeleteNetworkInterfacePermission",
    ):
        yield Need(f"ec2:{verb}", arn("network-interface", "eni-0"))


# --- KMS ------------------------------------------------------------------------------------------------------


def _key(key: str, account: Account, through: str = "") -> tuple[str, dict[str, list[str]]]:
    arn, aliases = account.key(key)
    told = {"kms:ResourceAliases": aliases} if aliases else {}
    return arn, told | ({"kms:ViaService": [f"{through}.{REGION}.amazonaws.com"]} if through else {})


def _grant(key: str, account: Account) -> Iterator[Need]:
    """A volume's key is lent to EC2, by a grant that SageMaker makes in the asker's name."""
    arn, told = _key(key, account, "sagemaker")
    yield Need("kms:DescribeKey", arn, told)
    yield Need("kms:CreateGrant", arn, told | {"kms:GrantIsForAWSResource": ["true"]})


def _kms(request: Request, account: Account, action: str) -> Iterator[Need]:
    if key := request.parameters.get("KeyId"):
        arn, told = _key(key, account)
        alias = {"kms:RequestAlias": [key]} if key.startswith("alias/") else {}
        yield Need(action, arn, told | alias)
    else:
        yield Need(action, "*")


# --- S3 -------------------------------------------------------------------------------------------------------


def _s3(request: Request, account: Account, action: str) -> Iterator[Need]:
    asked, action = request.parameters, f"s3:{S3_ACTIONS.get(request.operation, request.operation)}"
    bucket = f"arn:aws:s3:::{asked['Bucket']}" if "Bucket" in asked else "*"
    names = [asked["Key"]] if "Key" in asked else []
    if request.operation == "DeleteObjects":
        names = [_plain(name) for name in re.findall(r"<Key>(.*?)</Key>", request.body.decode(), re.DOTALL)]
    if not names:
        told = {"s3:prefix": [asked["Prefix"]]} if asked.get("Prefix") else {}
        yield Need(action, bucket, told)
        return
    for name in names:
        yield Need(action, f"{bucket}/{name}")
    if request.operation in ("GetObject", "HeadObject"):
        yield from _reading(asked["Bucket"], asked["Key"], account)
    if request.operation in ("CopyObject", "UploadPartCopy"):
        source, _, name = unquote(asked["CopySource"]).lstrip("/").partition("/")
        yield Need("s3:GetObject", f"arn:aws:s3:::{source}/{name.partition('?')[0]}")
        yield from _reading(source, name.partition("?")[0], account)
    if key := asked.get("SSEKMSKeyId"):
        yield Need("kms:GenerateDataKey", *_key(key, account, "s3"))
        if request.operation == "CreateMultipartUpload":
            yield Need("kms:Decrypt", *_key(key, account, "s3"))


def _reading(bucket: str, name: str, account: Account) -> Iterator[Need]:
    """That an object is not there is told only to whoever may list the whole bucket; an encrypted one needs its key.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html. A condition on s3:prefix does not hold here:
    the request has none.
    """
    kept = get_backend("s3")[ACCOUNT]["aws"].buckets.get(bucket)
    found = kept.keys.get(name) if kept else None
    if kept and not found:
        yield Need("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    elif found and getattr(found, "encryption", None) == "aws:kms" and found.kms_key_id:
        yield Need("kms:Decrypt", *_key(found.kms_key_id, account, "s3"))


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


# --- the others -----------------------------------------------------------------------------------------------


def _logs(request: Request, account: Account, action: str) -> Iterator[Need]:
    asked = request.parameters
    group, stream = asked.get("logGroupName", ""), asked.get("logStreamName", "")
    yield Need(action, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:{stream}")


def _sns(request: Request, account: Account, action: str) -> Iterator[Need]:
    yield Need(action, request.parameters.get("TopicArn", "*"))


def _events(request: Request, account: Account, action: str) -> Iterator[Need]:
    asked = request.parameters
    name = asked.get("Rule") or asked.get("Name")
    told = {}
    if pattern := asked.get("EventPattern"):
        told["events:source"] = json.loads(pattern).get("source", [])
    if targets := asked.get("Targets"):
        told["events:TargetArn"] = [each["Arn"] for each in targets]
    yield Need(action, f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}" if name else "*", told)


def _scheduler(request: Request, account: Account, action: str) -> Iterator[Need]:
    asked = request.parameters
    if "Name" not in asked:
        yield Need(action, "*")
        return
    group = asked.get("GroupName", "default")
    yield Need(action, f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/{asked['Name']}")
    if role := asked.get("Target", {}).get("RoleArn"):
        yield Need("iam:PassRole", role, {"iam:PassedToService": ["scheduler.amazonaws.com"]})


def _iam(request: Request, account: Account, action: str) -> Iterator[Need]:
    asked = request.parameters
    if "RoleName" in asked:
        yield Need(action, f"arn:aws:iam::{ACCOUNT}:role/{asked['RoleName']}")
    else:
        yield Need(action, asked.get("PolicySourceArn") or asked.get("PolicyArn") or "*")
