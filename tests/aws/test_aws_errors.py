"""Every message of the catalogue as it was recorded, with its origin: the class it becomes, and what to do."""

from __future__ import annotations

import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError

from core import errors as known
from core.backends.aws.session import failures as aws
from core.backends.aws.session.errors import explain, explain_failure

USER = "arn:aws:iam::123456789012:user/ann"
ROLE = "arn:aws:iam::123456789012:role/sendero"
LIMIT = (
    "The account-level service limit '{}' is 0 {}, with current utilization of 0 {} and a request delta of 1 {}. "
    "Please use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, "
    "contact AWS support to request an increase for this quota."
)

# (operation, code, message, class, words of the text that the reader gets). Origins, by row or group:
REFUSED = [
    # STS and the JSON services, docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html; boto3#4119
    ("get_caller_identity", "ExpiredToken", "The security token included in the request is expired",
     aws.SignInExpired, "aws sso login"),
    ("list_training_jobs", "ExpiredTokenException", "The security token included in the request is expired",
     aws.SignInExpired, "aws sso login"),
    # S3: SuperCowPowers/workbench#165
    ("list_objects_v2", "ExpiredToken", "The provided token has expired.", aws.SignInExpired,
     "renew the session token"),
    # docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html
    ("get_caller_identity", "InvalidClientTokenId", "The security token included in the request is invalid.",
     aws.WrongCredentials, "new access key"),
    ("list_training_jobs", "UnrecognizedClientException", "The security token included in the request is invalid.",
     aws.WrongCredentials, "new access key"),
    ("list_objects_v2", "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.",
     aws.WrongCredentials, "aws configure"),
    ("list_objects_v2", "SignatureDoesNotMatch",
     "The request signature we calculated does not match the signature you provided. Check your key and signing "
     "method.",
     aws.WrongCredentials, "aws configure"),
    # docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    ("list_objects_v2", "RequestTimeTooSkewed",
     "The difference between the request time and the current time is too large.", aws.ClockSkew, "clock"),
    ("list_training_jobs", "InvalidSignatureException",
     "Signature expired: 20240101T000000Z is now earlier than 20240101T001000Z (20240101T001500Z - 5 min.)",
     aws.ClockSkew, "timedatectl"),
    # docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    ("create_training_job", "AccessDeniedException",
     f"User: {USER} is not authorized to perform: sagemaker:CreateTrainingJob on resource: "
     "arn:aws:sagemaker:eu-central-1:123456789012:training-job/x because no identity-based policy allows the "
     "sagemaker:CreateTrainingJob action",
     aws.AccessDenied, '"Action": "sagemaker:CreateTrainingJob", "Resource": "arn:aws:sagemaker:eu-central-1'),
    # S3 of 2024 and later names no resource in some answers
    ("put_object", "AccessDenied",
     f'User: {USER} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::b/sendero/x" because no '
     "identity-based policy allows the s3:PutObject action",
     aws.AccessDenied, '"Resource": "arn:aws:s3:::b/sendero/x"'),
    ("list_training_jobs", "AccessDeniedException",
     f"User: {USER} is not authorized to perform: sagemaker:ListTrainingJobs with an explicit deny in a service "
     "control policy: arn:aws:organizations::111122223333:policy/o-a/service_control_policy/p-b",
     aws.OrganizationDeny, "administrator"),
    # LBHackney-IT/Data-Platform#1992
    ("create_training_job", "AccessDeniedException",
     f"User: {USER} is not authorized to perform: iam:PassRole on resource: {ROLE} because no identity-based policy "
     "allows the iam:PassRole action",
     aws.PassRoleDenied, f"You may not pass the role {ROLE}"),
    # awslabs/predictive-maintenance-using-machine-learning#3
    ("create_transform_job", "ValidationException",
     f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal "
     "'sagemaker.amazonaws.com' to assume the role.",
     aws.UnusableRole, f"See that {ROLE} exists and trusts sagemaker.amazonaws.com"),
    # hashicorp/terraform-provider-aws, internal/service/scheduler
    ("create_schedule", "ValidationException",
     "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
     aws.UnusableSchedulerRole, "scheduler.amazonaws.com"),
    # docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; GreenleafLab/brainchromatin#17
    ("list_objects_v2", "NoSuchBucket", "The specified bucket does not exist", aws.NoBucket, "storage --create"),
    ("head_bucket", "404", "Not Found", aws.NoBucket, "There is no bucket b"),
    ("list_objects_v2", "PermanentRedirect",
     "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future "
     "requests to this endpoint.",
     aws.WrongBucketRegion, "SENDERO_REGION"),
    ("head_bucket", "301", "Moved Permanently", aws.WrongBucketRegion, "SENDERO_REGION"),
    ("put_object", "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint.",
     aws.WrongBucketRegion, "another region"),
    # s3tools/s3cmd, boto: the same words
    ("list_objects_v2", "AuthorizationHeaderMalformed",
     "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
     aws.WrongBucketRegion, "another region"),
    # aws/aws-cli#2603
    ("create_bucket", "IllegalLocationConstraintException",
     "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
     aws.WrongBucketRegion, "SENDERO_REGION"),
    # docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html: a bare 403
    ("put_object", "AccessDenied", "Access Denied", aws.BucketAccessDenied, "another account's"),
    ("head_bucket", "403", "Forbidden", aws.BucketAccessDenied, "SENDERO_BUCKET"),
    ("create_bucket", "BucketAlreadyExists",
     "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please "
     "select a different name and try again.",
     aws.BucketNameTaken, "account's number"),
    ("get_object", "NoSuchKey", "The specified key does not exist.", known.NotFound, "There is no"),
    ("put_object", "SlowDown", "Please reduce your request rate.", aws.Throttling, "Wait a minute"),
    # aws/deep-learning-containers#1018
    ("create_training_job", "ThrottlingException", "Rate exceeded", aws.Throttling, "Wait a minute"),
    # data-science-on-aws#200, awsdocs/amazon-sagemaker-developer-guide#70, aws/sagemaker-python-sdk#35
    ("create_training_job", "ResourceLimitExceeded",
     LIMIT.format("ml.p3.2xlarge for training job usage", *["Instances"] * 3),
     aws.QuotaExceeded, "Service Quotas > Amazon SageMaker > ml.p3.2xlarge for training job usage"),
    ("create_endpoint", "ResourceLimitExceeded",
     LIMIT.format("Memory size in MB per serverless endpoint", *["MBs"] * 3),
     aws.QuotaExceeded, "Amazon SageMaker > Memory size in MB per serverless endpoint"),
    ("create_training_job", "ResourceLimitExceeded",
     "The account-level service limit for training-job/ml.p2.xlarge is 0 Instances, with current utilization of 0 "
     "Instances and a request delta of 2 Instances. Please contact AWS support to request an increase for this limit.",
     aws.QuotaExceeded, "training-job/ml.p2.xlarge"),
    # aws/amazon-sagemaker-examples#1001
    ("create_training_job", "ResourceLimitExceeded",
     "The requested resource training-job/ml.p2.xlarge is not available in this region",
     aws.NotInRegion, "another instance type"),
    # m2lines/Samudra#866
    ("create_training_job", "InsufficientInstanceCapacity", "Insufficient capacity.", aws.NoCapacity, "later"),
    # aws-samples/easy-amazon-sagemaker-deployments#4, amazon-sagemaker-examples#1476, #195, sagemaker-python-sdk#2063
    ("create_model", "ValidationException",
     "Requested image 123456789012.dkr.ecr.us-west-2.amazonaws.com/x not found.", aws.NoImage, "pull images"),
    ("create_training_job", "ValidationException", "Cannot find the requested image: x", aws.NoImage, "pull images"),
    ("create_model", "ValidationException",
     'ECR image "123456789012.dkr.ecr.us-east-1.amazonaws.com/x" is invalid.', aws.NoImage, "region"),
    ("create_training_job", "ValidationException",
     "Invalid training image. Please provide a valid Amazon Elastic Container Registry path of the Docker image to "
     "run.",
     aws.NoImage, "region"),
    # aws/sagemaker-spark-container#158
    ("create_training_job", "ValidationException",
     "Access denied for repository: sagemaker-spark-processing in registry ID: 314815235551.", aws.NoImage, "pull"),
    # the service model's constraints, in the wording of every JSON service of AWS (moto has the same)
    ("create_training_job", "ValidationException",
     "1 validation error detected: Value 'ml.t2.nano' at 'resourceConfig.instanceType' failed to satisfy constraint: "
     "Member must satisfy enum value set: [ml.m5.large]",
     aws.BadRequest, "Member must satisfy enum value set: [ml.m5.large] (got ml.t2.nano)"),
    ("create_training_job", "ValidationException",
     "1 validation error detected: Value '0' at 'stoppingCondition.maxRuntimeInSeconds' failed to satisfy "
     "constraint: Member must have value greater than or equal to 1",
     aws.BadRequest, "the value of stoppingCondition.maxRuntimeInSeconds"),
    # moto/sagemaker/exceptions.py and models.py, as recorded there; terraform-provider-aws
    ("create_training_job", "ResourceInUse",
     "Training job names must be unique within an AWS account and region, and a training job with this name already "
     "exists (arn:aws:sagemaker:us-east-1:123456789012:training-job/x)",
     known.NameTaken, "Choose another name"),
    ("create_model", "ValidationException",
     'Cannot create already existing model "arn:aws:sagemaker:us-east-1:123456789012:model/taken".',
     known.NameTaken, "There is already model named 'taken'"),
    ("describe_endpoint", "ValidationException",
     'Could not find endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/nope".',
     known.NotFound, "There is no endpoint named 'nope'"),
    ("describe_training_job", "ValidationException", "Requested resource not found.", aws.AwsRefusal, "describe"),
    ("stop_processing_job", "ResourceNotFound", "Could not find requested job with name: nope",
     known.NotFound, "named 'nope'"),
    # docs.aws.amazon.com/AmazonCloudWatchLogs
    ("get_log_events", "ResourceNotFoundException", "The specified log group does not exist.",
     known.NotFound, "There is no"),
    ("get_role", "NoSuchEntity", "The role with name nope cannot be found.", known.NotFound, "role named 'nope'"),
    # aws/amazon-sagemaker-examples#1809; the container's own text must reach the reader
    ("invoke_endpoint", "ModelError",
     'Received server error (500) from primary with message "local variable \'pred\' referenced before assignment". '
     "See https://us-east-1.console.aws.amazon.com/cloudwatch/home for more information.",
     aws.ModelFailure, "local variable 'pred' referenced before assignment"),
    ("invoke_endpoint", "ModelError",
     'Received client error (400) from primary with message "Unable to evaluate payload provided". See https://x',
     known.EndpointRefused, "Unable to evaluate payload provided"),
    # aws-samples/host-yolov8-on-sagemaker-endpoint#21, RamVegiraju/SageMaker-Deployment#3: a cold start too long
    ("invoke_endpoint", "ModelError",
     'Received server error (0) from primary with message "Your invocation timed out while waiting for a response '
     'from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, '
     'and try again.". See https://x for more information.',
     aws.ColdStartTimeout, "Ask again"),
    ("invoke_endpoint", "ThrottlingException", "Rate exceeded", aws.EndpointBusy, "SERVERLESS_CONCURRENCY"),
    # the service model's own words, for HTTP 429
    ("invoke_endpoint", "ModelNotReadyException", "Either a serverless endpoint variant's resources are still being "
     "provisioned, or a multi-model endpoint is still downloading or loading the target model.",
     aws.EndpointWaking, "Ask again in a moment"),
    ("invoke_endpoint", "ValidationError", "Endpoint gone of account 123456789012 not found.",
     known.EndpointGone, "The endpoint gone does not answer"),
    ("invoke_endpoint", "413", "HTTP content length exceeded 6291456 bytes.", aws.PayloadTooLarge, "fewer rows"),
    ("invoke_endpoint", "ValidationError", "Request has oversize body.", aws.PayloadTooLarge, "4 MB"),
    # kedro-org/kedro, docs of its SageMaker integration
    ("create_training_job", "ValidationException",
     'No S3 objects found under S3 URL "s3://kedro-data" given in input data source. Please ensure that the bucket '
     f'exists in the selected region (us-east-1), that objects exist under that S3 prefix, and that the role "{ROLE}" '
     'has "s3:ListBucket" permissions on bucket "kedro-data".',
     aws.NoInput, "policies"),
    # aws/sagemaker-python-sdk, many issues
    ("create_model", "ValidationException",
     f'Could not access model data at s3://b/model.tar.gz. Please ensure that the role "{ROLE}" exists and that its '
     'trust relationship policy allows the action "sts:AssumeRole" for the service principal '
     '"sagemaker.amazonaws.com".',
     aws.NoInput, "execution role read the bucket"),
    # awslabs/mountpoint-s3, its SSE tests
    ("put_object", "AccessDenied",
     f"User: {USER} is not authorized to perform: kms:GenerateDataKey on resource: "
     "arn:aws:kms:us-east-1:123456789012:key/k because no identity-based policy allows the kms:GenerateDataKey action",
     aws.KeyAccessDenied, "Allow kms:GenerateDataKey on arn:aws:kms:us-east-1:123456789012:key/k"),
    # docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    ("put_object", "KMS.DisabledException", "arn:aws:kms:us-east-1:123456789012:key/k is disabled.",
     aws.UnusableKey, "aws kms enable-key"),
    ("put_object", "KMS.NotFoundException", "Invalid keyId 'k'", aws.UnusableKey, "SENDERO_KMS_KEY"),
    ("list_training_jobs", "OptInRequired", "The AWS Access Key Id needs a subscription for the service",
     aws.WrongRegion, "enabled first"),
    ("list_objects_v2", "InternalError", "We encountered an internal error. Please try again.",
     aws.AwsFailure, "few minutes"),
    ("create_training_job", "SomethingNew", "A sentence that nobody has met.", aws.AwsRefusal, "A sentence that"),
]  # fmt: skip

# botocore's own, before or after a request: the wording is each class's `fmt`.
URL = "https://sagemaker.mars-1.amazonaws.com/"
BOTOCORE = [
    (boto.NoCredentialsError(), aws.NoCredentials, "aws configure sso"),
    (
        boto.PartialCredentialsError(provider="env", cred_var="aws_secret_access_key"),
        aws.IncompleteCredentials,
        "both",
    ),
    (boto.ProfileNotFound(profile="nope"), aws.UnusableProfile, "aws configure list-profiles"),
    (boto.ConfigParseError(path="/home/ann/.aws/config", error="x"), aws.UnusableProfile, "~/.aws/config"),
    (
        boto.CredentialRetrievalError(provider="custom-process", error_msg="exit 1"),
        aws.UnusableProfile,
        "profile",
    ),
    (boto.SSOTokenLoadError(error_msg="Token for mine does not exist"), aws.SignInExpired, "aws sso login"),
    (boto.UnauthorizedSSOTokenError(), aws.SignInExpired, "aws sso login"),
    (
        boto.TokenRetrievalError(provider="sso", error_msg="Token has expired and refresh failed"),
        aws.SignInExpired,
        "aws sso login",
    ),
    (boto.LoginRefreshRequired(), aws.SignInExpired, "Sign in again"),
    (boto.NoRegionError(), aws.NoRegion, "SENDERO_REGION"),
    (boto.InvalidRegionError(region_name="mars 1"), aws.WrongRegion, "Correct it"),
    (boto.UnknownRegionError(region_name="mars-1", error_msg=""), aws.WrongRegion, "Correct it"),
    (boto.EndpointConnectionError(endpoint_url=URL, error="x"), aws.NoConnection, "network"),
    (boto.ConnectTimeoutError(endpoint_url=URL, error="x"), aws.NoConnection, "HTTPS_PROXY"),
    (boto.ProxyConnectionError(proxy_url="http://proxy:1"), aws.NoConnection, "HTTPS_PROXY"),
    (boto.SSLError(endpoint_url=URL, error="self-signed certificate"), aws.BadCertificate, "AWS_CA_BUNDLE"),
    (boto.ReadTimeoutError(endpoint_url=URL, error="x"), aws.ResponseTimeout, "look at the list first"),
    (boto.ConnectionClosedError(endpoint_url=URL), aws.ResponseTimeout, "look at the list first"),
    (
        boto.ParamValidationError(report="Missing required parameter"),
        aws.AwsRefusal,
        "Missing required parameter",
    ),
]

# FailureReason of jobs and endpoints, and a Processing Job's ExitMessage.
FAILED = [
    # DIAGNijmegen/rse-grand-challenge, which matches these four to the letter
    ("CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance "
     "type.", aws.NoCapacity, "another instance type"),
    ("InternalServerError: We encountered an internal error.  Please try again.",
     aws.SageMakerFailure, "Launch it again"),
    ("ClientError: Please use an instance type with more memory, or reduce the size of job data processed on an "
     "instance.", aws.OutOfMemory, "more memory"),
    ("ClientError: Artifact upload failed:ClientError: Out of Memory. Please use a larger instance",
     aws.OutOfMemory, "more memory"),
    # hosting's wording of the same, data-science-on-aws
    ("Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using "
     "a different ML instance type or after some time.", aws.NoCapacity, "later"),
    # aws/sagemaker-python-sdk#128
    ("ClientError: Data download failed:Insufficient disk space", aws.OutOfDiskSpace, "fewer rows"),
    # aws/sagemaker-python-sdk#35 and #43; astronomer/docs#1695
    (f"ClientError: SageMaker was unable to assume the role '{ROLE}'", aws.UnusableRole, f"See that {ROLE} exists"),
    ("ClientError: TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is unable to perform: "
     "sts:AssumeRole on the role. Check if you have a trust relationship for 'sagemaker.amazonaws.com' to assume the "
     "role.", aws.UnusableRole, "trust policy"),
    # "Learn Amazon SageMaker" and others: a VPC without a way out
    ("ClientError: Data download failed:Please ensure that the subnet's route table has a route to an S3 VPC endpoint "
     "or a NAT device, and both the security groups and the subnet's network ACL allow outbound traffic to S3.",
     aws.NoRouteToStorage, "S3 gateway endpoint"),
    # aws-samples/sagemaker-run-notebook#32
    ("ClientError: Failed to download data. ListObjectsV2 failed for s3://b/x nextToken:[null]: Unable to execute "
     "request to S3", aws.InvalidInput, "launch again"),
    # the XGBoost container in algorithm mode (tests/golden): the last sentence is what to read
    ("AlgorithmError: framework error: \nTraceback (most recent call last):\n  File \"x.py\", line 196\n"
     "xgboost.core.XGBoostError: label must be in [0,1] for logistic regression, exit code: 1",
     aws.AlgorithmError, "label must be in [0,1]"),
    # aws/sagemaker-python-sdk#1554, #787
    ("The primary container for production variant AllTraffic did not pass the ping health check. Please check "
     "CloudWatch logs for this endpoint.", aws.ModelStartFailure, "more memory"),
    # botocore's service model of SecondaryStatus: what the backend hands over for a job that was Stopped
    ("MaxRuntimeExceeded: Training job runtime exceeded MaxRuntimeInSeconds provided",
     aws.MaxRuntimeExceeded, "SENDERO_MAX_RUNTIME"),
    ("MaxWaitTimeExceeded: The job stopped because it exceeded the maximum allowed wait time.",
     aws.SpotInterruption, "SENDERO_SPOT=false"),
    ("Interrupted: The job stopped because the managed spot training instances were interrupted.",
     aws.SpotInterruption, "without spot"),
    ("", aws.AlgorithmError, "no reason"),
]  # fmt: skip


def words(failure: known.Failure) -> str:
    return f"{failure.what} {failure.why} {failure.remedy}"


@pytest.mark.parametrize(("operation", "code", "message", "cls", "told"), REFUSED)
def test_what_aws_answers(operation, code, message, cls, told):
    answer = ClientError({"Error": {"Code": code, "Message": message}}, operation)
    error = explain(answer, "sagemaker", operation, {"Bucket": "b"} if "bucket" in operation else {})
    assert type(error) is cls
    assert told in words(error.failure)
    assert error.failure.remedy


@pytest.mark.parametrize(("raised", "cls", "told"), BOTOCORE, ids=lambda value: type(value).__name__)
def test_what_botocore_raises(raised, cls, told):
    error = explain(raised, "sagemaker", "list_training_jobs")
    assert type(error) is cls
    assert told in words(error.failure)


@pytest.mark.parametrize(("reason", "cls", "told"), FAILED)
def test_why_a_job_or_an_endpoint_failed(reason, cls, told):
    failure = explain_failure(reason)
    assert failure.kind == cls.__name__
    assert told in words(failure)


def test_the_processing_jobs_own_words_stand_before_sagemakers():
    failure = explain_failure(
        "AlgorithmError: See job logs for more information", "The column 'x' is not in the data."
    )
    assert failure.why == "The column 'x' is not in the data."


def test_an_endpoint_that_takes_long_to_answer_is_woken_again():
    error = explain(
        boto.ReadTimeoutError(endpoint_url=URL, error="x"), "sagemaker-runtime", "invoke_endpoint"
    )
    assert type(error) is aws.ColdStartTimeout


def test_the_catalogue_holds_what_was_asked_for():
    classes = {row[3] for row in REFUSED} | {row[1] for row in (*BOTOCORE, *FAILED)}
    assert len(REFUSED) + len(BOTOCORE) + len(FAILED) >= 90
    everything = {
        cls for cls in vars(aws).values() if isinstance(cls, type) and issubclass(cls, known.SenderoError)
    }
    assert everything - {known.SenderoError, known.TooBusy, aws.AwsError} <= classes, (
        "an error that no recorded message becomes"
    )
