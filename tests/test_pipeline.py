"""What the verbs promise beyond the command line: durations, names, a launch that every page then shows."""

from __future__ import annotations

import errno
import os
import pickle
import tarfile

import pytest

from core import configuration, datasets
from core.backends.local import LocalBackend
from core.configuration import Configuration
from core.errors import BadSetting, NoSuchColumn, StorageFailed, brief
from core.storage import os_failure
from core.verbs import eda, endpoints, model_description


@pytest.mark.parametrize(
    "text, seconds", [("10s", 10), ("90m", 5400), (" 1.5h ", 5400), ("365d", 365 * 86400)]
)
def test_durations(text, seconds):
    assert endpoints.lifetime_of(text) == seconds


@pytest.mark.parametrize("text", ["", "9s", "0h", "366d", "2", "h", "-1h", "1e3s", "1h30m", "9" * 400 + "s"])
def test_durations_that_are_none(text):
    with pytest.raises(BadSetting):
        endpoints.lifetime_of(text)


@pytest.mark.parametrize(
    "job, stem",
    [
        ("eda-flights-20261123-101500-ab12", "flights"),
        ("tune-eda-data-20261123-101500-ab12-001", "eda-data"),
        ("my-own-name", "my-own-name"),
    ],
)
def test_an_endpoint_is_named_after_the_data(job, stem):
    assert endpoints.endpoint_name(job, "token") == f"{stem}-token"


def test_a_launch_is_what_every_page_then_shows(workspace, tmp_path):
    """The configuration is saved with the launch, and by none that was refused."""
    backend = LocalBackend(workspace)
    (tmp_path / "a.csv").write_text("x,y\n" + "1,0\n2,1\n" * 20)
    dataset = datasets.add(backend.storage, tmp_path / "a.csv")
    with pytest.raises(NoSuchColumn):
        eda.launch_eda(backend, Configuration("z", dataset=dataset.name))
    assert configuration.load(backend.storage) is None
    asked = Configuration("y", dataset=dataset.name, derive={"twice": "x*2"}, seed=3)
    job = eda.launch_eda(backend, asked)
    assert configuration.load(backend.storage) == configuration.from_job(job.request) == asked


def test_of_a_traceback_the_last_sentence_is_told():
    reason = "framework error: \nTraceback (most recent call last):\n  at x\nlabel must be >= 0\n"
    assert brief(reason + "Stack trace:\n  <frames>\n(exit code 1)") == "label must be >= 0"
    assert brief("No label.\n(exit code 1)") == "No label.\n(exit code 1)"


@pytest.mark.parametrize(
    "number, told, not_told",
    [
        (errno.ENOENT, "Bring it back", "space"),
        (errno.ENOSPC, "Free some space", "permissions"),
        (errno.EACCES, "Fix the permissions", "space"),
        (errno.EIO, "try again", "space"),
    ],
)
def test_the_remedy_of_a_storage_failure_fits_its_reason(number, told, not_told):
    error = os_failure("read", "x", OSError(number, os.strerror(number)))
    assert told in error.failure.remedy and not_told not in error.failure.remedy
    again = pickle.loads(pickle.dumps(error))
    assert again.failure == error.failure


def test_a_model_archive_is_unpacked_by_the_one_careful_unpacker(workspace):
    """The proof of `run` reads the archive too: what an endpoint refuses is refused here, in the same words."""
    backend = LocalBackend(workspace)
    with (
        backend.storage.writing("training/t/output/model.tar.gz") as path,
        tarfile.open(path, "w:gz") as archive,
    ):
        member = tarfile.TarInfo("xgboost-model")
        member.type, member.linkname = tarfile.SYMTYPE, "elsewhere"
        archive.addfile(member)
    with (
        pytest.raises(StorageFailed, match="not a plain file"),
        model_description.unpacked_model(backend, "t"),
    ):
        pass
