"""A Tuning Job: its trials are Training Jobs like any other, its values come from a seed."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from local_rig import Rig, until

from core.backends.base import JobStatus
from core.backends.local import tuning
from core.backends.requests import JobKind, TuningRequest


def request(rig: Rig, max_jobs: int = 3, name: str = "tune", **hyperparameters: Any) -> TuningRequest:
    return TuningRequest(
        name=name,
        training=rig.training(name="train", **hyperparameters),
        ranges={"eta": (0.1, 0.5), "max_depth": (2, 9), "alpha": (0.001, 1000)},
        objective="validation:logloss",
        maximize=False,
        max_jobs=max_jobs,
        seed=7,
    )


def plain(max_jobs: int = 3, **changes: Any) -> dict[str, Any]:
    ranges = {"eta": (0.1, 0.5), "max_depth": (2, 9), "alpha": (0.001, 1000)}
    training = {"hyperparameters": {"eval_metric": "logloss"}}
    facts = {"training": training, "objective": "validation:logloss", "maximize": False}
    return {"ranges": ranges, "seed": 7, "max_jobs": max_jobs} | facts | changes


def test_trials_are_training_jobs_and_the_best_is_named(rig):
    job = rig.run(request(rig, eta=0.4))
    assert job.status == JobStatus.completed and job.progress == 1.0
    result = rig.backend.storage.read_json("tuning/tune/output/tuning.json")
    names = ["tune-001", "tune-002", "tune-003"]
    assert [trial["training_job"] for trial in result["trials"]] == names
    assert sorted(found.name for found in rig.backend.jobs(JobKind.training)) == names
    # The stand-in's loss is eta / (round + 1) + 0.01: the smallest eta wins.
    etas = [float(rig.backend.job(name).request["hyperparameters"]["eta"]) for name in names]
    assert etas[0] == 0.4 and result["trials"][0]["values"] == {}
    assert result["best"]["training_job"] == names[etas.index(min(etas))]
    assert result["best"]["objective"] == pytest.approx(min(etas) / 3 + 0.01, abs=1e-4)
    assert all(rig.backend.storage.exists(f"training/{name}/output/model.tar.gz") for name in names)
    assert result["best"]["training_job"] in job.message
    assert len(rig.backend.metrics("tune")) == 3
    assert "output/tuning.json" in rig.backend.storage.read_json("tuning/tune/job.json")["manifest"]


def test_values_are_reproducible_and_inside_their_ranges():
    drawn = [tuning.draw(plain(), number) for number in range(1, 60)]
    assert drawn == [tuning.draw(plain(), number) for number in range(1, 60)]
    assert drawn != [tuning.draw(plain(seed=8), number) for number in range(1, 60)]
    assert all(0.1 <= float(values["eta"]) <= 0.5 for values in drawn)
    assert {int(values["max_depth"]) for values in drawn} == set(range(2, 10))
    # On a log scale about half of the values lie below the geometric mean, 1, of a range up to 1000.
    assert 15 < sum(float(values["alpha"]) < 1 for values in drawn) < 45


def test_an_objective_that_is_not_measured_is_asked_of_the_container():
    given = plain() | {"objective": "validation:auc"}
    trial = tuning.trial_request(given, "tune", 0, {})
    assert trial["hyperparameters"]["_tuning_objective_metric"] == "validation:auc"
    assert "_tuning_objective_metric" not in tuning.trial_request(plain(), "tune", 0, {})["hyperparameters"]


def test_stop_stops_the_running_trial_and_keeps_the_others(rig, tmp_path):
    gate = tmp_path / "gate"
    gate.touch()
    rig.backend.launch(request(rig, gate=gate, num_round=1))
    until(lambda: rig.backend.storage.exists("tuning/tune/output/tuning.json"))
    gate.unlink()  # the next trial to look for it waits
    trial = until(lambda: next((job for job in rig.backend.jobs("training") if job.status.active), None))
    until(lambda: rig.backend.metrics(trial.name))
    assert rig.backend.stop("tune").status == JobStatus.stopping
    job = rig.end("tune")
    assert job.status == JobStatus.stopped and "were kept" in job.message
    assert rig.backend.job(trial.name).status == JobStatus.stopped
    result = rig.backend.storage.read_json("tuning/tune/output/tuning.json")
    assert result["trials"][-1]["status"] == "Stopped" and result["best"]["training_job"] == "tune-001"


def test_kill_9_takes_the_running_trial_along(rig, tmp_path):
    rig.backend.launch(request(rig, gate=tmp_path / "gate"))
    until(lambda: rig.backend.jobs(JobKind.training) and rig.backend.metrics("tune-001"))
    os.kill(rig.runner("tuning", "tune"), signal.SIGKILL)
    assert rig.end("tune").failure.kind == "RunnerKilled"
    assert rig.end("tune-001").failure.kind == "RunnerKilled"


def test_failed_trials_are_told(rig):
    job = rig.run(request(rig, max_jobs=2, behaviour="fail"))
    assert job.status == JobStatus.failed and "tune-001: Failed" in job.failure.why
    result = rig.backend.storage.read_json("tuning/tune/output/tuning.json")
    assert [trial["status"] for trial in result["trials"]] == ["Failed", "Failed"] and result["best"] is None


def test_a_trial_is_its_own_job_even_when_an_equal_one_is_active(rig, tmp_path):
    gate = tmp_path / "gate"
    rig.backend.launch(rig.training("mine", gate=gate))
    rig.backend.launch(request(rig, max_jobs=1, gate=gate))
    until(lambda: [job for job in rig.backend.jobs("training") if job.name == "tune-001"])
    gate.touch()
    assert rig.end("tune").status == JobStatus.completed


def test_a_trial_never_takes_the_name_of_another_job(rig):
    rig.run(rig.training("tune-002"))
    job = rig.run(request(rig))
    assert job.status == JobStatus.failed and "tune-002" in job.failure.what
