"""The definition of a pipeline, made from a finished run: EDA, training, evaluation, condition, register or refuse.

What a place has of its own (bucket, role, image, programs) are parameters: one definition does on every backend.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import keys
from core.backends.pipelines import Place
from core.backends.registry import METRIC, encoded
from core.language import mark, tr
from core.names import slug
from core.pipelines.expressions import GET, JOIN, JSON_GET
from core.pipelines.rules import VERSION
from core.pipelines.steps import CONDITION, FAIL, PROCESSING, REGISTER, TRAINING

EDA, TRAIN, EVALUATE, CHECK, ADD, REFUSE = "Eda", "Train", "Evaluate", "Check", "Register", "Refuse"
DATASET, DIGEST, THRESHOLD, GROUP = "Dataset", "DatasetSha256", "Threshold", "ModelPackageGroup"
EDA_INSTANCE, TRAIN_INSTANCE = "EdaInstanceType", "TrainInstanceType"
ROOT, ROLE, IMAGE, CODE = "Root", "Role", "Image", "Code"
# Set at every start by whoever starts it: a person chooses the others.
OF_THE_PLACE = (ROOT, ROLE, IMAGE, CODE, DIGEST)
OUTPUT, MANIFEST, EVALUATION, CONFIG = (
    "output",
    "manifest",
    "evaluation",
    "config",
)  # names of inputs and outputs
JUDGED, FACTS = "Evaluation", "Registration"  # property files of the evaluation
CONFIG_FILE, ENTRY = "config.json", "entry.py"
VERSION_FACTS = (
    "model_sha256", "evaluation_sha256", "contract_sha256", "report_sha256", "card_sha256", "dataset_sha256",
    "eda_job", "problem", "rows_tested",
)  # fmt: skip
HOLDS_FOR = "P30D"  # a result of a step with unchanged inputs
ML = "/opt/ml/processing"
TOO_LOW = mark(
    "The model was not registered: on the test split the lower end of the 95% interval of {label} is below {threshold}."
)
TOO_HIGH = mark(
    "The model was not registered: on the test split the upper end of the 95% interval of {label} is above {threshold}."
)
AT_LEAST = mark("On the test split the lower end of the 95% interval of {label} has to be at least this.")
AT_MOST = mark("On the test split the upper end of the 95% interval of {label} has to be at most this.")
LONGEST_PREFIX = 36  # signs of a job's name
LEAST_VOLUME = 30  # gigabytes, where the place says nothing else


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pipeline does again: the run that it was saved from, and what a model has to reach to be registered."""

    name: str
    dataset: str
    dataset_sha256: str
    target: str  # the column that is predicted
    config: str  # storage key of the folder with the configuration of EDA
    hyperparameters: Mapping[str, str]  # that a person may change at each start
    fixed: Mapping[str, str]  # that follow from the target, or are Sendero's own
    weighted: bool  # whether rows count by a weight
    metric: str  # as evaluation.json calls it
    label: str  # as people call it
    less_is_better: bool
    threshold: float
    metrics: tuple[str, ...]  # the problem's headline: what a version says of itself
    group: str  # of versions, without the ending that the place gives it
    caching: bool = True  # whether steps with unchanged inputs are taken from an earlier execution
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def cache(self) -> dict[str, object]:
        """Return how long a result is taken again."""
        return {"Enabled": self.caching, "ExpireAfter": HOLDS_FOR}

    @property
    def worse_end(self) -> str:
        """Return which end of the metric's interval has to hold the threshold."""
        return "high" if self.less_is_better else "low"


def definition_of(plan: Plan, place: Place) -> dict[str, Any]:
    """Return the definition, as SageMaker takes it."""
    return {
        "Version": VERSION,
        "Metadata": {**plan.metadata, "metric": plan.metric, "worse_end": plan.worse_end},
        "Parameters": _parameters(plan, place),
        "Steps": [_eda(plan, place), _train(plan, place), _evaluate(plan, place), _check(plan)],
    }


def described(description: str) -> str:
    """Return what a parameter is for, which the definition says in English, in the reader's language."""
    return _again(description, AT_MOST, AT_LEAST) or tr(description)


def refused(message: str) -> str:
    """Return why a model was not registered, which the definition says in English, in the reader's language."""
    return _again(message, TOO_HIGH, TOO_LOW) or message


def _again(text: str, *templates: str) -> str:
    """Return a text that was made from one of the templates, in the reader's language; "" of any other."""
    for template in templates:
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(template))
        if found := re.fullmatch(pattern, text):
            return tr(template, **{name: tr(part) for name, part in found.groupdict().items()})
    return ""


def of_place(place: Place) -> dict[str, str]:
    """Return the parameters that a place sets at every start."""
    return {ROOT: place.root, ROLE: place.role, IMAGE: place.image, CODE: place.code}


def told_of_place(place: Place) -> dict[str, tuple[object, str]]:
    """Return the same with what each of them is, in a sentence."""
    return {
        ROOT: (place.root, mark("The folder that data sets, jobs and models are kept below.")),
        ROLE: (place.role, mark("The execution role of the jobs.")),
        IMAGE: (place.image, mark("The image of the jobs and of the model.")),
        CODE: (place.code, mark("The folder below Root with the programs of the jobs.")),
    }


def property_of(step: str, path: str) -> dict[str, str]:
    """Return a reference to what a step's job says of itself."""
    return {GET: f"Steps.{step}.{path}"}


def parameter(name: str) -> dict[str, str]:
    """Return a reference to a parameter."""
    return {GET: f"Parameters.{name}"}


def join(*values: object) -> dict[str, Any]:
    """Return the text that values make side by side."""
    return {JOIN: {"On": "", "Values": list(values)}}


def _parameters(plan: Plan, place: Place) -> list[dict[str, Any]]:
    bar = (AT_MOST if plan.less_is_better else AT_LEAST).format(label=plan.label)
    given = {
        DATASET: (plan.dataset, mark("The data set, by its name in Sendero.")),
        THRESHOLD: (plan.threshold, bar),
        **{
            name: (value, mark("A hyperparameter of the training."))
            for name, value in plan.hyperparameters.items()
        },
        EDA_INSTANCE: (place.processing_instance, mark("The instance type of EDA and evaluation.")),
        TRAIN_INSTANCE: (place.training_instance, mark("The instance type of the training.")),
        GROUP: (
            plan.group + place.group_ending,
            mark("The Model Package Group that a good model becomes a version in."),
        ),
        DIGEST: (
            plan.dataset_sha256,
            mark("The digest of the data set, so that other bytes are profiled anew."),
        ),
        **told_of_place(place),
    }
    return declared(given)


def declared(given: Mapping[str, tuple[object, str]]) -> list[dict[str, Any]]:
    """Return parameters as a definition declares them: {name: (default, what it is in a sentence)}."""
    return [
        {
            "Name": name,
            "Type": "Float" if isinstance(value, float) else "String",
            "DefaultValue": value,
            "Description": words,
        }
        for name, (value, words) in given.items()
    ]


def _eda(plan: Plan, place: Place) -> dict[str, Any]:
    program = [
        *("--manifest", "scripts/eda_script.py", "--input-data", f"{ML}/input"),
        *("--output-data", f"{ML}/{OUTPUT}", "--config", f"{ML}/{CONFIG}/{CONFIG_FILE}"),
    ]
    folder = [
        parameter(ROOT),
        f"/{keys.job('processing', f'eda-{plan.name}')}-",
        {GET: "Execution.PipelineExecutionId"},
    ]
    arguments = processing(
        place,
        program,
        {
            "input": join(parameter(ROOT), f"/{keys.DATASETS}/", parameter(DATASET), "/"),
            CONFIG: join(parameter(ROOT), f"/{plan.config}/"),
        },
        {OUTPUT: join(*folder, "/output"), MANIFEST: join(*folder, "/manifest")},
    )
    arguments["ProcessingJobName"] = _job_name("eda", plan)
    arguments["Environment"] = {"SENDERO_DATASET_SHA256": parameter(DIGEST)}
    return {"Name": EDA, "Type": PROCESSING, "CacheConfig": plan.cache, "Arguments": arguments}


def _eda_output(part: str) -> dict[str, Any]:
    """Return the address of a part of what EDA writes: a folder ends with a slash."""
    return join(property_of(EDA, f"ProcessingOutputConfig.Outputs['{OUTPUT}'].S3Output.S3Uri"), f"/{part}")


def _train(plan: Plan, place: Place) -> dict[str, Any]:
    folder = keys.weighted if plan.weighted else str
    arguments = {
        "AlgorithmSpecification": {"TrainingImage": parameter(IMAGE), "TrainingInputMode": "File"},
        "HyperParameters": {**plan.fixed, **{name: parameter(name) for name in plan.hyperparameters}},
        "InputDataConfig": [
            _channel(split, _eda_output(f"{folder(split)}/")) for split in ("train", "validation")
        ],
        "OutputDataConfig": {"S3OutputPath": join(parameter(ROOT), "/training")},
        "ResourceConfig": {
            "InstanceType": parameter(TRAIN_INSTANCE),
            "InstanceCount": 1,
            "VolumeSizeInGB": LEAST_VOLUME,
        },
        "RoleArn": parameter(ROLE),
        "TrainingJobName": _job_name("train", plan),
    }
    return {
        "Name": TRAIN,
        "Type": TRAINING,
        "DependsOn": [EDA],
        "CacheConfig": plan.cache,
        "Arguments": merged(arguments, place.training),
    }


def _channel(name: str, address: object) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "ContentType": "text/csv",
        "InputMode": "File",
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3DataDistributionType": "FullyReplicated",
                "S3Uri": address,
            }
        },
    }


def _evaluate(plan: Plan, place: Place) -> dict[str, Any]:
    trained = property_of(TRAIN, "TrainingJobName")
    program: list[object] = [
        *("-m", "core.registration", "--model", f"{ML}/model/model.tar.gz"),
        *(
            "--contract",
            f"{ML}/contract/contract.json",
            "--test",
            f"{ML}/test",
            "--validation",
            f"{ML}/validation",
        ),
        *("--output", f"{ML}/{EVALUATION}/evaluation.json", "--report", f"{ML}/report"),
        *("--job", "/opt/ml/config/processingjobconfig.json", "--pipeline", plan.name),
        *("--training-job", trained, "--settings", *_settings(plan)),
    ]
    inputs = {
        "model": property_of(TRAIN, "ModelArtifacts.S3ModelArtifacts"),
        **{part: _eda_output(f"{part}/") for part in ("contract", "test", "validation", "report")},
    }
    beside = join(parameter(ROOT), "/training/", trained, f"/{EVALUATION}")
    arguments = processing(place, program, inputs, {EVALUATION: beside})
    arguments["ProcessingJobName"] = _job_name("eval", plan)
    return {
        "Name": EVALUATE,
        "Type": PROCESSING,
        "DependsOn": [TRAIN],
        "CacheConfig": plan.cache,
        "PropertyFiles": [
            {"PropertyFileName": name, "OutputName": EVALUATION, "FilePath": file}
            for name, file in ((JUDGED, "evaluation.json"), (FACTS, "registration.json"))
        ],
        "Arguments": arguments,
    }


def _settings(plan: Plan) -> list[object]:
    """Return the hyperparameters for the model card; but an argument of a job has 256 signs, and lists have more."""
    fixed = [f"{name}={value}" for name, value in plan.fixed.items()]
    chosen = [name for name in plan.hyperparameters if not name.endswith("_constraints")]
    return [*fixed, *(join(f"{name}=", parameter(name)) for name in chosen)]


def _job_name(prefix: str, plan: Plan) -> str:
    """Return what the name of a step's job begins with: SageMaker adds to it what tells executions apart."""
    return slug(f"{prefix}-{plan.name}", LONGEST_PREFIX)


def processing(
    place: Place, program: Sequence[object], inputs: Mapping[str, object], outputs: Mapping[str, object]
) -> dict[str, Any]:
    """Return the Arguments of a Processing step by a program of ours; inputs and outputs are folders of their names."""
    everything = {**inputs, "code": join(parameter(ROOT), "/", parameter(CODE), "/")}
    arguments = {
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": parameter(EDA_INSTANCE),
                "InstanceCount": 1,
                "VolumeSizeInGB": LEAST_VOLUME,
            }
        },
        "AppSpecification": {
            "ImageUri": parameter(IMAGE),
            "ContainerEntrypoint": ["python3", f"{ML}/code/{ENTRY}"],
            "ContainerArguments": ["--prefix", "/opt/ml", *program],
        },
        "RoleArn": parameter(ROLE),
        "ProcessingInputs": [
            {
                "InputName": name,
                "S3Input": {
                    "S3Uri": address,
                    "LocalPath": f"{ML}/{name}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                    "S3DataDistributionType": "FullyReplicated",
                },
            }
            for name, address in everything.items()
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": name,
                    "S3Output": {"S3Uri": address, "LocalPath": f"{ML}/{name}", "S3UploadMode": "EndOfJob"},
                }
                for name, address in outputs.items()
            ]
        },
    }
    return merged(arguments, place.processing)


def _check(plan: Plan) -> dict[str, Any]:
    condition = {
        "Type": "LessThanOrEqualTo" if plan.less_is_better else "GreaterThanOrEqualTo",
        "LeftValue": {
            JSON_GET: {
                "PropertyFile": property_of(EVALUATE, f"PropertyFiles.{JUDGED}"),
                "Path": f"metrics.{plan.metric}.{plan.worse_end}",
            }
        },
        "RightValue": parameter(THRESHOLD),
    }
    return {
        "Name": CHECK,
        "Type": CONDITION,
        "DependsOn": [EVALUATE],
        "Arguments": {"Conditions": [condition], "IfSteps": [_register(plan)], "ElseSteps": [_refuse(plan)]},
    }


def _register(plan: Plan) -> dict[str, Any]:
    model = property_of(TRAIN, "ModelArtifacts.S3ModelArtifacts")
    judged = property_of(EVALUATE, f"ProcessingOutputConfig.Outputs['{EVALUATION}'].S3Output.S3Uri")
    speaks = {
        "ModelQuality": {"Statistics": ("evaluation", join(judged, "/evaluation.json"))},
        "ModelDataQuality": {
            "Statistics": ("report", _eda_output("report/report.json")),
            "Constraints": ("contract", _eda_output("contract/contract.json")),
        },
        "Explainability": {"Report": ("card", join(judged, "/card.json"))},
    }
    return {
        "Name": ADD,
        "Type": REGISTER,
        "Arguments": {
            "ModelPackageGroupName": parameter(GROUP),
            "ModelPackageDescription": f"The model of an execution of the pipeline {plan.name}, by Sendero",
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [{"Image": parameter(IMAGE), "ModelDataUrl": model}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            "ModelMetrics": {
                heading: {
                    part: {
                        "ContentType": "application/json",
                        "ContentDigest": join("sha256:", _fact(f"{document}_sha256")),
                        "S3Uri": address,
                    }
                    for part, (document, address) in parts.items()
                }
                for heading, parts in speaks.items()
            },
            "ModelCard": {"ModelCardContent": _fact("card"), "ModelCardStatus": "Draft"},
            "CustomerMetadataProperties": {
                **{name: _fact(name) for name in VERSION_FACTS},
                **{f"{METRIC}{name}": _fact(f"metrics.{name}") for name in plan.metrics},
                "training_job": property_of(TRAIN, "TrainingJobName"),
                "dataset": parameter(DATASET),
                "target": encoded(plan.target),
                "registered_by": f"the pipeline {plan.name}",
                "pipeline": plan.name,
                "execution": {GET: "Execution.PipelineExecutionId"},
            },
        },
    }


def _fact(path: str) -> dict[str, Any]:
    """Return a reference to what the evaluation says of a version."""
    return {JSON_GET: {"PropertyFile": property_of(EVALUATE, f"PropertyFiles.{FACTS}"), "Path": path}}


def _refuse(plan: Plan) -> dict[str, Any]:
    before, after = (TOO_HIGH if plan.less_is_better else TOO_LOW).split("{threshold}")
    return {
        "Name": REFUSE,
        "Type": FAIL,
        "Arguments": {"ErrorMessage": join(before.format(label=plan.label), parameter(THRESHOLD), after)},
    }


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return `one` with `other` laid over it, objects within objects merged alike."""
    result = dict(one)
    for name, value in other.items():
        inner = result.get(name)
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        result[name] = merged(inner, value) if both and isinstance(inner, Mapping) else value
    return result
