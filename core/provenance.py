"""A trained model against what its job wrote down of it, before anything is built on it."""

from __future__ import annotations

from core import keys
from core.errors import StorageDamaged
from core.language import mark, tr
from core.storage import Storage

MODEL = ("model.tar.gz", "contract.json")  # what is served, and what rows are encoded with
DIFFERS = mark("It is not as its job wrote it (see verify).")


def check_model(storage: Storage, training_job: str) -> None:
    """Compare a Training Job's model and contract with the job's manifest, by SHA-256.

    Raises StorageDamaged when one of them is another, or was not written by the job.
    """
    manifest = storage.read_json(keys.job_record("training", training_job)).get("manifest")
    if manifest is None:  # the job's end is not written down yet, or was by a version without manifests
        return
    for name in MODEL:
        key, promised = f"{keys.training_output(training_job)}/{name}", manifest.get(f"output/{name}")
        if promised is None or not storage.exists(key) or storage.sha256(key) != promised["sha256"]:
            raise StorageDamaged(key=key, reason=tr(DIFFERS))
