"""What requests say of spot, serverless, keys and traffic, on settings that a journey does not have."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest

from core import hyperparameters
from core.backends import get_backend
from core.backends.aws.jobs import training
from core.backends.aws.jobs.logs import LogReader, LogSource
from core.backends.aws.resources import instances
from core.backends.aws.session.connection import session_for
from core.backends.aws.setup import bucket
from core.backends.requests import (
    Cluster,
    ProcessingRequest,
    TrainingRequest,
    TransformRequest,
    TuningRequest,
)
from core.errors import BadHyperparameter, BadSetting
from core.settings import Settings
from tests.backends.place import aws_settings

pytestmark = pytest.mark.aws
SPOT = {"spot": "yes"}


def training_request(name: str = "train-x", **resources: str) -> TrainingRequest:
    channels = {"train": "splits/train", "validation": "splits/validation"}
    return TrainingRequest(name, {"num_round": "3"}, channels, "contract.json", None, "eda-x", resources)


def tuning_request(max_jobs: int = 2, **resources: str) -> TuningRequest:
    ranges = {"max_depth": (1.0, 4.0)}
    return TuningRequest("tune-x", training_request(**resources), ranges, "validation:auc", True, max_jobs, 0)


@pytest.fixture
def storage(aws):
    return get_backend(aws_settings(aws, "fields")).storage


@pytest.mark.parametrize(("longest", "waits"), [("30m", 5400), ("2h", 10800), ("4h", 18000)])
def test_a_spot_job_goes_on_from_a_folder_of_its_own_and_waits_an_hour(storage, longest, waits):
    asked = training.create_request(storage, training_request(max_runtime=longest, **SPOT))
    assert asked["CheckpointConfig"]["S3Uri"] == storage.uri("training/train-x/checkpoints")
    assert asked["StoppingCondition"]["MaxWaitTimeInSeconds"] == waits
    plain = training.create_request(storage, training_request())
    assert "CheckpointConfig" not in plain and "MaxWaitTimeInSeconds" not in plain["StoppingCondition"]
    trials = training.tuning_request(storage, tuning_request(**SPOT))["TrainingJobDefinition"]
    assert trials["EnableManagedSpotTraining"] and "CheckpointConfig" not in trials


def test_the_log_of_a_job_that_was_restarted_goes_on_in_its_second_stream(aws):
    logs, group = aws.client("logs"), "/aws/sagemaker/TrainingJobs"
    logs.create_log_group(logGroupName=group)

    def write(stream: str, *rounds: int) -> None:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        lines = [f"[{number}]#011train-auc:0.{number + 1}" for number in rounds]
        events = [
            {"timestamp": int(time.time() * 1000) + at, "message": line} for at, line in enumerate(lines)
        ]
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    write("job/algo-1-1764000000", 0, 1, 2)
    write("job/algo-2-1764000000", 0)
    reader = LogReader(
        session_for(Settings(region=aws.region)), [LogSource(group, "job/", restarts=True)], 0.0
    )
    reader.refresh()
    assert [row["round"] for row in reader.rows] == [0, 1, 2]
    write("job/algo-1-1764009999", 1, 2, 3)
    reader.refresh()
    assert [row["round"] for row in reader.rows] == [0, 1, 2, 3]
    assert reader.text.count("[1]") == 2 and reader.text.count("[0]") == 1
    reader.refresh()
    assert reader.text.count("[3]") == 1


def test_a_serverless_container_has_one_worker_and_no_proxy(aws, storage):
    from core.backends.aws.resources.models import create_model

    storage.write_bytes("training/train-x/output/model.tar.gz", b"x")
    for name, serverless in (("small", True), ("large", False)):
        create_model(storage, name, "train-x", serverless=serverless)
        create_model(storage, name, "train-x", serverless=serverless)  # a request that was sent twice
    small, large = (aws.client("sagemaker").describe_model(ModelName=name) for name in ("small", "large"))
    told = small["PrimaryContainer"]["Environment"]
    assert told == {"SAGEMAKER_MODEL_SERVER_WORKERS": "1", "SAGEMAKER_USE_NGINX": "false"}
    assert "Environment" not in large["PrimaryContainer"]


def test_where_serverless_does_not_exist_an_endpoint_is_an_instance():
    china = session_for(Settings(region="cn-north-1"))
    (choice,) = instances.choices(china, "endpoint")
    assert choice.default == "ml.t2.medium" and "serverless" not in choice.values
    assert "does not exist in this region" in choice.help
    assert instances.chosen(china, "endpoint", {}) == {"instance_type": "ml.t2.medium"}
    assert instances.choices(session_for(Settings(region="eu-west-1")), "endpoint")[0].default == "serverless"


def test_an_alias_is_resolved_where_only_a_key_is_taken_and_every_volume_has_it(aws):
    kms = aws.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=arn)
    storage = get_backend(aws_settings(aws, "fields", kms_key="alias/mine")).storage
    storage.write_bytes("training/train-x/output/model.tar.gz", b"x")
    storage.write_bytes("datasets/x/x.csv", b"1\n")
    asked = training.create_request(storage, training_request())
    assert asked["ResourceConfig"]["VolumeKmsKeyId"] == arn == asked["OutputDataConfig"]["KmsKeyId"]
    from core.backends.aws.jobs import processing, transform

    rows = transform.create_request(storage, TransformRequest("rows", "train-x", "datasets/x/x.csv"))
    assert rows["TransformResources"]["VolumeKmsKeyId"] == arn == rows["TransformOutput"]["KmsKeyId"]
    own = training.create_request(storage, training_request(instance_type="ml.m5d.large"))
    assert "VolumeKmsKeyId" not in own["ResourceConfig"]
    cluster = Cluster(
        {"framework": "xgboost", "version": "3.2-0"}, ("python3",), (), ("duckdb", "narwhals"), 3
    )
    spark = ProcessingRequest("eda-x", "eda_script.py", {}, {"input": "datasets/x"}, {}, cluster)
    network = processing.create_request(storage, spark)["NetworkConfig"]
    assert network["EnableInterContainerTrafficEncryption"] and not network["EnableNetworkIsolation"]
    assert len(aws.recorder.of("DescribeKey")) == 1


def test_more_trials_than_sagemaker_takes_are_refused_by_name(storage):
    with pytest.raises(BadSetting, match="750"):
        training.tuning_request(storage, tuning_request(751))
    assert training.tuning_request(storage, tuning_request(750))


def test_a_tuning_job_has_its_time_and_the_one_that_it_goes_on_from(storage):
    asked = training.tuning_request(
        storage, replace(tuning_request(), max_seconds=600, parent="tune-" + "y" * 40)
    )
    assert asked["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxRuntimeInSeconds"] == 600
    (parent,) = asked["WarmStartConfig"]["ParentHyperParameterTuningJobs"]
    assert parent["HyperParameterTuningJobName"] == training.tuning_name("tune-" + "y" * 40)
    plain = training.tuning_request(storage, tuning_request())
    assert "WarmStartConfig" not in plain
    assert "MaxRuntimeInSeconds" not in plain["HyperParameterTuningJobConfig"]["ResourceLimits"]
    with pytest.raises(BadSetting):
        training.tuning_request(storage, replace(tuning_request(), max_seconds=60))


@pytest.mark.parametrize("metric", ["error@0.7", "ndcg@5"])
def test_an_objective_that_is_no_registered_metric_is_refused_before_tuning(metric):
    values = {"num_round": "3", "objective": "binary:logistic", "eval_metric": metric}
    if "ndcg" in metric:
        values["objective"] = "rank:ndcg"
    with pytest.raises(BadHyperparameter):
        hyperparameters.avoid_traps(values, "binary", 2, tuned=True)


def test_the_lifecycle_covers_the_folders_that_jobs_write_and_no_other():
    rules = bucket.lifecycle(Settings(keep_days=7, bucket="b1b"))
    folders = {
        re.sub(r"^sendero/|/$", "", rule["Filter"]["Prefix"]) for rule in rules if "Expiration" in rule
    }
    assert folders == {"processing", "training", "tuning", "transform"}
