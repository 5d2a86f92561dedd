"""What the model and the endpoint config of an endpoint are called, from one replaced model to the next."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.backends.record_types import AwsEndpointRecord

LONGEST = 63  # characters of a name


def versioned(record: AwsEndpointRecord, version: int) -> str:
    """Return what model and endpoint config of a version are called: the first has the endpoint's own name."""
    name = record["name"]
    if version == 1:
        return name
    mark = f"-v{version}"
    if len(name) + len(mark) <= LONGEST:
        return f"{name}{mark}"
    mark = f"-{hashlib.sha256(name.encode()).hexdigest()[:8]}{mark}"  # another endpoint may begin alike
    return f"{name[: LONGEST - len(mark)].rstrip('-')}{mark}"


def versions_of(record: AwsEndpointRecord) -> list[str]:
    """Return the names under which models and endpoint configs were made, the first one first."""
    return [versioned(record, version) for version in range(1, record.get("made_versions", 1) + 1)]
