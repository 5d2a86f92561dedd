"""The words of a pipeline's definition: Get, Std:Join, Std:JsonGet and conditions, with the values of an execution.

https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-overview.html and the SDK's `sagemaker.core.workflow`.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .answers import invalid

Json = Any
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
READ: dict[str, Callable[[str], Any]] = {
    "String": str,
    "Integer": int,
    "Float": float,
    "Boolean": lambda text: {"true": True, "false": False}[text.lower()],
}
PART = re.compile(r"([^.\[\]]+)|\['([^']*)'\]|\[(\d+)\]")
NAMED_BY = ("OutputName", "InputName", "ChannelName")  # as a property names an item of a list


class Undefined(Exception):
    """An expression has no value; the text is a step's FailureReason."""


@dataclass
class Values:
    """What the expressions of one execution refer to."""

    parameters: Mapping[str, Any]
    execution: Mapping[str, str]  # PipelineName, PipelineExecutionId ...
    read: Callable[[str], bytes]  # an object by its URI, as the pipeline's role reads it. Raises Undefined
    steps: dict[str, Json] = field(default_factory=dict)  # step -> what Describe says of its job
    files: dict[str, dict[str, Json]] = field(
        default_factory=dict
    )  # step -> {property file: how it is defined}

    def resolve(self, value: Json) -> Json:
        """The same with every expression replaced by its value. Raises Undefined."""
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Get"}:
            return self._get(value["Get"])
        if set(value) == {"Std:Join"}:
            asked = value["Std:Join"]
            return asked.get("On", "").join(str(self.resolve(each)) for each in asked["Values"])
        if set(value) == {"Std:JsonGet"}:
            return self._json_get(value["Std:JsonGet"])
        return {name: self.resolve(each) for name, each in value.items()}

    def holds(self, condition: Json) -> bool:
        """Does a condition hold? Raises Undefined."""
        kind = condition["Type"]
        if kind == "Not":
            return not self.holds(condition["Condition"])
        if kind == "Or":
            return any(self.holds(each) for each in condition["Conditions"])
        if kind == "In":
            return self.resolve(condition["QueryValue"]) in self.resolve(condition["Values"])
        left, right = self.resolve(condition["LeftValue"]), self.resolve(condition["RightValue"])
        try:
            return COMPARE[kind](left, right)
        except TypeError:
            raise Undefined(f"Condition of type [{kind}] cannot compare [{left}] with [{right}].") from None

    def _get(self, path: str) -> Json:
        where, _, rest = path.partition(".")
        if where == "Parameters":
            return self.parameters[rest]
        if where == "Execution":
            return self.execution[rest]
        step, _, rest = rest.partition(".")
        if step not in self.steps:
            raise Undefined(f"{path} is undefined.")
        return _at(self.steps[step], rest)

    def _json_get(self, asked: Json) -> Json:
        _, step, _, name = asked["PropertyFile"]["Get"].split(".", 3)
        file = self.files[step][name]
        outputs = f"ProcessingOutputConfig.Outputs['{file['OutputName']}'].S3Output.S3Uri"
        uri = f"{_at(self.steps.get(step, {}), outputs)}/{file['FilePath']}"
        try:
            return _at(json.loads(self.read(uri)), asked["Path"])
        except ValueError:
            raise Undefined(f"{uri} is not in valid JSON format.") from None


def references(value: Json) -> Iterator[str]:
    """Every path that a Get within a value names."""
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        if isinstance(value.get("Get"), str):
            yield value["Get"]
        for each in value.values():
            yield from references(each)


def parameters_of(defined: list[Json], given: Mapping[str, str]) -> dict[str, Any]:
    """The value of each parameter: as it is given, else its default. Raises AwsError."""
    if unknown := set(given) - {each["Name"] for each in defined}:
        raise invalid(f"Unknown pipeline parameters: {', '.join(sorted(unknown))}")
    values = {}
    for each in defined:
        name, kind = each["Name"], each.get("Type", "String")
        if name not in given and "DefaultValue" not in each:
            raise invalid(f"A value is missing for the pipeline parameter {name}.")
        try:
            values[name] = READ[kind](given[name]) if name in given else each["DefaultValue"]
        except (ValueError, KeyError):
            raise invalid(f"The value of the pipeline parameter {name} is no {kind}: {given[name]}") from None
    return values


def _at(value: Json, path: str) -> Json:
    for word, key, index in PART.findall(path):
        try:
            if index:
                value = value[int(index)]
            elif isinstance(value, list):
                wanted = key or word
                value = next(each for each in value if wanted in [each.get(name) for name in NAMED_BY])
            else:
                value = value[key or word]
        except (KeyError, IndexError, TypeError, StopIteration):
            raise Undefined(f"Invalid path '{path}': there is no {key or word or index}.") from None
    return value
