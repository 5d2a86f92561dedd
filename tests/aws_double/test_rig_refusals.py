"""What AWS refuses and an obliging double would let pass: quotas, names, tags, ranges, what is still in the making."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws_double.ask import CLUSTER, deploy, endpoint, process, processed, put, training, until

pytestmark = pytest.mark.aws
SMALL = {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 5}


def small(**changes: Any) -> dict[str, Any]:
    return {"ProcessingResources": {"ClusterConfig": SMALL | changes}}


def tune(
    aws, name: str, metric: str = "validation:auc", jobs: int = 1, at_once: int = 1, **more: Any
) -> None:
    definition = training(aws) | {"StaticHyperParameters": {"num_round": "1", "objective": "binary:logistic"}}
    depth = {"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}
    aws.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": metric},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": at_once},
            "ParameterRanges": {"IntegerParameterRanges": [depth]},
        },
        TrainingJobDefinition=definition | more,
    )


def test_a_fresh_account_has_few_instances_and_spot_ones_are_counted_apart(aws):
    aws.quotas.be_fresh()
    with pytest.raises(ClientError, match=r"'ml.m5.large for processing job usage' is 0 Instances"):
        process(aws, "large", "")
    refused = r"'ml.m5.large for training job usage' is 0 Instances, with current utilization of 0 Instances"
    with pytest.raises(ClientError, match=refused):
        aws.client("sagemaker").create_training_job(**training(aws, "dear"))
    aws.hold("cheap", "Starting")
    spot = {"EnableManagedSpotTraining": True}
    spot["StoppingCondition"] = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}
    aws.client("sagemaker").create_training_job(**training(aws, "cheap") | spot)
    used = (
        r"'ml.m5.large for spot training job usage' is 4 Instances, with current utilization of 1 Instances"
    )
    with pytest.raises(ClientError, match=used):
        more = {"ResourceConfig": CLUSTER | {"InstanceCount": 4}}
        aws.client("sagemaker").create_training_job(**training(aws, "more") | spot | more)


def test_instances_count_for_the_whole_account_until_their_job_has_ended(aws):
    aws.quotas.be_fresh()
    release = aws.hold("three", "Starting")
    process(aws, "three", "", **small(InstanceCount=3))
    across = r"'Number of instances across all processing jobs' is 4 .* utilization of 3 .* delta of 2"
    with pytest.raises(ClientError, match=across):
        process(aws, "two", "", **small(InstanceCount=2, InstanceType="ml.t3.xlarge"))
    release()
    processed(aws, "three")
    process(aws, "two", "", **small(InstanceCount=2, InstanceType="ml.t3.xlarge"))


def test_a_fresh_account_serves_little_memory_and_few_requests_at_once(aws):
    aws.quotas.be_fresh()
    model = put(aws, "m/model.tar.gz", b"")
    sagemaker = aws.client("sagemaker")

    def serve(name: str, memory: int, concurrency: int) -> None:
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=aws.role, PrimaryContainer={"Image": "i", "ModelDataUrl": model}
        )
        size = {"MemorySizeInMB": memory, "MaxConcurrency": concurrency}
        variant = {"VariantName": "AllTraffic", "ModelName": name, "ServerlessConfig": size}
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)

    with pytest.raises(ClientError, match=r"'Memory size in MB per serverless endpoint' is 3072 MBs"):
        serve("wide", 4096, 1)
    aws.hold("first", "Creating")
    serve("first", 3072, 6)
    with pytest.raises(ClientError, match=r"across all serverless endpoints' is 10 .* utilization of 6"):
        serve("second", 3072, 5)


def test_an_endpoint_in_the_making_is_not_deleted(aws):
    model = put(aws, "m/model.tar.gz", b"")
    release = aws.hold("slow", "Creating")
    deploy(aws, "slow", model)
    sagemaker = aws.client("sagemaker")
    arn = sagemaker.describe_endpoint(EndpointName="slow")["EndpointArn"]
    with pytest.raises(ClientError, match=f'ValidationException.*Cannot update in-progress endpoint "{arn}"'):
        sagemaker.delete_endpoint(EndpointName="slow")
    release()
    endpoint(aws, "slow")
    sagemaker.delete_endpoint(EndpointName="slow")
    until(lambda: not sagemaker.list_endpoints()["Endpoints"], "the endpoint to be gone")


def test_tuning_takes_registered_metrics_and_so_many_trials(aws):
    with pytest.raises(ClientError, match=r"ValidationException.*\[validation:error@0.7\], isn't valid"):
        tune(aws, "odd", "validation:error@0.7")
    with pytest.raises(ClientError, match=r"ResourceLimitExceeded.* is 750 Jobs"):
        tune(aws, "long", jobs=751)
    with pytest.raises(ClientError, match=r"ResourceLimitExceeded.* is 10 Jobs"):
        tune(aws, "wide", jobs=20, at_once=11)
    with pytest.raises(ClientError, match="static or have a range"):
        tune(aws, "both", StaticHyperParameters={"num_round": "1", "max_depth": "3"})
    with pytest.raises(ClientError, match="can't override the metric definitions"):
        algorithm = training(aws)["AlgorithmSpecification"]
        algorithm["MetricDefinitions"] = [{"Name": "validation:mine", "Regex": "mine=(.*)"}]
        tune(aws, "own", AlgorithmSpecification=algorithm)
    aws.quotas.be_fresh()
    with pytest.raises(ClientError, match=r"'ml.m5.large for training job usage' is 0 .* request delta of 2"):
        tune(aws, "poor", jobs=4, at_once=2)


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ([{"Key": "AWS:mine", "Value": "1"}], "aws: prefixed tag key names are not allowed for external use"),
        ([{"Key": "team", "Value": "1"}, {"Key": "Team", "Value": "2"}], "Duplicate tag keys"),
        ([{"Key": "team", "Value": "a|b"}], "satisfy regular expression pattern"),
        ([{"Key": "t" * 129, "Value": ""}], "have length less than or equal to 128"),
        ([{"Key": str(number), "Value": ""} for number in range(51)], "have length less than or equal to 50"),
    ],
)
def test_tags_are_checked(aws, tags, told):
    with pytest.raises(ClientError, match=told):
        process(aws, "tagged", "", Tags=tags)
    process(aws, "fine", "", Tags=[{"Key": "équipe données", "Value": "n_.:/=+-@ 1"}])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"InstanceCount": 101}, "have value less than or equal to 100"),
        ({"VolumeKmsKeyId": "k" * 2049}, "have length less than or equal to 2048"),
        ({"InstanceType": "ml.huge"}, "satisfy enum value set"),
    ],
)
def test_ranges_lengths_and_enums_are_checked(aws, changes, told):
    with pytest.raises(ClientError, match=f"failed to satisfy constraint: Member must {told}"):
        process(aws, "p", "", **small(**changes))


def test_what_moto_would_take_is_checked_by_the_service_model_too(aws):
    with pytest.raises(ClientError, match="satisfy regular expression pattern"):
        aws.client("scheduler").create_schedule(
            Name="no spaces here",
            ScheduleExpression="at(2030-01-01T00:00:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint", "RoleArn": aws.role},
        )


def test_two_inputs_have_two_folders_and_no_output_goes_where_an_input_comes_from(aws):
    uri = put(aws, "in/data.csv", "a\n").rpartition("/")[0]
    where = {
        "S3Uri": uri,
        "LocalPath": "/opt/ml/processing/input",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    with pytest.raises(ClientError, match="LocalPath of its own"):
        process(
            aws, "both", "", ProcessingInputs=[{"InputName": name, "S3Input": where} for name in ("a", "b")]
        )
    back = {"S3Uri": f"{uri}/", "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    with pytest.raises(ClientError, match=f"must not have the same S3Uri: {uri}"):
        process(
            aws,
            "back",
            "",
            ProcessingInputs=[{"InputName": "a", "S3Input": where}],
            ProcessingOutputConfig={"Outputs": [{"OutputName": "b", "S3Output": back}]},
        )
