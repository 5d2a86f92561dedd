"""service-quotas for SageMaker, what is in use of each, and the quotas of an account that is new.

https://docs.aws.amazon.com/general/latest/gr/sagemaker.html#limits_sagemaker
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .account import ACCOUNT, REGION
from .answers import AwsError
from .request import service_model
from .tables import Facts

UNLIMITED = float("inf")
SERVERLESS_MEMORY = "Memory size in MB per serverless endpoint"
SERVERLESS_CONCURRENCY = "Maximum total concurrency that can be allocated across all serverless endpoints"
ENDPOINT_INSTANCES = "Number of instances across active endpoints"
TRIALS = "Maximum number of training jobs per hyperparameter tuning job"
TRIALS_AT_ONCE = "Maximum number of parallel training jobs per hyperparameter tuning job"
ACROSS = (
    "Number of instances across all {}s"  # processing job, training job, spot training job, transform job
)
# What holds in every account, old ones too.
ALWAYS: dict[str, float] = {TRIALS: 750, TRIALS_AT_ONCE: 10}
# us-east-1, 2026-07. The first pattern that fits a name decides.
FRESH: dict[str, float] = {
    "ml.t3.medium for processing job usage": 4,
    "ml.t3.large for processing job usage": 4,
    "ml.t3.xlarge for processing job usage": 2,
    "ml.m5.large for spot training job usage": 4,
    "ml.t2.medium for endpoint usage": 2,
    "ml.* usage": 0,
    **{ACROSS.format(kind): 4 for kind in ("processing job", "training job", "spot training job", "transform job")},
    ENDPOINT_INSTANCES: 4,
    SERVERLESS_MEMORY: 3072,
    SERVERLESS_CONCURRENCY: 10,
}  # fmt: skip
# The uses of an instance, and the shape that names its types.
USES = {
    "processing job usage": "ProcessingInstanceType",
    "training job usage": "TrainingInstanceType",
    "spot training job usage": "TrainingInstanceType",
    "transform job usage": "TransformInstanceType",
    "endpoint usage": "ProductionVariantInstanceType",
}


@dataclass(frozen=True)
class Claim:
    """So much of a quota, for as long as somebody has it."""

    quota: str
    count: int
    unit: str = "Instances"
    each: bool = False  # a limit of each one, not of all together


class Quotas:
    """`values` maps a quota's name or a pattern to its value; what is not in it is unlimited, and listed as 20."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}
        self._held: dict[str, tuple[Claim, ...]] = {}

    def be_fresh(self) -> None:
        """From now on the quotas are those of a new account."""
        self.values.update(FRESH)

    def value(self, name: str) -> float:
        """The limit that holds for a quota's name."""
        known = self.values | ALWAYS
        return next((value for pattern, value in known.items() if fnmatchcase(name, pattern)), UNLIMITED)

    def check(self, claims: Iterable[Claim]) -> None:
        """Refuse what goes beyond a quota. Raises ResourceLimitExceeded."""
        for claim in claims:
            limit, used = self.value(claim.quota), self.used(claim.quota)
            if used + claim.count > limit:
                raise AwsError(
                    "ResourceLimitExceeded",
                    f"The account-level service limit '{claim.quota}' is {limit:.0f} {claim.unit}, with current "
                    f"utilization of {used} {claim.unit} and a request delta of {claim.count} {claim.unit}. Please "
                    "use AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not "
                    "available, contact AWS support to request an increase for this quota.",
                )

    def hold(self, owner: str, claims: Iterable[Claim]) -> None:
        """Check what `owner` (an ARN) asks for, and keep it for it until `free`. What it had is given back."""
        before = self._held.pop(owner, ())
        claims = tuple(claims)
        try:
            self.check(claims)
        except AwsError:
            self._held[owner] = before
            raise
        self._held[owner] = claims

    def free(self, owner: str) -> None:
        self._held.pop(owner, None)

    def used(self, name: str) -> int:
        held = [claim for claims in list(self._held.values()) for claim in claims if claim.quota == name]
        return sum(claim.count for claim in held if not claim.each)

    # --- service-quotas -----------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        model = service_model("sagemaker")
        found = [f"{kind} for {use}" for use, shape in USES.items() for kind in model.shape_for(shape).enum]
        found += [ACROSS.format(use.removesuffix(" usage")) for use in USES if "job" in use]
        found += [ENDPOINT_INSTANCES, SERVERLESS_CONCURRENCY, *ALWAYS]
        return found + [name for name in self.values if "*" not in name and name not in found]

    def list_service_quotas(self, asked: Facts) -> Facts:
        known = self.names
        start = int(asked.get("NextToken") or 0)
        end = start + asked.get("MaxResults", 100)
        page: Facts = {"Quotas": [self._quota(name) for name in known[start:end]]}
        return page | ({"NextToken": str(end)} if end < len(known) else {})

    def get_service_quota(self, asked: Facts) -> Facts:
        for name in self.names:
            if _code(name) == asked["QuotaCode"]:
                return {"Quota": self._quota(name)}
        raise AwsError(
            "NoSuchResourceException",
            "The request failed because the specified service quota does not exist.",
        )

    def list_aws_default_service_quotas(self, asked: Facts) -> Facts:
        return self.list_service_quotas(asked)

    def _quota(self, name: str) -> dict[str, Any]:
        code = _code(name)
        return {
            "ServiceCode": "sagemaker",
            "ServiceName": "Amazon SageMaker",
            "QuotaArn": f"arn:aws:servicequotas:{REGION}:{ACCOUNT}:sagemaker/{code}",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": float(20 if self.value(name) == UNLIMITED else self.value(name)),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }


def instances(kind: str, use: str, count: int) -> tuple[Claim, ...]:
    """What `count` instances of a type take: of the type's quota for `use`, and of the account's for all types."""
    across = ENDPOINT_INSTANCES if use == "endpoint usage" else ACROSS.format(use.removesuffix(" usage"))
    return Claim(f"{kind} for {use}", count), Claim(across, count)


def _code(name: str) -> str:
    return f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
