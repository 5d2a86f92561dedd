"""Where a person stands: what Home says in each state, and where its links lead."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import configuration, keys
from core.backends.base import Endpoint, EndpointStatus, Job, JobStatus
from core.backends.registry import ModelVersion
from core.backends.requests import JobKind
from core.configuration import Configuration
from core.storage import DiskStorage
from core.verbs.progress import Progress, models, pipeline_progress

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


@dataclass
class Place:
    """As much of a backend as `pipeline_progress` asks."""

    storage: DiskStorage
    held: list[Job] = field(default_factory=list)
    serving: list[Endpoint] = field(default_factory=list)

    def jobs(self, kind: JobKind | None = None) -> list[Job]:
        return [job for job in self.held if kind in (None, job.kind)]

    def job(self, name: str) -> Job:
        return next(job for job in self.held if job.name == name)

    def endpoints(self) -> list[Endpoint]:
        return self.serving

    def versions(self) -> list[ModelVersion]:
        return []

    def add(self, name: str, kind: JobKind, status: JobStatus = JobStatus.completed) -> None:
        self.held.insert(0, Job(name, kind, status, "Processing", NOW, NOW, NOW))

    def report(
        self,
        text: str = '{"overview": {"rows": 12000}, "warnings": [{"code": "constant"}]}',
        job: str = "eda-1",
    ) -> None:
        self.storage.write_bytes(f"processing/{job}/output/report/report.json", text.encode())

    def endpoint(self, name: str, status: EndpointStatus) -> None:
        self.serving.append(Endpoint(name, status, "train-1", NOW))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(DiskStorage(tmp_path))


@pytest.fixture
def configured(place) -> Place:
    configuration.save(place.storage, Configuration("late", dataset="flights"))
    return place


@pytest.fixture
def profiled(configured) -> Place:
    configured.add("eda-1", JobKind.processing)
    configured.report()
    return configured


@pytest.fixture
def trained(profiled) -> Place:
    profiled.add("train-1", JobKind.training)
    return profiled


def states(now: Progress) -> str:
    assert [step.page for step in now.steps] == ["Configuration", "EDA", "Report", "Training", "Inference"]
    return " ".join(step.state for step in now.steps)


def test_empty(place):
    now = pipeline_progress(place)
    assert states(now) == "next later later later later"
    assert (now.next.page, now.next.query) == ("Configuration", {})
    assert all(step.query == {} for step in now.steps)


def test_configured(configured):
    now = pipeline_progress(configured)
    assert states(now) == "done next later later later"
    assert now.steps[0].summary == "late, from flights"
    assert (now.next.page, now.next.label, now.next.query) == ("EDA", "Run the EDA", {})


def test_running(configured):
    configured.add("eda-1", JobKind.processing, JobStatus.in_progress)
    now = pipeline_progress(configured)
    assert states(now) == "done running later later later"
    assert (now.next.page, now.next.label, now.next.query) == ("EDA", "Watch the job", {"job": "eda-1"})
    assert now.steps[1].query == {"job": "eda-1"}


def test_failed(configured):
    configured.add("eda-1", JobKind.processing, JobStatus.failed)
    now = pipeline_progress(configured)
    assert states(now) == "done failed later later later"
    assert (now.next.page, now.next.query) == ("EDA", {"job": "eda-1"})


def test_a_job_that_succeeded_stands_before_a_later_one_that_failed(profiled):
    profiled.add("eda-2", JobKind.processing, JobStatus.failed)
    assert pipeline_progress(profiled).steps[1].query == {"job": "eda-1"}


def test_profiled(profiled):
    now = pipeline_progress(profiled)
    assert states(now) == "done done done next later"
    assert now.steps[2].summary == "12,000 rows, 1 warning" and now.steps[2].query == {"job": "eda-1"}
    assert (now.next.page, now.next.label, now.next.query) == ("Training", "Train a model", {"eda": "eda-1"})
    assert now.steps[3].query == {"eda": "eda-1"}


def test_training_failed(profiled):
    profiled.add("train-1", JobKind.training, JobStatus.failed)
    now = pipeline_progress(profiled)
    assert states(now) == "done done done failed later"
    assert (now.next.label, now.next.query) == ("Train again", {"job": "train-1"})


def test_done(trained):
    now = pipeline_progress(trained)
    assert states(now) == "done done done done next"
    assert (now.next.page, now.next.label) == ("Inference", "Deploy the model")
    assert now.next.query == now.steps[4].query == {"training": "train-1"}


@pytest.mark.parametrize(
    "status, state", [(EndpointStatus.in_service, "done"), (EndpointStatus.creating, "running")]
)
def test_an_endpoint_is_asked_by_its_own_name(trained, status, state):
    trained.endpoint("old", EndpointStatus.expired)
    trained.endpoint("flights-1", status)
    now = pipeline_progress(trained)
    assert states(now) == f"done done done done {state}"
    assert (now.next.page, now.next.label) == ("Inference", "Ask the endpoint")
    assert now.next.query == now.steps[4].query == {"endpoint": "flights-1"}


@pytest.mark.parametrize("ended", [NOW, None])  # while it runs, the best so far
def test_of_a_tuning_the_best_trial_is_offered_not_the_last(trained, ended):
    status = JobStatus.completed if ended else JobStatus.in_progress
    trained.held.insert(0, Job("tune-1", JobKind.tuning, status, "", NOW, NOW, ended))
    facts = {"status": "Completed", "values": {"eta": "0.1"}, "objective": 0.5}
    trials = [{"training_job": f"tune-1-00{i}"} | facts for i in (1, 2, 3)]
    for trial in trials:
        trained.add(trial["training_job"], JobKind.training)
    for name in ("train-1", *(trial["training_job"] for trial in trials)):
        trained.storage.write_bytes(f"training/{name}/output/model.tar.gz", b"")
    result = {"trials": trials, "best": trials[1]}
    trained.storage.write_json("tuning/tune-1/output/tuning.json", result)
    assert [job.name for job in models(trained)] == ["tune-1-002", "tune-1-003", "tune-1-001", "train-1"]
    now = pipeline_progress(trained)
    assert now.next.query == now.steps[4].query == {"training": "tune-1-002"}
    assert now.steps[3].query == {"job": "tune-1-002"}
    trained.add("tune-1-004", JobKind.training, JobStatus.in_progress)
    trial = {"processing_job": "eda-1", "hyperparameters": {}, "tuning_job": "tune-1"}
    trained.held[0] = replace(trained.held[0], request=trial)
    waited_for = "tune-1-004" if ended else "tune-1"  # a trial is a part of what one waits for
    assert pipeline_progress(trained).next.query == {"job": waited_for}
    trained.add("train-2", JobKind.training)  # a later one of its own
    trained.storage.write_bytes("training/train-2/output/model.tar.gz", b"")
    assert (models(trained)[0].name, pipeline_progress(trained).next.query) == (
        "train-2",
        {"training": "train-2"},
    )


def test_the_best_model_stays_the_best_while_another_one_is_trained(profiled):
    """What runs stands first among the runs, and has no result to show."""
    config = {"target": "late"}
    request = {"inputs": {"input": "datasets/flights"}, "config": config}
    profiled.held[0] = replace(profiled.held[0], request=request)
    for name, auc in (("train-1", 0.7), ("train-2", 0.8), ("train-3", 0.75)):
        profiled.add(name, JobKind.training)
        profiled.storage.write_json(
            keys.evaluation(name), {"problem": "binary", "rows": 9, "metrics": {"auc": auc}}
        )
    profiled.add("train-4", JobKind.training, JobStatus.in_progress)
    trained_on = {"processing_job": "eda-1", "hyperparameters": {}}
    profiled.held[:4] = [replace(job, request=trained_on) for job in profiled.held[:4]]
    now = pipeline_progress(profiled)
    assert now.steps[3].state == "running"
    assert now.best and now.best.job.name == "train-2" and not now.is_chosen
    mark = {"is_chosen": True, "who": "ana", "at": NOW.isoformat()}  # a model that leaks may be the best one
    profiled.storage.write_json(keys.edit(keys.CHOICES, "train-1", 1), mark)
    now = pipeline_progress(profiled)
    assert now.best and now.best.job.name == "train-1" and now.is_chosen


FAILED_TUNING = {"trials": [{"training_job": "train-1", "status": "Failed", "values": {}}], "best": None}


@pytest.mark.parametrize("damage", ["", "{}", json.dumps(FAILED_TUNING)])
def test_a_tuning_without_a_best_offers_what_there_is(trained, damage):
    trained.held.append(Job("tune-1", JobKind.tuning, JobStatus.failed, "", NOW, NOW, NOW))
    trained.storage.write_bytes("tuning/tune-1/output/tuning.json", damage.encode())
    trained.storage.write_bytes("training/train-1/output/model.tar.gz", b"")
    assert [job.name for job in models(trained)] == ["train-1"]
    assert pipeline_progress(trained).next.query == {"training": "train-1"}


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"overview": {}}', None])
def test_a_damaged_report_is_one_failed_step(trained, damage):
    if damage is None:
        trained.storage.path("processing/eda-1/output/report/report.json").unlink()
    else:
        trained.report(damage)
    now = pipeline_progress(trained)
    assert states(now) == "done done failed done next"
    assert "report.json" in now.steps[2].summary and now.steps[2].query == {"job": "eda-1"}
    assert now.next.query == {"training": "train-1"}


def test_a_damaged_configuration_is_one_failed_step(trained):
    trained.storage.write_bytes(keys.CONFIGURATION, b"{")
    now = pipeline_progress(trained)
    assert states(now) == "failed done done done next"
    assert "damaged" in now.steps[0].summary
