"""A pipeline on a backend: saved from a run, run by ordinary jobs, taken from the cache, refused, stopped, deleted."""

from __future__ import annotations

import json

import pytest

from core.backends.aws.session.connection import Session
from core.backends.aws.setup import policies
from core.backends.pipelines import ExecutionStatus
from core.backends.requests import TrainingRequest
from core.backends.schedules import Task, When
from core.errors import CannotStop, NoSuchColumn, NotFound, SenderoError, StillInUse
from core.pipelines import rules
from core.pipelines.errors import BadParameter
from core.verbs import datasets, executing, jobs, outside, pipeline_saving, pipelines, registry, schedules
from core.verbs.audit import audit
from tests.backends.place import MANY, until
from tests.cli.data import penguins


def approve(place, request, version: str):
    """Approve a version as who may: on AWS that is another policy than the one that starts a pipeline."""
    if place.settings.backend == "aws":
        printed = policies.approver(policies.facts_of(Session(place.settings)))
        request.getfixturevalue("aws_module").enforce({"user": [policies.document(printed)]})
    return registry.approve(place.backend, version, "as before")


def steps_of(backend, execution) -> dict:
    return {step.name: step for step in pipelines.steps(backend, execution)}


def ended(backend, execution):
    """The execution once it has ended, however."""

    def now():
        found = backend.execution(execution.pipeline, execution.id)
        return None if found.status.active else found

    return until(now, f"the end of {execution.id}")


def test_a_run_is_saved_and_walked_again_with_other_rows_and_other_values(
    place, model, tmp_path, request, monkeypatch
):
    backend = place.backend
    saved = pipeline_saving.save(backend, pipeline_saving.draft(backend, "weekly", model.name))
    rules.check(json.loads(pipelines.export(backend, "weekly")))
    (same,) = pipelines.pipelines(place.backend)
    assert same.definition == saved.definition
    asked = {each.name: each.default for each in pipelines.asked_of(saved)}
    assert asked["max_depth"] == model.hyperparameters["max_depth"] and "Root" not in asked
    reached = pipelines.evaluation_of(backend, model.name)["metrics"]["balanced_accuracy"]["low"]
    assert 0 <= reached - asked["Threshold"] < 0.001 * reached, "what the run reached itself, rounded down"

    first = pipelines.run(backend, "weekly")
    again = pipelines.run(backend, "weekly")
    assert again.id == first.id, "two clicks are one execution"
    with pytest.raises(StillInUse):
        pipelines.delete(backend, "weekly")
    told: list[str] = []
    done = pipelines.wait(backend, first, told.append)
    steps = steps_of(backend, done)
    assert {name: step.status.value for name, step in steps.items()} == {
        "Eda": "Succeeded", "Train": "Succeeded", "Evaluate": "Succeeded", "Check": "Succeeded",
        "Register": "Succeeded", "Refuse": "Pending",
    }  # fmt: skip
    assert steps["Check"].outcome == "True" and steps["Check"].message.startswith("The condition holds:")
    assert any(line.startswith("Train: Succeeded") for line in told)
    trained = backend.job(steps["Train"].job)
    assert trained.hyperparameters == model.hyperparameters
    assert trained.request["processing_job"] == steps["Eda"].job
    record = backend.storage.read_json(f"training/{trained.name}/job.json")
    assert record["execution"] == f"weekly/{first.id}"
    outside.gather(backend)  # SageMaker has made the jobs itself
    acts = audit(backend, about=first.id).events
    assert [act.name for act in acts if act.action == "launched"] == [trained.name, steps["Eda"].job]
    assert [act.name for act in acts if act.action == "ran"] == ["weekly"], "that was Sendero"
    assert backend.storage.exists(f"processing/{steps['Eda'].job}/output/report/report.json")
    (version,) = [each for each in registry.versions(backend) if each.training_job == trained.name]
    assert approve(place, request, version.name).approval == "Approved"

    bar = {"Threshold": "1.01"}  # no model reaches it
    refused = ended(backend, pipelines.run(backend, "weekly", bar))
    steps = steps_of(backend, refused)
    assert refused.status == ExecutionStatus.failed and "below 1.01" in refused.failure.why
    assert [steps[name].cached_from for name in ("Eda", "Train", "Evaluate")] == [first.id] * 3
    assert steps["Train"].job == trained.name and steps["Check"].outcome == "False"
    assert (steps["Register"].status, steps["Refuse"].status) == ("Pending", "Failed")
    with pytest.raises(SenderoError, match=r"below 1\.01\. The condition does not hold: [\d.]+ >= 1\.01"):
        pipelines.wait(backend, refused, told.append)

    more = tmp_path / "more.csv"
    lines = penguins(more).read_text().splitlines()
    more.write_text("\n".join([*lines, *lines[1:60]]) + "\n")
    other = datasets.add(backend, more)
    monkeypatch.setenv("SENDERO_MLFLOW", "http://127.0.0.1:9")  # which is down
    third = pipelines.run(backend, "weekly", {"Dataset": other.name, "max_depth": "3"})
    steps = steps_of(backend, pipelines.wait(backend, third, told.append))
    assert not any(step.cached_from for step in steps.values())
    trained = steps["Train"].job
    assert told[-1].startswith(f"{trained} was not logged to MLflow at http://127.0.0.1:9."), (
        "who waits logs it"
    )
    assert backend.job(steps["Train"].job).hyperparameters["max_depth"] == "3"
    assert [each.id for each in pipelines.executions(backend, "weekly")] == [third.id, refused.id, first.id]
    acts = [event.action for event in audit(backend, about="weekly").events]
    assert acts == ["ran", "ran", "ran", "saved"]


def test_what_cannot_work_is_refused_before_anything_starts(place, model, tmp_path):
    backend = place.backend
    pipeline_saving.save(backend, pipeline_saving.draft(backend, "checked", model.name))
    narrow = tmp_path / "narrow.csv"
    narrow.write_text("island,sex\n" + "Dream,male\nBiscoe,female\n" * 20)
    other = datasets.add(backend, narrow)
    for given, error in (
        ({"Dataset": other.name}, NoSuchColumn),
        ({"Dataset": "nobody"}, NotFound),
        ({"Threshold": "high"}, BadParameter),
        ({"Root": "elsewhere"}, BadParameter),
        ({"eta": "7"}, SenderoError),
    ):
        with pytest.raises(error):
            pipelines.run(backend, "checked", given)
    assert pipelines.executions(backend, "checked") == []
    with pytest.raises(NotFound):
        pipelines.run(backend, "nobody")
    schedules.add(backend, "mondays", Task.pipeline, "checked", When("day", zone=schedules.here()))
    with pytest.raises(StillInUse, match="schedule remove mondays"):
        pipelines.delete(backend, "checked")
    schedules.remove(backend, "mondays")
    assert pipelines.delete(backend, "checked") == ["pipeline checked"]


def joined(place, stopped) -> str:
    """Somebody trains what the pipeline would: its run waits for that job, and leaves it alone when it is stopped."""
    backend = place.backend
    asked = {name: value for name, value in stopped.request.items() if name not in ("name", "kind")}
    own = backend.launch(TrainingRequest("somebodys", **asked))
    execution = pipelines.run(backend, "stopped", {"num_round": MANY, "early_stopping_rounds": MANY})
    until(lambda: steps_of(backend, execution)["Train"].job == own.name, "the joined training")
    pipelines.stop(backend, "stopped")
    assert ended(backend, execution).status == "Stopped"
    train = steps_of(backend, execution)["Train"]
    assert (train.status, train.message) == ("Stopped", executing.NOT_OURS)
    assert backend.job(own.name).status == "InProgress"
    jobs.stop(backend, own.name)
    place.end(own.name)
    return execution.id


def test_a_stopped_execution_stops_its_job_and_the_pipeline_can_be_deleted(place):
    backend = place.backend
    weighted = place.train(place.eda(weight="year").name)  # whose training reads other channels
    pipeline_saving.save(backend, pipeline_saving.draft(backend, "stopped", weighted.name))
    execution = pipelines.run(backend, "stopped", {"num_round": MANY, "early_stopping_rounds": MANY})
    until(lambda: steps_of(backend, execution)["Train"].job, "its training")
    pipelines.stop(backend, "stopped")
    now = ended(backend, execution)
    train = steps_of(backend, now)["Train"]
    assert backend.job(train.job).request["channels"]["train"].endswith("/train_weighted")
    assert (now.status, train.status, place.end(train.job).status) == ("Stopped", "Stopped", "Stopped")
    with pytest.raises(CannotStop):
        pipelines.stop(backend, "stopped")
    runs = [execution.id]
    if place.settings.backend == "local":  # SageMaker joins no job of anybody
        runs.insert(0, joined(place, backend.job(train.job)))
    gone = pipelines.delete(backend, "stopped")
    assert gone == ["pipeline stopped", *(f"run {each}" for each in runs)]
    with pytest.raises(NotFound):
        backend.execution("stopped", execution.id)
    assert backend.job(train.job), "its jobs stay"
