"""Where a job or an endpoint runs, as far as there is a choice, and what it will cost there."""

from __future__ import annotations

from collections.abc import Mapping

from core import keys
from core.backends.base import Backend, Estimate
from core.backends.requests import Cluster
from core.configuration import Configuration
from core.engines import choice as engines
from core.errors import BadSetting


def checked_resources(backend: Backend, kind: str, given: Mapping[str, str] | None) -> dict[str, str]:
    """`given`, if this backend offers such choices and values. Raises BadSetting."""
    choices = {choice.name: choice for choice in backend.choices(kind)}
    for name, value in (given or {}).items():
        source = f"--{name.replace('_', '-')}, or Where it runs on the page"
        if name not in choices:
            reason = f"{backend.capabilities.label} offers no such choice for {kind}."
            raise BadSetting(name=name, reason=reason, source=source)
        if choices[name].values and value not in choices[name].values:
            reason = f"'{value}' is not one of {', '.join(choices[name].values[:60])}."
            raise BadSetting(name=name, reason=reason, source=source)
    return dict(given or {})


def dataset_bytes(backend: Backend, name: str) -> int:
    """Bytes of a data set; 0 where it is gone: the launch will say so."""
    key = keys.dataset_record(name)
    return backend.storage.read_json(key, "bytes")["bytes"] if backend.storage.exists(key) else 0


def engine_for(backend: Backend, configuration: Configuration, size: int | None = None) -> engines.Choice:
    """The engine of the EDA job, with the reason in a sentence. Raises BadSetting."""
    if size is None:
        size = dataset_bytes(backend, configuration.dataset)
    return engines.choose(configuration.engine, size, several=backend.capabilities.clusters)


def cluster_of(backend: Backend, engine: str) -> Cluster | None:
    """What a Processing Job on `engine` needs of several instances; None where one does."""
    if engine != "spark" or not backend.capabilities.clusters:
        return None
    spark = engines.SPARK
    return Cluster(spark.image, spark.entrypoint, spark.arguments, spark.packages, spark.instances)


def estimate_eda(
    backend: Backend, configuration: Configuration, resources: Mapping[str, str] | None = None
) -> Estimate:
    """What the EDA job of `configuration` will cost."""
    size = dataset_bytes(backend, configuration.dataset)
    return backend.estimate("processing", machines(backend, configuration) | dict(resources or {}), size)


def machines(backend: Backend, configuration: Configuration) -> dict[str, str]:
    """How many instances the EDA job takes, where it is more than one: {"instance_count": "3"}."""
    cluster = cluster_of(backend, engine_for(backend, configuration).engine)
    return {"instance_count": str(cluster.instances)} if cluster else {}


def estimate_transform(backend: Backend, size: int, resources: Mapping[str, str] | None = None) -> Estimate:
    """What Batch Transform of `size` bytes of rows will cost."""
    return backend.estimate("transform", resources or {}, size)


def estimate_training(
    backend: Backend, eda_job: str, resources: Mapping[str, str] | None = None, jobs: int = 1
) -> Estimate:
    """What `jobs` Training Jobs on the splits of an EDA job will cost."""
    storage = backend.storage
    folders = [keys.eda_output(eda_job, split) for split in ("train", "validation")]
    size = sum(storage.size(key) for folder in folders for key in storage.files(folder))
    return backend.estimate("training", resources or {}, size, jobs, eda_job)
