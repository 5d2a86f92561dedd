"""The model registry: Model Package Groups, and the versions in them. moto's has no numbers that AWS would give."""

from __future__ import annotations

from botocore.exceptions import ClientError

from .account import REGION
from .answers import AwsError, invalid
from .executions import CALLER
from .models import Kept
from .tables import Facts
from .transfer import split_uri


class ModelPackageGroups(Kept):
    """CreateModelPackageGroup and the operations of its kind."""

    noun, kind = "ModelPackageGroup", "model-package-group"

    def create(self, asked: Facts) -> Facts:
        answer = self.add(asked)
        self.table.update(self.name_in(asked), ModelPackageGroupStatus="Completed")
        return answer

    def missing(self, name: str, arn: str) -> AwsError:
        return invalid(f"ModelPackageGroup {arn} does not exist.")

    def taken(self, name: str, arn: str) -> AwsError:
        return invalid(f"Model Package Group already exists: {arn}")


class ModelPackages(Kept):
    """CreateModelPackage and the operations of its kind, for versions in a group only."""

    noun, kind = "ModelPackage", "model-package"

    def __init__(self, groups: ModelPackageGroups) -> None:
        super().__init__(groups.account)
        self.groups = groups
        self.operations["update_model_package"] = self.update
        self._tokens: dict[str, Facts] = {}

    def missing(self, name: str, arn: str) -> AwsError:
        return invalid(f"ModelPackage {arn} does not exist.")

    def name_in(self, asked: Facts) -> str:
        return (asked.get("ModelPackageName") or asked["ModelPackageArn"]).partition(":model-package/")[2]

    def create(self, asked: Facts) -> Facts:
        group = asked["ModelPackageGroupName"]
        with self.account.lock:
            self.groups.table.get(group)
            if asked.get("Tags"):
                raise invalid("Tags cannot be given to a versioned Model Package: its group's are used.")
            if known := self._tokens.get(asked.get("ClientToken", "")):
                return known
            for container in asked["InferenceSpecification"]["Containers"]:
                self._check_there(container["ModelDataUrl"])
            number = 1 + max((row["ModelPackageVersion"] for row in self._in(group)), default=0)
            facts = self.facts_in(asked) | {
                "ModelPackageVersion": number,
                "ModelPackageStatus": "Completed",
                "ModelPackageStatusDetails": {"ValidationStatuses": []},
            }
            name = f"{group}/{number}"
            self.table.add(name, facts)
            answer = {"ModelPackageArn": self.table.arn(name)}
            if token := asked.get("ClientToken"):
                self._tokens[token] = answer
            return answer

    def update(self, asked: Facts) -> Facts:
        name = self.name_in(asked)
        row = self.table.get(name)
        kept = {
            key: value
            for key, value in asked.items()
            if key in ("ModelApprovalStatus", "ApprovalDescription")
        }
        properties = row.get("CustomerMetadataProperties", {}) | asked.get("CustomerMetadataProperties", {})
        if len(properties) > 50:
            raise invalid("A Model Package has at most 50 customer metadata properties.")
        by = {"LastModifiedBy": {"IamIdentity": {"Arn": CALLER}}}
        self.table.update(name, **kept, **by, CustomerMetadataProperties=properties)
        return {"ModelPackageArn": self.table.arn(name)}

    def list(self, asked: Facts) -> Facts:
        self.groups.table.get(asked["ModelPackageGroupName"])
        return self.table.list("ListModelPackages", asked, self._in(asked["ModelPackageGroupName"]))

    def _in(self, group: str) -> list[Facts]:
        return [row for row in self.table.rows() if row["ModelPackageGroupName"] == group]

    def _check_there(self, uri: str) -> None:
        bucket, key = split_uri(uri)
        try:
            self.account.client("s3").head_object(Bucket=bucket, Key=key)
        except ClientError:
            raise invalid(f"Could not access model data at {uri}, in {REGION}.") from None
