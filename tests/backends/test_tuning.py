"""What every backend promises of tuning: trials that are jobs, and a best one that can be deployed."""

from __future__ import annotations

import pytest

from core.backends.base import JobStatus
from core.backends.metrics import start_of
from core.verbs import deletion, runs, training, tuning
from core.verbs.tuning import Budget
from core.verbs.tuning_verdict import verdict


def test_tuning_names_its_best_trial_and_every_trial_is_a_job(place, eda):
    asked = {"max_depth": (1.0, 4.0), "gamma": (0.0, 1.0)}
    job = tuning.launch_tuning(
        place.backend,
        eda.name,
        Budget(2),
        asked,
        given={"num_round": "60", "eta": "1", "early_stopping_rounds": "2", "gamma": "50"},  # a bad start
    )
    ended = place.end(job.name)
    assert ended.status == JobStatus.completed
    result = tuning.result_of(place.backend, job.name)
    trials = {trial["training_job"]: trial for trial in result["trials"]}
    assert len(trials) == 2 and {trial["status"] for trial in trials.values()} == {"Completed"}
    drawn = [float(trial["values"]["max_depth"]) for trial in trials.values() if trial["values"]]
    assert drawn and all(1 <= depth <= 4 for depth in drawn)
    best = result["best"]["training_job"]
    assert trials[best]["objective"] == min(trial["objective"] for trial in trials.values())
    assert {row["round"] for row in place.backend.metrics(job.name)} == {0, 1}
    metric = result["objective"].replace(":", "-")
    for name, trial in trials.items():
        assert place.end(name).status == JobStatus.completed
        rounds = [row[metric] for row in place.backend.metrics(name)]
        assert trial["objective"] == min(rounds) < rounds[-1]  # by the round that it keeps, not by its last
        assert rounds[trial["round"]] == min(rounds) and len(rounds) == trial["round"] + 3
    assert training.evaluation_of(place.backend, best)["metrics"]
    told, gain = verdict(ended, result), result["gain"]
    assert (told.choose, trials[best]["values"] != {}) == (best, True) and told.gain.startswith(
        "Best beats your start"
    )
    assert gain["low"] > 0 and gain["rows"] == 69 and f"on the {gain['rows']} rows" in told.basis
    assert gain["value"] == pytest.approx(
        start_of(result["trials"])["objective"] - trials[best]["objective"], abs=2e-5
    )
    assert told.cost.startswith("2 trials in ") and place.end(best).ended >= ended.started
    assert best in place.whole_log(job.name)
    assert {job.name for job in training.deployable(place.backend)} == set(trials)
    told = runs.titles(place.backend.jobs())
    assert told[job.name].startswith("2 trials, over depth")
    assert {told[name].partition(",")[0] for name in trials} == {"trial 1 of 2", "trial 2 of 2"}

    more = place.end(tuning.launch_more(place.backend, job.name, Budget(1)).name)
    assert more.status == JobStatus.completed and more.request["parent"] == job.name
    further = tuning.result_of(place.backend, more.name)
    assert {trial["training_job"] for trial in further["trials"]} > set(trials)
    assert len(further["trials"]) == 3 and further["best"] in [
        {name: trial[name] for name in further["best"]} for trial in further["trials"]
    ]
    assert more in deletion.plan_deletion(place.backend, job.name).left_behind
    own = further["trials"][-1]["training_job"]
    deletion.delete(place.backend, more.name)
    trials.pop(own, None)

    receipt = deletion.delete(place.backend, job.name)
    assert set(receipt.deleted) == {f"tuning job {job.name}", *(f"training job {name}" for name in trials)}
    assert [job.name for job in place.backend.jobs()] == [eda.name]
