"""A fresh account: what its quotas allow is offered and proposed, what they do not is told before anything is sent."""

from __future__ import annotations

import os

import pytest

from core.backends import get_backend, get_setup
from core.backends.aws.resources import instances
from core.backends.aws.session.connection import session_for
from core.backends.aws.setup import quotas
from core.configuration import Configuration
from core.engines.choice import SPARK
from core.settings import Settings
from core.verbs import resources
from tests.backends.once import run_once
from tests.backends.place import Place, aws_settings
from tests.page_rig import app_at

pytestmark = pytest.mark.aws


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """A page goes on without the quotas after a while; a test on a busy machine waits for them."""
    monkeypatch.setattr(quotas, "PATIENCE", 60)


@pytest.fixture
def fresh(aws):
    aws.quotas.be_fresh()
    return aws


@pytest.fixture
def backend(fresh):
    return get_backend(aws_settings(fresh, "fresh"))


def checked(aws, **more) -> dict[str, str]:
    found = get_setup(aws_settings(aws, "fresh", **more)).check()
    assert all(each.remedy for each in found if each.result != "pass")
    return {each.detail: each.result for each in found if each.name == "Quota"}


def test_the_default_of_processing_is_a_type_that_a_fresh_account_has(fresh):
    assert Settings().processing_instance == "ml.t3.medium"
    found = checked(fresh)
    assert found["EDA: ml.t3.medium for processing job usage: 4, needed: 1"] == "pass"
    assert found["EDA on Spark: ml.t3.medium for processing job usage: 4, needed: 3"] == "pass"
    assert found["EDA: Number of instances across all processing jobs: 4, needed: 1"] == "pass"


def test_check_counts_spot_apart_and_tells_what_the_account_has_instead(fresh):
    found = {
        each.detail: each for each in get_setup(aws_settings(fresh, "fresh")).check() if each.name == "Quota"
    }
    training = found["Training: ml.m5.large for training job usage: 0, needed: 1"]
    assert training.result == "fail" and "SENDERO_SPOT=true" in training.remedy and "has 4" in training.remedy
    assert found["Batch Transform: ml.m5.large for transform job usage: 0, needed: 1"].result == "warn"
    spot = checked(fresh, spot=True, training_instances=3)
    assert spot["Training: ml.m5.large for spot training job usage: 4, needed: 3"] == "pass"
    assert (
        spot["Tuning, two trials at a time: ml.m5.large for spot training job usage: 4, needed: 6"] == "warn"
    )
    assert (
        spot["Tuning, two trials at a time: Number of instances across all spot training jobs: 4, needed: 6"]
        == "warn"
    )
    served = checked(fresh, endpoint_instance="ml.t2.medium")
    assert served["Endpoint: ml.t2.medium for endpoint usage: 2, needed: 1"] == "pass"
    large = checked(fresh, serverless_memory_mb=6144, serverless_concurrency=20)
    assert [result for detail, result in large.items() if detail.startswith("Endpoint")] == ["fail", "fail"]


def test_what_is_not_listed_or_may_not_be_read_is_not_known(aws):
    found = checked(aws)
    assert found["Endpoint: Memory of a serverless endpoint in MB: not known, needed: 2048"] == "unknown"
    aws.deny("servicequotas:*")
    aws.deny("service-quotas:*")
    assert set(checked(aws).values()) == {"unknown"}
    backend = get_backend(aws_settings(aws, "blind"))
    quotas.forget()
    assert backend.objection("training", {}) == "" and not backend.offers("training")[0].notes


def test_what_is_allowed_is_offered_first_and_spot_proposed_where_only_spot_has_any(backend):
    instance, *_ = backend.offers("processing")
    assert instance.values[:3] == ("ml.t3.medium", "ml.t3.large", "ml.t3.xlarge") and not instance.proposed
    assert instance.notes["ml.t3.xlarge"] == "quota 2" and instance.notes["ml.m5.large"] == "quota 0"
    assert set(instance.values) == set(instances.instance_types("processing"))
    training = {choice.name: choice for choice in backend.offers("training")}
    assert training["spot"].proposed == "yes" and training["instance_type"].values[0] == "ml.m5.large"
    assert training["instance_type"].notes["ml.m5.large"] == "quota 0, on spot 4"
    served = {choice.name: choice for choice in backend.offers("endpoint")}
    assert served["memory_mb"].values == ("1024", "2048", "3072")
    other = get_backend(backend.settings.model_copy(update={"endpoint_instance": "ml.m5.large"}))
    assert {choice.proposed for choice in other.offers("endpoint")} == {"ml.t2.medium", ""}


def test_what_the_account_will_refuse_is_told_before_it_is_sent(backend, aws):
    assert backend.objection("processing", {}) == ""
    assert backend.objection("training", {"spot": "yes"}) == ""
    assert "on spot" in backend.objection("training", {})
    assert "ml.t3.medium (4)" in backend.objection("processing", {"instance_type": "ml.m5.large"})
    assert "needed: 6" in backend.objection("training", {"spot": "yes", "instance_count": "3"}, 9)
    assert "needed: 6144" in backend.objection("endpoint", {"memory_mb": "6144"})
    assert "ml.t3.xlarge for processing job usage: 2" in backend.objection(
        "processing", {"instance_type": "ml.t3.xlarge", "instance_count": "3"}
    )
    assert [row for row in aws.recorder.requests if row.operation.startswith("Create")] == []


def test_the_pages_propose_spot_and_lock_what_would_be_refused(
    fresh, tmp_path, tmp_path_factory, monkeypatch
):
    run_once(tmp_path_factory, Place(aws_settings(fresh, "pages"), tmp_path), "eda", Place.eda)
    for name in [name for name in os.environ if name.startswith("SENDERO_")]:
        monkeypatch.delenv(name)
    given = {
        "BACKEND": "aws",
        "BUCKET": fresh.bucket,
        "PREFIX": "pages",
        "ROLE": fresh.role_name,
        "REGION": fresh.region,
    }
    for name, value in given.items():
        monkeypatch.setenv(f"SENDERO_{name}", value)
    monkeypatch.chdir(tmp_path)
    page = app_at("Training").run(timeout=60)
    assert not page.exception
    spot = next(box for box in page.selectbox if box.label == "Managed spot")
    launch = next(button for button in page.button if button.label == "Train")
    assert spot.value == "yes" and not launch.disabled
    assert any("yes is proposed" in caption.value.replace("\\", "") for caption in page.caption)
    spot.select("no").run()
    launch = next(button for button in page.button if button.label == "Train")
    assert launch.disabled
    assert any("SENDERO_SPOT" in warning.value.replace("\\", "") for warning in page.warning)


def test_the_quotas_are_read_once(fresh):
    session = session_for(aws_settings(fresh, "once"))
    quotas.forget()
    first = quotas.known(session)
    asked = len(fresh.recorder.of("ListServiceQuotas"))
    assert quotas.known(session) is first and len(fresh.recorder.of("ListServiceQuotas")) == asked > 0
    assert first.instances("processing", "ml.t3.large") == 4


def test_spark_is_counted_with_its_three_instances(backend, aws):
    assert SPARK.instances == instances.CLUSTER
    name = Place(backend.settings, aws.account.folder).add_penguins()
    assert resources.machines(backend, Configuration("species", dataset=name, engine="spark")) == {
        "instance_count": "3"
    }
    assert resources.machines(backend, Configuration("species", dataset=name)) == {}
