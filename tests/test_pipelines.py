"""The definition of a pipeline: that SageMaker would take it, what it refuses, and what its references mean."""

from __future__ import annotations

import copy
import json
from datetime import timedelta

import botocore.session
import pytest
from botocore.validate import ParamValidator

from core.backends.pipelines import Place
from core.pipelines import definition, expressions, rules, steps
from core.pipelines.errors import BadDefinition, BadParameter, BadReference, CannotCompareMetric
from core.pipelines.expressions import Scope

PLACE = Place(
    "s3://bucket/prefix",
    "arn:aws:iam::123456789012:role/jobs",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
    "code/abc",
    "ml.t3.medium",
    "ml.m5.large",
    "-ab12cd",
    processing={"StoppingCondition": {"MaxRuntimeInSeconds": 7200}},
    training={
        "StoppingCondition": {"MaxRuntimeInSeconds": 7200},
        "ResourceConfig": {"VolumeSizeInGB": 11},
        "EnableNetworkIsolation": True,
    },
)
PLAN = definition.Plan(
    name="weekly",
    dataset="churn",
    dataset_sha256="ab" * 32,
    target="left?",
    config="pipelines/weekly/inputs/0123",
    hyperparameters={"max_depth": "6", "eta": "0.1"},
    fixed={"objective": "binary:logistic", "eval_metric": "auc,logloss"},
    weighted=False,
    metric="auc",
    label="AUC",
    less_is_better=False,
    threshold=0.79,
    metrics=("auc", "accuracy"),
    group="churn-left",
    metadata={"training_job": "train-churn"},
)


@pytest.fixture
def whole() -> dict:
    return json.loads(json.dumps(definition.definition_of(PLAN, PLACE)))


def scope(whole: dict, **given: str) -> Scope:
    """Everything that the steps refer to, as SageMaker would know it at the end."""
    output = {"S3Output": {"S3Uri": "s3://bucket/prefix/processing/eda-weekly-x/output"}}
    judged = {"S3Output": {"S3Uri": "s3://bucket/prefix/training/train-1/evaluation"}}
    written = {
        "Evaluation": {"metrics": {"auc": {"value": 0.82, "low": 0.7901234567, "high": 0.85}}},
        "Registration": dict.fromkeys((*definition.VERSION_FACTS, "card"), "x")
        | {"metrics": {"auc": "1", "accuracy": "1"}},
    }
    return Scope(
        steps.values(whole, given),
        {"PipelineExecutionId": "x"},
        {
            "Eda": {"ProcessingOutputConfig": {"Outputs": {"output": output}}},
            "Train": {
                "TrainingJobName": "train-1",
                "ModelArtifacts": {
                    "S3ModelArtifacts": "s3://bucket/prefix/training/train-1/output/model.tar.gz"
                },
            },
            "Evaluate": {"ProcessingOutputConfig": {"Outputs": {"evaluation": judged}}},
        },
        lambda step, file: written[file],
    )


def test_every_step_is_a_request_that_sagemaker_takes(whole):
    rules.check(whole)
    model = botocore.session.get_session().get_service_model("sagemaker")
    known = {each.name: each for each in steps.steps(whole)}
    assert list(known) == ["Eda", "Train", "Evaluate", "Check", "Register", "Refuse"]
    for name, operation in (
        ("Eda", "CreateProcessingJob"),
        ("Evaluate", "CreateProcessingJob"),
        ("Train", "CreateTrainingJob"),
        ("Register", "CreateModelPackage"),
    ):
        asked = expressions.resolve(known[name].arguments, scope(whole))
        report = ParamValidator().validate(asked, model.operation_model(operation).input_shape)
        assert not report.has_errors(), report.generate_report()
    train = expressions.resolve(known["Train"].arguments, scope(whole, eta="0.3"))
    assert train["HyperParameters"] == PLAN.fixed | {"max_depth": "6", "eta": "0.3"}
    assert train["ResourceConfig"] == {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 11,
    }
    channel = train["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
    assert channel == "s3://bucket/prefix/processing/eda-weekly-x/output/train/"
    refused = expressions.resolve(known["Refuse"].arguments, scope(whole))["ErrorMessage"]
    assert refused.endswith("the lower end of the 95% interval of AUC is below 0.79.")


def changed(whole: dict, path: str, value: object) -> dict:
    """The definition with another value at a path such as Steps.0.Name; None takes it out."""
    other = copy.deepcopy(whole)
    *before, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    at = other
    for part in before:
        at = at[part]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return other


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("Version", "2021-01-01", "Version"),
        ("Extra", {}, "unknown field Extra"),
        ("Steps.0.Type", "Cooking", "type Cooking"),
        ("Steps.0.Name", "E da", "letters, digits"),
        ("Steps.1.Name", "Eda", "one name"),
        ("Steps.1.DependsOn", ["Nobody"], "Nobody"),
        ("Steps.0.DependsOn", ["Evaluate"], "wait for each other"),
        ("Steps.0.CacheConfig.ExpireAfter", "soon", "no duration"),
        ("Steps.0.Arguments.RoleArn", {"Get": "Parameters.Nothing"}, "Parameters.Nothing"),
        ("Steps.0.Arguments.RoleArn", {"Get": "x", "Else": "y"}, "beside other fields"),
        ("Steps.2.PropertyFiles.0.OutputName", "elsewhere", "in none of its outputs"),
        ("Steps.2.PropertyFiles", [], "PropertyFiles.Evaluation"),
        ("Steps.3.Arguments.Conditions.0.Type", "Better", "type Better"),
        ("Steps.3.Arguments.Conditions.0.RightValue", None, "LeftValue, RightValue"),
        ("Steps.3.Arguments.ElseSteps.0.Arguments", {}, "ErrorMessage"),
        ("Parameters.1.DefaultValue", "high", "no Float"),
        ("Parameters.0.Name", "Threshold", "one name"),
        ("Steps", None, "no list of Steps"),
    ],
)
def test_what_sagemaker_would_not_take_is_refused_in_words(whole, path, value, said):
    with pytest.raises(BadDefinition, match=said):
        rules.check(changed(whole, path, value))


def test_a_condition_holds_at_the_worse_end_of_the_interval(whole):
    condition = whole["Steps"][3]["Arguments"]["Conditions"][0]
    assert expressions.holds(condition, scope(whole)).holds
    missed = expressions.holds(condition, scope(whole, Threshold="0.8"))
    assert not missed.holds and missed.compared == "0.790123 >= 0.8"
    either = {"Type": "Or", "Conditions": [condition, {"Type": "Not", "Expression": condition}]}
    assert expressions.holds(either, scope(whole, Threshold="0.8")).holds
    few = Scope(steps.values(whole, {}), {}, {}, lambda step, file: {"metrics": {"auc": {"low": None}}})
    with pytest.raises(CannotCompareMetric, match="no interval"):
        expressions.holds(condition, few)
    less = definition.definition_of(replaced(less_is_better=True, metric="rmse"), PLACE)["Steps"][3]
    assert less["Arguments"]["Conditions"][0]["Type"] == "LessThanOrEqualTo"
    assert less["Arguments"]["Conditions"][0]["LeftValue"]["Std:JsonGet"]["Path"] == "metrics.rmse.high"


def replaced(**changes: object) -> definition.Plan:
    from dataclasses import replace

    return replace(PLAN, **changes)


def test_a_result_holds_while_the_inputs_are_the_same(whole):
    eda, train, *_ = steps.steps(whole)
    assert steps.longest(whole) == timedelta(hours=6, minutes=30), "three jobs, each stopped after two hours"

    def key(step: steps.Step, **given: str) -> str:
        return steps.cache_key(step.type, expressions.resolve(step.arguments, scope(whole, **given)))

    assert key(eda) == key(eda, EdaInstanceType="ml.m5.xlarge", Role="another", Threshold="0.5")
    assert key(eda) != key(eda, DatasetSha256="cd" * 32), "other bytes under the same name"
    assert key(train) != key(train, max_depth="3")
    assert eda.cached and eda.holds_for == timedelta(days=30)
    assert not steps.steps(definition.definition_of(replaced(caching=False), PLACE))[0].cached
    assert [steps.duration(said) for said in ("30d", "PT90M", "P1W", "T16m")] == [
        timedelta(30), timedelta(minutes=90), timedelta(7), timedelta(minutes=16)
    ]  # fmt: skip


def test_parameters_are_typed_and_references_say_what_is_missing(whole):
    assert steps.values(whole, {"Threshold": "0.5"})["Threshold"] == 0.5
    with pytest.raises(BadParameter, match="'high' is not a number"):
        steps.values(whole, {"Threshold": "high"})
    with pytest.raises(BadParameter, match="none of that name"):
        steps.values(whole, {"depth": "3"})
    with pytest.raises(BadReference, match="lacks nothing"):
        expressions.get("Steps.Train.ModelArtifacts.nothing", scope(whole))
    with pytest.raises(BadReference, match="no result"):
        expressions.get("Steps.Register.x", scope(whole))
