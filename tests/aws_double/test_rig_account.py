"""The rest of the account on the rig: who may, how much, what it costs, what is due, and what is listed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.aws_double.ask import CLUSTER, deploy, endpoint, log_lines, process, processed, put, train, until
from tests.conftest import ROOT

pytestmark = pytest.mark.aws


def test_the_environment_is_enough_for_any_client(aws):
    assert boto3.client("sts").get_caller_identity()["Account"] == aws.account_id
    assert [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]] == [aws.bucket]
    trust = boto3.client("iam").get_role(RoleName=aws.role_name)["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"] == {"Service": "sagemaker.amazonaws.com"}


def test_it_needs_nothing_beside_itself(tmp_path):
    shutil.copytree(Path(__file__).parent, tmp_path / "aws_double", ignore=shutil.ignore_patterns("test_*"))
    loading = "import importlib, pkgutil, aws_double; [importlib.import_module(f'aws_double.{m.name}')"
    loading += " for m in pkgutil.iter_modules(aws_double.__path__)]"
    done = subprocess.run([sys.executable, "-c", loading], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_it_runs_as_a_process_of_its_own_and_takes_its_jobs_along():
    command = [sys.executable, "-m", "tests.aws_double.rig"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        elsewhere = Elsewhere(json.loads(running.stdout.readline()))
        process(elsewhere, "long", "import os, time; print(os.getpid(), flush=True); time.sleep(600)")
        (pid,) = until(
            lambda: log_lines(elsewhere, "/aws/sagemaker/ProcessingJobs", "long/"), "the job's process"
        )
        assert alive(int(pid))
        running.kill()  # not even asked to end
        until(lambda: not alive(int(pid)), "the job to end with the rig")
        shutil.rmtree(Path(elsewhere.environment["folder"]), ignore_errors=True)


class Elsewhere:
    """As much of a rig in another process as `tests.aws_double.ask` needs."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment, self.bucket, self.role = environment, environment["bucket"], environment["role"]

    def client(self, service: str):
        told = self.environment
        session = boto3.session.Session(told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"])
        return session.client(
            service, endpoint_url=told["AWS_ENDPOINT_URL"], region_name=told["AWS_DEFAULT_REGION"]
        )


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_what_is_denied_is_refused_and_simulated(aws):
    iam, s3 = aws.client("iam"), aws.client("s3")
    aws.deny("s3:PutObject", "sagemaker:CreateProcessingJob")
    simulated = iam.simulate_principal_policy(
        PolicySourceArn=aws.role,
        ActionNames=["s3:GetObject", "s3:PutObject"],
        ResourceArns=["arn:aws:s3:::b/*"],
    )
    decisions = {each["EvalActionName"]: each["EvalDecision"] for each in simulated["EvaluationResults"]}
    assert decisions == {"s3:GetObject": "allowed", "s3:PutObject": "implicitDeny"}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=aws.bucket, Key="a", Body=b"1")
    with pytest.raises(ClientError, match="is not authorized to perform: sagemaker:CreateProcessingJob"):
        aws.client("sagemaker").create_processing_job(
            ProcessingJobName="p",
            RoleArn=aws.role,
            AppSpecification={"ImageUri": "x"},
            ProcessingResources={"ClusterConfig": CLUSTER},
        )
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=aws.bucket, Key="a", ExpectedBucketOwner="999999999999")


def test_quotas_are_listed_by_page_and_read_by_code(aws):
    aws.quotas.values["ml.m5.large for training job usage"] = 2
    quotas = aws.client("service-quotas")
    pages = quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode="sagemaker", PaginationConfig={"PageSize": 5}
    )
    listed = {quota["QuotaName"]: quota for page in pages for quota in page["Quotas"]}
    quota = listed["ml.m5.large for training job usage"]
    assert quota["Value"] == 2
    assert "ml.m5.xlarge for endpoint usage" in listed
    again = quotas.get_service_quota(ServiceCode="sagemaker", QuotaCode=quota["QuotaCode"])
    assert again["Quota"]["QuotaName"] == quota["QuotaName"]
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-00000000")


def test_prices_are_found_by_their_attributes(aws):
    wanted = {"instanceName": "ml.m5.xlarge", "component": "Hosting", "regionCode": aws.region}
    found = aws.client("pricing").get_products(
        ServiceCode="AmazonSageMaker",
        Filters=[{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()],
    )
    (product,) = map(json.loads, found["PriceList"])
    (term,) = product["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    assert float(dimension["pricePerUnit"]["USD"]) > 0 and dimension["unit"] == "Hrs"


def test_a_schedule_deletes_its_endpoint_when_its_time_has_come(aws):
    deploy(aws, "brief", train(aws, "t")["ModelArtifacts"]["S3ModelArtifacts"])
    endpoint(aws, "brief")
    scheduler = aws.client("scheduler")
    when = (datetime.now(UTC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    scheduler.create_schedule(
        Name="end-brief",
        ScheduleExpression=f"at({when})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
            "RoleArn": aws.role,
            "Input": json.dumps({"EndpointName": "brief"}),
        },
    )
    aws.advance(3600)
    assert endpoint(aws, "brief")["EndpointStatus"] == "InService"
    assert [each["Name"] for each in scheduler.list_schedules()["Schedules"]] == ["end-brief"]
    aws.advance(3601)
    until(lambda: not aws.client("sagemaker").list_endpoints()["Endpoints"], "the endpoint to be gone")
    assert scheduler.list_schedules()["Schedules"] == []
    assert aws.schedules.fired == ["end-brief"]


def test_lists_are_filtered_sorted_paged_and_tagged(aws):
    sagemaker = aws.client("sagemaker")
    for number in range(3):
        process(aws, f"list-{number}", "", Tags=[{"Key": "number", "Value": str(number)}])
        processed(aws, f"list-{number}")
    process(aws, "other", "raise SystemExit(1)")
    processed(aws, "other")

    def names(**asked: object) -> list[str]:
        pages = sagemaker.get_paginator("list_processing_jobs").paginate(**asked)
        return [job["ProcessingJobName"] for page in pages for job in page["ProcessingJobSummaries"]]

    assert names(NameContains="list", SortBy="CreationTime", SortOrder="Descending") == [
        "list-2",
        "list-1",
        "list-0",
    ]
    assert names(StatusEquals="Failed") == ["other"]
    assert names(SortBy="Name", PaginationConfig={"PageSize": 2}) == ["list-0", "list-1", "list-2", "other"]
    last = sagemaker.describe_processing_job(ProcessingJobName="list-2")
    before = last["CreationTime"] - timedelta(minutes=1)
    assert len(names(CreationTimeAfter=before)) == 4 and names(CreationTimeBefore=before) == []
    assert sagemaker.list_tags(ResourceArn=last["ProcessingJobArn"])["Tags"] == [
        {"Key": "number", "Value": "2"}
    ]
    sagemaker.add_tags(ResourceArn=last["ProcessingJobArn"], Tags=[{"Key": "more", "Value": "1"}])
    sagemaker.delete_tags(ResourceArn=last["ProcessingJobArn"], TagKeys=["number"])
    assert sagemaker.list_tags(ResourceArn=last["ProcessingJobArn"])["Tags"] == [
        {"Key": "more", "Value": "1"}
    ]
    with pytest.raises(ClientError, match="ValidationException"):
        sagemaker.list_tags(ResourceArn="arn:aws:sagemaker:us-east-1:123456789012:endpoint/none")


def test_values_that_only_aws_checks_are_checked(aws):
    with pytest.raises(ClientError) as refused:
        process(aws, "p", "", ProcessingResources={"ClusterConfig": CLUSTER | {"InstanceType": "ml.z9.huge"}})
    told = refused.value.response["Error"]
    assert told["Code"] == "ValidationException"
    assert told["Message"].startswith(
        "1 validation error detected: Value 'ml.z9.huge' at 'processingResources.clusterConfig.instanceType' failed to "
        "satisfy constraint: Member must satisfy enum value set: ["
    )
    put(aws, "fine", b"")


def test_nothing_survives_a_reset_or_the_rig(aws):
    process(aws, "long", "import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    logs = until(lambda: aws.account.folder.exists() and list(aws.account.folder.rglob("script.py")))
    assert logs
    folder = aws.account.folder
    aws.reset()
    assert not folder.exists()
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert str(folder) not in running
    assert aws.client("sagemaker").list_processing_jobs()["ProcessingJobSummaries"] == []
    assert aws.client("s3").list_objects_v2(Bucket=aws.bucket)["KeyCount"] == 0
