"""A full disk, for real: a tmpfs of a few megabytes as the workspace. Needs root, as to mount one does."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_rig import Rig, until

from core import datasets
from core.backends.base import JobStatus
from core.errors import StorageFailed


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Rig]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mount.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {mount.stderr.decode().strip()}")
    rig = Rig(folder / "workspace")
    rig.fill()
    try:
        yield rig
    finally:
        rig.end_all()
        until(lambda: subprocess.run(["umount", str(folder)], capture_output=True).returncode == 0)


def fill_up(rig: Rig) -> Path:
    """Take every free byte of the disk from outside the job."""
    path = rig.workspace / "ballast"
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(b"x" * size):
                    continue
            except OSError:
                continue
    return path


def test_a_log_that_fills_the_disk_fails_the_job(small):
    job = small.run(small.processing(["spam", 0]))
    assert (job.status, job.failure.kind) == ("Failed", "DiskFull")
    assert "log" in job.failure.why and job.failure.remedy
    assert not small.backend.storage.exists("processing/p/output")
    assert small.log("p").startswith("-- ")


def test_a_status_that_cannot_be_written_is_still_true(small, tmp_path):
    gate = tmp_path / "gate"
    small.backend.launch(small.processing(["print", "ready 1"], ["wait for", str(gate)], ["print", "over"]))
    small.word("p", "ready")
    fill_up(small)
    gate.touch()
    job = small.end("p")
    assert small.status_file("processing", "p")["status"] == "InProgress"  # nothing new fits there
    assert (job.status, job.failure.kind) == ("Failed", "DiskFull")


def test_a_model_that_does_not_fit_is_not_half_there(small, tmp_path):
    gate = tmp_path / "gate"
    small.backend.launch(small.training(gate=gate, num_round=1))
    until(lambda: small.backend.metrics("t"))
    ballast = fill_up(small)
    os.truncate(ballast, ballast.stat().st_size - 4096)  # a page: for log lines, not for the upload
    gate.touch()
    job = small.end("t")
    assert (job.status, job.failure.kind) == ("Failed", "DiskFull")
    assert not small.backend.storage.exists("training/t/output")
    assert not (small.workspace / ".runtime/training/t/ml/upload").exists()
    ballast.unlink()
    assert small.run(small.training("again")).status == JobStatus.completed


def test_a_launch_on_a_full_disk_leaves_nothing(small):
    fill_up(small)
    with pytest.raises(StorageFailed, match="The disk is full"):
        small.backend.launch(small.processing())
    assert small.backend.jobs() == []
    assert not list(small.workspace.rglob("*.tmp"))


def test_a_kill_on_a_full_disk_is_told_each_time(small):
    small.backend.launch(small.processing(["child", 0], ["sleep", 600]))
    small.word("p", "child")
    fill_up(small)
    small.end_all()
    assert small.end("p").failure.kind == small.backend.job("p").failure.kind == "RunnerKilled"
    record = json.loads((small.workspace / "processing/p/job.json").read_text())
    assert record["status"] == "InProgress"  # it could not be written, nor was it torn


def test_a_disk_that_fills_while_a_file_is_read_is_named(small, tmp_path, monkeypatch):
    (tmp_path / "rows.csv").write_bytes(("a,b\n" + "1,é\n" * 400_000).encode("utf-16"))
    ballast = fill_up(small)
    os.truncate(ballast, ballast.stat().st_size - (1 << 16))  # for a folder, not for a copy
    monkeypatch.setattr(tempfile, "tempdir", str(small.workspace))
    with pytest.raises(StorageFailed, match="The disk is full") as caught:
        datasets.describe(tmp_path / "rows.csv")
    assert str(small.workspace) in caught.value.failure.why
