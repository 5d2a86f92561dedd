"""A definition as it is read: its steps with what they wait for, its parameters, and when a step's result holds."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from core.language import tr
from core.pipelines.errors import BadDefinition, BadParameter
from core.pipelines.expressions import references

PROCESSING, TRAINING, CONDITION = "Processing", "Training", "Condition"
REGISTER, FAIL = "RegisterModel", "Fail"
IF, ELSE = "IfSteps", "ElseSteps"
# What the result of a step depends on: its inputs and its work, neither the machine nor where the result goes.
# https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-default-keys.html
CACHE_KEYS = {
    PROCESSING: ("AppSpecification", "Environment", "ProcessingInputs"),
    TRAINING: (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
}
TO_BEGIN = timedelta(minutes=10)  # until a machine is there
USUAL_RUNTIME = timedelta(1)  # of a job that says nothing else
_UNITS = {"Y": 365.0, "M": 30.0, "W": 7.0, "D": 1.0}  # days
_CLOCK = {"H": 3600.0, "M": 60.0, "S": 1.0}  # seconds
_DURATION = re.compile(r"P?((?:\d+[YMWD])*)(?:T((?:\d+[HMS])+))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """A step. `after` are those that it waits for; one of a branch runs only if its condition says so."""

    name: str
    type: str
    arguments: Mapping[str, Any]
    after: tuple[str, ...]
    condition: str = ""  # the Condition step that it is a branch of
    branch: str = ""  # IfSteps or ElseSteps
    cached: bool = False
    holds_for: timedelta | None = None  # how old a result may be that is taken again; None: any age
    property_files: Mapping[str, tuple[str, str]] | None = None  # name -> (output, path in it)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter, of SageMaker's type String, Integer, Float or Boolean."""

    name: str
    type: str
    default: Any
    description: str = ""


def steps(definition: Mapping[str, Any]) -> list[Step]:
    """Return all steps in an order in which they can run, those of branches after their condition.

    Raises BadDefinition where they wait for each other.
    """
    found: dict[str, Step] = {}
    _read(definition["Steps"], found)
    ordered: list[Step] = []
    left = dict(found)
    while left:
        done = {step.name for step in ordered}
        ready = [
            step for step in left.values() if done.issuperset(name for name in step.after if name in found)
        ]
        if not ready:
            raise BadDefinition(reason=tr("The steps {steps} wait for each other.", steps=", ".join(left)))
        ordered.append(ready[0])
        del left[ready[0].name]
    return ordered


def _read(
    listed: Sequence[Mapping[str, Any]], found: dict[str, Step], condition: str = "", branch: str = ""
) -> None:
    for raw in listed:
        step = _step(raw, condition, branch)
        found[step.name] = step
        if step.type == CONDITION:
            for each in (IF, ELSE):
                _read(step.arguments.get(each, ()), found, step.name, each)


def _step(raw: Mapping[str, Any], condition: str, branch: str) -> Step:
    arguments = raw["Arguments"]
    own = {name: value for name, value in arguments.items() if name not in (IF, ELSE)}
    named = [reference.split(".")[1] for reference in references(own) if reference.startswith("Steps.")]
    after = [*raw.get("DependsOn", ()), *named, *([condition] if condition else [])]
    cache = raw.get("CacheConfig", {})
    return Step(
        name=raw["Name"],
        type=raw["Type"],
        arguments=arguments,
        after=tuple(dict.fromkeys(after)),
        condition=condition,
        branch=branch,
        cached=bool(cache.get("Enabled")),
        holds_for=duration(cache["ExpireAfter"]) if cache.get("ExpireAfter") else None,
        property_files={
            each["PropertyFileName"]: (each["OutputName"], each["FilePath"])
            for each in raw.get("PropertyFiles", ())
        },
    )


def duration(said: str) -> timedelta:
    """Return how long a duration is that is written as SageMaker takes it: P30D, 30d, PT1H. Raises BadDefinition."""
    found = _DURATION.fullmatch(said)
    if not found or not (found[1] or found[2]):
        raise BadDefinition(
            reason=tr("ExpireAfter is '{said}', which is no duration such as P30D.", said=said)
        )
    days = sum(int(many) * _UNITS[unit] for many, unit in re.findall(r"(\d+)(\w)", found[1].upper()))
    clock = (found[2] or "").upper()
    return timedelta(days, sum(int(many) * _CLOCK[unit] for many, unit in re.findall(r"(\d+)(\w)", clock)))


def longest(definition: Mapping[str, Any]) -> timedelta:
    """Return how long an execution can take, by when SageMaker stops each of its jobs, with a while to begin each."""
    found = timedelta()
    for step in steps(definition):
        if step.type in CACHE_KEYS:
            stops = step.arguments.get("StoppingCondition", {})
            seconds = [
                stops[name] for name in ("MaxRuntimeInSeconds", "MaxWaitTimeInSeconds") if name in stops
            ]
            found += TO_BEGIN + (timedelta(seconds=max(seconds)) if seconds else USUAL_RUNTIME)
    return found


def parameters(definition: Mapping[str, Any]) -> list[Parameter]:
    """Return the parameters in their order."""
    return [
        Parameter(
            each["Name"], each.get("Type", "String"), each.get("DefaultValue"), each.get("Description", "")
        )
        for each in definition.get("Parameters", ())
    ]


def values(definition: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return every parameter with its value: what is `given`, read as its type, else its default.

    Raises BadParameter.
    """
    known = {parameter.name: parameter for parameter in parameters(definition)}
    for name in given:
        if name not in known:
            raise BadParameter(
                name=name, reason=tr("There is none of that name; there are {names}.", names=", ".join(known))
            )
    lacking = [each.name for each in known.values() if each.default is None and each.name not in given]
    if lacking:
        raise BadParameter(name=lacking[0], reason=tr("It has no default, and no value was given."))
    return {
        name: typed(parameter, given[name]) if name in given else parameter.default
        for name, parameter in known.items()
    }


def typed(parameter: Parameter, value: str) -> Any:
    """Return a value as the parameter's type. Raises BadParameter."""
    try:
        if parameter.type == "Integer":
            return int(value)
        if parameter.type == "Float":
            return float(value)
        if parameter.type == "Boolean":
            return {"true": True, "false": False}[value.strip().lower()]
    except (ValueError, KeyError):
        reason = {
            "Integer": tr("'{value}' is not a whole number.", value=value),
            "Float": tr("'{value}' is not a number.", value=value),
            "Boolean": tr("'{value}' is not true or false.", value=value),
        }[parameter.type]
        raise BadParameter(name=parameter.name, reason=reason) from None
    return value


def cache_key(kind: str, arguments: Mapping[str, Any]) -> str:
    """Return a digest of what the result of a step of a kind depends on; `arguments` without references."""
    kept = {name: arguments[name] for name in CACHE_KEYS.get(kind, ()) if name in arguments}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
