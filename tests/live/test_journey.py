"""The live suite's own logic, over the AWS double: every part, the price said first, and cleaning up.

The double is a new account: with its quotas, and nothing allowed but what the printed policies allow.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from core.backends.aws.money import prices
from core.cli.main import main
from tests.aws.enforced import enforce, fresh_settings
from tests.aws_double import ask
from tests.aws_double.rig import AwsRig
from tests.backends.place import aws_settings, until
from tests.cli.data import coins
from tests.live import test_live
from tests.live.journey import Journey, StepFailed, as_a_process
from tests.live.parts import FRESH, PARTS, choose
from tests.page_rig import app_at, texts

pytestmark = [pytest.mark.aws, pytest.mark.slow]
OWN = {
    "SENDERO_SCHEDULER_ROLE": "SenderoSchedulerRole",
    "SENDERO_LIVE_KMS_KEY": "11111111-2222-3333-4444-555555555555",
    "SENDERO_LIVE_SUBNETS": "subnet-11111111",
    "SENDERO_LIVE_SECURITY_GROUPS": "sg-11111111",
}
# What is printed for a reader who will walk every part.
ALL = {
    "scheduler_role": OWN["SENDERO_SCHEDULER_ROLE"],
    "kms_key": OWN["SENDERO_LIVE_KMS_KEY"],
    "subnets": (OWN["SENDERO_LIVE_SUBNETS"],),
    "security_groups": (OWN["SENDERO_LIVE_SECURITY_GROUPS"],),
}


def in_this_process(arguments: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
    """A verb without a process of its own, whose start takes longer than most verbs do here."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.chdir(folder)
        for name, value in environment.items():
            patch.setenv(name, value)
        code = main(argv=arguments)
    return code, out.getvalue(), err.getvalue()


def pass_by(aws: AwsRig, seconds: float) -> None:
    """Let the account's time pass, and what is being deleted by then be gone: that takes time of ours."""
    aws.advance(seconds)
    sagemaker = aws.account.client("sagemaker")
    due = [each["Name"] for each in aws.account.client("scheduler").list_schedules()["Schedules"]]
    for name in due:  # those that come again and again: the double starts none by its clock
        if name.startswith("sendero-run-") and name not in aws.schedules.fired:
            aws.schedules.start(name)
    until(lambda: not going(sagemaker), "the executions")
    until(lambda: not sagemaker.list_endpoints(StatusEquals="Deleting")["Endpoints"], "the deletion")


def going(sagemaker) -> list[str]:
    """The executions that go on."""
    named = [each["PipelineName"] for each in sagemaker.list_pipelines()["PipelineSummaries"]]
    listed = [
        each
        for name in named
        for each in sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    ]
    return [each["PipelineExecutionArn"] for each in listed if each["PipelineExecutionStatus"] == "Executing"]


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def journey_of(aws: AwsRig, tmp_path, monkeypatch, said):
    """Makes the journey of some parts, as the environment asks for it, on a new account."""
    prices.forget()
    enforce(aws, fresh_settings(aws, "sendero", **ALL))
    told = {"SENDERO_BUCKET": aws.bucket, "SENDERO_ROLE": aws.role, "SENDERO_POLL_SECONDS": "0.4"}
    for name, value in (told | OWN).items():
        monkeypatch.setenv(name, value)

    def make(*parts: str) -> Journey:
        monkeypatch.setenv("SENDERO_LIVE_PARTS", ",".join(parts))
        journey = test_live.journey_of(tmp_path, said.append)
        journey.wait, journey.call = lambda seconds: pass_by(aws, seconds), in_this_process
        journey.data, journey.target = (
            coins(tmp_path / "coins.csv"),
            ("--target", "side"),
        )  # as soon done as may be
        journey.suspect, journey.weight, journey.wanted_rows = "batch", "weight", 200
        return journey

    return make


# Tab of the open run on the Training page -> what it says of the model that was looked into and decided on.
ON_THE_PAGE = {
    "Decide": "as a miss costs 5 and a false alarm 1",
    "Where it fails": "20 test rows are wrong, at the threshold",
    "Why": "makes up",
    "Card": "as a miss costs 5 and a false alarm 1",
    "Compare": "are the same within noise",
}
TUNED = "They cost less than 0.01 USD at on-demand prices"


def said_on_the_page(journey: Journey, job: str, tab: str) -> str:
    """What a tab of a run says to a person."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENDERO_PREFIX", journey.settings.prefix)
        patch.setenv("SENDERO_BACKEND", "aws")
        at = app_at("Training", job=job)
        at.session_state["run-tab-True"] = at.session_state["run-tab-False"] = tab
        at.run()
    assert not at.exception and not at.error, tab
    return texts(at).replace("\\", "")


def nothing_is_left(rig: AwsRig) -> bool:
    sagemaker, s3 = rig.account.client("sagemaker"), rig.account.client("s3")
    counts = [
        len(sagemaker.list_endpoints()["Endpoints"]),
        len(sagemaker.list_endpoint_configs()["EndpointConfigs"]),
        len(sagemaker.list_models()["Models"]),
        len(rig.account.client("scheduler").list_schedules()["Schedules"]),
        s3.list_objects_v2(Bucket=rig.bucket)["KeyCount"],
    ]
    return counts == [0, 0, 0, 0, 0]


@pytest.mark.slow(90)
def test_every_part_is_done_on_a_new_account_and_on_one_that_has_asked_for_more_and_leaves_nothing(
    aws, journey_of, said
):
    journey = journey_of(*FRESH)
    with journey.cleaned():
        done = journey.run()
        assert set(done) == set(FRESH)
        for tab, words in ON_THE_PAGE.items():
            assert words in said_on_the_page(journey, journey.model, tab)
        assert TUNED in said_on_the_page(journey, done["tuning"]["job"], "Progress")
        enforce(aws, aws_settings(aws, "sendero", **ALL), "user", "approver")
        more = ("plain", "approval", "clock", "transform", "scheduler", "kms", "vpc")
        aws.quotas.values = {"ml.m5.large for training job usage": 1} | aws.quotas.values
        journey.parts = choose(more, OWN)
        done |= journey.walk()
    assert set(done) == {*FRESH, *more}
    assert {step["job"] for step in done["pipeline"]["steps"]} - {""}
    for part in ("serverless", "instance", "promote"):
        assert done[part]["rows"] == journey.wanted_rows and done[part]["rejected"] == 0
    asked = {each["TrainingJobName"]: each for each in aws.recorder.of("CreateTrainingJob")}
    assert "VolumeKmsKeyId" in asked[done["kms"]["job"]]["ResourceConfig"]
    weighted = asked[done["vpc"]["job"]]
    assert weighted["VpcConfig"]["Subnets"] == ["subnet-11111111"]
    assert weighted["HyperParameters"]["csv_weights"] == "1"
    assert asked[done["plain"]["job"]]["HyperParameters"]["monotone_constraints"] == "(1,0)"
    sources = [channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in weighted["InputDataConfig"]]
    assert [uri.split("/")[-2] for uri in sources] == ["train_weighted", "validation_weighted"]
    assert said[-1] == "Nothing of this journey is left." and nothing_is_left(aws)
    assert aws.missed == []


def test_it_cleans_up_after_a_failure_in_the_middle(aws, journey_of, said):
    journey = journey_of("spot")
    aws.deny("sagemaker:CreateTrainingJob")
    with pytest.raises(StepFailed, match="train ended with 1"), journey.cleaned():
        journey.eda = journey.profile("--instance-type", journey.types["processing"])["job"]
        journey.call = as_a_process
        journey.walk()
    assert said[-1] == "Nothing of this journey is left." and nothing_is_left(aws)


def test_it_says_what_stays_when_it_cannot_clean_up(aws, journey_of):
    journey = journey_of("serverless")
    aws.account.client("s3").put_object(Bucket=aws.bucket, Key="sendero/model.tar.gz", Body=b"")
    own = [{"Key": "sendero:workspace", "Value": f"{aws.bucket}/{journey.settings.prefix}"}]
    uri = f"s3://{aws.bucket}/sendero/model.tar.gz"
    ask.model(aws, journey.name("serverless"), uri, Tags=own)
    aws.deny("sagemaker:DeleteModel")
    with (
        pytest.raises(AssertionError, match=r"Still there, and maybe billed: .*Model live-"),
        journey.cleaned(),
    ):
        pass


def test_the_price_is_said_first_and_nothing_starts_before_it_is_agreed_to(aws, journey_of, tmp_path, capsys):
    journey = journey_of(*FRESH, "plain", "spark")
    with pytest.raises(pytest.fail.Exception, match="Nothing was started"):
        test_live.test_what_is_offered_on_aws(tmp_path, capsys)
    assert aws.recorder.of("CreateProcessingJob") == [] == aws.recorder.of("PutObject")
    steps = dict(journey.estimates())
    assert steps["EDA"].high == pytest.approx(0.025)  # half an hour of ml.t3.medium at 0.05, the table's
    assert steps["plain: training"].high == pytest.approx(0.0575 + 0.025)  # 0.115 an hour, and its evaluation
    assert steps["tuning: tuning"].high == pytest.approx(2 * 0.0575 + 0.025)
    assert steps["serverless: serverless endpoint"].high == 0.0
    assert steps["spark: EDA on Spark"].high == pytest.approx(
        3 * steps["spark: EDA on Spark"].per_hour / 3 / 2
    )


def test_parts_are_chosen_by_name_with_what_they_go_on_from():
    def names(*wanted: str, **environment: str) -> list[str]:
        return [part.name for part in choose(wanted, environment)]

    assert names("transform") == ["spot", "transform"]
    assert names("instance", "plain") == ["plain", "instance"]
    assert names("all", **OWN) == list(PARTS)
    with pytest.raises(ValueError, match="There is no part fast; there are plain, spot"):
        names("fast")
    with pytest.raises(
        ValueError, match="The part kms wants a key in SENDERO_LIVE_KMS_KEY: set SENDERO_LIVE_KMS_KEY"
    ):
        names("kms")
