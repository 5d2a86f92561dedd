"""CreateTrainingJob and CreateHyperParameterTuningJob: the built-in XGBoost, in algorithm mode."""

from __future__ import annotations

import hashlib

from core import keys
from core.backends.aws.jobs.shards import sharded, train_manifest
from core.backends.aws.resources import images, instances, request_fields
from core.backends.aws.resources.storage import S3Storage
from core.backends.aws.session.connection import Parameters
from core.backends.requests import TrainingRequest, TuningRequest
from core.errors import BadSetting
from core.language import tr
from core.values import parse_duration

LONGEST_TUNING_NAME = 32  # CreateHyperParameterTuningJob's own limit; other jobs' names may have 63
# A spot job may wait for capacity this long, beside its longest runtime: the longest that SageMaker lets an algorithm
# wait that writes no checkpoints. https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html
WAIT = 3600
LONGEST = 28 * 86400  # seconds of a Training Job, waiting included
SHORTEST_TUNING = 120  # seconds; ResourceLimits of CreateHyperParameterTuningJob
MOST_TRIALS = 750  # https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-limits.html


def create_request(storage: S3Storage, request: TrainingRequest) -> Parameters:
    """Return the parameters that start the Training Job of `request`. Metric definitions are the built-in's own."""
    settings = storage.session.settings
    resource_config = instances.chosen(storage.session, "training", request.resources)
    return {
        "TrainingJobName": request.name,
        "HyperParameters": {name: str(value) for name, value in request.hyperparameters.items()},
        **_definition(storage, request, resource_config),
        **_checkpoints(storage, request.name, resource_config),
        "Tags": request_fields.tags(settings, job=request.name),
    }


def _checkpoints(storage: S3Storage, name: str, resource_config: dict[str, str]) -> Parameters:
    """Return from where an interrupted spot job continues; what is in the checkpoints is the image's own business.

    The trials of a tuning job have none: they would share one folder, and go on from each other's.
    """
    if resource_config["spot"] != "yes":
        return {}
    return {"CheckpointConfig": {"S3Uri": storage.uri(keys.checkpoints(name))}}


def tuning_name(name: str) -> str:
    """Return the name of a tuning job at SageMaker: its own, or a short one where that is too long."""
    return (
        name if len(name) <= LONGEST_TUNING_NAME else f"tune-{hashlib.sha256(name.encode()).hexdigest()[:20]}"
    )


def has_start(max_jobs: int, parent: str) -> bool:
    """Return whether one trial of a tuning job has the given values: not where an earlier one has tried them."""
    return max_jobs > 1 and not parent


def tuning_request(storage: S3Storage, request: TuningRequest) -> Parameters:
    """Return the parameters of a tuning job: its trials are Training Jobs as above, two at a time."""
    settings, training = storage.session.settings, request.training
    if request.max_jobs > MOST_TRIALS:
        reason = tr(
            "{trials} is more than the {most} trials that SageMaker allows a tuning job.",
            trials=request.max_jobs,
            most=MOST_TRIALS,
        )
        raise BadSetting(name="max-jobs", reason=reason, source="--max-jobs, or the Training page")
    resource_config = instances.chosen(storage.session, "training", request.training.resources)
    fixed = {name: value for name, value in training.hyperparameters.items() if name not in request.ranges}
    drawn = request.max_jobs - has_start(request.max_jobs, request.parent)  # `start.py` launches that
    return {
        "HyperParameterTuningJobName": tuning_name(request.name),
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "RandomSeed": request.seed,
            "HyperParameterTuningJobObjective": {
                "Type": "Maximize" if request.maximize else "Minimize",
                "MetricName": request.objective,
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": drawn,
                "MaxParallelTrainingJobs": min(instances.AT_ONCE, drawn),
                **_longest(request),
            },
            "ParameterRanges": _ranges(request.ranges),
            "TrainingJobEarlyStoppingType": "Auto",
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": {name: str(value) for name, value in fixed.items()},
            **_definition(storage, training, resource_config),
        },
        **_warm_start(request),
        "Tags": request_fields.tags(settings, job=request.name),
    }


def _longest(request: TuningRequest) -> Parameters:
    """Return the limit of time. Raises BadSetting where it is shorter than SageMaker takes."""
    if not request.max_seconds:
        return {}
    if request.max_seconds < SHORTEST_TUNING:
        reason = tr("SageMaker takes no limit below {least} minutes.", least=SHORTEST_TUNING // 60)
        raise BadSetting(name="minutes", reason=reason, source="--minutes, or the Training page")
    return {"MaxRuntimeInSeconds": request.max_seconds}


def _warm_start(request: TuningRequest) -> Parameters:
    """Return from which tuning job the search goes on; SageMaker keeps what it knows of it."""
    if not request.parent:
        return {}
    parent = {"HyperParameterTuningJobName": tuning_name(request.parent)}
    return {
        "WarmStartConfig": {
            "ParentHyperParameterTuningJobs": [parent],
            "WarmStartType": "IdenticalDataAndAlgorithm",
        }
    }


def _definition(storage: S3Storage, request: TrainingRequest, resource_config: dict[str, str]) -> Parameters:
    session = storage.session
    settings = session.settings
    count = int(resource_config["instance_count"])
    folders = [*request.channels.values(), *([request.more_rows] if request.more_rows else [])]
    size = sum(item["Size"] for key in folders for item in storage.listed(f"{key}/"))
    channels = sharded(storage, request, count)
    key = {"KmsKeyId": session.key} if session.key else {}
    return {
        "AlgorithmSpecification": {
            "TrainingImage": images.xgboost_image(session.region),
            "TrainingInputMode": "File",
        },
        "RoleArn": request_fields.role_arn(session),
        "InputDataConfig": [_channel(storage, request, name, key, count) for name, key in channels.items()],
        "OutputDataConfig": {"S3OutputPath": storage.uri("training"), **key},
        "ResourceConfig": {
            "InstanceType": resource_config["instance_type"],
            "InstanceCount": count,
            **request_fields.volume(session, resource_config["instance_type"], size),
        },
        **ending(resource_config),
        "EnableNetworkIsolation": settings.network_isolation,
        "EnableInterContainerTrafficEncryption": count > 1,
        **request_fields.vpc(settings),
    }


def ending(resource_config: dict[str, str]) -> Parameters:
    """Return when a Training Job is ended, and whether it is a spot job, which may have to wait before it runs."""
    longest, spot = int(parse_duration(resource_config["max_runtime"])), resource_config["spot"] == "yes"
    stopping = {"MaxRuntimeInSeconds": longest}
    if spot:
        stopping["MaxWaitTimeInSeconds"] = max(longest, min(longest + WAIT, LONGEST))
    return {"StoppingCondition": stopping, "EnableManagedSpotTraining": spot}


def _channel(storage: S3Storage, request: TrainingRequest, name: str, key: str, count: int) -> Parameters:
    # With several instances each trains on its share of the files; all of them validate on the same rows.
    share = "ShardedByS3Key" if count > 1 and name == "train" else "FullyReplicated"
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{storage.uri(key)}/", "S3DataDistributionType": share}
    if name == "train" and request.more_rows:
        manifest = train_manifest(storage, request, key)
        source |= {"S3DataType": "ManifestFile", "S3Uri": storage.uri(manifest)}
    return {
        "ChannelName": name,
        "ContentType": "text/csv",  # the default is libsvm
        "InputMode": "File",
        "DataSource": {"S3DataSource": source},
    }


def _ranges(ranges: dict[str, tuple[float, float]]) -> Parameters:
    from core.container.hyperparameters import describe

    integers = {parameter.name for parameter in describe() if parameter.kind == "Integer"}
    parameters: Parameters = {"IntegerParameterRanges": [], "ContinuousParameterRanges": []}
    for name, (low, high) in sorted(ranges.items()):
        integer = name in integers
        kind = "IntegerParameterRanges" if integer else "ContinuousParameterRanges"
        values = (int(low), int(high)) if integer else (low, high)
        parameters[kind].append(
            {"Name": name, "MinValue": str(values[0]), "MaxValue": str(values[1]), "ScalingType": "Auto"}
        )
    return parameters
