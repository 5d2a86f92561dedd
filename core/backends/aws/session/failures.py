"""What AWS can refuse or break, as classes; each says what failed, why, and what to do next.

`errors.py` says by which words of AWS each is known. `reason` is always what AWS itself said.
"""

from __future__ import annotations

from core.errors import AwsError, TooBusy


class AwsRefusal(AwsError):
    what = "AWS refused {request}."
    why = "{reason}"
    remedy = "Read the reason, fix it, and try again: nothing was changed."


# --- who we are --------------------------------------------------------------------------------------


class NoCredentials(AwsError):
    what = "No AWS credentials were found."
    why = "{reason}"
    remedy = (
        "Sign in where the app runs: `aws configure sso`, then `aws sso login`; or `aws configure`; or set AWS_PROFILE."
        " Then check again. Without an AWS account, choose This machine on the Configuration page, or"
        " SENDERO_BACKEND=local."
    )


class IncompleteCredentials(AwsError):
    what = "The AWS credentials are incomplete."
    why = "{reason}"
    remedy = (
        "Set both the access key and its secret (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), or neither."
    )


class UnusableProfile(AwsError):
    what = "The AWS profile cannot be used."
    why = "{reason}"
    remedy = (
        "See `aws configure list-profiles`; fix ~/.aws/config, or name another profile with SENDERO_PROFILE."
    )


class SignInExpired(AwsError):
    what = "The AWS sign-in has expired."
    why = "{reason}"
    remedy = (
        "Sign in again: `aws sso login` (with --profile where you use one), or renew the session token."
        " There is no need to start the app anew, and jobs go on meanwhile."
    )


class WrongCredentials(AwsError):
    what = "AWS does not know these credentials."
    why = "{reason}"
    remedy = "Make a new access key and set it with `aws configure`, or sign in with another profile."


class ClockSkew(AwsError):
    what = "AWS refused the request for its time."
    why = "{reason}"
    remedy = "Set this machine's clock (timedatectl set-ntp true): it may differ from AWS's by five minutes."


# --- where -------------------------------------------------------------------------------------------


class NoRegion(AwsError):
    what = "No AWS region is set."
    why = "{reason}"
    remedy = "Name one, such as eu-central-1, on the Configuration page or with SENDERO_REGION."


class WrongRegion(AwsError):
    what = "The AWS region cannot be used."
    why = "{reason}"
    remedy = (
        "Correct it on the Configuration page or with SENDERO_REGION; newer regions must be enabled first."
    )


class NoConnection(AwsError):
    what = "AWS cannot be reached."
    why = "{reason}"
    remedy = "Check the network, the proxy (HTTPS_PROXY) and the region's spelling, then try again."


class BadCertificate(AwsError):
    what = "The connection to AWS is not trusted."
    why = "{reason}"
    remedy = "Behind a company's proxy, name its certificates with AWS_CA_BUNDLE; else check the clock and the network."


class ResponseTimeout(AwsError):
    what = "AWS did not answer {request} in time."
    why = "{reason}"
    remedy = "It may have been done all the same: look at the list first, then try again."


class Throttling(AwsError):
    what = "AWS asks for fewer requests."
    why = "{reason}"
    remedy = "Wait a minute, then try again. Other programs in the account share this limit."


class AwsFailure(AwsError):
    what = "AWS failed at {request}."
    why = "{reason}"
    remedy = "Try again in a few minutes; if it lasts, see https://health.aws.amazon.com."


# --- may we ------------------------------------------------------------------------------------------


class AccessDenied(AwsError):
    what = "{principal} may not do {action}."
    why = "{reason}"
    remedy = "Add to its policy: {statement}. The verb `policies` prints the whole policy."


class OrganizationDeny(AwsError):
    what = "A policy of your organization forbids {action}."
    why = "{reason}"
    remedy = "No policy of your own can allow it: ask an administrator to take {action} on {resource} out of the deny."


class PassRoleDenied(AwsError):
    what = "You may not pass the role {role} to the service that is to run as it."
    why = "{reason}"
    remedy = "Add to your policy: {statement}. The verb `policies` prints it with its condition."


class UnusableRole(AwsError):
    what = "SageMaker cannot run as the execution role."
    why = "{reason}"
    remedy = (
        "See that {role} exists and trusts sagemaker.amazonaws.com: the verb `policies` prints the trust policy."
        " A role made a moment ago takes some seconds to be known."
    )


class UnusableSchedulerRole(AwsError):
    what = "EventBridge Scheduler cannot run as the scheduler role."
    why = "{reason}"
    remedy = (
        "Let it trust scheduler.amazonaws.com (the verb `policies` prints how), or set no scheduler role."
    )


class KeyAccessDenied(AwsError):
    what = "The KMS key may not be used."
    why = "{reason}"
    remedy = (
        "Allow {action} on {resource} to {principal}, in the key's policy too: the verb `policies` prints it."
    )


class UnusableKey(AwsError):
    what = "The KMS key cannot be used."
    why = "{reason}"
    remedy = "Enable the key (`aws kms enable-key`), or name another one of this region with SENDERO_KMS_KEY."


# --- storage -----------------------------------------------------------------------------------------


class NoBucket(AwsError):
    what = "There is no bucket {bucket}."
    why = "{reason}"
    remedy = (
        "Create it on the Configuration page or with `storage --create`, or name another with SENDERO_BUCKET."
    )


class WrongBucketRegion(AwsError):
    what = "The bucket {bucket} is in another region."
    why = "{reason}"
    remedy = "SageMaker reads buckets of its own region only: name another bucket, or set SENDERO_REGION to this one's."


class BucketAccessDenied(AwsError):
    what = "The bucket {bucket} may not be used."
    why = "S3 says: {reason}. It is another account's, or your policy does not allow it."
    remedy = "Name a bucket of your own account with SENDERO_BUCKET, or add the policy that the verb `policies` prints."


class BucketNameTaken(AwsError):
    what = "The bucket name {bucket} is taken."
    why = "{reason}"
    remedy = (
        "Names are shared by all accounts: add something of your own to it, such as the account's number."
    )


class NoInput(AwsError):
    what = "SageMaker finds no input for the job."
    why = "{reason}"
    remedy = "See that the files are there, and let the execution role read the bucket (the verb `policies` prints it)."


class NoRouteToStorage(AwsError):
    what = "The job's subnets have no way to S3."
    why = "{reason}"
    remedy = (
        "Give their route table an S3 gateway endpoint (it costs nothing), or leave SENDERO_SUBNETS empty."
    )


# --- what jobs need ----------------------------------------------------------------------------------


class QuotaExceeded(AwsError):
    what = "The account's quota '{quota}' does not allow it."
    why = "{reason}"
    remedy = (
        "Choose another instance type or size (`check` tells what the account has; spot is counted apart), or ask for"
        " more: Service Quotas > Amazon SageMaker > {quota}."
    )


class NotInRegion(AwsError):
    what = "The region does not have what the job asks for."
    why = "{reason}"
    remedy = "Choose another instance type, such as ml.m5.large, or another region."


class NoCapacity(AwsError):
    what = "AWS has no free instance of this type now."
    why = "{reason}"
    remedy = "Try again later, or choose another instance type: nothing was billed."


class NoImage(AwsError):
    what = "The container image cannot be fetched."
    why = "{reason}"
    remedy = "Let the execution role pull images (the verb `policies` prints it), and see that the region is right."


class BadRequest(AwsError):
    what = "AWS does not take the value of {field}."
    why = "{constraint} (got {value})."
    remedy = "Change it where it was set: on the page, with its flag, or the setting that `check` lists."


# --- how jobs end ------------------------------------------------------------------------------------


class AlgorithmError(AwsError):
    what = "The container failed."
    why = "{reason}"
    remedy = "Read the job's log, fix the cause, and launch again: nothing else was changed."


class InvalidInput(AwsError):
    what = "SageMaker ended the job for what it was given."
    why = "{reason}"
    remedy = "Fix what the reason names, and launch again: nothing else was changed."


class OutOfMemory(AwsError):
    what = "The job ran out of memory."
    why = "{reason}"
    remedy = "Choose an instance type with more memory (ml.m5.large has 8 GB, ml.m5.2xlarge 32), or use fewer rows."


class OutOfDiskSpace(AwsError):
    what = "The job's disk is full."
    why = "{reason}"
    remedy = "Use fewer rows or columns, and launch again: the disk is sized by the data set."


class MaxRuntimeExceeded(AwsError):
    what = "The job was stopped: it took longer than allowed."
    why = "{reason}"
    remedy = "Allow more with SENDERO_MAX_RUNTIME, or choose a larger instance type, then launch again."


class SpotInterruption(AwsError):
    what = "Spot capacity did not suffice."
    why = "{reason}"
    remedy = (
        "Launch it again, or without spot (SENDERO_SPOT=false): it then costs more and is not interrupted."
    )


class SageMakerFailure(AwsError):
    what = "SageMaker itself failed."
    why = "{reason}"
    remedy = "Launch it again: nothing of yours caused it, and nothing was changed."


# --- endpoints ---------------------------------------------------------------------------------------


class ModelStartFailure(AwsError):
    what = "The endpoint's container did not become ready."
    why = "{reason}"
    remedy = "Read its log (log NAME); deploy again with more memory (SENDERO_SERVERLESS_MEMORY_MB, or an instance)."


class ModelFailure(AwsError):
    what = "The model's container failed at a request."
    why = "{reason}"
    remedy = "Read the endpoint's log (log NAME), then ask again with fewer rows; if it lasts, deploy again."


class ColdStartTimeout(AwsError):
    what = "The endpoint took too long to answer."
    why = "{reason}"
    remedy = "Ask again: an idle serverless endpoint wakes up with the first request. If it lasts, give it more memory."


class EndpointBusy(TooBusy, AwsError):
    what = "The endpoint has more requests than it may answer at a time."
    why = "{reason}"
    remedy = "Ask again in a moment, or deploy with a higher SENDERO_SERVERLESS_CONCURRENCY."


class EndpointWaking(TooBusy, AwsError):
    what = "The endpoint is not ready for requests yet."
    why = "{reason}"
    remedy = "Ask again in a moment: a serverless endpoint that nobody has asked for a while is woken by the request."


class PayloadTooLarge(AwsError):
    what = "The request is larger than the endpoint takes."
    why = "{reason}"
    remedy = "Send fewer rows at a time: 4 MB for a serverless endpoint, 6 MB for the others."
