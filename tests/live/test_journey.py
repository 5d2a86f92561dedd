"""The live journey's own logic, over the AWS double: the path, the price said first, and cleaning up."""

from __future__ import annotations

import pytest

from core.backends.aws import prices
from tests.aws_double import ask
from tests.aws_double.rig import AwsRig
from tests.live import test_live
from tests.live.journey import Journey, StepFailed

pytestmark = [pytest.mark.aws, pytest.mark.slow]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def journey(aws: AwsRig, tmp_path, monkeypatch, said) -> Journey:
    prices.forget()
    for name, value in {"BUCKET": aws.bucket, "ROLE": aws.role, "POLL_SECONDS": "0.2"}.items():
        monkeypatch.setenv(f"SENDERO_{name}", value)
    journey = test_live.journey_of(tmp_path, said.append)
    journey.endpoints = ("serverless",)
    return journey


def nothing_is_left(rig: AwsRig) -> bool:
    sagemaker = rig.client("sagemaker")
    counts = [
        len(sagemaker.list_endpoints()["Endpoints"]),
        len(sagemaker.list_endpoint_configs()["EndpointConfigs"]),
        len(sagemaker.list_models()["Models"]),
        rig.client("s3").list_objects_v2(Bucket=rig.bucket)["KeyCount"],
    ]
    return counts == [0, 0, 0, 0]


def test_it_goes_from_a_csv_to_a_deleted_endpoint_and_leaves_nothing(aws, journey, said):
    with journey.cleaned():
        done = journey.run()
    (name,) = journey._names()
    assert done[name]["rows"] == 500 and done[name]["rejected"] == 0
    assert said[-1] == "Nothing of this journey is left." and nothing_is_left(aws)


def test_it_cleans_up_after_a_failure_in_the_middle(aws, journey, said):
    aws.deny("sagemaker:CreateTrainingJob")
    with pytest.raises(StepFailed, match="train ended with 1"), journey.cleaned():
        journey.run()
    assert said[-1] == "Nothing of this journey is left." and nothing_is_left(aws)


def test_it_says_what_stays_when_it_cannot_clean_up(aws, journey, said):
    model = ask.put(aws, "elsewhere/model.tar.gz", b"")
    aws.hold(journey._names()[0], "Creating")
    ask.deploy(aws, journey._names()[0], model)
    aws.deny("sagemaker:DeleteModel")
    with (
        pytest.raises(AssertionError, match=r"Still there, and maybe billed: .*Model live-"),
        journey.cleaned(),
    ):
        pass


def test_the_price_is_said_first_and_nothing_starts_before_it_is_agreed_to(aws, journey, tmp_path, capsys):
    with pytest.raises(pytest.fail.Exception, match="Nothing was started"):
        test_live.test_from_a_csv_to_a_deleted_endpoint(tmp_path, capsys)
    assert aws.recorder.of("CreateProcessingJob") == [] == aws.recorder.of("PutObject")
    steps = dict(journey.estimates())
    assert steps["training"].high == pytest.approx(
        0.0825
    )  # half an hour at 0.115, and its evaluation at 0.05
    assert steps["EDA"].high == pytest.approx(0.025)  # half an hour of ml.t3.medium at 0.05, the table's
    assert steps["endpoint, 1h"].high == 0.0
