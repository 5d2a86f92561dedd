r"""A service's own checks of a request: the constraints of botocore's service model, in SageMaker's wording.

boto3 checks types and required fields before it sends; patterns, enums, lengths and ranges are only checked by AWS.
The patterns are Java's, which `regex` reads (`\p{L}`) and `re` does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import regex
from botocore.model import Shape

from .answers import invalid
from .request import service_model


def validate(service: str, operation: str, parameters: dict[str, Any]) -> None:
    """Raise the ValidationException with which the service refuses these parameters, if it does."""
    model = service_model(service)
    if operation not in model.operation_names:
        return
    problems = list(_problems(model.operation_model(operation).input_shape, parameters, ""))
    if problems:
        count = f"{len(problems)} validation error{'s' * (len(problems) > 1)} detected: "
        raise invalid(count + "; ".join(problems))


def _problems(shape: Shape | None, value: Any, path: str) -> Iterator[str]:
    if shape is None:
        return
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                yield f"Value null at '{_joined(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, member in shape.members.items():
            if name in value:
                yield from _problems(member, value[name], _joined(path, name))
        return
    yield from (
        f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {broken}"
        for broken in _broken(shape, value)
    )
    if shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _problems(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from _problems(shape.key, key, path)
            yield from _problems(shape.value, item, f"{path}.{key}.member")


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    rules = shape.metadata
    number = shape.type_name in ("integer", "long", "float", "double")
    size = float(value) if number else len(value) if isinstance(value, str | list | dict) else None
    if size is not None and "min" in rules and size < rules["min"]:
        yield (
            f"have value greater than or equal to {rules['min']}"
            if number
            else f"have length greater than or equal to {rules['min']}"
        )
    if size is not None and "max" in rules and size > rules["max"]:
        yield (
            f"have value less than or equal to {rules['max']}"
            if number
            else f"have length less than or equal to {rules['max']}"
        )
    if isinstance(value, str):
        if rules.get("enum") and value not in rules["enum"]:
            yield f"satisfy enum value set: [{', '.join(rules['enum'])}]"
        if (pattern := rules.get("pattern")) and not _pattern(pattern).fullmatch(value):
            yield f"satisfy regular expression pattern: {pattern}"


@cache
def _pattern(text: str) -> regex.Pattern[str]:
    return regex.compile(text, regex.DOTALL)


def _joined(path: str, name: str) -> str:
    name = name[0].lower() + name[1:]
    return f"{path}.{name}" if path else name
