"""Instance types, and what may be chosen about where a job or an endpoint runs; the defaults are the settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from core.backends.aws.session.connection import Answer, Session, service_model
from core.backends.base import Choice
from core.language import tr
from core.settings import Settings

SERVERLESS = "serverless"
NO_SERVERLESS = "ml.t2.medium"  # where there is none: the type of which a new account may have two
CLUSTER = 3  # instances of an EDA on Spark
AT_ONCE = 2  # trials of a tuning job that run side by side
RUNTIMES = ("15m", "30m", "1h", "2h", "4h", "8h", "24h")  # after which a job is stopped, beside the setting's
ON_INSTANCE = 4  # requests that are sent to an instance beside each other: it has at least two processors

# Shapes of botocore's service model: the types that SageMaker takes, known without asking it.
TYPES = {
    "processing": "ProcessingInstanceType",
    "training": "TrainingInstanceType",
    "endpoint": "ProductionVariantInstanceType",
    "transform": "TransformInstanceType",
}


@lru_cache
def instance_types(kind: str) -> tuple[str, ...]:
    """Return every instance type for `kind` that SageMaker's service model names; a quota may still be 0."""
    return tuple(service_model("sagemaker").shape_for(TYPES[kind]).enum)


def choices(session: Session, kind: str) -> tuple[Choice, ...]:
    """Return what a person may choose about a job of `kind` or an endpoint; the defaults are the settings."""
    settings = session.settings
    if kind == "endpoint":
        return _endpoint_choices(session)
    if kind == "processing":
        return (_instance("processing", settings.processing_instance), _longest(settings))
    if kind == "transform":
        # CreateTransformJob takes no time limit; a request that is not answered within 10 minutes fails the job.
        return (_instance("transform", settings.training_instance),)
    return (
        _instance("training", settings.training_instance),
        Choice(
            "instance_count", tr("Instances"), str(settings.training_instances), tuple(map(str, range(1, 21)))
        ),
        Choice(
            "spot", tr("Managed spot"), "yes" if settings.spot else "no", ("no", "yes"),
            tr("Spare capacity for less money: it may have to wait for it. A job that is interrupted starts again, and"
            " the image goes on from its last checkpoint, if it has written one."),
        ),
        _longest(settings),
    )  # fmt: skip


def _endpoint_choices(session: Session) -> tuple[Choice, ...]:
    settings = session.settings
    if not has_serverless(session):
        default = settings.endpoint_instance
        default = NO_SERVERLESS if default == SERVERLESS else default
        why = tr(
            "Serverless inference does not exist in this region: an instance is billed until the endpoint is deleted."
        )
        return (Choice("instance_type", tr("Instance"), default, instance_types("endpoint"), why),)
    memory = tuple(str(1024 * step) for step in range(1, 7))
    return (
        Choice(
            "instance_type", tr("Instance"), settings.endpoint_instance, (SERVERLESS, *instance_types("endpoint")),
            tr("Serverless: nothing is billed while it is idle, and the first answer takes longer."),
        ),
        Choice("memory_mb", tr("Memory (MB, serverless)"), str(settings.serverless_memory_mb), memory),
    )  # fmt: skip


def has_serverless(session: Session) -> bool:
    """Return whether serverless inference exists in the region: it does not in China.

    https://docs.amazonaws.cn/en_us/aws/latest/userguide/sagemaker.html
    """
    return not (session.settings.region or session.region).startswith("cn-")


def at_a_time(description: Answer | None) -> int:
    """Return how many requests an endpoint is sent beside each other; of more a serverless one refuses the rest."""
    for variant in (description or {}).get("ProductionVariants", ()):
        if serverless := variant.get("CurrentServerlessConfig"):
            return serverless["MaxConcurrency"]
    return ON_INSTANCE


def _instance(kind: str, default: str) -> Choice:
    return Choice("instance_type", tr("Instance type"), default, instance_types(kind))


def _longest(settings: Settings) -> Choice:
    longest = settings.max_runtime
    values = RUNTIMES if longest in RUNTIMES else (longest, *RUNTIMES)
    return Choice(
        "max_runtime", tr("Stop it after"), longest, values, tr("A job that hangs is not billed for longer.")
    )


def chosen(session: Session, kind: str, resources: Mapping[str, str]) -> dict[str, str]:
    """Return every choice of `kind` with its value: what `resources` say, else the default."""
    return {choice.name: resources.get(choice.name, choice.default) for choice in choices(session, kind)}
