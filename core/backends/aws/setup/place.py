"""Where Training Jobs on AWS run by the settings, for code that starts one itself; nothing is asked of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.backends.aws.resources import request_fields
from core.backends.aws.resources.images import xgboost_image

if TYPE_CHECKING:
    from core.settings import Settings


def training_place(settings: Settings) -> tuple[str, str, dict[str, str]]:
    """Return the region, us-east-1 where neither the settings nor the SDK's own say one, the URI of the image there,
    and the tags by which a job is this workspace's. Raises NoRegionImage.
    """
    import boto3

    region = (
        settings.region or boto3.Session(profile_name=settings.profile or None).region_name or "us-east-1"
    )
    tags = request_fields.tags(settings) if settings.bucket else []
    return region, xgboost_image(region), {tag["Key"]: tag["Value"] for tag in tags}
