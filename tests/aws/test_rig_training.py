"""Training and tuning jobs on the rig: the container stand-in really trains, and the answers are SageMaker's."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from core.archive import unpack_model
from tests.aws.ask import PARAMETERS, get, log_lines, train, trained, training, until

pytestmark = pytest.mark.aws
GROUP = "/aws/sagemaker/TrainingJobs"


def test_a_job_trains_and_leaves_its_model(aws, tmp_path):
    job = train(aws, "t1")
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Completed"
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{aws.bucket}/models/t1/output/model.tar.gz"
    archive = tmp_path / "model.tar.gz"
    archive.write_bytes(get(aws, "models/t1/output/model.tar.gz"))
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
    lines = log_lines(aws, GROUP, "t1/")
    assert any(line.startswith("[2]#011train-auc:") for line in lines)
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"] >= 1


def test_a_customers_error_and_an_algorithms_error_are_told_apart(aws):
    client = train(aws, "typo", max_depht="3")
    assert client["TrainingJobStatus"] == "Failed"
    assert client["FailureReason"].startswith("ClientError: ")
    assert "max_depht" in client["FailureReason"] and client["FailureReason"].endswith(", exit code: 1")
    algorithm = train(aws, "labels", objective="multi:softmax", num_class="2", eval_metric="auc")
    assert algorithm["FailureReason"].startswith(("AlgorithmError: ", "ClientError: "))
    assert algorithm["SecondaryStatusTransitions"][-1]["Status"] == "Failed"


def test_a_name_is_one_job(aws):
    train(aws, "once")
    with pytest.raises(ClientError) as refused:
        train(aws, "once")
    assert refused.value.response["Error"] == {
        "Code": "ResourceInUse",
        "Message": "Training job names must be unique within an AWS account and region, and a training job with this "
        f"name already exists (arn:aws:sagemaker:us-east-1:{aws.account_id}:training-job/once)",
    }
    with pytest.raises(ClientError, match="Requested resource not found"):
        aws.client("sagemaker").describe_training_job(TrainingJobName="never")


def test_a_stopped_job_keeps_what_the_image_keeps(aws):
    sagemaker = aws.client("sagemaker")
    asked = training(aws, "stopped", num_round="100000", save_model_on_termination="true")
    sagemaker.create_training_job(**asked)
    until(
        lambda: any(line.startswith("[5]#011") for line in log_lines(aws, GROUP, "stopped/")), "a few rounds"
    )
    sagemaker.stop_training_job(TrainingJobName="stopped")
    assert sagemaker.describe_training_job(TrainingJobName="stopped")["TrainingJobStatus"] in (
        "Stopping",
        "Stopped",
    )
    job = trained(aws, "stopped")
    assert job["TrainingJobStatus"] == "Stopped"
    assert [turn["Status"] for turn in job["SecondaryStatusTransitions"]][-2:] == ["Stopping", "Stopped"]
    assert get(aws, "models/stopped/output/model.tar.gz")

    release = aws.hold("early", "Starting")
    sagemaker.create_training_job(**training(aws, "early"))
    sagemaker.stop_training_job(TrainingJobName="early")
    assert trained(aws, "early")["TrainingJobStatus"] == "Stopped"
    release()
    with pytest.raises(ClientError, match="NoSuchKey"):
        get(aws, "models/early/output/model.tar.gz")


def test_time_is_up(aws):
    asked = training(aws, "endless", num_round="10000000") | {"StoppingCondition": {"MaxRuntimeInSeconds": 2}}
    aws.client("sagemaker").create_training_job(**asked)
    job = trained(aws, "endless")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_spot_job_is_billed_for_less_and_needs_a_longest_wait(aws):
    sagemaker = aws.client("sagemaker")
    asked = training(aws, "spot") | {"EnableManagedSpotTraining": True}
    with pytest.raises(ClientError, match="MaxWaitTimeInSeconds"):
        sagemaker.create_training_job(**asked)
    condition = {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200}
    sagemaker.create_training_job(**asked | {"StoppingCondition": condition})
    job = trained(aws, "spot")
    assert job["EnableManagedSpotTraining"] is True
    assert job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]


def tuning(aws, name: str, jobs: int, **ranges: object) -> None:
    static = {key: value for key, value in PARAMETERS.items() if key != "eval_metric"}
    aws.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Random",
            "RandomSeed": 7,
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": ranges,
        },
        TrainingJobDefinition=training(aws) | {"StaticHyperParameters": static},
    )


def test_a_tuning_job_trains_its_trials_and_names_the_best(aws):
    depth = {"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}
    eta = {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.9", "ScalingType": "Logarithmic"}
    tuning(aws, "tune", 2, IntegerParameterRanges=[depth], ContinuousParameterRanges=[eta])
    sagemaker = aws.client("sagemaker")

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
    assert get(aws, f"models/{names[0]}/output/model.tar.gz")


def test_a_tuning_job_stops_with_its_trial_and_fails_when_none_succeeds(aws):
    depth = {"Name": "max_depth", "MinValue": "1", "MaxValue": "6"}
    sagemaker = aws.client("sagemaker")
    tuning(aws, "halt", 50, IntegerParameterRanges=[depth])
    until(lambda: sagemaker.list_training_jobs()["TrainingJobSummaries"], "the first trial")
    sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="halt")
    tuning(aws, "bad", 1, CategoricalParameterRanges=[{"Name": "booster", "Values": ["gbforest"]}])

    def status(name: str) -> dict:
        job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        return job if job["HyperParameterTuningJobStatus"] in ("Stopped", "Failed", "Completed") else {}

    assert until(lambda: status("halt"))["HyperParameterTuningJobStatus"] == "Stopped"
    failed = until(lambda: status("bad"))
    assert failed["HyperParameterTuningJobStatus"] == "Failed"
    assert failed["FailureReason"].startswith("No training job succeeded after 1 attempts.")
    with pytest.raises(ClientError, match="ResourceNotFound"):
        sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="none")
