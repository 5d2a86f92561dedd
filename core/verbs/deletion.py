"""The deletion of runs and data sets: what would go is told first, and the receipt says what is gone.

What a run cannot do without goes with it: the trials of a tuning job and the folds of a model, notes and marks,
endpoints of its models that have ended. What was made *from* it stays, and is told. Whatever uses it at the moment
refuses its deletion.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from core import configuration, keys
from core.backends.base import Backend, Endpoint, Job
from core.backends.registry import Approval, ModelVersion
from core.backends.requests import JobKind
from core.errors import NotFound, SenderoError, StillInUse, StorageFailed
from core.language import joined, tr
from core.names import slug
from core.retelling import in_english
from core.storage import Storage
from core.verbs import audit, origins, registry
from core.verbs.jobs import storage_of
from core.verbs.receipt import Receipt
from core.verbs.runs import whole_of


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """What the deletion of a run or a data set takes away, and what stays."""

    name: str
    files: tuple[tuple[str, int], ...]  # key and bytes
    runs: tuple[Job, ...] = ()  # that are gone: itself, and its trials or folds
    endpoints: tuple[str, ...] = ()  # that have ended, of models that are gone
    left_behind: tuple[Job, ...] = ()  # later runs that were made from it: they stay, and lose their source
    has_configuration: bool = False  # the saved configuration is for this data set, and is gone too
    kept: tuple[str, ...] = ()  # what stays elsewhere, in words

    @property
    def bytes(self) -> int:
        """Return the bytes of all files."""
        return sum(size for _, size in self.files)

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {
            "name": self.name,
            "files": dict(self.files),
            "bytes": self.bytes,
            "runs": [job.name for job in self.runs],
            "endpoints": list(self.endpoints),
            "left_behind": [job.name for job in self.left_behind],
            "configuration": self.has_configuration,
            "kept": list(self.kept),
        }


# --- runs -------------------------------------------------------------------------------------------------


def plan_deletion(backend: Backend, job: str) -> DeletionPlan:
    """Return what `delete` would delete of a run. Raises NotFound, StillInUse, StorageFailed."""
    run, jobs = backend.job(job), backend.jobs()
    _refuse_active(job, [run, *(other for other in jobs if other.name == whole_of(run))])
    runs = (run, *(other for other in jobs if whole_of(other) == run.name))
    gone = {each.name for each in runs}
    made = tuple(other for other in jobs if other.name not in gone and _sources(other) & gone)
    _refuse_active(job, made)
    served = [endpoint for endpoint in backend.endpoints() if endpoint.training_job in gone]
    _refuse_served(job, served)
    registered = [version for name, version in registry.known(backend).items() if name in gone]
    _refuse_approved(job, registered)
    folders = [keys.job(each.kind, each.name) for each in runs]
    folders += [folder for name in gone for folder in _written(name)]
    return DeletionPlan(
        name=job,
        files=_files(backend, folders),
        runs=runs,
        endpoints=tuple(endpoint.name for endpoint in served),
        left_behind=made,
        kept=(
            *(
                tr("the version {name} in the registry, without its model", name=version.name)
                for version in registered
            ),
            *(() if run.kind == JobKind.prediction else map(tr, backend.capabilities.keeps)),
        ),
    )


def delete(backend: Backend, job: str) -> Receipt:
    """Delete a run with what belongs to it, and look whether it is gone. Repeat it where it was cut off.

    Raises NotFound, StillInUse, StorageFailed, and what a backend refuses.
    """
    plan = plan_deletion(backend, job)
    made_of = origins.sources(backend, plan.runs[0])
    deleted = [part for name in plan.endpoints for part in backend.delete_endpoint(name)]
    for run in reversed(plan.runs):  # parts first: while their whole is there it can be deleted again
        backend.desk.delete(keys.predictions_again(run.kind, run.name, ""))
        backend.delete_job(run.name)
        for folder in _written(run.name):
            backend.storage.delete(folder)
        deleted.append(joined([tr(f"{run.kind} job"), run.name]))
    said = {"with_it": ", ".join(map(in_english, deleted[:-1])), **made_of}
    audit.record(backend, "deleted", f"{plan.runs[0].kind} job", job, **said)
    _look_again(backend, plan)
    return Receipt(job, tuple(deleted), datetime.now(UTC), kept=plan.kept, bytes=plan.bytes)


def _written(job: str) -> list[str]:
    """Return the folders of what people wrote beside a run."""
    return [keys.edits_on(folder, job) for folder in (keys.NOTES, keys.CHOICES)]


def _sources(job: Job) -> set[str]:
    """Return the runs that a run was made from."""
    request = job.request
    if "max_jobs" in request:
        return {request["training"]["processing_job"], request.get("parent", "")}
    if "hyperparameters" in request:
        return {request["processing_job"]}
    return {request["training_job"]} if "rows" in request else set()


# --- data sets --------------------------------------------------------------------------------------------


def plan_dataset_deletion(backend: Backend, name: str) -> DeletionPlan:
    """Return what `delete_dataset` would delete, and which runs came from it. Raises NotFound, StillInUse."""
    if slug(name, 80) != name or not backend.storage.exists(keys.dataset_record(name)):
        raise NotFound(thing=tr("data set"), name=name, listing=tr("the Configuration page"))
    made = [job for job in backend.jobs(JobKind.processing) if _reads(job, name)]
    _refuse_active(name, made)
    return DeletionPlan(
        name=name,
        files=_files(backend, [keys.dataset(name)]),
        left_behind=tuple(made),
        has_configuration=_is_planned(backend, name),
    )


def delete_dataset(backend: Backend, name: str) -> Receipt:
    """Delete a data set and the configuration that was saved for it; the runs that came from it stay.

    Raises NotFound, StillInUse, StorageFailed.
    """
    plan, deleted = plan_dataset_deletion(backend, name), [tr("data set {name}", name=name)]
    digest = origins.dataset_digest(backend, name)
    if plan.has_configuration:
        configuration.forget(backend.storage, name)
        deleted.append(tr("the configuration that was saved for it"))
    backend.storage.delete(keys.dataset(name))
    audit.record(backend, "deleted", "data set", name, dataset_sha256=digest)
    _look_again(backend, plan)
    return Receipt(name, tuple(deleted), datetime.now(UTC), bytes=plan.bytes)


def _reads(job: Job, dataset: str) -> bool:
    return "inputs" in job.request and keys.dataset(dataset) in job.request["inputs"].values()


def _is_planned(backend: Backend, dataset: str) -> bool:
    with suppress(SenderoError):  # a damaged configuration is for no data set
        return configuration.load(backend.storage, dataset) is not None
    return False


# --- both -------------------------------------------------------------------------------------------------


def _files(backend: Backend, folders: Iterable[str]) -> tuple[tuple[str, int], ...]:
    files = [
        (key, storage)
        for folder in folders
        for storage in [_holds(backend, folder)]
        for key in storage.files(folder)
    ]
    return tuple((key, storage.size(key)) for key, storage in files)


def _holds(backend: Backend, key: str) -> Storage:
    """Return what holds a run's or a data set's folder, or a file in it."""
    kind = key.partition("/")[0]
    return storage_of(backend, JobKind(kind)) if kind in set(JobKind) else backend.storage


def _refuse_active(name: str, jobs: Iterable[Job]) -> None:
    for job in jobs:
        if job.busy:
            busy = (
                tr("It is in progress ({phase}).", phase=job.phase)
                if job.name == name
                else tr(
                    "The job {name} uses it and is in progress ({phase}).", name=job.name, phase=job.phase
                )
            )
            raise StillInUse(
                name=name,
                reason=busy,
                advice=tr("Stop it first, or wait for its end: stop {name}.", name=job.name),
            )


def _refuse_served(name: str, endpoints: Iterable[Endpoint]) -> None:
    for endpoint in endpoints:
        if endpoint.status.active:
            raise StillInUse(
                name=name,
                reason=tr(
                    "The endpoint {endpoint} serves the model of {training_job}.",
                    endpoint=endpoint.name,
                    training_job=endpoint.training_job,
                ),
                advice=tr("Delete the endpoint first: delete {name}.", name=endpoint.name),
            )


def _refuse_approved(name: str, versions: Iterable[ModelVersion]) -> None:
    for version in versions:
        if version.approval == Approval.approved:
            raise StillInUse(
                name=name,
                reason=tr(
                    "The model of {training_job} is the approved version {version}.",
                    training_job=version.training_job,
                    version=version.name,
                ),
                advice=tr("Reject it first: reject {name} --why REASON.", name=version.name),
            )


def _look_again(backend: Backend, plan: DeletionPlan) -> None:
    """Raise StorageFailed where a file is still there."""
    folders = {"/".join(key.split("/")[:2]) for key, _ in plan.files}
    for key in (key for folder in folders for key in _holds(backend, folder).files(folder)):
        raise StorageFailed(action="delete", key=key, reason=tr("It is still there."))
