"""Batch Transform against an endpoint of the same model: the same rows are the same bytes, however odd they are."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core import keys
from core.backends.local import LocalBackend, Programs
from core.backends.requests import JobKind
from core.errors import (
    BadOutput,
    JobFailed,
    JobNotReady,
    MissingColumns,
    NotFound,
    NothingToPredict,
    ReportedFailure,
)
from core.project import PROJECT
from core.verbs import beside, endpoints, jobs, predict, transform
from core.verbs.training import deployable
from core.verbs.waiting import wait, wait_in_service
from tests.conftest import FLIGHTS, run_cli
from tests.local.local_rig import runs, until

pytestmark = pytest.mark.slow  # whole jobs or large tables, which `make fast` leaves out

quiet = lambda text: None  # noqa: E731
# An app that launches, and tells which program it has begun.
APP = """
import os, sys, time
from pathlib import Path
from core.backends import get_backend
from core.settings import Settings
from core.verbs import transform

def tell(share, message):
    child = int(Path(f"/proc/self/task/{os.getpid()}/children").read_text())
    print(child, flush=True)
    time.sleep(3600)

transform.launch_transform(get_backend(Settings.load()), sys.argv[1], Path(sys.argv[2]), progress=tell, apart=True)
"""


def transformed(backend, training: str, rows: Path, output: Path) -> predict.Prediction:
    """The whole way, collected by a backend that has seen nothing of the launch."""
    job = transform.launch_transform(backend, training, rows)
    wait(backend, job.name, quiet)
    return transform.collect(type(backend)(backend.workspace), job.name, output)


def same_as_an_endpoint(backend, rows: Path, folder: Path) -> predict.Prediction:
    (training,) = [job.name for job in deployable(backend)]
    endpoint = endpoints.deploy(backend, training).name
    wait_in_service(backend, endpoint)
    asked = predict.predict_file(backend, endpoint, rows, folder / "asked.csv")
    endpoints.delete(backend, endpoint)
    got = transformed(backend, training, rows, folder / "transformed.csv")
    assert (folder / "asked.csv").read_bytes() == (folder / "transformed.csv").read_bytes()
    for name in ("rows", "rejected", "unseen", "out_of_range", "ignored", "reasons"):
        assert getattr(got, name) == getattr(asked, name)
    return got


@pytest.fixture
def flights(trained: Path, workspace: Path, monkeypatch) -> LocalBackend:
    shutil.copytree(trained, workspace, dirs_exist_ok=True, symlinks=True)
    monkeypatch.setenv("SENDERO_WORKSPACE", str(workspace))  # as an app has it, and what it starts
    return LocalBackend(workspace)


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Flights with an unseen carrier, no date, a distance out of range, a line of too many cells and one of none."""
    with FLIGHTS.open() as file:
        header, *rows = [row for row, _ in zip(csv.reader(file), range(3001), strict=False)]
    at = header.index
    rows[3][at("carrier")] = "ZZ"
    rows[5][at("scheduled_departure")] = "soon"
    rows[8][at("distance")] = "999999"
    rows[11] += ["one", "more"]
    rows[13] = [""] * len(header)
    with (tmp_path / "odd.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return tmp_path / "odd.csv"


@pytest.mark.slow
def test_odd_rows_are_the_same_bytes_as_from_an_endpoint(flights, odd, tmp_path):
    got = same_as_an_endpoint(flights, odd, tmp_path)
    assert (got.rows, got.rejected, got.unseen["carrier"]) == (3000, 3, 1)
    (job,) = flights.jobs(JobKind.transform)
    assert jobs.verify(flights, job.name)[0].state == "ok"
    told = transform.launch_summary(flights, job.name)
    assert (told.rows, told.rejected, told.unseen, told.reasons) == (3000, 3, got.unseen, got.reasons)


@pytest.mark.slow
def test_a_row_that_would_be_an_empty_line_keeps_its_place(workspace, tmp_path):
    lines = [f"{'' if i % 7 == 1 else i % 60},{'yes' if i % 60 > 30 else 'no'}" for i in range(240)]
    rows = tmp_path / "one.csv"
    rows.write_text("\n".join(["x,y", *lines]) + "\n")
    eda = run_cli(workspace, "eda", rows, "--target", "y").data["job"]
    run_cli(workspace, "train", "--eda", eda, "--set", "num_round=2")
    got = same_as_an_endpoint(LocalBackend(workspace), rows, tmp_path)
    assert got.rows == 240 and got.rejected > 0


@pytest.mark.slow
def test_the_verb_writes_predictions_and_collect_writes_them_again(flights, odd, tmp_path):
    (training,) = [job.name for job in deployable(flights)]
    first, again = tmp_path / "first.csv", tmp_path / "again.csv"
    told = run_cli(flights.workspace, "transform", odd, "--training", training, "--output", first).data
    assert (told["status"], told["rows"], told["rejected"]) == ("Completed", 3000, 3)
    assert told["output"] == str(first) and told["reasons"][0]["row"] == 6
    assert run_cli(flights.workspace, "collect", told["job"], "--output", again).data["rows"] == 3000
    assert first.read_bytes() == again.read_bytes()


def test_two_clicks_are_one_job(flights, odd):
    (training,) = [job.name for job in deployable(flights)]
    names = {transform.launch_transform(flights, training, odd, token="one").name for _ in range(2)}
    assert len(names) == len(flights.jobs(JobKind.transform)) == 1


def test_only_a_completed_transform_job_is_collected(flights, odd):
    (training,) = [job.name for job in deployable(flights)]
    broken = LocalBackend(flights.workspace, Programs(container=("-c", "raise SystemExit('no image')")))
    job = transform.launch_transform(broken, training, odd)
    with pytest.raises(JobFailed, match="no image"):
        wait(broken, job.name, quiet)
    with pytest.raises(JobNotReady):
        transform.collect(flights, job.name, Path("never.csv"))
    with pytest.raises(NotFound):
        transform.collect(flights, training, Path("never.csv"))


def test_what_cannot_be_launched_is_refused_and_leaves_nothing(flights, odd, tmp_path):
    (training,) = [job.name for job in deployable(flights)]
    with odd.open() as file:
        header, *rows = csv.reader(file)
    lacks, useless = tmp_path / "lacks.csv", tmp_path / "useless.csv"
    lacks.write_text("carrier,origin\nAA,JFK\n")
    rows = [["soon" if name == "scheduled_departure" else cell for name, cell in zip(header, row, strict=False)]
            for row in rows[:4]]  # fmt: skip
    with useless.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    for file, error in ((lacks, MissingColumns), (useless, NothingToPredict)):
        with pytest.raises(error):
            transform.launch_transform(flights, training, file)
    (eda,) = [job.name for job in flights.jobs(JobKind.processing)]
    with pytest.raises(NotFound):
        transform.launch_transform(flights, eda, odd)
    assert not flights.storage.folders("transform")


def programs() -> list[int]:
    """The programs apart that this thread has begun."""
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    return [int(pid) for pid in children if b"core.page_work" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_apart_it_fails_in_the_same_words_and_leaves_nothing_whoever_is_killed(flights, odd, tmp_path):
    """Refused, killed, left by who waits for it, and with its app killed."""
    (training,) = [job.name for job in deployable(flights)]
    lacks = tmp_path / "lacks.csv"
    lacks.write_text("carrier,origin\nAA,JFK\n")
    with pytest.raises(MissingColumns) as here:
        transform.launch_transform(flights, training, lacks)
    with pytest.raises(ReportedFailure) as apart:
        transform.launch_transform(flights, training, lacks, apart=True)
    assert apart.value.failure == here.value.failure

    def kill(share: float, message: str) -> None:
        os.kill(programs()[0], signal.SIGKILL)

    with pytest.raises(beside.ProgramKilled, match="SIGKILL"):
        transform.launch_transform(flights, training, odd, progress=kill, apart=True)

    def leave(share: float, message: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transform.launch_transform(flights, training, odd, progress=leave, apart=True)
    assert not programs() and not flights.storage.folders("transform") and not flights.jobs(JobKind.transform)

    os.mkfifo(flights.storage.path(keys.decision(training)))  # which nobody writes: reading it has no end
    app = subprocess.Popen([sys.executable, "-c", APP, training, odd], stdout=subprocess.PIPE, cwd=PROJECT)
    child = int(app.stdout.readline())
    app.kill()
    app.wait()
    until(lambda: not runs(child))
    app.stdout.close()


def test_an_output_that_cannot_be_is_refused_before_the_job(flights, odd):
    (training,) = [job.name for job in deployable(flights)]
    for output in (odd, odd.parent):
        answer = run_cli(
            flights.workspace, "transform", odd, "--training", training, "--output", output, code=1
        )
        assert answer.data["error"]["kind"] == BadOutput.__name__
    assert not flights.jobs(JobKind.transform)


def test_a_launch_that_fails_takes_its_rows_back(flights, odd, monkeypatch):
    (training,) = [job.name for job in deployable(flights)]

    def refused(request, execution=""):
        assert flights.storage.exists(request.rows)
        raise NotFound(thing="quota", name="q", listing="jobs")

    monkeypatch.setattr(flights, "launch", refused)
    with pytest.raises(NotFound):
        transform.launch_transform(flights, training, odd)
    assert not flights.storage.folders("transform")
