"""Stops, kills and crashes: whatever happens, what is said afterwards is true, and nothing is left running."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal

import pytest
from local_rig import HASTY, runs, until

from core.backends.base import JobStatus
from core.backends.local import LocalBackend
from core.backends.local.runtime import Runtime
from core.errors import CannotStop, NotFound

pytestmark = pytest.mark.slow(0.4)  # many that add up, which `make fast` leaves out

FOREVER = ["sleep", 600]


def test_stop_shows_stopping_at_once_and_uploads_nothing(rig):
    rig.backend.launch(rig.processing(["child", 0], ["write", "half.csv"], FOREVER))
    child = rig.word("p", "child")
    assert rig.backend.stop("p").status == JobStatus.stopping
    job = rig.end("p")
    assert (job.status, job.failure) == ("Stopped", None)
    assert not runs(child) and not rig.backend.storage.exists("processing/p/output")
    assert rig.backend.storage.read_json("processing/p/job.json")["status"] == "Stopped"


def test_stop_before_the_runner_has_started(rig):
    rig.backend.launch(rig.processing(FOREVER))
    rig.backend.stop("p")
    assert rig.end("p").status == JobStatus.stopped


def test_stop_kills_a_deaf_step_after_the_grace_period(rig):
    rig.backend = LocalBackend(rig.workspace, HASTY)
    rig.backend.launch(rig.processing(["deaf", 0], ["child", 0], FOREVER))
    child = rig.word("p", "child")
    rig.backend.stop("p")
    assert rig.end("p").status == JobStatus.stopped and not runs(child)


def test_a_second_stop_is_the_same_stop(rig):
    rig.backend.launch(rig.processing(["deaf", 0], ["child", 0], FOREVER))
    rig.word("p", "child")
    assert [rig.backend.stop("p").status for _ in range(2)] == ["Stopping", "Stopping"]


def test_what_has_ended_cannot_be_stopped(rig):
    rig.run(rig.processing())
    with pytest.raises(CannotStop, match="Completed"):
        rig.backend.stop("p")
    with pytest.raises(NotFound):
        rig.backend.stop("nobody")


def test_stopped_training_keeps_the_model_that_the_container_saved(rig):
    rig.backend.launch(rig.training(behaviour="saves", num_round=1000, round_seconds=0.05))
    until(lambda: rig.backend.metrics("t"))
    rig.backend.stop("t")
    job = rig.end("t")
    assert job.status == JobStatus.stopped and " was kept." in job.message and job.kept_rounds
    assert rig.backend.storage.exists("training/t/output/model.tar.gz")


def test_stopped_training_does_not_keep_a_model_that_may_be_cut_short(rig):
    rig.backend = LocalBackend(rig.workspace, HASTY)
    rig.backend.launch(rig.training(behaviour="deaf", num_round=1000, round_seconds=0.05))
    until(lambda: rig.backend.metrics("t"))
    rig.backend.stop("t")
    job = rig.end("t")
    assert job.status == JobStatus.stopped and "no model was kept" in job.message
    assert not rig.backend.storage.exists("training/t/output")


def test_kill_9_of_the_runner_is_told_and_recorded_and_takes_the_step_along(rig):
    rig.backend.launch(rig.processing(["child", 0], FOREVER))
    child = rig.word("p", "child")
    os.kill(rig.runner("processing", "p"), signal.SIGKILL)
    job = rig.end("p")
    assert (job.status, job.failure.kind) == ("Failed", "RunnerKilled")
    assert "the runner was killed" in job.failure.what and job.failure.remedy
    assert job.created <= job.ended
    until(lambda: not runs(child), "the step to die with its runner")
    assert rig.status_file("processing", "p")["status"] == "Failed"
    assert not (rig.workspace / ".runtime/processing/p/ml/processing").exists()
    assert rig.backend.storage.read_json("processing/p/job.json")["failure"]["kind"] == "RunnerKilled"


def test_a_job_that_ends_between_the_two_questions_is_not_lost(rig, tmp_path, monkeypatch):
    gate = tmp_path / "gate"
    rig.backend.launch(rig.processing(["print", "ready 1"], ["wait for", str(gate)]))
    rig.word("p", "ready")
    alive = Runtime.alive

    def slow(runtime: Runtime) -> bool:
        gate.touch()
        until(lambda: not alive(runtime))
        return False

    monkeypatch.setattr(Runtime, "alive", slow)
    assert rig.backend.job("p").status == JobStatus.completed


def test_kill_9_while_stopping_is_not_stopping_for_ever(rig):
    rig.backend.launch(rig.processing(["deaf", 0], ["child", 0], FOREVER))
    rig.word("p", "child")
    rig.backend.stop("p")
    os.kill(rig.runner("processing", "p"), signal.SIGKILL)
    assert rig.end("p").failure.kind == "RunnerKilled"


def test_two_who_ask_at_once_do_not_take_each_other_for_the_runner(rig):
    rig.backend.launch(rig.processing(["child", 0], FOREVER))
    rig.word("p", "child")
    rig.end_all()
    runtime = Runtime.of(rig.workspace, "processing", "p")
    until(lambda: not runtime.alive())
    with (runtime.folder / "lock").open() as another:
        fcntl.flock(another, fcntl.LOCK_SH)  # somebody else in the middle of asking
        assert rig.backend.job("p").failure.kind == "RunnerKilled"


def test_after_a_reboot_nothing_is_in_progress(rig):
    # A reboot leaves the folder as it was and the lock free: so does ending everything with one blow.
    rig.backend.launch(rig.processing(["child", 0], FOREVER))
    rig.word("p", "child")
    rig.end_all()
    until(lambda: not rig.backend.job("p").status.active)
    assert [job.status for job in rig.backend.jobs()] == ["Failed"]


def test_a_status_cut_short_by_a_power_cut_is_still_an_answer(rig):
    rig.run(rig.processing())
    (rig.workspace / ".runtime/processing/p/status.json").write_bytes(b"")
    assert rig.backend.job("p").status == JobStatus.completed  # from job.json


def test_kill_9_of_the_step_is_told_with_a_hint(rig):
    rig.backend.launch(rig.processing(["child", 0], FOREVER))
    os.kill(int(rig.word("p", "child")), signal.SIGKILL)
    job = rig.end("p")
    assert (job.status, job.failure.kind, job.exit_code) == ("Failed", "StepKilled", -9)
    assert "SIGKILL" in job.failure.what and "out of memory?" in job.failure.why


def test_sigterm_from_outside_stops_the_job(rig):
    rig.backend.launch(rig.processing(["child", 0], FOREVER))
    child = rig.word("p", "child")
    os.kill(rig.runner("processing", "p"), signal.SIGTERM)
    assert rig.end("p").status == JobStatus.stopped and not runs(child)


def test_the_end_of_the_launching_process_is_not_the_end_of_the_job(rig, tmp_path):
    gate = tmp_path / "gate"
    if (pid := os.fork()) == 0:
        with contextlib.suppress(BaseException):
            rig.backend.launch(rig.processing(["wait for", str(gate)], ["copy", 0]))
        os._exit(0)
    os.waitpid(pid, 0)
    assert rig.backend.job("p").status == JobStatus.in_progress
    gate.touch()
    assert rig.end("p").status == JobStatus.completed
