"""The zip of all that an EDA job wrote: whole, byte for byte, and as large as it was said to be."""

from __future__ import annotations

import io
import zipfile

import pytest

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from core.bundle import size_of, zip_of

pytestmark = pytest.mark.slow  # whole jobs or large tables, which `make fast` leaves out


@pytest.mark.parametrize("splits", [False, True])
def test_the_zip_holds_what_the_job_wrote(trained, splits):
    backend = LocalBackend(trained)
    job = backend.jobs(JobKind.processing)[0].name
    output = trained / "processing" / job / "output"
    wanted = {
        str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()
    }
    if not splits:
        wanted = {
            name: data
            for name, data in wanted.items()
            if not name.startswith(("train/", "validation/", "test"))
        }
    with zipfile.ZipFile(io.BytesIO(zip_of(backend.storage, job, splits))) as archive:
        held = {name.removeprefix(f"{job}/"): archive.read(name) for name in archive.namelist()}
    assert held.pop("job.json") == (output.parent / "job.json").read_bytes()
    assert held == wanted
    assert size_of(backend.storage, job, splits) == sum(map(len, wanted.values()))
