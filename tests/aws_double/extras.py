"""What moto has not and Sendero asks for: policy simulation, SageMaker's quotas, and a price list."""

from __future__ import annotations

import hashlib
import json
from fnmatch import fnmatchcase

from .account import ACCOUNT, REGION, Account
from .answers import AwsError
from .tables import Facts

# A few prices in US dollars an hour, for tests: what the rig says, not what AWS asks.
PRICES = {
    ("ml.m5.large", "Processing"): "0.1150000000",
    ("ml.m5.large", "Training"): "0.1150000000",
    ("ml.m5.large", "Hosting"): "0.1150000000",
    ("ml.m5.xlarge", "Processing"): "0.2300000000",
    ("ml.m5.xlarge", "Training"): "0.2300000000",
    ("ml.m5.xlarge", "Hosting"): "0.2300000000",
}
USAGE = {"Processing": "Processing", "Training": "Train", "Hosting": "Host"}


class PolicySimulation:
    """iam:SimulatePrincipalPolicy: all is allowed but what the test denies."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def simulate_principal_policy(self, asked: Facts) -> Facts:
        actions = _numbered(asked, "ActionNames.member.")
        resources = _numbered(asked, "ResourceArns.member.") or ["*"]
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "implicitDeny" if self.account.denies(action) else "allowed",
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in actions
            for resource in resources
        ]
        return {"EvaluationResults": results, "IsTruncated": False}


def _numbered(asked: Facts, prefix: str) -> list[str]:
    found = {int(key.removeprefix(prefix)): value for key, value in asked.items() if key.startswith(prefix)}
    return [found[number] for number in sorted(found)]


class Quotas:
    """service-quotas for SageMaker. `values` maps a quota's name or a pattern to its value; the rest is unlimited."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.values: dict[str, float] = {}
        types = ("large", "xlarge", "2xlarge", "4xlarge")
        uses = ("processing job usage", "training job usage", "endpoint usage", "transform job usage")
        self.names = [f"ml.m5.{size} for {use}" for size in types for use in uses]
        self.names += [
            "ml.p4d.24xlarge for training job usage",
            "Maximum total concurrency across serverless endpoints",
        ]

    def value(self, name: str) -> float:
        """The limit that holds for a quota's name: the test's, or none."""
        return next(
            (value for pattern, value in self.values.items() if fnmatchcase(name, pattern)), float("inf")
        )

    def list_service_quotas(self, asked: Facts) -> Facts:
        known = [*self.names, *(name for name in self.values if "*" not in name and name not in self.names)]
        start = int(asked.get("NextToken") or 0)
        end = start + asked.get("MaxResults", 100)
        page: Facts = {"Quotas": [self._quota(name) for name in known[start:end]]}
        return page | ({"NextToken": str(end)} if end < len(known) else {})

    def get_service_quota(self, asked: Facts) -> Facts:
        for name in {*self.names, *self.values}:
            if _code(name) == asked["QuotaCode"]:
                return {"Quota": self._quota(name)}
        raise AwsError(
            "NoSuchResourceException",
            "The request failed because the specified service quota does not exist.",
        )

    def list_aws_default_service_quotas(self, asked: Facts) -> Facts:
        return self.list_service_quotas(asked)

    def _quota(self, name: str) -> Facts:
        value, code = self.value(name), _code(name)
        return {
            "ServiceCode": "sagemaker",
            "ServiceName": "Amazon SageMaker",
            "QuotaArn": f"arn:aws:servicequotas:{REGION}:{ACCOUNT}:sagemaker/{code}",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": min(value, 20.0),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }


def _code(name: str) -> str:
    return f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"


class PriceList:
    """pricing:GetProducts for AmazonSageMaker."""

    def get_products(self, asked: Facts) -> Facts:
        wanted = {each["Field"]: each["Value"] for each in asked.get("Filters", ())}
        products = [_product(instance, component, price) for (instance, component), price in PRICES.items()]
        found = [
            product
            for product in products
            if all(product["product"]["attributes"].get(field) == value for field, value in wanted.items())
        ]
        return {"FormatVersion": "aws_v1", "PriceList": [json.dumps(product) for product in found]}


def _product(instance: str, component: str, price: str) -> Facts:
    attributes = {
        "servicecode": "AmazonSageMaker",
        "servicename": "Amazon SageMaker",
        "location": "US East (N. Virginia)",
        "locationType": "AWS Region",
        "regionCode": REGION,
        "instanceName": instance,
        "instanceType": f"{instance}-{component}",
        "component": component,
        "usagetype": f"USE1-{USAGE[component]}:{instance}",
        "operation": "RunInstance",
    }
    sku = hashlib.sha256(f"{instance}{component}".encode()).hexdigest()[:16].upper()
    dimension = {
        "unit": "Hrs",
        "pricePerUnit": {"USD": price},
        "description": f"${price} per {component} {instance}",
    }
    terms = {"OnDemand": {f"{sku}.T": {"sku": sku, "priceDimensions": {f"{sku}.T.D": dimension}}}}
    return {
        "product": {"productFamily": "ML Instance", "attributes": attributes, "sku": sku},
        "serviceCode": "AmazonSageMaker",
        "terms": terms,
    }
