"""Training and tuning jobs on the rig: the container stand-in really trains, and the answers are SageMaker's."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from core.archive import unpack_model
from tests.aws_double.ask import PARAMETERS, get, log_lines, train, trained, training, until

pytestmark = pytest.mark.aws
GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture(scope="module")
def account(aws_module):
    """An account with one Training Job, `once`, on managed spot."""
    asked = training(aws_module, "once") | {"EnableManagedSpotTraining": True}
    sagemaker = aws_module.client("sagemaker")
    with pytest.raises(ClientError, match="MaxWaitTimeInSeconds"):
        sagemaker.create_training_job(**asked)
    condition = {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200}
    sagemaker.create_training_job(**asked | {"StoppingCondition": condition})
    trained(aws_module, "once")
    return aws_module


def test_a_job_trains_and_leaves_its_model(account, tmp_path):
    job = trained(account, "once")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{account.bucket}/models/once/output/model.tar.gz"
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(get(account, "models/once/output/model.tar.gz"))
    unpack_model(archive, tmp_path / "model")
    assert (tmp_path / "model" / "xgboost-model").stat().st_size > 0

    turns = job["SecondaryStatusTransitions"]
    assert [turn["Status"] for turn in turns] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert all(turn["StartTime"] <= turn["EndTime"] for turn in turns)
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert set(metrics) == {"train:auc", "train:logloss", "validation:auc", "validation:logloss"}
    lines = log_lines(account, GROUP, "once/")
    assert any(line.startswith("[2]#011train-auc:") for line in lines)
    assert job["EnableManagedSpotTraining"] is True
    assert 1 <= job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]


def test_a_customers_error_and_an_algorithms_error_are_told_apart(account):
    client = train(account, "typo", max_depht="3")
    assert client["TrainingJobStatus"] == "Failed"
    assert client["FailureReason"].startswith("ClientError: ")
    assert "max_depht" in client["FailureReason"] and client["FailureReason"].endswith(", exit code: 1")
    algorithm = train(account, "labels", data="wine")  # three classes for a binary objective
    assert algorithm["FailureReason"].startswith("AlgorithmError: ")
    assert algorithm["SecondaryStatusTransitions"][-1]["Status"] == "Failed"


def test_a_name_is_one_job(account):
    with pytest.raises(ClientError) as refused:
        account.client("sagemaker").create_training_job(**training(account, "once"))
    assert refused.value.response["Error"] == {
        "Code": "ResourceInUse",
        "Message": "Training job names must be unique within an AWS account and region, and a training job with this "
        f"name already exists (arn:aws:sagemaker:us-east-1:{account.account_id}:training-job/once)",
    }
    with pytest.raises(ClientError, match="Requested resource not found"):
        account.client("sagemaker").describe_training_job(TrainingJobName="never")


def test_checkpoints_go_to_s3_and_come_back(account):
    where = {"CheckpointConfig": {"S3Uri": f"s3://{account.bucket}/checkpoints"}}
    sagemaker, s3 = account.client("sagemaker"), account.client("s3")
    sagemaker.create_training_job(**training(account, "first") | where)
    assert trained(account, "first")["TrainingJobStatus"] == "Completed"
    kept = s3.list_objects_v2(Bucket=account.bucket, Prefix="checkpoints/")["Contents"]
    # The image goes on from checkpoints of an older image's name only.
    copied = {"Bucket": account.bucket, "Key": kept[0]["Key"]}
    s3.copy_object(Bucket=account.bucket, Key="checkpoints/xgboost-checkpoint.1", CopySource=copied)
    sagemaker.create_training_job(**training(account, "second") | where)
    assert trained(account, "second")["TrainingJobStatus"] == "Completed"
    rounds = [line for line in log_lines(account, GROUP, "second/") if "#011train-auc:" in line]
    assert len(rounds) == 1  # two of three rounds were done


def test_a_stopped_job_keeps_what_the_image_keeps(account):
    sagemaker = account.client("sagemaker")
    asked = training(account, "stopped", num_round="100000", save_model_on_termination="true")
    sagemaker.create_training_job(**asked)
    until(
        lambda: any(line.startswith("[5]#011") for line in log_lines(account, GROUP, "stopped/")),
        "a few rounds",
    )
    sagemaker.stop_training_job(TrainingJobName="stopped")
    assert sagemaker.describe_training_job(TrainingJobName="stopped")["TrainingJobStatus"] in (
        "Stopping",
        "Stopped",
    )
    job = trained(account, "stopped")
    assert job["TrainingJobStatus"] == "Stopped"
    assert [turn["Status"] for turn in job["SecondaryStatusTransitions"]][-2:] == ["Stopping", "Stopped"]
    assert get(account, "models/stopped/output/model.tar.gz")

    release = account.hold("early", "Starting")
    sagemaker.create_training_job(**training(account, "early"))
    sagemaker.stop_training_job(TrainingJobName="early")
    assert trained(account, "early")["TrainingJobStatus"] == "Stopped"
    release()
    with pytest.raises(ClientError, match="NoSuchKey"):
        get(account, "models/early/output/model.tar.gz")


def test_time_is_up(account):
    asked = training(account, "endless", num_round="10000000") | {
        "StoppingCondition": {"MaxRuntimeInSeconds": 2}
    }
    account.client("sagemaker").create_training_job(**asked)
    job = trained(account, "endless")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def tuning(account, name: str, jobs: int, **ranges: object) -> None:
    static = {key: value for key, value in PARAMETERS.items() if key != "eval_metric"}
    account.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "RandomSeed": 7,
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": ranges,
        },
        TrainingJobDefinition=training(account) | {"StaticHyperParameters": static},
    )


def test_a_tuning_job_trains_its_trials_and_names_the_best(account):
    depth = {"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}
    eta = {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.9", "ScalingType": "Logarithmic"}
    tuning(account, "tune", 2, IntegerParameterRanges=[depth], ContinuousParameterRanges=[eta])
    sagemaker = account.client("sagemaker")

    def ended():
        job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
        return job if job["HyperParameterTuningJobStatus"] != "InProgress" else None

    job = until(ended, "the tuning job")
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["Completed"] == 2
    trials = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")
    names = [trial["TrainingJobName"] for trial in trials["TrainingJobSummaries"]]
    assert [name[:8] for name in names] == ["tune-001", "tune-002"]
    assert all(len(name) == len("tune-001-") + 8 for name in names)
    values = [
        trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for trial in trials["TrainingJobSummaries"]
    ]
    best = job["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == max(values)
    assert 1 <= int(best["TunedHyperParameters"]["max_depth"]) <= 6
    assert 0.01 <= float(best["TunedHyperParameters"]["eta"]) <= 0.9
    trial = sagemaker.describe_training_job(TrainingJobName=names[0])
    assert trial["HyperParameters"]["_tuning_objective_metric"] == "validation:auc"
    assert trial["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    assert get(account, f"models/{names[0]}/output/model.tar.gz")


def test_a_tuning_job_stops_with_its_trial_and_fails_when_none_succeeds(account):
    depth = {"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}
    sagemaker = account.client("sagemaker")
    tuning(account, "halt", 50, IntegerParameterRanges=[depth])
    until(
        lambda: sagemaker.list_training_jobs(NameContains="halt")["TrainingJobSummaries"], "the first trial"
    )
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="halt")
    tuning(account, "bad", 1, CategoricalParameterRanges=[{"Name": "booster", "Values": ["gbforest"]}])

    def status(name: str) -> dict:
        job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        return job if job["HyperParameterTuningJobStatus"] in ("Stopped", "Failed", "Completed") else {}

    assert until(lambda: status("halt"))["HyperParameterTuningJobStatus"] == "Stopped"
    failed = until(lambda: status("bad"))
    assert failed["HyperParameterTuningJobStatus"] == "Failed"
    assert failed["FailureReason"].startswith("No training job succeeded after 1 attempts.")
    with pytest.raises(ClientError, match="A hyperparameter tuning job with the name, halt, already exists"):
        tuning(account, "halt", 1, IntegerParameterRanges=[depth])
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="none")
