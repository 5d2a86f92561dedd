"""One launch is one job: two clicks, two tabs, several processes at once."""

from __future__ import annotations

import dataclasses
import os
import time

import pytest
from local_rig import Rig

from core.backends.base import JobStatus
from core.errors import BadName, NameTaken, StorageFailed
from core.verbs.launching import launch

pytestmark = pytest.mark.slow(0.3)  # many that add up, which `make fast` leaves out

FOREVER = ["sleep", 600]


def launch_at_once(rig: Rig, requests: list) -> list[int]:
    """Every request launched from a process of its own, at the same moment; their exit codes."""
    start = time.time() + 0.3
    children = []
    for request in requests:
        if (pid := os.fork()) == 0:
            code = 1
            try:
                time.sleep(max(0.0, start - time.time()))
                code = 0 if launch(rig.backend, request).status.active else 2
            finally:
                os._exit(code)
        children.append(pid)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]


def test_the_same_name_is_the_same_job(rig):
    first = rig.backend.launch(rig.processing(["print", "once"]))
    again = rig.backend.launch(rig.processing(["print", "once"]))
    assert first.created == again.created
    rig.end("p")
    assert rig.backend.launch(rig.processing(["print", "once"])).status == JobStatus.completed
    assert rig.log("p").count("once") == 1


def test_an_equal_active_request_is_the_same_job_and_an_ended_one_is_not(rig):
    assert launch(rig.backend, rig.processing(FOREVER, name="one")).name == "one"
    assert launch(rig.backend, rig.processing(FOREVER, name="two")).name == "one"
    assert launch(rig.backend, rig.processing(["sleep", 601], name="other")).name == "other"
    rig.backend.stop("one")
    rig.end("one")
    assert launch(rig.backend, rig.processing(FOREVER, name="three")).name == "three"


@pytest.mark.parametrize("names", [["p"] * 6, [f"p{i}" for i in range(6)]], ids=["one name", "six names"])
def test_six_processes_launch_one_job(rig, names):
    assert launch_at_once(rig, [rig.processing(FOREVER, name=name) for name in names]) == [0] * 6
    assert len(rig.backend.jobs()) == 1
    assert len(rig.backend.storage.folders("processing")) == 2  # the job and the EDA of the fixture


def test_a_job_just_launched_never_looks_lost(rig):
    for number in range(10):
        assert rig.backend.launch(rig.processing(["print", number], name=f"p{number}")).status.active
        seen = [rig.backend.job(f"p{number}").status for _ in range(20)]
        assert not set(seen) - {JobStatus.in_progress, JobStatus.completed}
    assert {rig.end(f"p{number}").status for number in range(10)} == {JobStatus.completed}


def test_a_name_that_stands_for_something_else_is_taken(rig):
    rig.run(rig.processing(name="same"))
    with pytest.raises(NameTaken):
        rig.backend.launch(rig.processing(["print", "different"], name="same"))
    with pytest.raises(NameTaken):
        rig.backend.launch(rig.training("same"))


@pytest.mark.parametrize("name", ["../../etc", "a/b", "", "-a", "a" * 64, "a_b"])
def test_a_bad_name_never_becomes_a_path(rig, name):
    with pytest.raises(BadName):
        rig.backend.launch(dataclasses.replace(rig.processing(), name=name))


def test_a_launch_that_cannot_start_leaves_nothing(rig, monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(StorageFailed):
        rig.backend.launch(rig.processing())
    assert rig.backend.jobs() == []
    assert not rig.backend.storage.exists("processing/p")
    monkeypatch.undo()
    assert rig.run(rig.processing()).status == JobStatus.completed
