"""Recorded messages of AWS as patterns, and the error that each stands for: data for `errors.explain`.

A pattern meets two lines: the operation (`job` for a job's or endpoint's reason), then "Code: message", where a
botocore exception's class stands for the code. The first row that fits decides, so the particular stands before
the general. tests/aws/test_aws_errors.py holds the messages themselves, each with its origin.
"""

from __future__ import annotations

import re

from core import errors as known
from core.backends.aws.session import failures as aws

_ROWS = (
    # who we are
    (aws.NoCredentials, r"^No(Credentials|AuthToken)Error", r"^MissingAuthenticationToken"),
    (aws.IncompleteCredentials, r"^PartialCredentialsError"),
    (
        aws.ClockSkew,
        r"RequestTimeTooSkewed|RequestExpired|RequestInTheFuture",
        r"Signature (expired|not yet current)",
    ),
    (
        aws.SignInExpired,
        r"^(\w*SSO\w*Error|TokenRetrievalError|Login\w+)|refresh failed",
        r"^ExpiredToken|token included in the request is expired|Token has expired",
    ),
    (
        aws.WrongCredentials,
        r"^(InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|InvalidToken|AuthFailure)",
        r"^(SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature)",
    ),
    (
        aws.UnusableProfile,
        r"^(ProfileNotFound|ConfigNotFound|ConfigParseError|\w*ConfigError|CredentialRetrievalError)",
    ),
    # where
    (aws.NoRegion, r"^NoRegionError"),
    (
        aws.WrongRegion,
        r"^(InvalidRegion|UnknownRegion|UnknownEndpoint|EndpointResolution|ServiceNotInRegion)",
        r"^OptInRequired|is not subscribed to|InvalidEndpointConfiguration",
    ),
    (aws.BadCertificate, r"^SSLError"),
    (
        aws.NoConnection,
        r"^(EndpointConnection|ConnectTimeout|ProxyConnection|Connection|ResponseParser)Error",
    ),
    (aws.ColdStartTimeout, r"^invoke_endpoint\nReadTimeoutError", r"timed out while waiting for a response"),
    (
        aws.ResponseTimeout,
        r"^(ReadTimeout|ConnectionClosed|IncompleteRead|ResponseStreaming|HTTPClient)Error",
    ),
    # may we: what no policy of one's own can fix before what one can, PassRole and keys before the rest
    (
        aws.OrganizationDeny,
        r"with an explicit deny",
        r"because no (service control policy|permissions boundary|session policy) allows",
    ),
    (aws.PassRoleDenied, r"not authorized to perform: iam:PassRole"),
    (aws.KeyAccessDenied, r"not authorized to perform: kms:|^KMS\.AccessDenied"),
    (
        aws.UnusableKey,
        r"^KMS\.|KMSInvalidState|^(Disabled|KeyUnavailable|InvalidKeyUsage)Exception",
        r"Invalid keyId|key .*is (disabled|pending deletion)",
    ),
    (
        aws.UnusableRole,
        r"Could not assume role|unable to assume the role",
        r"unable to perform: sts:AssumeRole|trust relationship for 'sagemaker",
    ),
    (aws.UnusableSchedulerRole, r"must allow AWS EventBridge Scheduler to assume the role"),
    (aws.AccessDenied, r"is not authorized to perform"),
    # storage
    (aws.NoBucket, r"NoSuchBucket", r"^(head|get)_bucket\w*\n404"),
    (
        aws.WrongBucketRegion,
        r"PermanentRedirect|TemporaryRedirect|IllegalLocationConstraint|^30[17]: ",
        r"AuthorizationHeaderMalformed",
    ),
    (aws.BucketNameTaken, r"BucketAlreadyExists"),
    (aws.NoInput, r"No S3 objects found under|Could not access model data at"),
    (aws.NoRouteToStorage, r"route to an S3 VPC endpoint"),
    (aws.BucketAccessDenied, r"^(AccessDenied|AllAccessDisabled|403|Forbidden)\w*: "),
    (aws.EndpointBusy, r"^invoke_endpoint\n(Throttl|TooManyRequests|ServiceUnavailable)"),
    (aws.Throttling, r"^(SlowDown|Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|LimitExceeded\w*): "),
    # what jobs and endpoints need
    (aws.NotInRegion, r"requested resource \S+ is not available in this region"),
    (aws.QuotaExceeded, r"account-level service limit|^(ResourceLimit|ServiceQuota)Exceeded"),
    (aws.NoCapacity, r"Unable to provision requested ML compute|CapacityError|InsufficientInstanceCapacity"),
    (
        aws.NoImage,
        r"Requested image.*not found|find the requested image|ECR image .*is invalid|Invalid \w+ image",
        r"(Access denied for|Cannot find) repository|does not grant ecr:",
    ),
    (known.NameTaken, r"already exist|^ConflictException", r"^ResourceInUse: .*must be unique"),
    # endpoints
    (known.EndpointGone, r"Endpoint \S+ of account \d+ not found", r"^invoke_endpoint\n.*is not in service"),
    (aws.PayloadTooLarge, r"oversize body|content length exceeded|^413: |RequestEntityTooLarge"),
    (known.EndpointRefused, r"Received client error \(4\d\d\)"),
    (aws.EndpointWaking, r"^ModelNotReadyException"),
    (aws.ModelFailure, r"^ModelError|Received server error"),
    (aws.ModelStartFailure, r"did not pass the ping health check"),
    # what is not there, and what is not taken
    (
        known.NotFound,
        r"^(ResourceNotFound|NoSuchEntity|NoSuchKey|NotFound|404)\w*: ",
        r"^ValidationException: Could not find",
    ),
    (aws.BadRequest, r"failed to satisfy constraint"),
    # how jobs end
    (
        aws.OutOfMemory,
        r"instance type with more memory|(?i:out of memory)|OutOfMemory",
        r"MemoryError|exit code:? '?137",
    ),
    (aws.OutOfDiskSpace, r"Insufficient disk space|No space left on device"),
    (aws.MaxRuntimeExceeded, r"MaxRuntimeExceeded"),
    (aws.SpotInterruption, r"MaxWaitTimeExceeded|^job\nInterrupted|(?i:spot [^\n]*interrupt)"),
    (aws.SageMakerFailure, r"^job\nInternalServerError"),
    (
        aws.AwsFailure,
        r"^(Internal(Error|Failure|ServerError|ServiceException)|ServiceUnavailable\w*|5\d\d): ",
    ),
    (aws.AlgorithmError, r"^job\nAlgorithmError"),
    (aws.InvalidInput, r"^job\nClientError"),
)

CATALOGUE = tuple((cls, re.compile("|".join(f"(?:{p})" for p in ways), re.MULTILINE)) for cls, *ways in _ROWS)

# What else a message tells; a class's templates speak of what they find here.
FACTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<principal>arn:\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)",
        r"is not authorized to perform: \S+ on (?:the )?resource: \"?(?P<resource>[^\s\"]+)",
        r"service limit '(?P<quota>[^']+)'",
        r"service limit for (?P<quota>\S+) is",
        r"(?:assume role|assume the role) '?(?P<role>arn:[^\s']+[^\s'.])",
        r"Value '?(?P<value>.*?)'? at '(?P<field>[^']+)' failed to satisfy constraint: (?P<constraint>[^;]+)",
        r"(?:Could not find|already existing) (?P<thing>[\w ]+?) \"?(?:arn:\S+?/)?(?P<name>[\w.-]+)\"?\.?$",
        r"(?:with name: |Endpoint )(?P<name>[\w-]+)",
        r"The (?P<thing>role) with name (?P<name>\S+) cannot be found",
    )
)
