"""Pipelines on the rig: a definition's steps really run, one after another, with what came from those before."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.aws_double.ask import CLUSTER, IMAGE, put, until

pytestmark = pytest.mark.aws
WRITE = """
import json, pathlib, sys
judged = {"metrics": {"auc": {"low": float(sys.argv[2])}}, "rows": "9"}
pathlib.Path(sys.argv[1], "judged.json").write_text(json.dumps(judged))
"""
OUT = "/opt/ml/processing/out"
LOW = {
    "Std:JsonGet": {"PropertyFile": {"Get": "Steps.Judge.PropertyFiles.Judged"}, "Path": "metrics.auc.low"}
}
ROWS = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Judge.PropertyFiles.Judged"}, "Path": "rows"}}


def definition(rig) -> dict:
    put(rig, "code/script.py", WRITE)
    model = put(rig, "models/model.tar.gz", b"model")
    where = {
        "S3Uri": f"s3://{rig.bucket}/code/",
        "LocalPath": "/opt/ml/processing/code",
        "S3DataType": "S3Prefix",
    }
    here = {
        "Std:Join": {
            "On": "/",
            "Values": [f"s3://{rig.bucket}/runs", {"Get": "Execution.PipelineExecutionId"}],
        }
    }
    output = {"S3Uri": here, "LocalPath": OUT, "S3UploadMode": "EndOfJob"}
    judge = {
        "ProcessingJobName": "judge",
        "RoleArn": rig.role,
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/script.py"],
            "ContainerArguments": [OUT, {"Get": "Parameters.Low"}],
        },
        "ProcessingResources": {"ClusterConfig": CLUSTER},
        "ProcessingInputs": [{"InputName": "code", "S3Input": where | {"S3InputMode": "File"}}],
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": output}]},
    }
    register = {
        "ModelPackageGroupName": "group",
        "ModelApprovalStatus": "PendingManualApproval",
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": model}], "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        "CustomerMetadataProperties": {"rows": ROWS},
    }  # fmt: skip
    condition = {
        "Type": "GreaterThanOrEqualTo",
        "LeftValue": LOW,
        "RightValue": {"Get": "Parameters.Threshold"},
    }
    message = {"Std:Join": {"On": " ", "Values": ["below", {"Get": "Parameters.Threshold"}]}}
    return {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Low", "Type": "String", "DefaultValue": "0.8"},
            {"Name": "Threshold", "Type": "Float", "DefaultValue": 0.7},
        ],
        "Steps": [
            {
                "Name": "Check", "Type": "Condition",
                "Arguments": {
                    "Conditions": [condition],
                    "IfSteps": [{"Name": "Register", "Type": "RegisterModel", "Arguments": register}],
                    "ElseSteps": [{"Name": "Refuse", "Type": "Fail", "Arguments": {"ErrorMessage": message}}],
                },
            },
            {
                "Name": "Judge", "Type": "Processing", "Arguments": judge,
                "CacheConfig": {"Enabled": True, "ExpireAfter": "P30D"},
                "PropertyFiles": [{"PropertyFileName": "Judged", "OutputName": "out", "FilePath": "judged.json"}],
            },
        ],
    }  # fmt: skip


def start(rig, token: str, **parameters: str) -> str:
    given = [{"Name": name, "Value": value} for name, value in parameters.items()]
    answer = rig.client("sagemaker").start_pipeline_execution(
        PipelineName="pipe", PipelineParameters=given, ClientRequestToken=token * 32
    )
    return answer["PipelineExecutionArn"]


def ended(rig, arn: str) -> dict:
    def there() -> dict | None:
        found = rig.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
        return found if found["PipelineExecutionStatus"] in ("Succeeded", "Failed", "Stopped") else None

    return until(there, "the end of an execution")


def steps(rig, arn: str) -> dict[str, dict]:
    found = rig.client("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=arn)
    return {each["StepName"]: each for each in found["PipelineExecutionSteps"]}


def test_a_definition_is_walked_and_what_is_known_is_not_done_again(aws):
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="group")
    asked = {"PipelineName": "pipe", "RoleArn": aws.role, "PipelineDefinition": json.dumps(definition(aws))}
    sagemaker.create_pipeline(**asked, ClientRequestToken="c" * 32)
    with pytest.raises(ClientError, match="Pipeline names must be unique"):
        sagemaker.create_pipeline(**asked, ClientRequestToken="d" * 32)
    first = start(aws, "1")
    assert start(aws, "1") == first, "one token is one execution"
    assert ended(aws, first)["PipelineExecutionStatus"] == "Succeeded"
    done = steps(aws, first)
    assert (
        list(done) == ["Register", "Check", "Judge"]
        and done["Check"]["Metadata"]["Condition"]["Outcome"] == "True"
    )
    job = sagemaker.describe_processing_job(
        ProcessingJobName=done["Judge"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    )
    assert job["ProcessingJobName"].startswith(f"judge-{first.rpartition('/')[2]}-")
    version = sagemaker.describe_model_package(
        ModelPackageName=done["Register"]["Metadata"]["RegisterModel"]["Arn"]
    )
    assert version["CustomerMetadataProperties"] == {"rows": "9"}

    refused = start(aws, "2", Threshold="0.9")
    assert ended(aws, refused)["PipelineExecutionStatus"] == "Failed"
    done = steps(aws, refused)
    assert done["Judge"]["CacheHitResult"] == {"SourcePipelineExecutionArn": first}
    assert done["Refuse"]["FailureReason"] == "below 0.9" and "Register" not in done

    release = aws.hold("pipe/Judge", "Processing")
    stopped = start(aws, "3", Low="0.1")
    until(lambda: "Metadata" in steps(aws, stopped).get("Judge", {}), "the job")
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=stopped, ClientRequestToken="s" * 32)
    assert ended(aws, stopped)["PipelineExecutionStatus"] == "Stopped"
    assert steps(aws, stopped)["Judge"]["StepStatus"] == "Stopped" and "CacheHitResult" not in steps(
        aws, stopped
    )
    release()
    assert len(aws.recorder.of("CreateProcessingJob")) == 0, "its jobs are not ours"
    listed = sagemaker.list_pipeline_executions(PipelineName="pipe")["PipelineExecutionSummaries"]
    assert [each["PipelineExecutionArn"] for each in listed] == [stopped, refused, first]


def test_what_no_definition_can_be_is_refused(aws):
    sagemaker = aws.client("sagemaker")
    wrong = definition(aws)
    wrong["Steps"][1]["Arguments"]["AppSpecification"]["ImageUri"] = {"Get": "Parameters.Image"}
    for text in ("no JSON", json.dumps(wrong)):
        with pytest.raises(ClientError, match="Invalid pipeline definition"):
            sagemaker.create_pipeline(
                PipelineName="pipe", RoleArn=aws.role, PipelineDefinition=text, ClientRequestToken="c" * 32
            )
