"""The verbs over EDA: launch the job, and read its report and its feature contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core import bundle, keys
from core import configuration as configurations
from core.backends.base import Backend, Job
from core.backends.requests import JobKind, ProcessingRequest
from core.configuration import Configuration
from core.errors import StorageDamaged
from core.language import tr
from core.names import new_name
from core.report.report_json import read_report
from core.report.schema import Report
from core.storage import Storage
from core.verbs import launching
from core.verbs.jobs import completed
from core.verbs.resources import checked_resources, cluster_of, engine_for

if TYPE_CHECKING:
    from core.encoding.contract import Contract

# DuckDB, pandas and narwhals are imported within the verbs that need them: the list of jobs does not.


def launch_eda(
    backend: Backend,
    configuration: Configuration,
    token: str = "",
    resources: Mapping[str, str] | None = None,
    seen: Configuration | None = None,
) -> Job:
    """Start the Processing Job that profiles, splits and writes the feature contract.

    The configuration is saved as well: what was launched last is what every page and tab then shows. What somebody
    else has saved for the data set stays, unless it is what was `seen`.
    `resources` say where it runs, as far as `Backend.choices` offers a choice.
    Raises NotFound, NoSuchColumn, BadSplit, BadExpression, BadSetting, StorageFailed.
    """
    request = eda_request(backend, configuration, token, resources)
    configurations.save(backend.storage, configuration, seen)
    return launching.launch(backend, request)


def eda_request(
    backend: Backend, configuration: Configuration, token: str, resources: Mapping[str, str] | None
) -> ProcessingRequest:
    """Return the request of the Processing Job, checked. Raises NotFound, NoSuchColumn, BadSplit and their like."""
    from core import datasets

    dataset = datasets.load(backend.storage, configuration.dataset)
    engine = engine_for(backend, configuration, dataset.bytes).engine
    return ProcessingRequest(
        name=new_name(f"eda-{dataset.name}", token),
        script="eda_script.py",
        config=configuration.checked(dataset, backend.storage).job_config(),
        inputs={"input": keys.dataset(dataset.name)},
        resources=checked_resources(backend, "processing", resources),
        cluster=cluster_of(backend, engine),
    )


def report_of(backend: Backend, job: str) -> Report:
    """Return the report of an EDA job. Raises NotFound, JobNotReady, StorageFailed, StorageDamaged."""
    completed(backend, job, JobKind.processing)
    key = keys.report(job)
    try:
        return read_report(backend.storage.read_bytes(key))
    except ValueError as error:
        raise StorageDamaged(key=key, reason=str(error)) from error


def report_text_of(backend: Backend, job: str) -> str:
    """Return EDA_Report.txt of an EDA job. Raises StorageFailed, StorageDamaged."""
    return backend.storage.read_text(keys.report_text(job))


def output_of(backend: Backend, job: str, file: str) -> bytes:
    """Return one file that an EDA job wrote, such as `report/report.html`. Raises StorageFailed."""
    return backend.storage.read_bytes(keys.eda_output(job, file))


def address_of_outputs(backend: Backend, job: str) -> str:
    """Return the path or the address in S3 where an EDA job's outputs can be taken from."""
    return f"{backend.storage.root}/{keys.eda_output(job)}"


def bundle_size(backend: Backend, job: str, splits: bool) -> int:
    """Return the bytes of what `bundle_of` would pack. Raises StorageFailed, StorageDamaged."""
    return bundle.size_of(backend.storage, job, splits)


def bundle_of(backend: Backend, job: str, splits: bool) -> bytes:
    """Return an EDA job's record and its outputs as one zip, with the splits or without. Raises StorageFailed."""
    return bundle.zip_of(backend.storage, job, splits)


def contract_of(backend: Backend, eda_job: str) -> Contract:
    """Return the feature contract that an EDA job fitted. Raises StorageFailed, StorageDamaged."""
    return read_contract(backend.storage, keys.fitted_contract(eda_job))


def read_contract(storage: Storage, key: str) -> Contract:
    """Return the contract in `key`. Raises StorageFailed, StorageDamaged."""
    from core.encoding.contract import Contract

    value = storage.read_json(key)
    try:
        return Contract.from_json(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StorageDamaged(
            key=key, reason=tr("It is no contract of this version: {error}.", error=repr(error))
        ) from error
