"""What Sendero itself refuses on AWS, beside what AWS refuses (`failures.py`)."""

from __future__ import annotations

from core.backends.aws.session import failures as aws
from core.errors import AwsError

# What prevents any request, and says nothing of the one that was sent: to be tried again later.
ON_THE_WAY = (
    aws.NoCredentials, aws.IncompleteCredentials, aws.UnusableProfile, aws.SignInExpired, aws.WrongCredentials,
    aws.ClockSkew, aws.NoRegion, aws.WrongRegion, aws.NoConnection, aws.BadCertificate, aws.ResponseTimeout,
    aws.Throttling, aws.AwsFailure,
)  # fmt: skip


class NoRole(AwsError):
    """Jobs and endpoints need a role to run as."""

    what = "No execution role is set."
    why = "SageMaker runs jobs and endpoints as a role of your account, which may read and write the bucket."
    remedy = (
        "Name one with SENDERO_ROLE or on the Configuration page; the verb `policies` prints what it needs."
    )


class NoRegionImage(AwsError):
    """The SDK's table has no image for a region."""

    what = "There is no XGBoost image in the region {region}."
    why = "{reason}"
    remedy = "Choose another region on the Configuration page, or with SENDERO_REGION."


class NoWheels(AwsError):
    """pip could not fetch what the image lacks."""

    what = "The packages that a job needs beyond its image cannot be fetched."
    why = "{reason}"
    remedy = "Let pip reach its package index once: afterwards they are kept in {folder}."


class DeletionIncomplete(AwsError):
    """A part of an endpoint outlived its deletion."""

    what = "The endpoint {name} could not be deleted."
    why = "{reason}"
    remedy = "Delete it again in a few minutes, or in the SageMaker console under Inference > Endpoints."


class JobNeverStarted(AwsError):
    """A record without a job."""

    what = "The job {name} was never started."
    why = "SageMaker has no job of that name: its launch was cut off before the request was taken."
    remedy = "Launch it again: nothing was billed."


class DeletionPending(AwsError):
    """AWS refuses for now; the wish is in the endpoint's record."""

    what = "The endpoint {name} cannot be deleted yet: it is {status}."
    why = "{reason}"
    remedy = (
        "Nothing is to be done: the wish is kept, and is carried out by the app while it runs, or by whoever looks"
        " next (endpoints), as soon as AWS allows it."
    )
