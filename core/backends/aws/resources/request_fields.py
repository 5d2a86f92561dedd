"""Fields that every request has: the execution role, network, tags, and the volume of an instance."""

from __future__ import annotations

import math
import re
from typing import TypedDict

from core.backends.aws.session.connection import Session
from core.backends.aws.session.ownership import OWN, Tag
from core.backends.aws.session.refusals import NoRole
from core.settings import Settings

SPARE_GB = 10  # of a volume, beside the data: spill, outputs, the image's own needs
PER_BYTE = 4  # a data set is there as CSV, as DuckDB's table, as its spill, and as splits


class VpcConfig(TypedDict):
    """SageMaker's VpcConfig."""

    Subnets: list[str]
    SecurityGroupIds: list[str]


def role_arn(session: Session) -> str:
    """Return the ARN of the execution role. Raises NoRole."""
    role = session.settings.role
    if not role:
        raise NoRole()
    if role.startswith("arn:"):
        return role
    return f"arn:{session.partition}:iam::{session.account}:role/{role}"


def vpc(settings: Settings) -> dict[str, VpcConfig]:
    """Return {"VpcConfig": ...} where subnets are set, else {}."""
    if not settings.subnets:
        return {}
    return {
        "VpcConfig": {"Subnets": list(settings.subnets), "SecurityGroupIds": list(settings.security_groups)}
    }


def tags(settings: Settings, **own: str) -> list[Tag]:
    """Return the user's tags and ours: `job="x"` becomes sendero:job."""
    ours = {OWN: f"{settings.bucket}/{settings.prefix}"}
    ours |= {f"sendero:{name}": value for name, value in own.items()}
    return [{"Key": key, "Value": value} for key, value in {**settings.tags, **ours}.items()]


def volume_gb(size: int) -> int:
    """Return the gigabytes of a job's volume for `size` bytes of data."""
    return SPARE_GB + math.ceil(PER_BYTE * size / 2**30)


def volume(session: Session, instance_type: str, size: int) -> dict[str, int | str]:
    """Return the volume of a job's instance, encrypted with the KMS key where its type allows that.

    Types with a disk of their own (m5d, g5, p4 ...) take no key for it: that disk is encrypted by its hardware.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html
    """
    return {"VolumeSizeInGB": volume_gb(size), **volume_key(session, instance_type)}


def volume_key(session: Session, instance_type: str) -> dict[str, str]:
    """Return {"VolumeKmsKeyId": ...} where a key is set and the type takes one, else {}."""
    own_disk = re.match(r"ml\.(g\d|p\d|trn|inf|[a-z]+\d+[a-z]*d[a-z]*\.)", instance_type)
    return {"VolumeKmsKeyId": session.key} if session.key and not own_disk else {}
