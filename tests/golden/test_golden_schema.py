"""The hyperparameter schema, the metrics and the channels, against what was dumped from the real code."""

from __future__ import annotations

import json

import pytest
from golden_cases import HERE

from core.container import channels, metric_names
from core.container.errors import UserError
from core.container.hyperparameters import ALIASES, describe
from core.container.train import CUSTOMER_ERRORS

SCHEMA = json.loads((HERE / "schema/algorithm_schema.json").read_text())


def test_every_hyperparameter_is_described_as_recorded():
    actual = [
        {
            "name": parameter.name,
            "class": f"{parameter.kind}Hyperparameter",
            "required": parameter.required,
            "default": parameter.default,
            "range_str": parameter.range_text,
            "tunable": parameter.tunable is not None,
            "depends_on": list(parameter.depends_on),
        }
        for parameter in describe()
    ]
    recorded = [
        {field: value for field, value in parameter.items() if field != "tunable_recommended_range"}
        for parameter in SCHEMA["hyperparameters"]
    ]
    assert actual == recorded


def test_tunable_ranges():
    recorded = {}
    for parameter in SCHEMA["hyperparameters"]:
        for ranges in parameter.get("tunable_recommended_range", {}).values():
            recorded[parameter["name"]] = (float(ranges[0]["MinValue"]), float(ranges[0]["MaxValue"]))
    assert {parameter.name: parameter.tunable for parameter in describe() if parameter.tunable} == recorded


def test_aliases():
    assert SCHEMA["aliases"] == ALIASES
    assert {alias: parameter.name for parameter in describe() for alias in parameter.aliases} == ALIASES


def test_metrics():
    assert SCHEMA["maximize"] == metric_names.MAXIMIZE
    assert SCHEMA["minimize"] == metric_names.MINIMIZE
    assert SCHEMA["container_defined_metrics"] == metric_names.CONTAINER_DEFINED
    directions = [("Maximize", metric_names.MAXIMIZE), ("Minimize", metric_names.MINIMIZE)]
    recorded = [(metric["Type"], metric["MetricName"]) for metric in SCHEMA["tunable_metrics"]]
    assert recorded == [(kind, f"validation:{name}") for kind, names in directions for name in names]


def test_customer_errors():
    assert SCHEMA["customer_error_substrings"] == CUSTOMER_ERRORS


@pytest.mark.parametrize("channel", SCHEMA["channels"], ids=lambda channel: channel["Name"])
def test_channels(channel):
    def accepted(content_type, input_mode):
        description = {
            "ContentType": content_type,
            "TrainingInputMode": input_mode,
            "S3DistributionType": "FullyReplicated",
        }
        train = {"ContentType": "csv", "TrainingInputMode": "File", "S3DistributionType": "FullyReplicated"}
        try:
            channels.validate_channels({"train": train, channel["Name"]: description})
        except UserError:
            return False
        return True

    types = {kind for other in SCHEMA["channels"] for kind in other["SupportedContentTypes"]} | {
        "application/json"
    }
    modes = {"File", "Pipe", "FastFile"}
    assert {kind for kind in types if any(accepted(kind, mode) for mode in modes)} == set(
        channel["SupportedContentTypes"]
    )
    assert {mode for mode in modes if any(accepted(kind, mode) for kind in types)} == set(
        channel["SupportedInputModes"]
    )
