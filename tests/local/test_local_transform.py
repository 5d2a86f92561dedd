"""Batch Transform on this machine: a job like any other, whose answers are whole or absent."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from core.backends.local import transform
from core.backends.requests import TransformRequest
from core.errors import NameTaken
from tests.local.local_rig import Rig, runs, until

pytestmark = pytest.mark.slow  # whole jobs or large tables, which `make fast` leaves out

OUTPUT = "transform/b/output"


@pytest.fixture
def ready(rig: Rig):
    """ready(behaviour, rows) -> the request for the model of a job whose server behaves so."""

    def make(behaviour: str = "", rows: bytes = b"1,2\n3,4\n", name: str = "b") -> TransformRequest:
        rig.fill()
        assert rig.run(rig.training(behaviour=behaviour)).status == "Completed"
        rig.backend.storage.write_bytes("transform/b/input/rows.csv", rows)
        return TransformRequest(name, "t", "transform/b/input/rows.csv")

    return make


def test_every_line_is_answered_in_order_over_many_requests(rig, ready):
    lines = [f"{i},{i * 7}".encode() for i in range(3 * transform.CHUNK // 12)]
    job = rig.run(ready(rows=b"\n".join(lines) + b"\n"))
    assert (job.status, job.kind, job.progress) == ("Completed", "transform", 1.0)
    answers = rig.backend.storage.read_bytes(f"{OUTPUT}/rows.csv.out").split(b"\n")
    # The test's container ends each of its answers with the type that was accepted.
    assert [line for line in answers if line not in (b"text/csv", b"")] == lines
    assert answers.count(b"text/csv") == len(list(transform.chunks(_rows(rig)))) > 1
    assert set(rig.backend.storage.read_json("transform/b/job.json")["manifest"]) == {"output/rows.csv.out"}


def _rows(rig: Rig) -> Path:
    return rig.backend.storage.path("transform/b/input/rows.csv")


def test_chunks_end_where_rows_end(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_bytes((b"x" * 100 + b"\n") * (transform.CHUNK // 50) + b"last, without an end")
    bodies = list(transform.chunks(file))
    assert b"".join(bodies) == file.read_bytes()
    assert len(bodies) > 1 and all(body.endswith(b"\n") for body in bodies[:-1])


def test_what_the_container_refuses_fails_the_job_in_its_words(rig, ready):
    job = rig.run(ready(rows=b"bad"))
    assert job.status == "Failed"
    assert "Loading csv data failed" in job.failure.why and "415" in job.failure.why
    assert not rig.backend.storage.exists(OUTPUT)


@pytest.mark.parametrize("behaviour, words", [("dies", "Exit code 3"), ("broken", "cannot be loaded")])
def test_a_server_that_ends_fails_the_job(rig, ready, behaviour, words):
    job = rig.run(ready(behaviour))
    assert (job.status, job.failure.kind) == ("Failed", "AlgorithmError")
    assert words in job.failure.why
    assert not rig.backend.storage.exists(OUTPUT)


def test_stopped_within_a_request_it_leaves_nothing(rig, ready, tmp_path):
    rig.backend.launch(ready(f"gate:{tmp_path / 'gate'}"))
    server = rig.word("b", "asked")
    rig.backend.stop("b")
    assert rig.end("b").status == "Stopped"
    assert not rig.backend.storage.exists(OUTPUT)
    assert rig.backend.storage.exists("transform/b/input/rows.csv")
    until(lambda: not runs(server), "the server's end")


def test_a_killed_runner_is_a_failed_job_without_output_or_server(rig, ready, tmp_path):
    rig.backend.launch(ready(f"gate:{tmp_path / 'gate'}"))
    server = rig.word("b", "asked")
    os.kill(rig.runner("transform", "b"), signal.SIGKILL)
    job = rig.end("b")
    assert (job.status, job.failure.kind) == ("Failed", "RunnerKilled")
    assert not rig.backend.storage.exists(OUTPUT)
    until(lambda: not runs(server), "the server's end")


def test_the_same_request_is_one_job_and_the_name_stays_with_it(rig, ready):
    request = ready()
    assert rig.backend.launch(request).name == rig.backend.launch(request).name
    rig.end("b")
    assert len(rig.backend.jobs("transform")) == 1
    with pytest.raises(NameTaken):
        rig.backend.launch(TransformRequest("b", "t", "transform/other/input/rows.csv"))


def test_rows_that_are_gone_fail_the_job(rig, ready):
    request = ready()
    rig.backend.storage.delete(request.rows)
    job = rig.run(request)
    assert job.status == "Failed" and "not in storage" in job.failure.why
