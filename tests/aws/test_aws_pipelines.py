"""What only SageMaker has of pipelines: it makes the jobs itself, whoever has started an execution.

The account is a new one, in which only what the printed policies allow is allowed, to the execution role too.
"""

from __future__ import annotations

import pytest

from core.backends.base import JobStatus
from core.backends.pipelines import ExecutionStatus
from core.verbs import costs, endpoints, pipelines, registry
from core.verbs.eda import report_of
from core.verbs.jobs import verify
from core.verbs.training import evaluation_of
from tests.aws.enforced import enforce, fresh_settings
from tests.backends.place import Place, until

pytestmark = pytest.mark.aws
NAME = "species"


@pytest.fixture(scope="module")
def place(aws_module, tmp_path_factory):
    settings = fresh_settings(aws_module, "piped")
    enforce(aws_module, settings)
    place = Place(settings, tmp_path_factory.mktemp("piped"))
    yield place
    place.tidy()
    assert aws_module.missed == [], "the policies that we print lack what the role needs"


def test_an_execution_that_the_console_has_started_makes_ordinary_runs_and_a_version_that_is_deployed(
    place, aws_module
):
    backend = place.backend
    by_hand = place.eda().name
    saved = place.train(by_hand).name
    pipelines.save(backend, NAME, saved, threshold=0.5)
    console, named = aws_module.account.client("sagemaker"), f"{NAME}{backend.place().group_ending}"
    release = aws_module.hold(f"{named}/Train", "Training")
    console.start_pipeline_execution(PipelineName=named, ClientRequestToken="c" * 32)
    (execution,) = until(lambda: backend.executions(NAME), "the execution")

    def steps():
        return {step.name: step for step in pipelines.steps(backend, execution)}

    until(lambda: steps()["Train"].job, "the training")
    going = {job.name: job for job in backend.jobs() if job.status.active}
    assert list(going) == [steps()["Train"].job], "who lists jobs sees it"
    assert any(item.kind == "execution" and item.ours for item in costs.sweep(backend).resources)
    release()

    def ended():
        now = backend.execution(NAME, execution.id)
        return None if now.status.active else now

    done = until(ended, "the end of the execution")
    assert (done.status, done.who, done.parameters["Dataset"]) == (
        ExecutionStatus.succeeded,
        "tester",
        "penguins",
    )
    made = steps()
    eda, trained = made["Eda"].job, made["Train"].job
    assert place.end(eda).status == place.end(trained).status == JobStatus.completed
    assert report_of(backend, eda)["columns"] == report_of(backend, by_hand)["columns"]
    assert {each.state for each in (*verify(backend, eda), *verify(backend, trained))} == {"ok"}
    assert evaluation_of(backend, trained)["metrics"] == evaluation_of(backend, saved)["metrics"]
    assert "balanced_accuracy" in place.whole_log(trained) and backend.metrics(trained)
    asked = aws_module.recorder.of("CreateTrainingJob")
    assert [each["TrainingJobName"] for each in asked] == [saved], "SageMaker makes the jobs of steps, not we"

    (version,) = backend.versions()
    assert version.training_job == trained and version.name in made["Register"].message
    (package,) = console.list_model_packages(
        ModelPackageGroupName=f"{version.group}{backend.place().group_ending}"
    )["ModelPackageSummaryList"]
    console.update_model_package(ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus="Approved")
    backend.cache.clear()
    registry.deploy(backend, version.name, name="piped")
    assert place.in_service("piped").training_job == trained
    endpoints.delete(backend, "piped")
