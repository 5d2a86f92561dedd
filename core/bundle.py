"""Everything that an EDA job wrote, as one zip to take away."""

from __future__ import annotations

import io
import zipfile

from core import keys
from core.storage import Storage

SPLITS = (*keys.SPLIT_NAMES, *map(keys.weighted, keys.SPLIT_NAMES), "test_raw")
MOST_BYTES = (
    200_000_000  # of the files in a zip that a page hands over: the browser's copy passes through memory
)


def size_of(storage: Storage, job: str, splits: bool) -> int:
    """Return the bytes of the outputs before they are packed, as the job's manifest has them. Raises StorageFailed."""
    manifest = storage.read_json(keys.job_record("processing", job)).get("manifest") or {}
    sizes = {_name(job, file): facts["bytes"] for file, facts in manifest.items()}
    return sum(size for name, size in sizes.items() if splits or not _is_split(name))


def zip_of(storage: Storage, job: str, splits: bool) -> bytes:
    """Return the job's record and its outputs, the splits only where they are asked for. Raises StorageFailed."""
    names = {_name(job, key): key for key in storage.files(keys.eda_output(job))}
    kept = {name: key for name, key in names.items() if splits or not _is_split(name)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, key in {"job.json": keys.job_record("processing", job), **kept}.items():
            with storage.local(key) as path:
                archive.write(path, f"{job}/{name}")
    return packed.getvalue()


def _name(job: str, key: str) -> str:
    """Return the name of an output in the zip: `report/report.json`."""
    return key.removeprefix(f"{keys.job('processing', job)}/").removeprefix("output/")


def _is_split(name: str) -> bool:
    return name.split("/")[0] in SPLITS
