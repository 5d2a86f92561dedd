"""What a definition says by reference: {"Get": ...}, {"Std:Join": ...} and {"Std:JsonGet": ...}, and its conditions.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-properties.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.language import either, joined, listed, tr
from core.numbers import number
from core.pipelines.errors import BadDefinition, BadReference, CannotCompareMetric

GET, JOIN, JSON_GET = "Get", "Std:Join", "Std:JsonGet"
FUNCTIONS = (GET, JOIN, JSON_GET)
# a.b['c'].d[0] and a["b"]: what leads from a value to one within it
_PART = re.compile(r"\.?([A-Za-z0-9_:\-]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")


@dataclass(frozen=True, slots=True)
class Scope:
    """What references can reach: parameters, what is known of the execution, and the steps that have ended.

    `file(step, property file)` returns what a step wrote as that file, parsed.
    """

    parameters: Mapping[str, Any]
    execution: Mapping[str, str]
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    file: Callable[[str, str], Any] = lambda step, name: None


def function_of(value: object) -> str:
    """Return which function a value is: Get, Std:Join or Std:JsonGet; "" of one that is plain."""
    if isinstance(value, Mapping) and len(value) == 1 and (name := next(iter(value))) in FUNCTIONS:
        return name
    return ""


def resolve(value: Any, scope: Scope) -> Any:
    """Return a value with every reference in it replaced by what it refers to. Raises BadReference, BadDefinition."""
    kind = function_of(value)
    if kind == GET:
        return get(value[GET], scope)
    if kind == JOIN:
        join = value[JOIN]
        return join.get("On", "").join(text(resolve(each, scope)) for each in join["Values"])
    if kind == JSON_GET:
        asked = value[JSON_GET]
        step, name = property_file_of(asked["PropertyFile"])
        return within(scope.file(step, name), asked["Path"], f"{name}: {asked['Path']}")
    if isinstance(value, Mapping):
        return {name: resolve(each, scope) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [resolve(each, scope) for each in value]
    return value


def get(reference: str, scope: Scope) -> Any:
    """Return what `Parameters.x`, `Execution.x` or `Steps.x.y` refers to. Raises BadReference."""
    kind, _, rest = reference.partition(".")
    if kind == "Steps":
        step, _, path = rest.partition(".")
        if step not in scope.steps:
            raise BadReference(reference=reference, reason=tr("The step {step} has no result.", step=step))
        return within(scope.steps[step], path, reference)
    held = {"Parameters": scope.parameters, "Execution": scope.execution}.get(kind, {})
    if rest not in held:
        raise BadReference(reference=reference, reason=tr("There is no such parameter, and no such fact."))
    return held[rest]


def within(value: Any, path: str, reference: str) -> Any:
    """Return what stands at `path` (a.b['c'][0]) within a value. Raises BadReference."""
    for part in parts_of(path):
        try:
            value = value[int(part)] if isinstance(value, Sequence) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise BadReference(reference=reference, reason=tr("It lacks {part}.", part=part)) from None
    return value


def parts_of(path: str) -> list[str]:
    """Return the names on a path. Raises BadDefinition."""
    parts: list[str] = []
    place = 0
    while place < len(path):
        found = _PART.match(path, place)
        if not found:
            raise BadDefinition(reason=tr("'{path}' is no path to a value.", path=path))
        parts.append(next(group for group in found.groups() if group is not None))
        place = found.end()
    return parts


def property_file_of(reference: object) -> tuple[str, str]:
    """Return (step, property file) of {"Get": "Steps.x.PropertyFiles.y"}. Raises BadDefinition."""
    found = None
    if isinstance(reference, Mapping):
        found = re.fullmatch(r"Steps\.([\w\-]+)\.PropertyFiles\.([\w\-]+)", str(reference.get(GET)))
    if not found:
        raise BadDefinition(
            reason=tr("{reference} names no property file of a step.", reference=repr(reference))
        )
    return found[1], found[2]


def text(value: object) -> str:
    """Return a value as a part of a text: 0.8 as 0.8, 3.0 as 3.0, true as true."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def references(value: object) -> Iterator[str]:
    """Yield every reference in a value, as Get has it."""
    if isinstance(value, Mapping):
        if function_of(value) == GET:
            yield str(value[GET])
            return
        for each in value.values():
            yield from references(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from references(each)


# --- conditions -----------------------------------------------------------------------------------------------

COMPARE: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "Equals": ("=", lambda left, right: left == right),
    "NotEquals": ("≠", lambda left, right: left != right),
    "GreaterThan": (">", lambda left, right: left > right),
    "GreaterThanOrEqualTo": (">=", lambda left, right: left >= right),
    "LessThan": ("<", lambda left, right: left < right),
    "LessThanOrEqualTo": ("<=", lambda left, right: left <= right),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a condition holds, and what was compared, in signs: `0.79 >= 0.8`."""

    holds: bool
    compared: str


def all_hold(conditions: Sequence[Mapping[str, Any]], scope: Scope) -> tuple[bool, str]:
    """Return whether all conditions of a Condition step hold, and in a sentence what was compared.

    Raises BadDefinition, BadReference, CannotCompareMetric.
    """
    found = [holds(each, scope) for each in conditions]
    compared = listed([each.compared for each in found])
    if all(each.holds for each in found):
        return True, tr("The condition holds: {compared}.", compared=compared)
    return False, tr("The condition does not hold: {compared}.", compared=compared)


def holds(condition: Mapping[str, Any], scope: Scope) -> Outcome:
    """Return whether a condition of a Condition step holds.

    Raises BadDefinition, BadReference, CannotCompareMetric.
    """
    kind = condition.get("Type")
    if kind == "Or":
        found = [holds(each, scope) for each in condition["Conditions"]]
        return Outcome(any(each.holds for each in found), either([each.compared for each in found]))
    if kind == "Not":
        inner = holds(condition["Expression"], scope)
        return Outcome(not inner.holds, tr("not {compared}", compared=inner.compared))
    if kind == "In":
        value = resolve(condition["QueryValue"], scope)
        among = [resolve(each, scope) for each in condition["Values"]]
        return Outcome(
            value in among, tr("{value} in {values}", value=text(value), values=", ".join(map(text, among)))
        )
    if kind not in COMPARE:
        raise BadDefinition(reason=tr("There is no condition {kind}.", kind=kind))
    left, right = (resolve(condition[side], scope) for side in ("LeftValue", "RightValue"))
    sign, compare = COMPARE[kind]
    if left is None or right is None:
        raise CannotCompareMetric(
            reason=tr("The metric has no interval: the test split has too few rows for it.")
        )
    try:
        return Outcome(compare(left, right), joined([number(left), sign, number(right)]))
    except TypeError:
        reason = tr("{left} cannot be compared with {right}.", left=text(left), right=text(right))
        raise CannotCompareMetric(reason=reason) from None
