"""Everything that an EDA job wrote, as one zip to take away."""

from __future__ import annotations

import io
import zipfile

from core.storage import Storage

SPLITS = ("train", "validation", "test", "test_raw")
MOST_BYTES = (
    200_000_000  # of the files in a zip that a page hands over: the browser's copy passes through memory
)


def files_of(storage: Storage, job: str, splits: bool) -> dict[str, str]:
    """{name in the zip: key} of a job's record and outputs; the splits only where they are asked for."""
    base = f"processing/{job}/"
    names = {key.removeprefix(f"{base}output/"): key for key in storage.files(f"{base}output")}
    kept = {name: key for name, key in names.items() if splits or name.split("/")[0] not in SPLITS}
    return {"job.json": f"{base}job.json"} | kept


def size_of(storage: Storage, job: str, splits: bool) -> int:
    """Bytes of the files before they are packed."""
    return sum(storage.size(key) for key in files_of(storage, job, splits).values())


def zip_of(storage: Storage, job: str, splits: bool) -> bytes:
    """The zip itself. Raises StorageFailed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, key in files_of(storage, job, splits).items():
            with storage.local(key) as path:
                archive.write(path, f"{job}/{name}")
    return packed.getvalue()
