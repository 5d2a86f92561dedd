"""The sweep over an account in which several people left something, by HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.backends.aws.backend import AwsBackend
from core.backends.aws.money import prices, removal
from core.backends.aws.session.refusals import DeletionIncomplete
from core.backends.inventory import BillableResource
from core.errors import CannotSweep, NotFound
from core.settings import Settings
from core.verbs import costs
from tests.aws_double import ask
from tests.aws_double.rig import AwsRig
from tests.conftest import ROOT

pytestmark = pytest.mark.aws


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    prices.forget()
    monkeypatch.setattr(removal, "POLL_SECONDS", 0.1)


@pytest.fixture
def backend(aws: AwsRig) -> AwsBackend:
    return AwsBackend(Settings(backend="aws", bucket=aws.bucket, role=aws.role, poll_seconds=0.1))


@pytest.fixture
def model(aws: AwsRig) -> str:
    """The URI of a trained model."""
    return ask.train(aws, "train-one")["ModelArtifacts"]["S3ModelArtifacts"]


def serve(rig: AwsRig, name: str, config: str, tags: dict[str, str] | None = None) -> None:
    """One more endpoint on an endpoint config that is there."""
    rows = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    rig.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=rows)


def config(rig: AwsRig, name: str, model: str, **variant: Any) -> None:
    whole = {"VariantName": "AllTraffic", "ModelName": model} | variant
    rig.client("sagemaker").create_endpoint_config(EndpointConfigName=name, ProductionVariants=[whole])


def names(backend: AwsBackend) -> set[str]:
    return {item.name for item in backend.sweep().resources if item.kind == "endpoint"}


def test_every_endpoint_is_found_with_its_owner_and_its_price(aws, backend):
    ask.model(aws, "m", ask.put(aws, "m/model.tar.gz", b"none"))
    config(aws, "two", "m", InstanceType="ml.m5.xlarge", InitialInstanceCount=2)
    config(aws, "odd", "m", InstanceType="ml.m5.12xlarge", InitialInstanceCount=1)
    config(aws, "idle", "m", ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 1})
    warm = {"MemorySizeInMB": 2048, "MaxConcurrency": 2, "ProvisionedConcurrency": 1}
    config(aws, "warm", "m", ServerlessConfig=warm)
    for name in ("ours", "theirs", "anas", "nobodys", "warmed"):
        aws.hold(name, "Creating")
    serve(aws, "anas", "two", {"Owner": "ana", "stage": "test"})
    serve(aws, "theirs", "two", {"sendero:workspace": "another/sendero"})
    serve(aws, "ours", "idle", {"sendero:workspace": f"{aws.bucket}/sendero"})
    serve(aws, "nobodys", "odd")
    serve(aws, "warmed", "warm")

    swept = backend.sweep()
    found = {item.name: item for item in swept.resources}
    assert [item.name for item in swept.resources] == [
        "anas",
        "theirs",
        "ours",
        "nobodys",
        "warmed",
    ]  # oldest first
    assert (found["anas"].instance, found["anas"].per_hour) == ("2 x ml.m5.xlarge", 0.46)  # 2 x 0.23
    assert found["anas"].owner == "not Sendero's (Owner=ana)" and found["anas"].status == "Creating"
    assert found["theirs"].owner == "Sendero in s3://another/sendero"
    assert found["ours"].ours and found["ours"].owner == "this workspace"
    assert (found["ours"].instance, found["ours"].per_hour) == ("serverless, 2048 MB", 0.0)
    assert found["nobodys"].per_hour is None and not found["nobodys"].ours
    assert found["warmed"].per_hour is None  # kept warm, it is billed while it is idle
    assert "AWS Price List" in swept.prices and "ml.m5.12xlarge for Hosting" in swept.prices
    assert swept.scope == f"account {aws.account_id}, {aws.region}" and swept.not_listable == ()
    assert costs.meter(found["anas"].per_hour, found["anas"].created).per_month == pytest.approx(335.8)


def test_jobs_in_progress_are_found_and_cannot_be_deleted_here(aws, backend):
    let_go = aws.hold("train-long", "Starting")
    aws.client("sagemaker").create_training_job(**ask.training(aws, "train-long"))
    ask.train(aws, "train-done")
    found = backend.sweep().resources
    assert [(item.kind, item.name, item.per_hour) for item in found] == [("training", "train-long", 0.115)]
    assert found[0].instance == "1 x ml.m5.large" and found[0].status == "InProgress"
    with pytest.raises(CannotSweep, match="stop train-long"):
        backend.delete_resource(found[0])
    let_go()


def test_a_tuning_job_is_seen_and_priced_by_its_trials(aws, backend):
    aws.hold("tune-long", "Trial 1")
    ranges = {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "1", "MaxValue": "3"}]}
    definition = ask.training(aws) | {"StaticHyperParameters": ask.PARAMETERS}
    aws.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune-long",
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": ranges,
        },
        TrainingJobDefinition=definition,
    )
    (tuning,) = [item for item in backend.sweep().resources if item.kind == "tuning"]
    assert (tuning.name, tuning.per_hour, tuning.status) == ("tune-long", 0.0, "InProgress")
    assert tuning.instance == "trials of 1 x ml.m5.large"
    aws.client("sagemaker").stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune-long")


def test_a_schedule_whose_endpoint_is_gone_is_left_over_and_can_go(aws, backend):
    aws.client("scheduler").create_schedule(
        Name="sendero-gone",
        ScheduleExpression=f"at({datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
            "RoleArn": aws.role,
            "Input": json.dumps({"EndpointName": "gone"}),
        },
    )
    found = backend.sweep().resources
    assert [(item.kind, item.name, item.per_hour) for item in found] == [("schedule", "sendero-gone", 0.0)]
    assert costs.delete_resource(backend, "sendero-gone").deleted == ("schedule sendero-gone",)
    assert backend.sweep().resources == ()


def test_who_may_not_list_or_price_everything_is_told_so_and_sees_the_rest(aws, backend):
    ask.model(aws, "m", ask.put(aws, "m/model.tar.gz", b"none"))
    config(aws, "one", "m", InstanceType="ml.m5.2xlarge", InitialInstanceCount=1)
    aws.hold("x", "Creating")
    serve(aws, "x", "one")
    aws.deny(
        "sagemaker:ListTransformJobs", "scheduler:ListSchedules", "pricing:GetProducts", "sagemaker:ListTags"
    )
    swept = backend.sweep()
    assert [item.per_hour for item in swept.resources] == [0.461]  # the table's, which the rig's list lacks
    assert "Sendero's own price table, as of 2026-09-28" in swept.prices
    assert swept.resources[0].owner == "not known: its tags may not be read"
    assert [text.split(" could")[0] for text in swept.not_listable] == [
        "Transform jobs",
        "EventBridge schedules",
    ]


def test_a_strangers_endpoint_goes_with_its_config_and_model(aws, backend, model):
    ask.deploy(aws, "left", model)
    ask.endpoint(aws, "left", "InService")
    receipt = costs.delete_resource(backend, "left")
    assert receipt.deleted == ("endpoint left", "endpoint config left", "model left")
    assert receipt.kept == () and names(backend) == set()
    sagemaker = aws.client("sagemaker")
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == sagemaker.list_models()["Models"] == []
    with pytest.raises(NotFound):
        costs.delete_resource(backend, "left")


def test_what_others_use_stays(aws, backend, model):
    ask.deploy(aws, "one", model)
    serve(aws, "twin", "one")
    config(aws, "other", "one", InstanceType="ml.m5.large", InitialInstanceCount=1)
    for name in ("one", "twin"):
        ask.endpoint(aws, name, "InService")
    first = costs.delete_resource(backend, "one")
    assert first.deleted == ("endpoint one",)
    assert first.kept[0] == "endpoint config one: another endpoint uses it"
    second = costs.delete_resource(backend, "twin")
    assert second.deleted == ("endpoint twin", "endpoint config one")
    assert second.kept == ("model one: endpoint config other names it",)


def test_an_endpoint_that_is_being_created_is_deleted_once_it_is_there(aws, backend, model):
    let_go = aws.hold("early", "Creating")
    ask.deploy(aws, "early", model)
    item = next(item for item in backend.sweep().resources if item.name == "early")
    with pytest.raises(DeletionIncomplete, match="Its status is Creating"):
        removal.delete(backend.session, item, patience=0.3)
    let_go()
    assert costs.delete_resource(backend, "early").deleted[0] == "endpoint early"


def test_an_endpoint_that_was_deleted_meanwhile_is_not_found(backend):
    gone = BillableResource("endpoint", "gone", "InService", "", None, "", False, None)
    with pytest.raises(NotFound):
        removal.delete(backend.session, gone)


def test_the_command_line_sweeps_the_account(aws, tmp_path):
    ask.model(aws, "m", ask.put(aws, "m/model.tar.gz", b"none"))
    config(aws, "one", "m", InstanceType="ml.m5.large", InitialInstanceCount=1)
    aws.hold("x", "Creating")
    serve(aws, "x", "one")
    place = {"SENDERO_BACKEND": "aws", "SENDERO_BUCKET": aws.bucket, "SENDERO_ROLE": aws.role}
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "pipeline.py"), "sweep", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | aws.environment() | place,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["found"][0]["name"] == "x" and answer["total"]["per_hour"] == 0.115
    assert answer["total"]["per_month"] == 83.95  # 0.115 x 730


def test_estimates_ask_the_price_list_where_it_lives_and_once(aws, backend):
    told = backend.estimate("transform", {"instance_type": "ml.m5.xlarge", "max_runtime": "1h"}, 0)
    assert (
        told.per_hour is None
    )  # the rig's list has no price for Batch Transform, nor our table in that region
    told = backend.estimate("processing", {"instance_type": "ml.m5.xlarge", "max_runtime": "1h"}, 0, jobs=3)
    assert told.high == pytest.approx(0.69)  # 3 x 0.23, for an hour each
    assert "AWS Price List" in told.source
    backend.estimate("endpoint", {"instance_type": "ml.m5.xlarge"}, 0)
    assert len(aws.recorder.of("GetProducts")) == 1  # all that a type is used for comes in one answer
    assert backend.session.client("pricing").meta.region_name == "us-east-1"
    elsewhere = AwsBackend(Settings(backend="aws", bucket=aws.bucket, region="eu-north-1"))
    assert elsewhere.session.client("pricing").meta.region_name == "us-east-1"
