"""Faults and the recorder of the rig: what goes wrong does so as on AWS, and what was sent can be read again."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ConnectionError, HTTPClientError

from tests.aws_double.ask import get, process, processed, put
from tests.aws_double.recorder import REWRITE, check_snapshot
from tests.aws_double.request import read_request

pytestmark = pytest.mark.aws


def retrying(aws, service: str, attempts: int = 4):
    return boto3.client(service, config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}))


def test_throttling_and_errors_are_answered_n_times(aws):
    fault = aws.faults.throttle("sagemaker", "List*", times=2, after=1)
    sagemaker = aws.client("sagemaker")
    sagemaker.list_models()
    for _ in range(2):
        with pytest.raises(ClientError, match="ThrottlingException"):
            sagemaker.list_models()
    sagemaker.list_models()
    assert fault.happened == 2
    aws.faults.throttle("s3", "PutObject")
    aws.faults.fail("s3", "GetObject")
    with pytest.raises(ClientError, match="SlowDown"):
        put(aws, "a", b"1")
    put(aws, "a", b"1")
    with pytest.raises(ClientError, match="InternalError"):
        get(aws, "a")
    aws.faults.throttle("sts")
    assert retrying(aws, "sts").get_caller_identity()["Account"]
    aws.faults.refuse("sagemaker", "ListModels", "Odd", "An odd error.", 418)
    with pytest.raises(ClientError, match="An odd error"):
        sagemaker.list_models()


def test_a_dropped_connection_comes_before_or_after_the_effect(aws):
    s3 = aws.client("s3")
    aws.faults.drop_before("s3", "PutObject")
    with pytest.raises((ConnectionError, HTTPClientError)):
        s3.put_object(Bucket=aws.bucket, Key="before", Body=b"1")
    aws.faults.drop_after("s3", "PutObject")
    with pytest.raises((ConnectionError, HTTPClientError)):
        s3.put_object(Bucket=aws.bucket, Key="after", Body=b"1")
    with pytest.raises(ClientError, match="NoSuchKey"):
        get(aws, "before")
    assert get(aws, "after") == b"1"

    aws.faults.drop_after("sagemaker", "CreateProcessingJob")
    with pytest.raises(ConnectionClosedError):
        process(aws, "once", "")
    assert processed(aws, "once")["ProcessingJobStatus"] == "Completed"


def test_an_upload_that_was_cut_short_left_nothing_and_is_sent_again(aws):
    body = bytes(range(256)) * 4096
    aws.faults.cut_upload()
    with pytest.raises((ConnectionError, HTTPClientError)):
        aws.client("s3").put_object(Bucket=aws.bucket, Key="cut", Body=body)
    with pytest.raises(ClientError, match="NoSuchKey"):
        get(aws, "cut")
    fault = aws.faults.cut_upload()
    retrying(aws, "s3").put_object(Bucket=aws.bucket, Key="cut", Body=body)
    assert fault.happened == 1 and get(aws, "cut") == body


def test_credentials_expire_until_they_are_renewed(aws, monkeypatch):
    old = [aws.client(service) for service in ("sts", "s3", "sagemaker")]
    aws.expire_credentials()
    for client, call, code in zip(
        old,
        ("get_caller_identity", "list_buckets", "list_models"),
        ("ExpiredToken", "ExpiredToken", "ExpiredTokenException"),
        strict=True,
    ):
        with pytest.raises(ClientError) as refused:
            getattr(client, call)()
        assert refused.value.response["Error"]["Code"] == code
    assert aws.client("sagemaker").list_models()["Models"] == []


def test_requests_are_recorded_by_their_meaning(aws):
    s3 = aws.client("s3")
    s3.put_object(
        Bucket=aws.bucket, Key="a/b c.txt", Body=b"1", ServerSideEncryption="aws:kms", SSEKMSKeyId="k"
    )
    s3.list_objects_v2(Bucket=aws.bucket, Prefix="a/")
    s3.get_bucket_location(Bucket=aws.bucket)
    s3.put_public_access_block(Bucket=aws.bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    upload = s3.create_multipart_upload(Bucket=aws.bucket, Key="big")["UploadId"]
    s3.upload_part(Bucket=aws.bucket, Key="big", PartNumber=1, UploadId=upload, Body=b"1")
    s3.abort_multipart_upload(Bucket=aws.bucket, Key="big", UploadId=upload)
    s3.delete_objects(Bucket=aws.bucket, Delete={"Objects": [{"Key": "a/b c.txt"}]})
    aws.client("iam").get_role(RoleName=aws.role_name)
    aws.client("scheduler").list_schedules(NamePrefix="x")
    assert aws.recorder.operations() == [
        "s3:PutObject",
        "s3:ListObjectsV2",
        "s3:GetBucketLocation",
        "s3:PutPublicAccessBlock",
        "s3:CreateMultipartUpload",
        "s3:UploadPart",
        "s3:AbortMultipartUpload",
        "s3:DeleteObjects",
        "iam:GetRole",
        "scheduler:ListSchedules",
    ]
    put_object = aws.recorder.of("PutObject")[0]
    assert (put_object["Key"], put_object["SSEKMSKeyId"]) == ("a/b c.txt", "k")
    assert aws.recorder.of("GetRole") == [{"RoleName": aws.role_name}]
    assert aws.recorder.of("ListSchedules") == [{"NamePrefix": "x"}]
    assert read_request({"PATH_INFO": "/", "REQUEST_METHOD": "GET"}) is None


def test_a_snapshot_is_the_same_for_every_run_and_shows_a_change(aws, tmp_path, monkeypatch):
    def journey(stamp: str, polls: int) -> dict:
        aws.recorder.requests.clear()
        for key in ("b", "a") if polls > 1 else ("a", "b"):
            put(aws, f"runs/eda-{stamp}-1f2e3d/{key}.csv", b"1")
        process(aws, f"eda-{stamp}-1f2e3d", "")
        for _ in range(polls):
            processed(aws, f"eda-{stamp}-1f2e3d")
        return aws.recorder.snapshot()

    first, second = journey("20261125-101112", 1), journey("20261126-131415", 3)
    assert first == second
    assert "eda-<time>-<hex>" in json.dumps(first) and "20261125" not in json.dumps(first)
    assert "123456789012" not in json.dumps(first)

    file = tmp_path / "snapshots" / "journey.json"
    with pytest.raises(AssertionError, match="there is no"):
        check_snapshot(file, first)
    monkeypatch.setenv(REWRITE, "1")
    check_snapshot(file, first)
    monkeypatch.delenv(REWRITE)
    check_snapshot(file, second)
    put(aws, "one/more", b"1")
    with pytest.raises(AssertionError, match="what is sent to AWS has changed"):
        check_snapshot(file, aws.recorder.snapshot())
