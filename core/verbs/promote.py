"""Promotion: a trained model into another backend's storage, as a job of the same name that came from elsewhere.

Copied is what deploying, asking and judging the model needs: the Training Job's output, and of its EDA job the parts
in PARTS. Its `train` and `validation` splits are left out: they are as large as the data and only training reads
them. Each record goes last, so that nothing half copied is ever listed as a job, and what was cut off goes on.
A decision is written after its model was copied, too: the newer one of both sides stands on the target then.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core import keys
from core.backends.base import Backend, Job
from core.backends.records import now, write_job
from core.errors import BadSetting, NameTaken, StorageDamaged, StorageFailed
from core.language import tr
from core.provenance import DIFFERS, check_model
from core.storage import FileFacts, Storage, sha256_of
from core.verbs import audit, origins, registry
from core.verbs.training import model_of

if TYPE_CHECKING:
    from core.backends.record_types import JobRecord, Promotion

PARTS = ("report", "contract", "histograms", "test", "test_raw")
LEFT_OUT = ("train", "validation")

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a promotion copies: keys with their bytes, the same on either side."""

    training_job: str
    processing_job: str | None  # None: the EDA job is not there any more
    files: tuple[tuple[str, int], ...]

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.files)


def plan(source: Backend, training_job: str) -> Plan:
    """Return what `promote` would copy. Raises NotFound, JobNotReady, StorageFailed."""
    model_of(source, training_job)
    storage = source.storage
    eda = storage.read_json(keys.job_record("training", training_job), "request")["request"].get(
        "processing_job"
    )
    files = storage.files(keys.training_output(training_job))
    if eda and storage.exists(keys.job_record("processing", eda)):
        files += [key for part in PARTS for key in storage.files(keys.eda_output(eda, part))]
    else:
        eda = None
    return Plan(training_job, eda, tuple((key, storage.size(key)) for key in files))


def billed(source: Backend) -> str:
    """Say what a promotion away from `source` costs, in a sentence. https://aws.amazon.com/s3/pricing/"""
    if source.capabilities.costs_money:
        return tr("No instance runs. AWS bills data that leaves its region, by the GB.")
    return tr(
        "No instance runs. Where it is kept in S3 it is billed by the GB and month, until it is deleted."
    )


def promote(source: Backend, target: Backend, training_job: str, progress: Progress | None = None) -> Job:
    """Copy a trained model to `target`, each file's SHA-256 checked; a second time only a decision that is newer.

    Raises NotFound, JobNotReady, NameTaken, BadSetting, StorageDamaged (a file is not as its job wrote it),
    StorageFailed, DecisionChanged. There it is a version in the registry: raises NotRegistered where that is refused.
    """
    if str(source.storage.root) == str(target.storage.root):
        raise BadSetting(
            name="to", reason=tr("The model is there already."), source=tr("--to, or this backend")
        )
    what, done = plan(source, training_job), 0
    jobs = [("training", training_job)]
    if what.processing_job:  # first: a model without its report is worse than a report without its model
        jobs.insert(0, ("processing", what.processing_job))
    for kind, name in jobs:
        folder = keys.job(kind, name)
        record: JobRecord = source.storage.read_json(keys.job_record(kind, name), "status", "manifest")
        manifest = record.get("manifest") or {}
        if _is_there(manifest, target.storage, kind, name):
            continue
        if kind == "training":
            check_model(source.storage, name)
        copied: dict[str, FileFacts] = {}
        for key, size in [file for file in what.files if file[0].startswith(f"{folder}/")]:
            path = key.removeprefix(f"{folder}/")
            if progress:
                progress(done / max(what.bytes, 1), path)
            facts = _copy(source.storage, target.storage, key, manifest.get(path))
            if Path(key).name not in keys.BESIDE_MODEL:
                copied[path] = facts
            done += size
        write_job(target.storage, _promoted(record, source, copied))
    from core.judging import decision_file  # late: numpy, which the command line starts without
    from core.verbs.decide import refresh_card

    key = keys.decision(training_job)
    if decision_file.carry(source.storage, key, target.storage, key):
        refresh_card(target, training_job)
    for backend, action, other in ((source, "promoted", target), (target, "took over", source)):
        made_of = origins.model_sources(backend, training_job)
        audit.record(backend, action, "model", training_job, other_side=other.storage.root, **made_of)
    registry.register_after(target, training_job, tr("{name} was copied.", name=training_job))
    return target.job(training_job)


def _is_there(here: dict[str, FileFacts], target: Storage, kind: str, name: str) -> bool:
    """Return whether `target` has the job with the manifest `here` already. Raises NameTaken of another one."""
    key = keys.job_record(kind, name)
    if not target.exists(key):
        return False
    there: dict[str, FileFacts] = target.read_json(key).get("manifest") or {}
    same = [here[path]["sha256"] == there[path]["sha256"] for path in here.keys() & there.keys()]
    if same and all(same):
        return True
    raise NameTaken(thing=tr("another {kind} job", kind=kind), name=name)


def _copy(source: Storage, target: Storage, key: str, promised: FileFacts | None) -> FileFacts:
    """Copy one file, checked on both sides; one that is there from an earlier time is not sent again."""
    with source.local(key) as file:
        facts: FileFacts = {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
        if promised and promised["sha256"] != facts["sha256"]:
            raise StorageDamaged(key=key, reason=tr(DIFFERS))
        if not (target.exists(key) and target.sha256(key) == facts["sha256"]):
            with target.writing(key) as temporary:
                shutil.copyfile(file, temporary)
            if target.sha256(key) != facts["sha256"]:
                target.delete(key)
                raise StorageFailed(action="copy", key=key, reason=tr("What arrived is not what was sent."))
    return facts


def _promoted(record: JobRecord, source: Backend, copied: dict[str, FileFacts]) -> JobRecord:
    """Return the record without what it says of the backend where its job ran, and with where it came from."""
    kept = record.copy()
    kept.pop("aws_name", None)
    kept.pop("fingerprint", None)
    kept.pop("execution", None)
    kept.pop("manifest", None)
    origin: Promotion = {"backend": source.name, "from": str(source.storage.root), "at": now()}
    return {**kept, "promoted": origin, "manifest": copied}
