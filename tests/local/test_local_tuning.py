"""A Tuning Job: its trials are Training Jobs like any other, its values come from a seed."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import Any

import pytest
from local_rig import Rig, until

from core.backends.base import JobStatus
from core.backends.local import trials
from core.backends.local.study import Study
from core.backends.requests import JobKind, TuningRequest

pytestmark = pytest.mark.slow(0.5)  # many that add up, which `make fast` leaves out


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


def plain(**changes: Any) -> Any:
    """A request as JSON holds it: what a search is asked."""
    ranges = {"eta": (0.1, 0.5), "max_depth": (2, 9), "alpha": (0.001, 1000)}
    training = {"hyperparameters": {"eval_metric": "logloss"}}
    facts = {"training": training, "objective": "validation:logloss", "maximize": False}
    return {"ranges": ranges, "seed": 7, "max_jobs": 3} | facts | changes


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


def search(study: Study, trials: int) -> list[dict[str, str]]:
    """What a search asks for, one trial after the other: its loss is the distance of eta from 0.3."""
    asked = []
    for _ in range(trials):
        number, values = study.ask()
        study.tell(number, abs(float(values["eta"]) - 0.3))
        asked.append(values)
    return asked


def test_a_search_stays_inside_its_ranges_and_goes_where_it_was_good(tmp_path):
    study = Study(plain(), tmp_path / "a")
    drawn = search(study, 24)
    assert drawn[:6] == search(Study(plain(), tmp_path / "b"), 6)
    assert drawn[:6] != search(Study(plain(seed=8), tmp_path / "c"), 6)
    assert all(0.1 <= float(values["eta"]) <= 0.5 for values in drawn)
    assert {int(values["max_depth"]) for values in drawn} <= set(range(2, 10))
    # On a log scale about half of the values lie below the geometric mean, 1, of a range up to 1000.
    assert 6 <= sum(float(values["alpha"]) < 1 for values in drawn) <= 18
    near = [abs(float(values["eta"]) - 0.3) for values in drawn]
    assert sum(near[12:]) / 12 < 0.08  # drawn at random it would be 0.1
    shares = study.importance()["shares"]
    assert next(iter(shares)) == "eta" and sum(shares.values()) == pytest.approx(1)


def test_a_search_goes_on_from_a_journal_that_was_cut_off(tmp_path):
    killed = Study(plain(), tmp_path / "a")
    search(killed, 12)
    killed.ask()  # it is under way when the runner is killed, and the next line is half written
    with (tmp_path / "a").open("ab") as journal:
        journal.write(b'{"op_code": 4, "wor')
    further = Study(plain(), tmp_path / "b", parent=tmp_path / "a")
    assert further.importance()["shares"]  # of the trials before: of none nothing is said
    assert Study(plain(), tmp_path / "c").importance() is None
    near = [abs(float(values["eta"]) - 0.3) for values in search(further, 5)]
    assert sum(near) / 5 < 0.1  # drawn at random it would be 0.1


def test_the_given_values_are_a_trial_of_the_search_where_they_are_a_point_of_its_ranges(tmp_path):
    study = Study(plain(), tmp_path / "a")
    given = {"eta": "0.2", "max_depth": "3", "alpha": "1"}
    assert study.begin_with(given) == 0
    assert study.begin_with(given | {"eta": "0.9"}) is None
    assert study.begin_with({"eta": "0.2"}) is None
    assert study.ask()[0] == 1


@pytest.mark.parametrize(
    "values, behind",
    [
        ([1 / (at + 1) ** 2 + 0.5 for at in range(40)], True),  # flat, far from the best
        ([1 - 0.004 * at for at in range(40)], False),  # it falls, and would be at 0.2 after 200 rounds
        ([1 / (at + 1) + 0.5 for at in range(15)], False),  # too short to tell
        ([0.39] * 40, False),  # better than the best
    ],
)
def test_a_trial_is_behind_where_its_present_rate_does_not_reach_the_best(values, behind):
    given = {"num_round": "200", "early_stopping_rounds": "20"}
    assert trials.is_clearly_behind(values, 0.4, False, given) == behind
    assert trials.is_clearly_behind([-value for value in values], -0.4, True, given) == behind
    assert not trials.is_clearly_behind(values, None, False, given)


def test_an_objective_that_is_not_measured_is_asked_of_the_container():
    given = plain() | {"objective": "validation:auc"}
    trial = trials.trial_request(given, "tune", 0, {})
    assert trial["hyperparameters"]["_tuning_objective_metric"] == "validation:auc"
    assert "_tuning_objective_metric" not in trials.trial_request(plain(), "tune", 0, {})["hyperparameters"]


def test_stop_stops_the_running_trials_and_keeps_the_others(rig, tmp_path):
    gate = tmp_path / "gate"
    gate.touch()
    rig.backend.launch(request(rig, max_jobs=50, gate=gate, num_round=1))
    until(lambda: rig.backend.storage.exists("tuning/tune/output/tuning.json"))
    gate.unlink()  # trials that begin from now on wait for it
    passed = {job.name for job in rig.backend.jobs("training")}

    def waiting():
        begun = [job for job in rig.backend.jobs("training") if job.name not in passed]
        return next((job for job in begun if job.status.active), None)

    trial = until(waiting)
    assert rig.backend.stop("tune").status == JobStatus.stopping
    job = rig.end("tune")
    assert job.status == JobStatus.stopped and "were kept" in job.message
    assert rig.backend.job(trial.name).status == JobStatus.stopped
    assert not [job for job in rig.backend.jobs("training") if job.status.active]
    result = rig.backend.storage.read_json("tuning/tune/output/tuning.json")
    ends = {trial["training_job"]: trial["status"] for trial in result["trials"]}
    assert ends[trial.name] == "Stopped" and ends[result["best"]["training_job"]] == "Completed"
    assert len(ends) < 50


def test_a_bad_trial_is_ended_early_and_says_so(rig):
    """The stand-in's loss is eta / (round + 1) + 0.01: what begins with ten times the eta stays behind."""
    asked = replace(request(rig, max_jobs=3, eta=0.01, num_round=60), ranges={"eta": (0.9, 1.0)})
    asked = replace(asked, training=rig.training(name="train", eta=0.01, num_round=60, round_seconds=0.02))
    rig.run(asked)
    result = rig.backend.storage.read_json("tuning/tune/output/tuning.json")
    first, *others = result["trials"]
    assert first["status"] == "Completed" and "ended_early" not in first
    early = [trial for trial in others if trial.get("ended_early")]
    assert early and all(trial["status"] == "Stopped" for trial in early)
    job = rig.backend.job(early[0]["training_job"])
    assert job.status == JobStatus.stopped and "Ended early by its tuning job" in job.message
    assert result["best"]["training_job"] == "tune-001"


def test_time_ends_a_tuning_that_has_a_result(rig, tmp_path):
    gate = tmp_path / "gate"
    gate.touch()
    rig.backend.launch(replace(request(rig, max_jobs=500, gate=gate, num_round=1), max_seconds=4))
    until(lambda: rig.backend.storage.exists("tuning/tune/output/tuning.json"))
    gate.unlink()
    job = rig.end("tune")
    result = rig.backend.storage.read_json("tuning/tune/output/tuning.json")
    assert job.status == JobStatus.completed and result["out_of_time"] and len(result["trials"]) < 500
    assert not [job for job in rig.backend.jobs("training") if job.status.active]


def test_another_tuning_goes_on_from_one_that_was_killed(rig, tmp_path):
    gate = tmp_path / "gate"
    gate.touch()
    rig.backend.launch(request(rig, max_jobs=50, gate=gate, num_round=1))
    until(lambda: rig.backend.storage.exists("tuning/tune/output/tuning.json"))
    gate.unlink()
    until(lambda: any(job.status.active for job in rig.backend.jobs("training")))
    os.kill(rig.runner("tuning", "tune"), signal.SIGKILL)
    assert rig.end("tune").failure.kind == "RunnerKilled"
    before = rig.backend.storage.read_json("tuning/tune/output/tuning.json")["trials"]
    gate.touch()
    more = rig.run(replace(request(rig, max_jobs=2, name="more", gate=gate, num_round=1), parent="tune"))
    assert more.status == JobStatus.completed
    trials = rig.backend.storage.read_json("tuning/more/output/tuning.json")["trials"]
    assert trials[:-2] == before
    assert [trial["training_job"] for trial in trials[-2:]] == ["more-001", "more-002"]
    assert all(trial["values"] for trial in trials[-2:])  # the given ones were tried before


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
