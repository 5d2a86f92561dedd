"""The verbs over where a job or an endpoint runs: what can be chosen, what is refused, and what it will cost there."""

from __future__ import annotations

from collections.abc import Mapping

from core import keys
from core.backends.base import Backend, Choice, Estimate
from core.backends.requests import Cluster
from core.configuration import Configuration
from core.engines import choice as engines
from core.errors import BadSetting
from core.language import tr


def choices(backend: Backend, kind: str) -> tuple[Choice, ...]:
    """Return what can be chosen for a kind of job or an endpoint, with what is proposed in place of a default."""
    return backend.offers(kind)


def objection(backend: Backend, kind: str, chosen: Mapping[str, str], jobs: int = 1) -> str:
    """Return why the backend would refuse these resources, as far as that is known; "" where it would not."""
    return backend.objection(kind, chosen, jobs)


def checked_resources(backend: Backend, kind: str, given: Mapping[str, str] | None) -> dict[str, str]:
    """Return `given` if this backend offers such choices and values. Raises BadSetting."""
    offered = {choice.name: choice for choice in backend.choices(kind)}
    for name, value in (given or {}).items():
        source = tr("--{option}, or Where it runs on the page", option=name.replace("_", "-"))
        if name not in offered:
            reason = tr(
                "{label} offers no such choice for {kind}.", label=tr(backend.capabilities.label), kind=kind
            )
            raise BadSetting(name=name, reason=reason, source=source)
        if offered[name].values and value not in offered[name].values:
            reason = tr(
                "'{value}' is not one of {values}.", value=value, values=", ".join(offered[name].values[:60])
            )
            raise BadSetting(name=name, reason=reason, source=source)
    return dict(given or {})


def dataset_bytes(backend: Backend, name: str) -> int:
    """Return the bytes of a data set; 0 where it is gone: the launch will say so."""
    key = keys.dataset_record(name)
    return backend.storage.read_json(key, "bytes")["bytes"] if backend.storage.exists(key) else 0


def engine_for(backend: Backend, configuration: Configuration, size: int | None = None) -> engines.Choice:
    """Return the engine of the EDA job, with the reason in a sentence. Raises BadSetting."""
    if size is None:
        size = dataset_bytes(backend, configuration.dataset)
    return engines.choose(configuration.engine, size, several=backend.capabilities.clusters)


def cluster_of(backend: Backend, engine: str) -> Cluster | None:
    """Return what a Processing Job on `engine` needs of several instances; None where one does."""
    if engine != "spark" or not backend.capabilities.clusters:
        return None
    spark = engines.SPARK
    return Cluster(spark.image, spark.entrypoint, spark.arguments, spark.packages, spark.instances)


def estimate_eda(
    backend: Backend, configuration: Configuration, resources: Mapping[str, str] | None = None
) -> Estimate:
    """Return what the EDA job of `configuration` will cost. Raises BadSetting."""
    size = dataset_bytes(backend, configuration.dataset)
    return backend.estimate("processing", machines(backend, configuration) | dict(resources or {}), size)


def machines(backend: Backend, configuration: Configuration) -> dict[str, str]:
    """Return how many instances the EDA job takes, where it is more than one: {"instance_count": "3"}."""
    cluster = cluster_of(backend, engine_for(backend, configuration).engine)
    return {"instance_count": str(cluster.instances)} if cluster else {}


def estimate_transform(backend: Backend, size: int, resources: Mapping[str, str] | None = None) -> Estimate:
    """Return what Batch Transform of `size` bytes of rows will cost."""
    return backend.estimate("transform", resources or {}, size)


def estimate_training(
    backend: Backend, eda_job: str, resources: Mapping[str, str] | None = None, jobs: int = 1
) -> Estimate:
    """Return what `jobs` Training Jobs on the splits of an EDA job will cost. Raises StorageFailed."""
    storage = backend.storage
    folders = [keys.eda_output(eda_job, split) for split in ("train", "validation")]
    size = sum(storage.size(key) for folder in folders for key in storage.files(folder))
    return backend.estimate("training", resources or {}, size, jobs, eda_job)
