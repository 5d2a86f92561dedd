"""What a definition has to be so that SageMaker takes it, in rules of our own words.

They say what the published schema says (aws-sagemaker-mlops/sagemaker-model-building-pipeline-definition-JSON-schema),
which has no licence, so that none of its text is here. Where it lags behind what SageMaker takes and its own SDK
writes, these go further: Std:Join and Std:JsonGet stand wherever a value does, a Processing step has PropertyFiles, a
RegisterModel step ModelApprovalStatus and CustomerMetadataProperties. What references name has to be there, before
them; what the Arguments of a step may hold is botocore's to say, and a test asks it.
https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-pipeline.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.language import joined, tr
from core.numbers import integer
from core.pipelines.errors import BadDefinition
from core.pipelines.expressions import (
    FUNCTIONS,
    GET,
    JOIN,
    JSON_GET,
    function_of,
    property_file_of,
    references,
)
from core.pipelines.steps import CONDITION, ELSE, FAIL, IF, Step, duration, steps

VERSION = "2020-12-01"
LARGEST = 2**20  # signs of a definition
MOST_PARAMETERS, MOST_STEPS = 200, 50
NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")
TYPES = {"String": str, "Integer": int, "Float": int | float, "Boolean": bool}
STEP_TYPES = (
    "Condition", "Training", "Processing", "Transform", "Model", "RegisterModel", "Lambda", "Callback", "Tuning",
    "ClarifyCheck", "QualityCheck", "EMR", "Fail", "AutoML", "Endpoint", "EndpointConfig",
)  # fmt: skip
FIELDS = {"Version", "Metadata", "Parameters", "PipelineExperimentConfig", "Steps"}
STEP_FIELDS = {
    "Name", "Type", "DependsOn", "DisplayName", "Description", "RetryPolicies", "CacheConfig", "PropertyFiles",
    "Arguments",
}  # fmt: skip
EXECUTION = {
    "StartDateTime", "CurrentDateTime", "PipelineName", "PipelineArn", "PipelineExecutionId", "PipelineExecutionArn",
    "TrainingJobName", "ProcessingJobName",
}  # fmt: skip
CONDITIONS = {
    "Equals": ("LeftValue", "RightValue"), "NotEquals": ("LeftValue", "RightValue"),
    "GreaterThan": ("LeftValue", "RightValue"), "GreaterThanOrEqualTo": ("LeftValue", "RightValue"),
    "LessThan": ("LeftValue", "RightValue"), "LessThanOrEqualTo": ("LeftValue", "RightValue"),
    "In": ("QueryValue", "Values"), "Not": ("Expression",), "Or": ("Conditions",),
}  # fmt: skip
SHOWN = 5  # problems that a message names


def check(definition: Mapping[str, Any]) -> None:
    """Raise BadDefinition where SageMaker would not take a definition, with what is wrong with it."""
    try:
        found = list(problems(definition))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadDefinition(
            reason=tr("It is not of the form of a definition: {error}.", error=repr(error))
        ) from error
    if found:
        raise BadDefinition(reason=joined(found[:SHOWN]))


def problems(definition: Mapping[str, Any]) -> Iterator[str]:
    """Yield in sentences what is wrong with a definition."""
    yield from _unknown(definition, FIELDS, tr("The definition"))
    if definition.get("Version") != VERSION:
        yield tr("Its Version is not {version}.", version=VERSION)
    if len(json.dumps(definition)) > LARGEST:
        yield tr("It has more than {largest} signs.", largest=integer(LARGEST))
    yield from _metadata(definition.get("Metadata", {}))
    yield from _parameters(definition.get("Parameters", []))
    if not isinstance(definition.get("Steps"), list):
        yield tr("It has no list of Steps.")
        return
    broken = [problem for raw in _all(definition["Steps"]) for problem in _step(raw)]
    yield from broken
    if not broken:
        yield from _whole(definition)


def _unknown(value: Mapping[str, Any], known: set[str], what: str) -> Iterator[str]:
    for name in value:
        if name not in known:
            yield tr("{what} has an unknown field {name}.", what=what, name=name)


def _metadata(metadata: Mapping[str, Any]) -> Iterator[str]:
    for name, value in metadata.items():
        if (
            not re.fullmatch(r"[A-Za-z0-9\-_]{1,128}", name)
            or not isinstance(value, str)
            or len(value) > 1024
        ):
            yield tr("Its Metadata {name} is no text of at most 1,024 signs under a plain name.", name=name)


def _parameters(parameters: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = [str(each.get("Name", "")) for each in parameters]
    if len(parameters) > MOST_PARAMETERS:
        yield tr("It has more than {most} parameters.", most=MOST_PARAMETERS)
    if len(set(names)) < len(names):
        yield tr("Two of its parameters have one name.")
    for name, each in zip(names, parameters, strict=True):
        yield from _unknown(
            each,
            {"Name", "Type", "Description", "DefaultValue", "EnumValues"},
            tr("Parameter {name}", name=name),
        )
        if not NAME.fullmatch(name):
            yield tr(
                "A parameter's name is '{name}', not up to 64 letters, digits, hyphens and underscores.",
                name=name,
            )
        kind, default = each.get("Type", "String"), each.get("DefaultValue")
        if kind not in TYPES:
            yield tr("Parameter {name} has the type {kind}.", name=name, kind=kind)
        elif default is not None and (
            not isinstance(default, TYPES[kind]) or (isinstance(default, bool) and kind != "Boolean")
        ):
            yield tr("The default of parameter {name} is no {kind}.", name=name, kind=kind)
        if isinstance(default, str) and len(default) > 4096:
            yield tr("The default of parameter {name} has more than 4,096 signs.", name=name)


def _all(listed: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield all steps, those of branches too."""
    for raw in listed:
        yield raw
        if raw.get("Type") == CONDITION:
            for branch in (IF, ELSE):
                yield from _all(raw.get("Arguments", {}).get(branch, ()))


def _step(raw: Mapping[str, Any]) -> Iterator[str]:
    name, kind, arguments = str(raw.get("Name", "")), raw.get("Type"), raw.get("Arguments")
    what = tr("Step {name}", name=name)
    yield from _unknown(raw, STEP_FIELDS, what)
    if not NAME.fullmatch(name):
        yield tr(
            "A step's name is '{name}', not up to 64 letters, digits, hyphens and underscores.", name=name
        )
    if kind not in STEP_TYPES:
        yield tr("{what} has the type {kind}.", what=what, kind=kind)
    if not isinstance(arguments, Mapping):
        yield tr("{what} has no Arguments.", what=what)
        return
    cache = raw.get("CacheConfig", {})
    yield from _unknown(cache, {"Enabled", "ExpireAfter"}, tr("{step}'s CacheConfig", step=what))
    if "ExpireAfter" in cache:
        duration(cache["ExpireAfter"])
    for file in raw.get("PropertyFiles", ()):
        outputs = [each["OutputName"] for each in arguments["ProcessingOutputConfig"]["Outputs"]]
        if set(file) != {"PropertyFileName", "OutputName", "FilePath"} or file["OutputName"] not in outputs:
            yield tr("{what} has a property file that is in none of its outputs.", what=what)
    if kind == FAIL and set(arguments) != {"ErrorMessage"}:
        yield tr("{what} has to have an ErrorMessage, and nothing else.", what=what)
    if kind == CONDITION:
        yield from _conditions(arguments, what)
    yield from _functions(arguments, what)


def _conditions(arguments: Mapping[str, Any], what: str) -> Iterator[str]:
    yield from _unknown(arguments, {"Conditions", IF, ELSE}, what)
    pending = list(arguments.get("Conditions", ()))
    if not pending:
        yield tr("{what} has no Conditions.", what=what)
    while pending:
        each = pending.pop()
        kind = each.get("Type")
        if kind not in CONDITIONS:
            yield tr("{what} has a condition of the type {kind}.", what=what, kind=kind)
        elif set(each) != {"Type", *CONDITIONS[kind]}:
            yield tr(
                "A condition {kind} of {what} has to have {conditions}, and nothing else.",
                kind=kind,
                what=what,
                conditions=", ".join(CONDITIONS[kind]),
            )
        elif kind in ("Or", "Not"):
            pending += each["Conditions"] if kind == "Or" else [each["Expression"]]


def _functions(value: object, what: str) -> Iterator[str]:
    """Yield what is wrong with the references in a value."""
    if isinstance(value, Mapping):
        kind = function_of(value)
        if not kind and (mixed := [name for name in FUNCTIONS if name in value]):
            yield tr("{what} has {mixed} beside other fields.", what=what, mixed=mixed[0])
        if kind == GET and not isinstance(value[GET], str):
            yield tr("{what} has a Get that is no text.", what=what)
        if kind == JOIN and set(value[JOIN]) - {"On"} != {"Values"}:
            yield tr("{what} has a Std:Join without Values.", what=what)
        if kind == JSON_GET:
            if set(value[JSON_GET]) != {"PropertyFile", "Path"}:
                yield tr("{what} has a Std:JsonGet without PropertyFile and Path.", what=what)
            property_file_of(value[JSON_GET]["PropertyFile"])
        for each in value.values():
            yield from _functions(each, what)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _functions(each, what)


def _whole(definition: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong between steps: names, what they wait for, and what they refer to."""
    names = [str(raw["Name"]) for raw in _all(definition["Steps"])]
    if len(names) > MOST_STEPS:
        yield tr("It has more than {most} steps.", most=MOST_STEPS)
    if len(set(names)) < len(names):
        yield tr("Two of its steps have one name.")
        return
    parameters = {each["Name"] for each in definition.get("Parameters", ())}
    read = {step.name: step for step in steps(definition)}
    for step in read.values():
        for name in step.after:
            if name not in read:
                yield tr("Step {name} waits for {other}, which is no step.", name=step.name, other=name)
        own = {name: value for name, value in step.arguments.items() if name not in (IF, ELSE)}
        for reference in references(own):
            yield from _reference(reference, step, parameters, read)


def _reference(reference: str, step: Step, parameters: set[str], read: Mapping[str, Step]) -> Iterator[str]:
    kind, _, rest = reference.partition(".")
    if kind == "Parameters" and rest in parameters:
        return
    if kind == "Execution" and rest in EXECUTION:
        return
    if kind == "Steps":
        name, _, path = rest.partition(".")
        file = re.fullmatch(r"PropertyFiles\.([\w\-]+)", path)
        if name in read and (not file or file[1] in (read[name].property_files or {})):
            return
    yield tr("Step {name} refers to {reference}, which is not there.", name=step.name, reference=reference)
