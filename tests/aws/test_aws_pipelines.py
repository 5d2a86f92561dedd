"""Pipelines on SageMaker: a finished run saved, executed on the double with real jobs, and what is made of it.

The account is a new one, in which only what the printed policies allow is allowed, to the execution role too.
"""

from __future__ import annotations

import json

import pytest

from core import keys
from core.backends.base import JobStatus
from core.backends.pipelines import ExecutionRequest, ExecutionStatus, PipelineRequest, StepStatus
from core.backends.registry import Approval
from core.errors import CannotStop, NotFound
from core.names import new_token
from core.pipelines.definition import Plan, definition_of, of_place
from core.verbs import costs, registry
from core.verbs.training import evaluation_of
from tests.aws.enforced import enforce, fresh_settings
from tests.backends.place import QUICK, Place, until

pytestmark = pytest.mark.aws
DONE = ("Eda", "Train", "Evaluate", "Check", "Register")


@pytest.fixture(scope="module")
def place(aws_module, tmp_path_factory):
    settings = fresh_settings(aws_module, "piped")
    enforce(aws_module, settings)
    place = Place(settings, tmp_path_factory.mktemp("piped"))
    yield place
    place.tidy()
    assert aws_module.missed == [], "the policies that we print lack what the role needs"


@pytest.fixture(scope="module")
def saved(place):
    backend = place.backend
    dataset = place.add_penguins()
    config = {"target": "species"}
    folder = keys.pipeline_input("species", "0123")
    backend.storage.write_json(f"{folder}/config.json", config)
    plan = Plan(
        name="species",
        dataset=dataset,
        dataset_sha256=backend.storage.read_json(keys.dataset_record(dataset))["sha256"],
        config=folder,
        hyperparameters=dict(QUICK),
        fixed={"objective": "multi:softprob", "num_class": "3"},
        weighted=False,
        metric="balanced_accuracy",
        label="Balanced accuracy",
        less_is_better=False,
        threshold=0.5,
        metrics=("balanced_accuracy", "accuracy"),
        group="penguins-species",
    )
    return backend.put_pipeline(PipelineRequest("species", definition_of(plan, backend.place())))


def start(place, **parameters):
    given = of_place(place.backend.place()) | parameters
    return place.backend.start_execution(ExecutionRequest("species", given, new_token(), "ann"))


def ended(place, execution):
    def there():
        now = place.backend.execution("species", execution.id)
        return None if now.status.active else now

    return until(there, f"the end of {execution.id}")


def steps(place, execution):
    return {each.name: each for each in place.backend.execution_steps("species", execution.id)}


def test_a_pipeline_makes_a_version_and_ordinary_runs(place, saved, aws_module):
    backend = place.backend
    done = ended(place, start(place))
    assert done.status == ExecutionStatus.succeeded, (done.failure, steps(place, done))
    made = steps(place, done)
    assert [name for name in made if made[name].status == StepStatus.succeeded] == list(DONE)
    assert made["Refuse"].status == StepStatus.pending and made["Check"].outcome == "True"
    eda, trained = made["Eda"].job, made["Train"].job
    assert {eda, trained} <= {job.name for job in backend.jobs()}
    assert place.end(eda).status == place.end(trained).status == JobStatus.completed
    evaluation = evaluation_of(backend, trained)
    assert evaluation["metrics"]["balanced_accuracy"]["low"] >= 0.5
    (version,) = backend.versions()
    assert (version.training_job, version.approval) == (trained, Approval.pending)
    assert version.metrics["accuracy"]["value"] == pytest.approx(
        evaluation["metrics"]["accuracy"]["value"], 1e-5
    )
    assert version.name in made["Register"].message


def test_what_is_not_good_enough_is_no_version_and_what_is_known_is_not_done_again(place, saved, aws_module):
    before = len(place.backend.versions())
    done = ended(place, start(place, Threshold="0.9999"))
    assert done.status == ExecutionStatus.failed and done.failure.kind == "ModelRefused"
    made = steps(place, done)
    assert made["Refuse"].failure.endswith("0.9999.") and made["Register"].status == StepStatus.pending
    assert all(made[name].cached_from for name in ("Eda", "Train", "Evaluate"))
    assert len(place.backend.versions()) == before


def test_it_is_stopped_in_the_middle_and_deleted(place, saved, aws_module):
    backend = place.backend
    aws_name = f"species-{backend.place().group_ending.strip('-')}"
    aws_module.hold(f"{aws_name}/Train", "Training")
    running = start(place, max_depth="3")
    until(lambda: steps(place, running)["Train"].job, "the training")
    assert any(item.kind == "execution" and item.ours for item in costs.sweep(backend).resources)
    backend.stop_execution("species", running.id)
    done = ended(place, running)
    assert done.status == ExecutionStatus.stopped
    made = steps(place, done)
    assert made["Train"].status == StepStatus.stopped and made["Evaluate"].status == StepStatus.pending
    assert place.end(made["Train"].job).status == JobStatus.stopped
    with pytest.raises(CannotStop):
        backend.stop_execution("species", running.id)
    assert backend.delete_pipeline("species")[0] == "pipeline species"
    with pytest.raises(NotFound):
        backend.pipeline("species")
    assert backend.pipelines() == [] == backend.executions()
