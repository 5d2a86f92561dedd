"""What moto has not: policy simulation and a price list."""

from __future__ import annotations

import hashlib
import json

from . import iam
from .access import CALLER, Principal
from .account import ACCOUNT, REGION, Account
from .permissions import Need
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


class Identities:
    """iam:SimulatePrincipalPolicy, by the same rules as every request; and who the caller is."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def simulate_principal_policy(self, asked: Facts) -> Facts:
        access, source = self.account.access, asked["PolicySourceArn"]
        kind, _, name = source.rpartition(":")[2].partition("/")
        who = Principal(kind, name.rpartition("/")[2])
        context = {
            asked[key]: _numbered(asked, key.replace("ContextKeyName", "ContextKeyValues.member."))
            for key in asked
            if key.endswith(".ContextKeyName")
        }

        def decided(action: str, resource: str) -> str:
            if access.denies(action):
                return iam.IMPLICIT
            return access.decide(who, Need(action, resource, context))

        actions = _numbered(asked, "ActionNames.member.")
        resources = _numbered(asked, "ResourceArns.member.") or ["*"]
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": decided(action, resource),
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in actions
            for resource in resources
        ]
        return {"EvaluationResults": results, "IsTruncated": False}

    def get_caller_identity(self, asked: Facts) -> Facts:
        who = Principal("user", CALLER)
        return {"UserId": "AIDATESTER", "Account": ACCOUNT, "Arn": who.arn}


def _numbered(asked: Facts, prefix: str) -> list[str]:
    found = {int(key.removeprefix(prefix)): value for key, value in asked.items() if key.startswith(prefix)}
    return [found[number] for number in sorted(found)]


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
