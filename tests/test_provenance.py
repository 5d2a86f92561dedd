"""A model, or its contract, that is not its job's is neither served nor asked, judged or promoted."""

from __future__ import annotations

import shutil

import pytest

from core.backends.local import LocalBackend
from core.backends.requests import JobKind
from core.errors import StorageDamaged
from core.verbs import endpoints, promote, training, transform
from tests.conftest import FLIGHTS

pytestmark = pytest.mark.slow  # shares a trained workspace with the tests of the command line


@pytest.fixture
def flights(trained, workspace) -> LocalBackend:
    shutil.copytree(trained, workspace, dirs_exist_ok=True, symlinks=True)
    return LocalBackend(workspace)


VERBS = {
    "deploy": lambda backend, job, elsewhere: endpoints.deploy(backend, job),
    "transform": lambda backend, job, elsewhere: transform.launch_transform(backend, job, FLIGHTS),
    "evaluate": lambda backend, job, elsewhere: training.evaluate(backend, job),
    "promote": lambda backend, job, elsewhere: promote.promote(backend, elsewhere, job),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("file", ["model.tar.gz", "contract.json"])
@pytest.mark.parametrize("how", ["another", "not written by the job"])
def test_what_is_not_the_jobs_own_is_refused_before_anything_starts(flights, tmp_path, verb, file, how):
    (job,) = flights.jobs(JobKind.training)
    key, record = f"training/{job.name}/output/{file}", f"training/{job.name}/job.json"
    if how == "another":
        flights.storage.write_bytes(key, flights.storage.read_bytes(key) + b" ")
    else:
        told = flights.storage.read_json(record)
        del told["manifest"][f"output/{file}"]
        flights.storage.write_json(record, told)
    elsewhere = LocalBackend(tmp_path / "elsewhere")
    before = len(flights.jobs())
    with pytest.raises(StorageDamaged) as caught:
        VERBS[verb](flights, job.name, elsewhere)
    assert key in caught.value.failure.what and "not as its job wrote it" in caught.value.failure.why
    assert len(flights.jobs()) == before and not flights.endpoints() and not elsewhere.jobs(JobKind.training)
