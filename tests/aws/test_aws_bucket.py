"""The bucket: created on request, guarded, the same twice, and no rule of anybody else's is lost."""

from __future__ import annotations

import json

import pytest

from core.backends.aws.session.connection import Session
from core.backends.aws.session.failures import BucketAccessDenied, WrongBucketRegion
from core.backends.aws.setup import bucket
from core.settings import Settings

pytestmark = pytest.mark.aws


def session(**settings) -> Session:
    return Session(Settings(**{"bucket": "my-new-bucket", "region": "us-east-1", **settings}))


def test_a_new_bucket_is_private_encrypted_and_tidied(aws):
    done = bucket.create(session(keep_days=30))
    assert done[0] == "created in us-east-1"
    s3 = aws.client("s3")
    assert all(s3.get_public_access_block(Bucket="my-new-bucket")["PublicAccessBlockConfiguration"].values())
    (rule,) = s3.get_bucket_encryption(Bucket="my-new-bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (statement,) = json.loads(s3.get_bucket_policy(Bucket="my-new-bucket")["Policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )
    rules = {
        rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket="my-new-bucket")["Rules"]
    }
    assert rules["sendero sendero uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert rules["sendero sendero training"]["Expiration"] == {"Days": 30}
    assert not any("datasets" in name or "endpoints" in name for name in rules), "data sets never expire"
    create = aws.recorder.of("CreateBucket")[0]
    assert "CreateBucketConfiguration" not in str(create), "us-east-1 takes no LocationConstraint"


def test_elsewhere_the_region_is_named(aws):
    bucket.create(session(region="eu-central-1"))
    answer = aws.client("s3").get_bucket_location(Bucket="my-new-bucket")
    assert answer["LocationConstraint"] == "eu-central-1"


def test_twice_is_the_same_and_rules_of_others_stay(aws):
    bucket.create(session(keep_days=30))
    s3 = aws.client("s3")
    theirs = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 5}}
    rules = s3.get_bucket_lifecycle_configuration(Bucket="my-new-bucket")["Rules"]
    s3.put_bucket_lifecycle_configuration(
        Bucket="my-new-bucket", LifecycleConfiguration={"Rules": [*rules, theirs]}
    )
    policy = json.loads(s3.get_bucket_policy(Bucket="my-new-bucket")["Policy"])
    policy["Statement"].append(policy["Statement"][0] | {"Sid": "Theirs", "Action": "s3:PutObjectAcl"})
    s3.put_bucket_policy(Bucket="my-new-bucket", Policy=json.dumps(policy))

    done = bucket.create(session())  # the results are to be kept now
    assert not done[0].startswith("created")
    names = [rule["ID"] for rule in s3.get_bucket_lifecycle_configuration(Bucket="my-new-bucket")["Rules"]]
    assert names == ["theirs", "sendero sendero uploads"]
    policy = json.loads(s3.get_bucket_policy(Bucket="my-new-bucket")["Policy"])
    assert sorted(statement["Sid"] for statement in policy["Statement"]) == ["SenderoTlsOnly", "Theirs"]


def test_a_key_of_ones_own_encrypts_by_default(aws):
    bucket.create(session(kms_key="arn:aws:kms:us-east-1:123456789012:key/k"))
    answer = aws.client("s3").get_bucket_encryption(Bucket="my-new-bucket")
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].endswith("key/k")


def test_a_bucket_of_another_region_is_left_alone(aws):
    bucket.create(session(region="eu-central-1"))
    with pytest.raises(WrongBucketRegion, match="eu-central-1"):
        bucket.create(session())


def test_a_bucket_that_may_not_be_seen_is_left_alone(aws):
    aws.faults.refuse(
        "s3", "GetBucketLocation", code="AccessDenied", message="Access Denied", status=403, times=9
    )
    with pytest.raises(BucketAccessDenied):
        bucket.create(session())
    assert not aws.recorder.of("CreateBucket")


def test_every_request_to_the_bucket_names_its_owner(aws):
    bucket.create(session())
    for name in (
        "PutPublicAccessBlock",
        "PutBucketEncryption",
        "PutBucketPolicy",
        "PutBucketLifecycle",  # as the rig calls it
    ):
        assert "123456789012" in str(aws.recorder.of(name)), name
