"""Jobs that are run once for all workers of a test run; whoever wants them again is given what they left.

To profile and train the penguins takes seconds of a processor, and most modules want them only to go on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.backends.base import Job
from core.storage import Storage
from tests.backends.place import Place
from tests.conftest import once_for_all_workers

LEFT = ("datasets", "processing", "training")  # the folders in which these jobs leave something


def run_once(factory: pytest.TempPathFactory, place: Place, what: str, run: Callable[[Place], Job]) -> Job:
    """The job that `run` ends, in `place`: run by the first who wants `what` on a backend, copied by the others.

    What is copied is all that a backend keeps of a job that has ended, but not its log.
    """
    storage = place.backend.storage
    with once_for_all_workers(factory, f"{what}-{place.settings.backend}") as folder:
        name, files = folder / "name", folder / "files"
        if name.exists():
            put(files, storage)
        else:
            before = set(left_in(storage))
            job = run(place)
            take(storage, files, [key for key in left_in(storage) if key not in before])
            name.write_text(job.name)
    return place.backend.job(name.read_text())


def left_in(storage: Storage) -> list[str]:
    return [key for folder in LEFT for key in storage.files(folder)]


def take(storage: Storage, files: Path, keys: list[str]) -> None:
    for key in keys:
        file = files / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(storage.read_bytes(key))


def put(files: Path, storage: Storage) -> None:
    for file in sorted(file for file in files.rglob("*") if file.is_file()):
        storage.write_bytes(file.relative_to(files).as_posix(), file.read_bytes())
