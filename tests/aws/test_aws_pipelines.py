"""Pipelines on SageMaker: a finished run saved, executed on the double with real jobs, and what is made of it.

The account is a new one, in which only what the printed policies allow is allowed, to the execution role too.
"""

from __future__ import annotations

import pytest

from core.backends.base import JobStatus
from core.backends.pipelines import ExecutionStatus, StepStatus
from core.backends.registry import Approval
from core.errors import CannotStop, NotFound
from core.names import new_token
from core.verbs import costs, endpoints, pipelines, registry
from core.verbs.eda import report_of
from core.verbs.jobs import verify
from core.verbs.training import evaluation_of
from tests.aws.enforced import enforce, fresh_settings
from tests.backends.place import Place, until

pytestmark = pytest.mark.aws
NAME = "species"
DONE = ["Eda", "Train", "Evaluate", "Check", "Register"]


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
    """A pipeline of a run that was walked by hand; answers the Training Job."""
    trained = place.train(place.eda().name).name
    pipelines.save(place.backend, NAME, trained, threshold=0.5)
    return trained


def start(place, **parameters):
    return pipelines.run(place.backend, NAME, parameters, new_token())


def ended(place, execution):
    def there():
        now = place.backend.execution(NAME, execution.id)
        return None if now.status.active else now

    return until(there, f"the end of {execution.id}")


def steps(place, execution):
    return {each.name: each for each in pipelines.steps(place.backend, execution)}


def test_a_run_that_was_saved_makes_ordinary_runs_and_a_version_that_is_deployed(place, saved, aws_module):
    backend = place.backend
    done = ended(place, start(place))
    assert done.status == ExecutionStatus.succeeded, done.failure
    made = steps(place, done)
    assert [name for name in made if made[name].status == StepStatus.succeeded] == DONE
    assert made["Refuse"].status == StepStatus.pending and made["Check"].outcome == "True"
    eda, trained = made["Eda"].job, made["Train"].job
    assert {eda, trained} <= {job.name for job in backend.jobs()}, "they are listed among the others"
    assert place.end(eda).status == place.end(trained).status == JobStatus.completed
    by_hand = backend.job(saved).request["processing_job"]
    assert report_of(backend, eda)["columns"] == report_of(backend, by_hand)["columns"]
    assert {each.state for each in (*verify(backend, eda), *verify(backend, trained))} == {"ok"}
    evaluation = evaluation_of(backend, trained)
    assert evaluation["metrics"] == evaluation_of(backend, saved)["metrics"], (
        "the same data, the same numbers"
    )
    assert "balanced_accuracy" in place.whole_log(trained) and backend.metrics(trained)
    asked = aws_module.recorder.of("CreateTrainingJob")
    assert [each["TrainingJobName"] for each in asked] == [saved], "SageMaker makes the jobs of steps, not we"

    (version,) = backend.versions()
    assert (version.training_job, version.approval) == (trained, Approval.pending)
    assert version.metrics["accuracy"]["value"] == pytest.approx(
        evaluation["metrics"]["accuracy"]["value"], 1e-5
    )
    assert version.name in made["Register"].message
    (package,) = aws_module.client("sagemaker").list_model_packages(
        ModelPackageGroupName=f"{version.group}{backend.place().group_ending}"
    )["ModelPackageSummaryList"]
    aws_module.account.client("sagemaker").update_model_package(
        ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus="Approved"
    )
    backend.cache.clear()
    registry.deploy(backend, version.name, name="piped")
    assert place.in_service("piped").training_job == trained
    endpoints.delete(backend, "piped")


def test_what_is_not_good_enough_is_no_version_and_what_is_known_is_not_done_again(place, saved):
    if not place.backend.executions(NAME):  # alone
        ended(place, start(place))
    before = len(place.backend.versions())
    done = ended(place, start(place, Threshold="0.9999"))
    assert done.status == ExecutionStatus.failed and done.failure.kind == "ModelRefused"
    made = steps(place, done)
    assert made["Refuse"].failure.endswith("0.9999.") and made["Register"].status == StepStatus.pending
    assert made["Check"].message.startswith("It does not hold: ")
    assert all(made[name].cached_from for name in ("Eda", "Train", "Evaluate"))
    assert len(place.backend.versions()) == before


def test_it_is_stopped_in_the_middle_and_deleted(place, saved, aws_module):
    backend = place.backend
    release = aws_module.hold(f"{NAME}{backend.place().group_ending}/Train", "Training")
    running = start(place, max_depth="3")
    until(lambda: steps(place, running)["Train"].job, "the training")
    assert any(item.kind == "execution" and item.ours for item in costs.sweep(backend).resources)
    backend.stop_execution(NAME, running.id)
    done = ended(place, running)
    release()
    assert done.status == ExecutionStatus.stopped
    made = steps(place, done)
    assert made["Train"].status == StepStatus.stopped and made["Evaluate"].status == StepStatus.pending
    assert place.end(made["Train"].job).status == JobStatus.stopped
    with pytest.raises(CannotStop):
        backend.stop_execution(NAME, running.id)
    assert pipelines.delete(backend, NAME)[0] == f"pipeline {NAME}"
    with pytest.raises(NotFound):
        backend.pipeline(NAME)
    assert backend.pipelines() == [] == backend.executions()
