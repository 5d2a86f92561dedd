"""The way to AWS goes wrong: nothing is lost, nothing is launched twice, nothing is left behind."""

from __future__ import annotations

import threading

import pytest

from core import datasets
from core.backends.aws.session import connection
from core.backends.aws.session.failures import AwsFailure, QuotaExceeded, SignInExpired
from core.backends.base import JobStatus
from core.configuration import Configuration
from core.errors import SenderoError, StorageFailed
from core.verbs import endpoints, jobs, predict, prediction, skew, training
from core.verbs.eda import launch_eda
from tests.aws.enforced import enforce
from tests.aws_double import ask
from tests.backends.place import MANY, QUICK, Place, aws_settings, gone, until
from tests.cli.data import coins

pytestmark = pytest.mark.aws


@pytest.fixture(scope="module")
def place(aws_module, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("faults")
    place = Place(aws_settings(aws_module, scratch.name), scratch)
    enforce(aws_module, place.settings)
    yield place
    aws_module.faults.clear()
    place.tidy()


@pytest.fixture(autouse=True)
def faults(aws_module):
    """What goes wrong in one test does not in the next one."""
    yield aws_module.faults
    aws_module.faults.clear()


@pytest.fixture
def hasty(place, aws_module, monkeypatch):
    """The same place, whose requests are sent twice at most: a line that stays broken is found out soon."""
    monkeypatch.setattr(connection, "RETRIES", {"mode": "standard", "max_attempts": 2})
    # Other settings have another session, with clients that know the patience above.
    settings = aws_settings(aws_module, place.settings.prefix, tags={"hasty": "yes"})
    return Place(settings, place.scratch)


@pytest.fixture(scope="module")
def configuration(place):
    name = datasets.add(place.backend.storage, coins(place.scratch / "coins.csv")).name
    return Configuration("side", dataset=name)


def launch(place: Place, configuration: Configuration, token: str) -> str:
    return launch_eda(place.backend, configuration, token=token).name


def jobs_of(aws, kind: str) -> list[str]:
    """Every job of a kind that SageMaker has, whoever launched it."""
    answer = getattr(aws.client("sagemaker"), f"list_{kind}_jobs")(MaxResults=100)
    (summaries,) = [value for value in answer.values() if isinstance(value, list)]
    return [next(value for key, value in row.items() if key.endswith("JobName")) for row in summaries]


@pytest.fixture(scope="module")
def eda(place, configuration):
    return place.end(launch(place, configuration, "first")).name


@pytest.fixture(scope="module")
def lost(place, eda, aws_module):
    """A training whose launch was carried out and whose answer was lost; and the model that others deploy."""
    fault = aws_module.faults.drop_after("sagemaker", "CreateTrainingJob")
    job = training.launch_training(place.backend, eda, given=QUICK, token="lost")
    assert fault.happened == 1
    return place.end(job.name)


def test_an_answer_that_was_lost_is_no_second_job(lost, aws_module):
    asked = [each["TrainingJobName"] for each in aws_module.recorder.of("CreateTrainingJob")]
    assert asked.count(lost.name) == 2 and lost.status == JobStatus.completed
    assert jobs_of(aws_module, "training").count(lost.name) == 1


def test_a_line_that_stays_broken_after_the_launch_loses_no_job(hasty, configuration, aws_module, faults):
    faults.drop_after("sagemaker", "CreateProcessingJob")
    faults.drop_before("sagemaker", "CreateProcessingJob", times=9, after=1)
    name = launch(hasty, configuration, "broken")
    assert hasty.end(name).status == JobStatus.completed
    assert jobs_of(aws_module, "processing").count(name) == 1


def test_a_launch_that_never_arrived_leaves_nothing_and_can_be_repeated(
    hasty, configuration, aws_module, faults
):
    faults.drop_before("sagemaker", "CreateProcessingJob", times=9)
    with pytest.raises(SenderoError) as lost:
        launch(hasty, configuration, "again")
    assert lost.value.failure.remedy
    assert not [job.name for job in hasty.backend.jobs() if job.name.endswith("again")]
    faults.clear()
    aws_module.hold(f"eda-{configuration.dataset}-again", "Starting")
    name = launch(hasty, configuration, "again")
    assert hasty.backend.job(name).status == JobStatus.in_progress
    assert jobs_of(aws_module, "processing").count(name) == 1
    hasty.backend.stop(name)
    assert hasty.end(name).status == JobStatus.stopped


def test_throttling_and_errors_on_the_way_change_nothing(place, configuration, aws_module, faults):
    looks = [
        faults.throttle("sagemaker", "DescribeProcessingJob", times=2),
        faults.fail("sagemaker", "DescribeProcessingJob", times=1, after=3),
    ]
    planned = [
        faults.throttle("logs", "GetLogEvents", times=1),
        faults.throttle("s3", "PutObject", times=1, after=1),
        faults.fail("s3", "ListObjectsV2", times=1, after=2),
        faults.drop_before("s3", "GetObject", times=1),
    ]
    go_on = aws_module.hold(f"eda-{configuration.dataset}-throttled", "Processing")
    name = launch(place, configuration, "throttled")
    # A throttled look waits for seconds at random, in which a job would end that is looked at no more.
    until(lambda: place.backend.job(name) and all(fault.happened for fault in looks), "looks that fail")
    go_on()
    job = place.end(name)
    assert job.status == JobStatus.completed
    assert "progress 100%" in place.whole_log(job.name)
    assert [fault for fault in planned if not fault.happened] == []
    assert {file.state for file in jobs.verify(place.backend, job.name)} == {"ok"}


def test_a_log_that_is_late_says_later_how_many_rounds_were_kept(place, hasty, eda, aws_module, faults):
    request = place.training_request(eda, "train-late", num_round=MANY, save_model_on_termination="true")
    place.backend.launch(request)
    until(lambda: len(place.backend.metrics("train-late")) > 2, "a few rounds")
    faults.fail("logs", "GetLogEvents", times=999)
    aws_module.client("sagemaker").stop_training_job(TrainingJobName="train-late")
    ask.trained(aws_module, "train-late")
    with pytest.raises(AwsFailure):  # that says nothing of the job, and is not written down
        hasty.backend.job("train-late")
    faults.clear()
    assert place.end("train-late").kept_rounds > 2


def test_an_upload_cut_short_is_sent_again_or_leaves_nothing(place, hasty, faults):
    rows = coins(place.scratch / "more.csv", rows=5000)
    cut = faults.cut_upload()
    added = datasets.add(place.backend.storage, rows)
    assert cut.happened == 1
    assert place.backend.storage.read_bytes(f"datasets/{added.name}/more.csv") == rows.read_bytes()

    faults.cut_upload(times=99)
    other = coins(place.scratch / "other.csv", rows=5000, seed=8)
    with pytest.raises(SenderoError) as refused:
        datasets.add(hasty.backend.storage, other)
    assert refused.value.failure.remedy
    faults.clear()
    with pytest.raises(StorageFailed):
        hasty.backend.storage.read_bytes("datasets/other/other.csv")
    assert "other" not in [dataset.name for dataset in datasets.list_datasets(hasty.backend.storage)]
    assert datasets.add(hasty.backend.storage, other).rows == 5000


def test_credentials_that_expire_while_a_job_runs_cost_a_sign_in_and_no_job(
    place, eda, aws_module, monkeypatch
):
    release = aws_module.hold("train-expiring", "Training")
    place.backend.launch(place.training_request(eda, "train-expiring"))
    aws_module.expire_credentials()
    with pytest.raises(SignInExpired):
        place.end("train-expiring")
    release()
    for name, value in aws_module.environment().items():
        monkeypatch.setenv(name, value)
    assert place.end("train-expiring").status == JobStatus.completed
    assert jobs_of(aws_module, "training").count("train-expiring") == 1


def test_many_tabs_that_look_at_once_evaluate_once(place, eda, aws_module):
    job = training.launch_training(place.backend, eda, given=QUICK, token="tabs")
    ends: list[JobStatus] = []
    tabs = [threading.Thread(target=lambda: ends.append(place.end(job.name).status)) for _ in range(4)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert ends == [JobStatus.completed] * 4
    evaluations = [
        name for name in jobs_of(aws_module, "processing") if name.startswith("eval-") and "tabs" in name
    ]
    assert len(evaluations) == 1
    asked = [
        each for each in aws_module.recorder.of("CreateProcessingJob") if "tabs" in each["ProcessingJobName"]
    ]
    assert len(asked) == 1
    assert training.evaluation_of(place.backend, job.name)["metrics"]


def test_an_endpoint_is_deployed_once_and_deleted_though_every_answer_is_lost(
    place, lost, aws_module, faults
):
    for operation in ("CreateModel", "CreateEndpointConfig", "CreateEndpoint"):
        faults.drop_after("sagemaker", operation)
    endpoints.deploy(place.backend, lost.name, name="coins")
    place.in_service("coins")
    assert skew.predict_test_split(place.backend, "coins", place.scratch / "out.csv").agreement == 1.0
    sagemaker = aws_module.client("sagemaker")
    assert [found["EndpointName"] for found in sagemaker.list_endpoints()["Endpoints"]] == ["coins"]
    faults.fail("sagemaker-runtime", "InvokeEndpoint")
    assert skew.predict_test_split(place.backend, "coins", place.scratch / "out.csv").agreement == 1.0

    for operation in ("DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel"):
        faults.drop_after("sagemaker", operation)
    receipt = endpoints.delete(place.backend, "coins")
    assert {"endpoint coins", "endpoint config coins", "model coins"} <= set(receipt.deleted)
    assert gone(place.backend, "coins") and nothing_served(sagemaker)


def test_a_prediction_job_waits_while_it_is_throttled_and_goes_on_where_it_was_stopped(
    place, lost, aws_module, faults
):
    """By the concurrency that its serverless endpoint was deployed with, whatever the settings say by now."""
    endpoints.deploy(place.backend, lost.name, name="asked")
    place.in_service("asked")
    changes = {"workspace": place.scratch / "desk", "serverless_concurrency": 9}
    desk = Place(aws_settings(aws_module, place.settings.prefix, **changes), place.scratch)
    rows = coins(place.scratch / "rows.csv", rows=300_000)
    busy = faults.throttle("sagemaker-runtime", "InvokeEndpoint", times=999, after=2)
    job = prediction.launch_prediction(desk.backend, "asked", rows).name
    until(lambda: busy.happened > 3, "requests that are refused")
    assert desk.backend.job(job).status == JobStatus.in_progress
    desk.backend.stop(job)
    assert desk.end(job).status == JobStatus.stopped
    part = prediction.collect(desk.backend, job, place.scratch / "part.csv")
    assert 0 < part.unanswered < part.rows == 300_000

    faults.clear()
    before, busy = (
        busy.seen - busy.happened,
        [
            faults.refuse("sagemaker-runtime", "InvokeEndpoint", *answer, times=3)
            for answer in (
                ("ModelNotReadyException", "Resources are still being provisioned.", 429),
                ("ServiceUnavailable", "Try your call again.", 503),
            )
        ],
    )
    assert prediction.resume(desk.backend, job).name == job
    assert desk.end(job).status == JobStatus.completed, desk.backend.job(job).failure
    assert before == 2 and all(fault.happened == 3 for fault in busy)
    done = prediction.collect(desk.backend, job, place.scratch / "whole.csv")
    assert (done.rows, done.rejected, done.unanswered) == (300_000, 0, 0)
    assert aws_module.invocations.most["asked"] == 2

    few = coins(place.scratch / "few.csv", rows=1000)
    predict.predict_file(desk.backend, "asked", few, place.scratch / "few-out.csv")
    lines = (place.scratch / "whole.csv").read_text().splitlines()
    assert lines[:1001] == (place.scratch / "few-out.csv").read_text().splitlines()
    known, kept = set(lines), (place.scratch / "part.csv").read_text().splitlines()
    assert sum(line in known for line in kept) == 1 + part.rows - part.unanswered
    endpoints.delete(place.backend, "asked")


def test_a_deployment_that_is_refused_half_way_is_taken_back(place, lost, aws_module):
    aws_module.quotas.values["ml.m5.large for endpoint usage"] = 0
    with pytest.raises(QuotaExceeded) as refused:
        endpoints.deploy(place.backend, lost.name, name="poor", resources={"instance_type": "ml.m5.large"})
    assert "ml.m5.large for endpoint usage" in str(refused.value)
    aws_module.quotas.values.clear()
    assert gone(place.backend, "poor") and nothing_served(aws_module.client("sagemaker"))


def nothing_served(sagemaker) -> bool:
    return not any(
        (
            sagemaker.list_endpoints()["Endpoints"],
            sagemaker.list_endpoint_configs()["EndpointConfigs"],
            sagemaker.list_models()["Models"],
        )
    )


def test_a_read_whose_line_stays_broken_is_told_as_that(hasty, eda, faults):
    faults.drop_before("s3", "GetObject", times=99)
    faults.drop_before("s3", "HeadObject", times=99)
    for read in (hasty.backend.storage.read_bytes, hasty.backend.storage.sha256, hasty.backend.storage.size):
        with pytest.raises(SenderoError) as lost:
            read(f"processing/{eda}/output/report/report.json")
        assert not isinstance(lost.value, StorageFailed) and lost.value.failure.remedy
