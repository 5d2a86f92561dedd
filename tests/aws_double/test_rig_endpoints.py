"""Endpoints and Batch Transform on the rig: a real server answers, and refusals look as sagemaker-runtime's do."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.aws_double.ask import DATA, deploy, endpoint, get, invoke, log_lines, model, put, train, until
from tests.aws_double.invocations import REAL_TIME_LIMIT, SERVERLESS_LIMIT

pytestmark = pytest.mark.aws
ROWS = [
    line.partition(",")[2]
    for line in (DATA / "breast_cancer" / "validation.csv").read_text().splitlines()[:5]
]
BODY = "\n".join(ROWS).encode()


@pytest.fixture(scope="module")
def account(aws_module):
    """An account with one model, `uri`."""
    aws_module.uri = train(aws_module, "t")["ModelArtifacts"]["S3ModelArtifacts"]
    return aws_module


def test_an_endpoint_is_created_answers_and_is_deleted(account):
    release = account.hold("e", "Creating")
    deploy(account, "e", account.uri, EnableNetworkIsolation=True)
    sagemaker = account.client("sagemaker")
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "Creating"
    with pytest.raises(ClientError, match=f"Endpoint e of account {account.account_id} not found"):
        invoke(account, "e", BODY)
    release()
    assert endpoint(account, "e")["EndpointStatus"] == "InService"
    answers = [float(part) for part in invoke(account, "e", BODY).replace(b"\n", b",").split(b",") if part]
    assert len(answers) == len(ROWS) and all(0 < answer < 1 for answer in answers)
    with pytest.raises(ClientError, match="Cannot create already existing endpoint"):
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="e")

    port = account.endpoints.server("e")[0].container.process.pid
    assert port
    sagemaker.delete_endpoint(EndpointName="e")

    def gone() -> bool:
        try:
            sagemaker.describe_endpoint(EndpointName="e")
        except ClientError as error:
            return "Could not find endpoint" in str(error)
        return False

    until(gone, "the endpoint to be gone")
    sagemaker.delete_endpoint_config(EndpointConfigName="e")
    sagemaker.delete_model(ModelName="e")
    for describe in (
        lambda: sagemaker.describe_endpoint_config(EndpointConfigName="e"),
        lambda: sagemaker.describe_model(ModelName="e"),
    ):
        with pytest.raises(ClientError, match="Could not find"):
            describe()


def test_a_refusal_of_the_container_is_a_model_error(account):
    deploy(account, "strict", account.uri, serverless=True)
    told = endpoint(account, "strict")
    assert told["ProductionVariants"][0]["CurrentServerlessConfig"] == {
        "MemorySizeInMB": 1024,
        "MaxConcurrency": 1,
    }
    with pytest.raises(ClientError) as refused:
        invoke(account, "strict", b"not,numbers\n")
    answer = refused.value.response
    assert answer["Error"]["Code"] == "ModelError"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["OriginalStatusCode"] == 400 or answer["OriginalStatusCode"] == 415
    assert answer["OriginalMessage"] and answer["OriginalMessage"] in answer["Error"]["Message"]
    assert "logEventViewer:group=/aws/sagemaker/Endpoints/strict" in answer["Error"]["Message"]

    with pytest.raises(ClientError, match=r"ValidationError.*oversize body"):
        invoke(account, "strict", b"1" * (SERVERLESS_LIMIT + 1))
    deploy(account, "broad", account.uri)
    endpoint(account, "broad")
    with pytest.raises(ClientError, match="413"):
        invoke(account, "broad", b"1" * (REAL_TIME_LIMIT + 1))
    most = (BODY + b"\n") * (REAL_TIME_LIMIT // (len(BODY) + 1))
    assert len(invoke(account, "broad", most).split()) == most.count(b"\n")


def test_a_model_that_cannot_be_served_fails_its_ping(account):
    from core.archive import pack_model

    folder = account.account.folder / "broken"
    folder.mkdir()
    (folder / "xgboost-model").write_bytes(b"no model")
    pack_model(folder, folder.with_suffix(".tar.gz"))
    uri = put(account, "models/broken.tar.gz", folder.with_suffix(".tar.gz").read_bytes())
    deploy(account, "broken", uri)
    told = endpoint(account, "broken")
    assert told["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in told["FailureReason"]
    assert log_lines(account, "/aws/sagemaker/Endpoints/broken", "AllTraffic/")
    account.client("sagemaker").delete_endpoint(EndpointName="broken")

    deploy(account, "damaged", put(account, "models/damaged.tar.gz", b"no archive"))
    told = endpoint(account, "damaged")
    assert (told["EndpointStatus"], "Failed to download model data" in told["FailureReason"]) == (
        "Failed",
        True,
    )
    with pytest.raises(ClientError, match="Could not access model data at s3://"):
        model(account, "nowhere", f"s3://{account.bucket}/models/nowhere.tar.gz")


def test_an_update_keeps_answering_and_changes_the_model(account):
    deploy(account, "moving", account.uri)
    endpoint(account, "moving")
    before = invoke(account, "moving", BODY)
    other = train(account, "other", num_round="1")["ModelArtifacts"]["S3ModelArtifacts"]
    model(account, "second", other)
    sagemaker = account.client("sagemaker")
    variant = {"VariantName": "AllTraffic", "ModelName": "second", "InstanceType": "ml.m5.large"}
    sagemaker.create_endpoint_config(
        EndpointConfigName="second", ProductionVariants=[variant | {"InitialInstanceCount": 1}]
    )
    sagemaker.update_endpoint(EndpointName="moving", EndpointConfigName="second")
    assert invoke(account, "moving", BODY)
    assert endpoint(account, "moving")["EndpointConfigName"] == "second"
    assert invoke(account, "moving", BODY) != before


def test_batch_transform_answers_line_by_line(account):
    model(account, "batch", account.uri)
    source = put(account, "batch/in/rows.csv", BODY + b"\n").rpartition("/")[0]
    asked = {
        "ModelName": "batch",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": source}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": f"s3://{account.bucket}/batch/out",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        "BatchStrategy": "MultiRecord",
    }
    sagemaker = account.client("sagemaker")

    def ended(name: str):
        job = sagemaker.describe_transform_job(TransformJobName=name)
        return job if job["TransformJobStatus"] not in ("InProgress", "Stopping") else None

    sagemaker.create_transform_job(TransformJobName="lines", **asked)
    assert until(lambda: ended("lines"))["TransformJobStatus"] == "Completed"
    answers = get(account, "batch/out/rows.csv.out").split()
    assert len(answers) == len(ROWS) and all(0 < float(answer) < 1 for answer in answers)

    release = account.hold("halted", "Transforming")
    sagemaker.create_transform_job(TransformJobName="halted", **asked)
    sagemaker.stop_transform_job(TransformJobName="halted")
    assert until(lambda: ended("halted"))["TransformJobStatus"] == "Stopped"
    release()
    put(account, "batch/in/rows.csv", b"not,numbers\n")
    sagemaker.create_transform_job(TransformJobName="refused", **asked)
    job = until(lambda: ended("refused"))
    assert (job["TransformJobStatus"], job["FailureReason"]) == (
        "Failed",
        "ClientError: See job logs for more information",
    )
    lines = log_lines(account, "/aws/sagemaker/TransformJobs", "refused/")
    assert any("Bad HTTP status received from algorithm: 4" in line for line in lines)
