"""SageMaker Studio's own execution role and default bucket, which are read and never created."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.settings import Settings

METADATA = Path("/opt/ml/metadata/resource-metadata.json")  # Studio and notebook instances have it


def filled(settings: Settings) -> Settings:
    """Return `settings` with what Studio knows where they say nothing; anywhere else, as they are."""
    if (settings.role and settings.bucket) or not METADATA.exists():
        return settings
    role, bucket = role_and_bucket(settings.profile, settings.region)
    return settings.model_copy(update={"role": settings.role or role, "bucket": settings.bucket or bucket})


@lru_cache
def role_and_bucket(profile: str, region: str) -> tuple[str, str]:
    """Return (role ARN, bucket) of Studio, each empty where Studio does not name it."""
    from core.backends.aws.resources.images import quiet

    quiet()
    import boto3
    from sagemaker.core.helper.session_helper import Session, get_execution_role  # late: it takes seconds

    try:
        boto = boto3.Session(profile_name=profile or None, region_name=region or None)
        role = get_execution_role(Session(boto_session=boto))
    except Exception as error:  # whatever the SDK meets there: the page then asks for the role
        logging.getLogger("sendero").warning("Studio's execution role was not found: %s", error)
        return "", ""
    # The SDK's name for it (Session.default_bucket, which would create it: here that is done on request only).
    account = role.split(":")[4]
    return role, f"sagemaker-{boto.region_name}-{account}" if boto.region_name else ""
