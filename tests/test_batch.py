"""Batch Transform against an endpoint of the same model: the same rows are the same bytes, however odd they are."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from core.backends.local import LocalBackend, Programs
from core.backends.requests import JobKind
from core.errors import (
    BadOutput,
    JobFailed,
    JobNotReady,
    MissingColumns,
    NotFound,
    NothingToPredict,
)
from core.verbs import endpoints, jobs, predict, transform
from core.verbs.training import deployable
from core.verbs.waiting import wait, wait_in_service
from tests.conftest import FLIGHTS, run_cli

pytestmark = pytest.mark.slow  # whole jobs or large tables, which `make fast` leaves out

quiet = lambda text: None  # noqa: E731


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
def flights(trained: Path, workspace: Path) -> LocalBackend:
    shutil.copytree(trained, workspace, dirs_exist_ok=True, symlinks=True)
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
    assert not flights.storage.exists("transform")


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
