"""In SageMaker Studio, as its metadata file tells it: the role and the bucket are found, and nothing is created."""

from __future__ import annotations

import json

import pytest

from core.backends import get_backend
from core.backends.aws.setup import studio
from core.settings import Settings

ROLE = "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20250101T000000"


@pytest.fixture
def metadata(aws, tmp_path, monkeypatch):
    """The file that Studio puts there; the SDK reads it from a constant of its own."""
    from sagemaker.core.helper import session_helper

    file = tmp_path / "resource-metadata.json"
    file.write_text(json.dumps({"ResourceName": "default", "DomainId": "d-1", "ExecutionRoleArn": ROLE}))
    monkeypatch.setattr(studio, "METADATA", file)
    monkeypatch.setattr(session_helper, "NOTEBOOK_METADATA_FILE", str(file))
    studio.role_and_bucket.cache_clear()
    yield file
    studio.role_and_bucket.cache_clear()


@pytest.mark.aws
def test_the_role_and_the_default_bucket_are_found(aws, metadata):
    backend = get_backend(Settings(backend="aws", region=aws.region))
    assert backend.settings.role == ROLE
    assert backend.settings.bucket == f"sagemaker-{aws.region}-123456789012"
    names = [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]]
    assert backend.settings.bucket not in names, "a bucket is created on request only"


@pytest.mark.aws
def test_what_is_set_stands_above_what_studio_knows(aws, metadata):
    filled = studio.filled(Settings(region=aws.region, bucket="my-bucket"))
    assert (filled.bucket, filled.role) == ("my-bucket", ROLE)


def test_anywhere_else_nothing_is_looked_for():
    settings = Settings(region="eu-central-1")
    assert studio.filled(settings) is settings
