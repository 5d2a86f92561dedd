"""Endpoints beside what others own: a stranger's is never adopted, scheduled or deleted, and ours end for good."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.backends import get_backend
from core.backends.aws.endpoints import expiry
from core.backends.aws.session.connection import session_for
from core.backends.aws.session.failures import AccessDenied
from core.backends.aws.session.refusals import DeletionPending
from core.backends.base import EndpointStatus
from core.backends.requests import TrainingRequest, TransformRequest
from core.errors import NameTaken, NotFound, SenderoError
from core.verbs import endpoints
from tests.aws_double import ask
from tests.backends.place import aws_settings, gone, until

pytestmark = pytest.mark.aws
MODEL, OTHER = "train-ours", "train-other"


@pytest.fixture
def settings(aws):
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    aws.client("iam").create_role(RoleName="Ender", AssumeRolePolicyDocument=policy)
    return aws_settings(aws, "ours", scheduler_role="Ender")


@pytest.fixture
def backend(settings):
    """A workspace with two models whose training nobody has to wait for."""
    backend = get_backend(settings)
    for name in (MODEL, OTHER):
        record = {
            "name": name, "aws_name": name, "kind": "training", "status": "Completed",
            "created": "2026-01-01T00:00:00.000Z", "request": {"name": name, "hyperparameters": {}},
        }  # fmt: skip
        backend.storage.write_bytes(f"training/{name}/output/model.tar.gz", b"a model")
        backend.storage.write_json(f"training/{name}/job.json", record)
    return backend


def strangers(aws, name: str, uri: str, *parts: str) -> None:
    """What somebody else has made under `name`, with a model of their own."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=name if "model" in parts else "theirs",
        ExecutionRoleArn=aws.role,
        PrimaryContainer={"Image": "1.dkr.ecr.us-east-1.amazonaws.com/x:1", "ModelDataUrl": uri},
    )
    config = name if "config" in parts else "theirs"
    variant = {"VariantName": "v", "ModelName": name if "model" in parts else "theirs"}
    variant |= {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    if {"config", "endpoint"} & set(parts):
        sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=[variant])
    if "endpoint" in parts:
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)


def served(aws) -> list[str]:
    sagemaker = aws.client("sagemaker")
    return [
        *(f"model {row['ModelName']}" for row in sagemaker.list_models()["Models"]),
        *(f"config {row['EndpointConfigName']}" for row in sagemaker.list_endpoint_configs()["EndpointConfigs"]),
        *(f"endpoint {row['EndpointName']}" for row in sagemaker.list_endpoints()["Endpoints"]),
    ]  # fmt: skip


def schedules(aws) -> list[str]:
    return [row["Name"] for row in aws.client("scheduler").list_schedules()["Schedules"]]


@pytest.mark.parametrize("part", ["endpoint", "config", "model"])
def test_what_a_stranger_has_made_under_the_name_is_not_adopted_scheduled_or_deleted(aws, backend, part):
    aws.hold("churn", "Creating")
    strangers(aws, "churn", backend.storage.uri(f"training/{OTHER}/output/model.tar.gz"), part)
    before = served(aws)
    with pytest.raises(NameTaken) as taken:
        endpoints.deploy(backend, MODEL, name="churn")
    assert "churn" in taken.value.failure.what
    assert served(aws) == before and schedules(aws) == [] and gone(backend, "churn")


def test_a_strangers_model_under_a_transform_jobs_name_is_neither_used_nor_deleted(aws, backend):
    backend.storage.write_bytes("transform/rows/rows.csv", b"1\n")
    strangers(aws, "rows", backend.storage.uri(f"training/{OTHER}/output/model.tar.gz"), "model")
    with pytest.raises(NameTaken):
        backend.launch(TransformRequest("rows", MODEL, "transform/rows/rows.csv"))
    assert served(aws) == ["model rows"]


def test_a_strangers_job_of_that_name_is_not_taken_for_ours(aws, backend):
    asked = ask.training(aws, "train-theirs", num_round="10000000")
    aws.client("sagemaker").create_training_job(**asked)
    channels = {"train": "splits/train", "validation": "splits/validation"}
    for name in ("train", "validation"):
        backend.storage.write_bytes(f"splits/{name}/{name}.csv", b"1,2\n")
    backend.storage.write_json("contract.json", {})
    request = TrainingRequest(
        "train-theirs", {"num_round": "3"}, channels, "contract.json", None, "eda-x", {}
    )
    with pytest.raises(NameTaken):
        backend.launch(request)
    with pytest.raises(NotFound):
        backend.job("train-theirs")
    aws.client("sagemaker").stop_training_job(TrainingJobName="train-theirs")


def test_a_launch_that_is_refused_is_told_though_nobody_may_look(aws, backend):
    backend.storage.write_bytes("transform/rows/rows.csv", b"1\n")
    aws.deny("sagemaker:CreateTransformJob", "sagemaker:DescribeTransformJob")
    with pytest.raises(AccessDenied):
        backend.launch(TransformRequest("rows", MODEL, "transform/rows/rows.csv"))
    with pytest.raises(NotFound):
        backend.job("rows")


def test_another_workspaces_schedule_of_that_name_stays(aws, settings, backend):
    theirs = get_backend(settings.model_copy(update={"prefix": "theirs"}))
    ends = datetime.now(UTC) + timedelta(hours=3)
    expiry.schedule(theirs.session, "churn", ends)
    with pytest.raises(NameTaken):
        endpoints.deploy(backend, MODEL, name="churn")
    assert schedules(aws) == ["sendero-churn"] and served(aws) == []


def test_an_endpoint_that_a_stranger_put_in_the_place_of_ours_is_left_alone(aws, backend):
    release = aws.hold("churn", "Creating")
    endpoints.deploy(backend, MODEL, name="churn")
    release()
    aws.client("sagemaker").delete_model(ModelName="churn")
    until(lambda: backend.endpoint("churn").status == EndpointStatus.failed, "a model that does not start")
    aws.client("sagemaker").delete_endpoint(EndpointName="churn")
    until(lambda: "endpoint churn" not in served(aws))
    strangers(aws, "churn", backend.storage.uri(f"training/{OTHER}/output/model.tar.gz"), "endpoint")
    aws.client("scheduler").delete_schedule(Name="sendero-churn")
    backend.cache.clear()
    with pytest.raises(SenderoError):
        backend.invoke("churn", b"1\n")
    assert "endpoint churn" not in endpoints.delete(backend, "churn").deleted
    assert "endpoint churn" in served(aws) and gone(backend, "churn")


def test_what_is_left_of_a_lost_answer_is_this_very_request(aws, backend):
    aws.hold("churn", "Creating")
    for service, operation in (
        ("scheduler", "CreateSchedule"), ("sagemaker", "CreateModel"), ("sagemaker", "CreateEndpointConfig"),
        ("sagemaker", "CreateEndpoint"),
    ):  # fmt: skip
        aws.faults.drop_after(service, operation)
    assert endpoints.deploy(backend, MODEL, name="churn").status == EndpointStatus.creating
    assert served(aws) == ["model churn", "config churn", "endpoint churn"]


def test_a_refused_schedule_leaves_nothing_behind(aws, backend):
    aws.hold("churn", "Creating")
    aws.deny("scheduler:CreateSchedule")
    with pytest.raises(AccessDenied):
        endpoints.deploy(backend, MODEL, name="churn")
    assert served(aws) == [] and gone(backend, "churn")


def test_a_deletion_that_aws_refuses_for_now_is_carried_out_by_whoever_looks_next(aws, backend, monkeypatch):
    monkeypatch.setattr("core.backends.aws.endpoints.deletion.CREATING", 0.0)
    release = aws.hold("churn", "Creating")
    endpoints.deploy(backend, MODEL, name="churn")
    with pytest.raises(DeletionPending) as waits:
        endpoints.delete(backend, "churn")
    assert "in-progress" in waits.value.failure.why
    assert [item.status for item in backend.endpoints()] == [EndpointStatus.deleting]
    with pytest.raises(NameTaken):  # the same wish again is no way to keep it
        endpoints.deploy(backend, MODEL, name="churn")
    release()
    until(lambda: not backend.endpoints(), "the end of what was to be deleted")
    assert served(aws) == [] and schedules(aws) == []


def test_an_endpoint_whose_answer_was_lost_for_good_is_taken_back_once_aws_allows_it(
    aws, backend, monkeypatch
):
    release = aws.hold("churn", "Creating")
    told = AccessDenied(principal="x", action="x", statement="x", reason="lost")
    call = backend.session.call

    def lost(service, operation, /, **params):
        answer = call(service, operation, **params)
        if operation == "create_endpoint":
            raise told
        return answer

    monkeypatch.setattr(backend.session, "call", lost)
    with pytest.raises(AccessDenied):
        endpoints.deploy(backend, MODEL, name="churn")
    monkeypatch.undo()
    release()
    until(lambda: not get_backend(backend.settings).endpoints(), "the end of what was taken back")
    assert served(aws) == [] and schedules(aws) == []


def test_an_end_that_is_refused_at_its_expiry_hides_no_other_endpoint(aws, settings):
    backend = get_backend(settings.model_copy(update={"scheduler_role": ""}))
    record = {
        "training_job": MODEL, "where": {"instance_type": "ml.m5.large"}, "instance": "ml.m5.large",
        "created": "2026-01-01T00:00:00.000Z", "expires": "2026-01-01T02:00:00.000Z", "ends_by": expiry.BY_APP,
    }  # fmt: skip
    backend.storage.write_bytes(f"training/{MODEL}/output/model.tar.gz", b"a model")
    for name in ("one", "two"):
        aws.hold(name, "Creating")()
        tag = [{"Key": "sendero:workspace", "Value": f"{settings.bucket}/ours"}]
        asked = {"ExecutionRoleArn": aws.role, "Tags": tag}
        uri = backend.storage.uri(f"training/{MODEL}/output/model.tar.gz")
        container = {"Image": "1.dkr.ecr.us-east-1.amazonaws.com/x:1", "ModelDataUrl": uri}
        sagemaker = aws.client("sagemaker")
        sagemaker.create_model(ModelName=name, PrimaryContainer=container, **asked)
        variant = {
            "VariantName": "v",
            "ModelName": name,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 1,
        }
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant], Tags=tag)
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tag)
        backend.storage.write_json(f"endpoints/{name}/endpoint.json", record | {"name": name})
    until(lambda: {row["EndpointStatus"] for row in sagemaker.list_endpoints()["Endpoints"]} == {"Failed"})
    aws.deny("sagemaker:DeleteEndpoint")
    found = backend.endpoints()
    assert sorted(item.name for item in found) == ["one", "two"]
    assert {item.failure.kind for item in found} == {"AccessDenied"}


def test_names_that_share_their_beginning_have_a_schedule_each(aws, settings):
    session, ends = session_for(settings), datetime.now(UTC) + timedelta(hours=1)
    names = [f"{'a' * 58}{last}" for last in "xy"]
    for name in names:
        expiry.schedule(session, name, ends)
        expiry.schedule(session, name, ends)  # a request that was sent twice
    assert len(schedules(aws)) == 2 and all(len(name) <= 64 for name in schedules(aws))
    scheduler = aws.client("scheduler")
    aims = [json.loads(scheduler.get_schedule(Name=name)["Target"]["Input"]) for name in schedules(aws)]
    assert sorted(aim["EndpointName"] for aim in aims) == names
    later = ends + timedelta(hours=5)
    expiry.schedule(session, names[0], later)  # left over from an earlier endpoint of that name
    told = scheduler.get_schedule(Name=expiry.schedule_name(names[0]))["ScheduleExpression"]
    assert f"{later:%Y-%m-%dT%H:%M}" in told
    assert expiry.unschedule(session, names[1]) and not expiry.unschedule(session, names[1])
    assert schedules(aws) == [expiry.schedule_name(names[0])]


def test_404_in_a_text_is_not_what_is_missing(aws, backend):
    """An account number or a day of the year in an ARN says nothing of whether the thing is there."""
    aws.hold("churn-0404", "Creating")
    endpoints.deploy(backend, MODEL, name="churn-0404")
    record = backend.storage.read_json(f"training/{MODEL}/job.json")
    job = f"train-{404}"
    record |= {"name": job, "aws_name": job, "status": "InProgress", "fingerprint": ""}
    backend.storage.write_json(f"training/{job}/job.json", record)
    for operation in ("DescribeTrainingJob", "DescribeEndpoint"):
        text = (
            f"User: arn:aws:iam::404404404404:user/x is not authorized to perform: sagemaker:{operation} on resource: "
            f"arn:aws:sagemaker:us-east-1:404404404404:thing/{job} does not exist, not found, already exists"
        )
        aws.faults.refuse("sagemaker", operation, "AccessDeniedException", text, times=99)
    backend.cache.clear()
    with pytest.raises(AccessDenied):
        backend.job(job)
    assert backend.storage.read_json(f"training/{job}/job.json")["status"] == "InProgress"
    with pytest.raises(AccessDenied):
        endpoints.delete(backend, "churn-0404")
    with pytest.raises(NotFound):
        backend.job("nothing-of-that-name")
