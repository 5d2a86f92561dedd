"""Resources of one kind (training jobs, models, endpoints ...): kept, described, listed and tagged alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from botocore import xform_name

from .account import Account
from .answers import AwsError, invalid
from .request import service_model

Facts = dict[str, Any]
Operation = Callable[[Facts], Facts]


class Table:
    """The resources of one kind. `noun` is SageMaker's name for it in operations: TrainingJob, Endpoint, ...

    `missing` and `taken` word the errors for a name that is not there, or is there already; they are given the
    name and the ARN.
    """

    def __init__(
        self,
        account: Account,
        noun: str,
        kind: str,
        missing: Callable[[str, str], AwsError],
        taken: Callable[[str, str], AwsError],
    ) -> None:
        self.account, self.noun, self.kind = account, noun, kind
        self._missing, self._taken = missing, taken
        self._rows: dict[str, Facts] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def arn(self, name: str) -> str:
        return self.account.arn(self.kind, name)

    def check_free(self, name: str) -> None:
        if any(name.lower() == known.lower() for known in self._rows):
            raise self._taken(name, self.arn(name))

    def add(self, name: str, facts: Facts, tags: Iterable[dict[str, str]] = ()) -> Facts:
        """Keep a new thing, which from now on has a name, an ARN and a creation time."""
        check_tags(tags)
        with self.account.lock:
            self.check_free(name)
            now = self.account.now()
            row = {f"{self.noun}Name": name, f"{self.noun}Arn": self.arn(name), "CreationTime": now}
            row |= {"LastModifiedTime": now} | {key: value for key, value in facts.items() if key != "Tags"}
            self._rows[name] = row
            self.tags[row[f"{self.noun}Arn"]] = {tag["Key"]: tag["Value"] for tag in tags}
            return row

    def get(self, name: str) -> Facts:
        with self.account.lock:
            found = self._rows.get(name) or self._alike(name)
            if found is None:
                raise self._missing(name, self.arn(name))
            return found

    def _alike(self, name: str) -> Facts | None:
        """What is named in other letters: an ARN has small ones only, and what is asked for by it is found."""
        return next((row for known, row in self._rows.items() if known.lower() == name.lower()), None)

    def find(self, name: str) -> Facts | None:
        return self._rows.get(name)

    def rows(self) -> list[Facts]:
        with self.account.lock:
            return list(self._rows.values())

    def update(self, name: str, **facts: Any) -> None:
        with self.account.lock:
            self._rows[name].update(facts, LastModifiedTime=self.account.now())

    def remove(self, name: str) -> None:
        with self.account.lock:
            row = self._rows.pop(name, None)
            if row:
                self.tags.pop(row[f"{self.noun}Arn"], None)

    def describe(self, name: str) -> Facts:
        """As Describe answers: only fields that its answer has."""
        with self.account.lock:
            row = dict(self.get(name))
        shape = service_model("sagemaker").operation_model(f"Describe{self.noun}").output_shape
        return {key: value for key, value in row.items() if key in shape.members}

    def list(self, operation: str, asked: Facts, rows: Iterable[Facts] | None = None) -> Facts:
        """One page of a List operation: filtered, sorted, and of the fields that its summary has."""
        output = service_model("sagemaker").operation_model(operation).output_shape
        key, shape = next((key, shape) for key, shape in output.members.items() if shape.type_name == "list")
        with self.account.lock:
            found = [dict(row) for row in (self._rows.values() if rows is None else rows)]
        found = [row for row in found if self._wanted(row, asked)]
        by = {"Name": f"{self.noun}Name", "Status": self._status}.get(asked.get("SortBy"), "CreationTime")
        backwards = asked.get("SortOrder", self._order(operation)) == "Descending"
        found.sort(
            key=lambda row: (row.get(by) or row["CreationTime"], row[f"{self.noun}Name"]), reverse=backwards
        )
        start = int(asked.get("NextToken") or 0)
        end = start + asked.get("MaxResults", 10)
        page: Facts = {
            key: [
                {name: row[name] for name in shape.member.members if name in row} for row in found[start:end]
            ]
        }
        return page | ({"NextToken": str(end)} if end < len(found) else {})

    @property
    def _status(self) -> str:
        return f"{self.noun}Status"

    @staticmethod
    def _order(operation: str) -> str:
        return (
            "Descending"
            if operation in ("ListEndpoints", "ListEndpointConfigs", "ListModels")
            else "Ascending"
        )

    def _wanted(self, row: Facts, asked: Facts) -> bool:
        if asked.get("NameContains", "").lower() not in row[f"{self.noun}Name"].lower():
            return False
        if asked.get("StatusEquals", row.get(self._status)) != row.get(self._status):
            return False
        moments = {"CreationTime": row["CreationTime"], "LastModifiedTime": row["LastModifiedTime"]}
        return all(
            moment.timestamp() >= _seconds(asked.get(f"{name}After", 0))
            and moment.timestamp() <= _seconds(asked.get(f"{name}Before", float("inf")))
            for name, moment in moments.items()
        )


def _seconds(value: Any) -> float:
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return float(value)


class Kind(ABC):
    """One kind of resource with its operations, under SageMaker's names for them.

    `noun` is as in Table; `kind` is its word in ARNs. Subclasses say how one is created.
    """

    noun: str
    kind: str

    def __init__(self, account: Account) -> None:
        self.account = account
        self.table = Table(account, self.noun, self.kind, self.missing, self.taken)
        word = xform_name(self.noun)
        self.operations: dict[str, Operation] = {
            f"create_{word}": self.create,
            f"describe_{word}": self.describe,
            f"list_{word}s": self.list,
        }

    def missing(self, name: str, arn: str) -> AwsError:
        """The error for a name that does not exist."""
        return invalid(f'Could not find {self.words} "{arn}".')

    def taken(self, name: str, arn: str) -> AwsError:
        """The error for a name that exists already."""
        return invalid(f'Cannot create already existing {self.words} "{arn}".')

    @property
    def words(self) -> str:
        """As SageMaker calls it in a sentence: "training job"."""
        return xform_name(self.noun).replace("_", " ")

    def name_in(self, asked: Facts) -> str:
        """The name that a request is about."""
        return asked[f"{self.noun}Name"]

    def facts_in(self, asked: Facts) -> Facts:
        """What Describe says of a request to create: all of it but its tags."""
        members = service_model("sagemaker").operation_model(f"Create{self.noun}").input_shape.members
        return {key: value for key, value in asked.items() if key in members and key != "Tags"}

    @abstractmethod
    def create(self, asked: Facts) -> Facts:
        """Create one. Raises AwsError."""

    def describe(self, asked: Facts) -> Facts:
        return self.table.describe(self.name_in(asked))

    def list(self, asked: Facts) -> Facts:
        return self.table.list(f"List{self.noun}s", asked)


def check_tags(tags: Iterable[dict[str, str]]) -> None:
    """Refuse tags that AWS keeps for itself, and a key that comes twice."""
    keys = [tag["Key"] for tag in tags]
    if any(key.lower().startswith("aws:") for key in keys):
        raise invalid("aws: prefixed tag key names are not allowed for external use.")
    if len({key.lower() for key in keys}) < len(keys):
        raise invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")


class Tags:
    """AddTags, ListTags and DeleteTags over every table."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self._tables = list(tables)

    def _of(self, arn: str) -> dict[str, str]:
        for table in self._tables:
            if arn in table.tags:
                return table.tags[arn]
        raise invalid(f"Could not find resource with ARN {arn}")

    def of(self, arn: str) -> dict[str, str]:
        """The tags of what an ARN names; none where there is nothing."""
        return next((table.tags[arn] for table in self._tables if arn in table.tags), {})

    def add_tags(self, asked: Facts) -> Facts:
        tags = self._of(asked["ResourceArn"])
        check_tags(asked["Tags"])
        tags.update({tag["Key"]: tag["Value"] for tag in asked["Tags"]})
        return self.list_tags(asked)

    def list_tags(self, asked: Facts) -> Facts:
        return {"Tags": [{"Key": k, "Value": v} for k, v in self._of(asked["ResourceArn"]).items()]}

    def delete_tags(self, asked: Facts) -> Facts:
        tags = self._of(asked["ResourceArn"])
        for key in asked["TagKeys"]:
            tags.pop(key, None)
        return {}
