"""Judging a model on AWS: whatever refuses it, the model is there; it is judged again on request."""

from __future__ import annotations

import pytest

from core.backends.aws.session.failures import AccessDenied, NoConnection
from core.backends.base import EndpointStatus, JobStatus
from core.configuration import Configuration
from core.errors import JobNotReady, SenderoError
from core.verbs import endpoints, jobs, resources, training
from core.verbs.eda import launch_eda
from core.verbs.waiting import wait_judged
from tests.backends.place import QUICK, Place, aws_settings, until
from tests.conftest import run_cli

pytestmark = pytest.mark.aws
LARGE, SMALL = "ml.m5.large for processing job usage", "ml.t3.medium"


@pytest.fixture(scope="module")
def place(aws_module, tmp_path_factory):
    place = Place(
        aws_settings(aws_module, "judged", processing_instance="ml.m5.large"),
        tmp_path_factory.mktemp("judged"),
    )
    yield place
    aws_module.faults.clear()
    aws_module.account.access.denied.clear()
    place.tidy()


@pytest.fixture(autouse=True)
def open_account(aws_module):
    yield
    aws_module.faults.clear()
    aws_module.account.access.denied.clear()
    aws_module.quotas.values.clear()


@pytest.fixture(scope="module")
def eda(place, aws_module):
    """An EDA job on a type that a fresh account has, which has none of the setting's."""
    aws_module.quotas.values[LARGE] = 0
    asked = Configuration("species", dataset=place.add_penguins())
    return place.end(launch_eda(place.backend, asked, resources={"instance_type": SMALL}).name).name


@pytest.fixture(scope="module")
def model(place, eda):
    """A model that is trained and judged."""
    return place.train(eda, token="small")


@pytest.fixture(scope="module")
def unseen(place, eda, aws_module) -> tuple[str, bytes]:
    """A training that has ended at SageMaker and that nobody has looked at, and its record."""
    job = training.launch_training(place.backend, eda, given=QUICK, token="unseen").name
    sagemaker = aws_module.client("sagemaker")
    until(lambda: sagemaker.describe_training_job(TrainingJobName=job)["TrainingJobStatus"] == "Completed")
    return job, place.backend.storage.read_bytes(f"training/{job}/job.json")


@pytest.fixture
def ended(place, unseen) -> str:
    """That job as if nobody had looked at it yet: who looks next has its model judged."""
    job, record = unseen
    place.backend.storage.write_bytes(f"training/{job}/job.json", record)
    place.backend.cache.clear()
    return job


def asked_for(aws, name: str) -> list[dict]:
    return [
        row
        for row in aws.recorder.of("CreateProcessingJob")
        if row["ProcessingJobName"].startswith(f"eval-{name}")
    ]


def test_a_model_is_judged_on_the_machine_that_its_eda_job_had(place, eda, aws_module, request):
    aws_module.quotas.values[LARGE] = 0
    told = resources.estimate_training(place.backend, eda, {"instance_type": "ml.m5.large"})
    assert f"1 x {SMALL}" in told.basis or "With its evaluation, 0.00 to 0.10" in told.basis
    job = request.getfixturevalue("model")  # under that quota
    assert (job.status, job.unjudged) == (JobStatus.completed, "")
    assert training.evaluation_of(place.backend, job.name)["metrics"]
    (asked,) = asked_for(aws_module, "penguins-small")
    assert asked["ProcessingResources"]["ClusterConfig"]["InstanceType"] == SMALL
    read = {each["S3Input"]["S3Uri"].rstrip("/") for each in asked["ProcessingInputs"]}
    written = {each["S3Output"]["S3Uri"].rstrip("/") for each in asked["ProcessingOutputConfig"]["Outputs"]}
    assert not read & written
    assert {file.state for file in jobs.verify(place.backend, job.name)} == {"ok"}


def left_unjudged(place: Place, name: str) -> bool:
    """Is the model there and deployable, and is it told why it is not judged?"""
    job = place.end(name)
    assert job.status == JobStatus.completed and job.failure is None
    assert job.unjudged and "not judged, because" in job.message
    assert name in [each.name for each in place.backend.jobs()]
    assert name in [each.name for each in training.deployable(place.backend)]
    return training.evaluation_of(place.backend, name) is None


@pytest.mark.parametrize("refusal", ["quota", "permission", "image", "answer"])
def test_what_refuses_the_judging_leaves_the_model_deployable(place, ended, aws_module, refusal):
    if refusal == "quota":
        aws_module.quotas.values["* for processing job usage"] = 0
    elif refusal == "permission":
        aws_module.deny("sagemaker:CreateProcessingJob")
    elif refusal == "image":
        text = "Requested image x not found."
        aws_module.faults.refuse("sagemaker", "CreateProcessingJob", "ValidationException", text)
    else:  # a subnet, a security group, whatever else AWS finds amiss
        text = "The subnet ID 'subnet-1' does not exist"
        aws_module.faults.refuse("sagemaker", "CreateProcessingJob", "ValidationException", text)
    assert left_unjudged(place, ended)


def test_it_is_judged_again_by_the_verb_and_stays_deployable_meanwhile(place, eda, aws_module, tmp_path):
    aws_module.deny("sagemaker:CreateProcessingJob")
    job = place.train(eda, token="later")
    assert job.unjudged
    with pytest.raises(AccessDenied):
        training.evaluate(place.backend, job.name)
    assert place.backend.job(job.name).unjudged
    aws_module.account.access.denied.clear()
    before = len(asked_for(aws_module, "penguins-later"))
    now = training.evaluate(place.backend, job.name)
    assert (now.status, now.phase, now.busy) == (JobStatus.completed, "Evaluating", True)
    assert job.name in [each.name for each in training.deployable(place.backend)]
    assert training.evaluate(place.backend, job.name).busy  # a second click is the first one again
    assert wait_judged(place.backend, job.name, lambda text: None).unjudged == ""
    assert len(asked_for(aws_module, "penguins-later")) == before + 1
    first = training.evaluation_of(place.backend, job.name)
    assert {file.state for file in jobs.verify(place.backend, job.name)} == {"ok"}

    environment = {
        "SENDERO_BUCKET": place.settings.bucket, "SENDERO_PREFIX": place.settings.prefix, "SENDERO_POLL_SECONDS": "0.3",
        "SENDERO_ROLE": place.settings.role, "SENDERO_REGION": place.settings.region,
    }  # fmt: skip
    done = run_cli(tmp_path / "x", "evaluate", job.name, "--backend", "aws", env=environment)
    assert done.data["job"] == job.name and done.data["metrics"] == first["metrics"]
    assert f"1 x {SMALL}" in done.err


def test_a_judging_that_fails_is_told_and_the_older_one_kept(place, model, aws_module):
    job = model
    training.evaluate(place.backend, job.name)
    name = place.backend.records.find(job.name)["judging"]
    aws_module.client("sagemaker").stop_processing_job(ProcessingJobName=name)
    with pytest.raises(SenderoError) as failed:
        wait_judged(place.backend, job.name, lambda text: None)
    assert "Stopped" in failed.value.failure.why
    assert training.evaluation_of(place.backend, job.name)["metrics"]
    assert place.backend.job(job.name).status == JobStatus.completed


def test_a_line_that_is_down_is_no_verdict(place, model, ended, monkeypatch):
    call = place.backend.session.call

    def down(service, operation, /, **params):
        if operation == "create_processing_job":
            raise NoConnection(reason="no line", request=operation)
        return call(service, operation, **params)

    monkeypatch.setattr(place.backend.session, "call", down)
    with pytest.raises(NoConnection):
        place.backend.job(ended)
    listed = {each.name: each for each in place.backend.jobs()}
    assert "cannot be reached" in listed[ended].message and len(listed) > 2
    monkeypatch.undo()
    assert place.end(ended).unjudged == ""


def test_a_judging_that_may_not_be_looked_at_leaves_the_model_deployable(place, eda, aws_module):
    aws_module.deny("sagemaker:DescribeProcessingJob")
    job = training.launch_training(place.backend, eda, given=QUICK, token="unseen-judging")
    assert left_unjudged(place, job.name)


def test_only_a_job_that_has_ended_with_a_model_is_judged(place, eda, aws_module):
    release = aws_module.hold("train-running", "Training")
    place.backend.launch(place.training_request(eda, "train-running"))
    with pytest.raises(JobNotReady):
        training.evaluate(place.backend, "train-running")
    release()
    place.end("train-running")
    assert endpoints.deploy(place.backend, "train-running", name="running").status == EndpointStatus.creating
