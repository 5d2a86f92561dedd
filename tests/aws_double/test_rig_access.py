"""Who may do what on the rig: IAM's rules, its conditions, and AWS's sentence for a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws_double import iam
from tests.aws_double.ask import get, log_lines, process, processed, put, train, trained, training

pytestmark = pytest.mark.aws
OURS = {"StringEquals": {"aws:ResourceTag/team": "us"}}


def allow(actions: str | list[str], resources: str | list[str] = "*", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


EVERYTHING = policy(allow("*"))


def decide(*statements: dict[str, Any], action="s3:GetObject", resource="arn:aws:s3:::b/a", **context) -> str:
    return iam.decide(
        statements, action, resource, {key.replace("_", ":"): value for key, value in context.items()}
    )


@pytest.mark.parametrize(
    ("statement", "decision"),
    [
        (allow("s3:Get*", "arn:aws:s3:::b/*"), "allowed"),
        (allow("S3:getobject", "arn:aws:s3:::b/?"), "allowed"),
        (allow("s3:GetObject", "arn:aws:s3:::b"), "implicitDeny"),
        (allow("s3:PutObject"), "implicitDeny"),
        ({"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::c/*"}, "allowed"),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, "implicitDeny"),
    ],
)
def test_actions_and_resources(statement, decision):
    assert decide(statement) == decision


def test_a_denial_stands_above_what_is_allowed():
    assert decide(allow("*"), {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}) == "explicitDeny"


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "holds"),
    [
        ("StringEquals", ["a", "b"], ["b"], True),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringNotEquals", "a", ["b"], True),
        ("StringNotEquals", ["a", "b"], ["b"], False),
        ("StringNotEquals", "a", None, True),
        ("StringLike", "p/*", ["p/q/r"], True),
        ("StringLike", "p/*", ["p"], False),
        ("ArnLike", "arn:aws:kms:*:1:key/*", ["arn:aws:kms:eu:1:key/k"], True),
        ("Bool", "true", ["True"], True),
        ("Bool", True, ["true"], True),
        ("Null", "true", None, True),
        ("Null", "true", ["a"], False),
        ("NumericLessThanEquals", "10", ["9"], True),
        ("NumericLessThanEquals", "10", ["11"], False),
        ("DateGreaterThan", "2026-01-01T00:00:00+00:00", ["2026-06-01T00:00:00+00:00"], True),
        ("IpAddress", "10.0.0.0/8", ["10.1.2.3"], True),
        ("NotIpAddress", "10.0.0.0/8", ["10.1.2.3"], False),
        ("ForAnyValue:StringEquals", ["a"], ["b", "a"], True),
        ("ForAnyValue:StringEquals", ["a"], None, False),
        ("ForAllValues:StringEquals", ["a"], ["b", "a"], False),
        ("ForAllValues:StringEquals", ["a"], None, True),
        ("StringEquals", "${aws:username}", ["ann"], True),
    ],
)
def test_conditions(operator, wanted, given, holds):
    context = {"k:k": given, "aws:username": ["ann"]} if given else {}
    statement = allow("*", **{operator: {"K:K": wanted}})
    assert (iam.decide([statement], "a:b", "*", context) == "allowed") == holds


def test_an_operator_that_nobody_knows_is_not_guessed():
    with pytest.raises(KeyError):
        decide(allow("*", StringResembles={"a": "b"}))


def test_what_no_policy_allows_is_refused_in_awss_words(aws):
    aws.enforce({"user": [policy(allow("s3:GetObject", "arn:aws:s3:::*/mine/*"))]})
    user = "User: arn:aws:iam::123456789012:user/tester is not authorized to perform: "
    with pytest.raises(ClientError) as refused:
        put(aws, "mine/a", b"1")
    assert refused.value.response["Error"] == {
        "Code": "AccessDenied",
        "Message": f'{user}s3:PutObject on resource: "arn:aws:s3:::{aws.bucket}/mine/a" because no identity-based '
        "policy allows the s3:PutObject action",
    }
    with pytest.raises(ClientError) as refused:
        aws.client("sagemaker").describe_training_job(TrainingJobName="Secret")
    arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/secret"
    assert refused.value.response["Error"] == {
        "Code": "AccessDeniedException",
        "Message": f"{user}sagemaker:DescribeTrainingJob on resource: {arn} because no identity-based policy allows "
        "the sagemaker:DescribeTrainingJob action",
    } | {
        key: value for key, value in refused.value.response["Error"].items() if key not in ("Code", "Message")
    }


def test_that_an_object_is_missing_is_told_to_whoever_may_list_the_bucket(aws):
    below = {"StringLike": {"s3:prefix": "mine/*"}}
    aws.enforce({"user": [policy(allow("s3:GetObject"), allow("s3:ListBucket", **below))]})
    s3 = aws.client("s3")
    assert s3.list_objects_v2(Bucket=aws.bucket, Prefix="mine/")["KeyCount"] == 0
    with pytest.raises(ClientError, match=r"AccessDenied.*s3:ListBucket"):
        s3.list_objects_v2(Bucket=aws.bucket)
    with pytest.raises(ClientError, match=r"AccessDenied.*s3:ListBucket"):
        get(aws, "mine/none")
    with pytest.raises(ClientError, match=r"\(403\)"):
        s3.head_object(Bucket=aws.bucket, Key="mine/none")


def test_only_what_carries_the_tag_is_deleted_and_a_role_is_passed_by_leave(aws):
    process(aws, "long", "import time; time.sleep(600)", Tags=[{"Key": "team", "Value": "them"}])
    process(aws, "ours", "import time; time.sleep(600)", Tags=[{"Key": "team", "Value": "us"}])
    everything_but = ["sagemaker:CreateProcessingJob", "sagemaker:AddTags", "s3:*"]
    aws.enforce({"user": [policy(allow("sagemaker:StopProcessingJob", **OURS), allow(everything_but))]})
    sagemaker = aws.client("sagemaker")
    sagemaker.stop_processing_job(ProcessingJobName="ours")
    for name in ("long", "none"):  # what is not there carries no tag either
        with pytest.raises(
            ClientError, match=f"StopProcessingJob on resource: .*processing-job/{name} because"
        ):
            sagemaker.stop_processing_job(ProcessingJobName=name)
    with pytest.raises(
        ClientError, match=f"not authorized to perform: iam:PassRole on resource: {aws.role} because"
    ):
        process(aws, "next", "")


def test_a_job_may_what_its_role_may(aws):
    asked = training(aws, "poor")
    below = {"StringLike": {"s3:prefix": ["data/*"]}}
    image = allow("ecr:*")
    reads = [allow("s3:ListBucket", **below), allow("s3:GetObject"), image, allow("cloudwatch:PutMetricData")]
    aws.enforce({"user": [EVERYTHING], aws.role_name: [policy(*reads)]})
    aws.client("sagemaker").create_training_job(**asked)
    failed = trained(aws, "poor")
    assert failed["TrainingJobStatus"] == "Failed"
    role = f"arn:aws:sts::123456789012:assumed-role/{aws.role_name}/SageMaker is not authorized to perform: "
    assert f"{role}s3:PutObject" in failed["FailureReason"]
    assert not log_lines(aws, "/aws/sagemaker/TrainingJobs", "poor/")
    assert any("logs:CreateLogGroup" in line for line in aws.missed)


def test_a_role_that_may_all_it_needs_misses_nothing(aws):
    logs = allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
    mine = policy(allow(["s3:*", "ecr:*", "cloudwatch:PutMetricData"]), logs)
    aws.enforce({"user": [EVERYTHING], aws.role_name: [mine]})
    assert train(aws, "rich")["TrainingJobStatus"] == "Completed"
    process(aws, "well", "print('hello', flush=True)")
    assert processed(aws, "well")["ProcessingJobStatus"] == "Completed"
    assert log_lines(aws, "/aws/sagemaker/ProcessingJobs", "well/") == ["hello"]
    assert aws.missed == []


def test_the_simulator_decides_as_the_door_does(aws):
    aws.enforce(
        {"user": [EVERYTHING], aws.role_name: [policy(allow("s3:GetObject", "arn:aws:s3:::b/*", **OURS))]}
    )

    def simulated(**context: str) -> str:
        told = aws.client("iam").simulate_principal_policy(
            PolicySourceArn=aws.role,
            ActionNames=["s3:GetObject"],
            ResourceArns=["arn:aws:s3:::b/a"],
            ContextEntries=[
                {
                    "ContextKeyName": f"aws:ResourceTag/{key}",
                    "ContextKeyType": "string",
                    "ContextKeyValues": [value],
                }
                for key, value in context.items()
            ],
        )
        return told["EvaluationResults"][0]["EvalDecision"]

    assert (simulated(), simulated(team="them"), simulated(team="us")) == (
        "implicitDeny",
        "implicitDeny",
        "allowed",
    )


def test_a_managed_policy_has_a_longest_length(aws):
    long = policy(*(allow("s3:GetObject", f"arn:aws:s3:::bucket/{number:0100}") for number in range(60)))
    with pytest.raises(ClientError, match="Cannot exceed quota for PolicySize: 6144"):
        aws.client("iam").create_policy(PolicyName="long", PolicyDocument=long)
