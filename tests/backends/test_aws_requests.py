"""Everything that a journey asks of AWS, as reviewed files: a change in what we send is seen in the difference.

`SENDERO_TEST_REWRITE_SNAPSHOTS=1 pytest tests/backends/test_aws_requests.py` writes them anew.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import person
from core.backends.aws.money import prices
from core.backends.aws.session.connection import Session
from core.backends.aws.setup import policies
from core.backends.registry import METRIC
from core.backends.requests import TransformRequest
from core.configuration import Configuration
from core.verbs import endpoints, pipeline_saving, pipelines, registry, replacing, skew, tuning
from core.verbs.eda import launch_eda
from core.verbs.tuning import Budget
from tests.aws.enforced import enforce
from tests.aws_double.recorder import check_snapshot
from tests.backends.place import QUICK, Place, aws_settings, until

pytestmark = pytest.mark.aws
SNAPSHOTS = Path(__file__).parent / "snapshots"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
GUARDED = {
    "kms_key": KEY,
    "subnets": ("subnet-11111111", "subnet-22222222"),
    "security_groups": ("sg-11111111",),
    "tags": {"team": "penguins"},
    "spot": True,
    "max_runtime": "30m",
    "scheduler_role": "SchedulerRole",
}


@pytest.fixture(scope="module")
def place(aws_module, tmp_path_factory):
    prices.forget()  # kept a day in this process: without a test before this one they are asked for
    place = Place(aws_settings(aws_module, "journey"), tmp_path_factory.mktemp("requests"))
    enforce(aws_module, place.settings)
    yield place
    place.tidy()
    assert aws_module.missed == []


@pytest.fixture(scope="module")
def journey(place, aws_module):
    """The whole path on the default settings; answers (EDA job, Training Job)."""
    aws_module.recorder.requests.clear()
    asked = Configuration("species", dataset=place.add_penguins())
    eda = place.end(launch_eda(place.backend, asked, token="eda").name).name
    model = place.train(eda, token="model").name
    until(lambda: place.backend.log(model).text)
    endpoints.deploy(place.backend, model, name="journey", expires_in="1h")
    place.in_service("journey")
    proof = skew.predict_test_split(place.backend, "journey", place.scratch / "out.csv")
    assert proof.agreement == 1.0
    endpoints.delete(place.backend, "journey")
    return eda, model, aws_module.recorder.snapshot()


def test_the_whole_journey_on_default_settings(journey):
    check_snapshot(SNAPSHOTS / "journey.json", journey[2])


def test_what_is_guarded_is_guarded_in_every_request(place, journey, aws_module):
    """A key, a VPC, tags, spot instances, a real-time endpoint and its schedule, tuning, Batch Transform."""
    eda, model, _ = journey
    guarded = Place(aws_settings(aws_module, "journey", **GUARDED), place.scratch)
    enforce(aws_module, guarded.settings)
    aws_module.recorder.requests.clear()
    trained = guarded.train(eda, token="guarded").name
    tuned = tuning.launch_tuning(
        guarded.backend, eda, Budget(1), {"max_depth": (1.0, 4.0)}, given=QUICK, token="guarded"
    )
    guarded.end(tuned.name)
    rows = "journey-rows/rows.csv"
    with guarded.backend.storage.local(f"processing/{eda}/output/test/test.csv") as test:
        lines = [line.partition(",")[2] for line in test.read_text().splitlines()]
    guarded.backend.storage.write_bytes(rows, "".join(f"{line}\n" for line in lines).encode())
    guarded.end(guarded.backend.launch(TransformRequest("guarded-rows", trained, rows)).name)
    where = {"instance_type": "ml.m5.large"}
    endpoints.deploy(guarded.backend, trained, name="guarded", expires_in="1h", resources=where)
    guarded.in_service("guarded")
    replacing.replace(guarded.backend, "guarded", model)
    endpoints.delete(guarded.backend, "guarded")
    check_snapshot(SNAPSHOTS / "guarded.json", aws_module.recorder.snapshot())


def test_a_pipeline_its_execution_and_their_end(place, journey, aws_module):
    """With a key and a VPC, as a definition says all that the requests for its jobs will say."""
    settings = aws_settings(aws_module, "journey", **GUARDED)
    guarded = Place(settings, place.scratch)
    enforce(aws_module, settings)
    backend = guarded.backend
    assert backend.pipelines() == []  # whose account it is was asked by then, or by the test before
    aws_module.recorder.requests.clear()
    pipeline_saving.save(
        backend, pipeline_saving.draft(backend, "journey", journey[1], threshold=0.5, group="again")
    )
    draft = pipeline_saving.draft(backend, "journey", journey[1], threshold=0.6, group="again")
    pipeline_saving.save(backend, draft, replacing=True)
    release = aws_module.hold(f"journey{backend.place().group_ending}/Eda", "Begin")
    running = pipelines.run(backend, "journey", {"max_depth": "3"}, token="running")
    assert [step.status for step in pipelines.steps(backend, running)] == ["Pending"] * 6
    pipelines.stop(backend, "journey")
    until(lambda: not backend.execution("journey", running.id).status.active)
    release()
    pipelines.delete(backend, "journey")
    told = aws_module.recorder.snapshot({running.id: "<execution>", person.name(): "<person>"})
    check_snapshot(SNAPSHOTS / "pipeline.json", told)


def test_a_version_and_its_approval(place, journey, aws_module):
    aws_module.recorder.requests.clear()
    version = registry.register(place.backend, journey[1])
    card = card_of(aws_module, journey[1])
    printed = policies.approver(policies.facts_of(Session(place.settings)))
    aws_module.enforce({"user": [policies.document(printed)]})
    registry.approve(place.backend, version.name, "as good as promised")
    figures = {told: "<figures>" for name, told in version.facts.items() if name.startswith(METRIC)}
    told = aws_module.recorder.snapshot({card: "<model card>"} | figures | {person.name(): "<person>"})
    check_snapshot(SNAPSHOTS / "registry.json", told)


def card_of(aws, training_job: str) -> str:
    """The model card of the version that was asked for, which holds all that its schema knows, and nothing else."""
    # Generated from the published schema.
    from sagemaker.core.shapes.model_card_shapes import ModelCardContent

    (asked,) = aws.recorder.of("CreateModelPackage")
    text = asked["ModelCard"]["ModelCardContent"]
    card = json.loads(text)
    # The schema nests it, as CloudFormation does; the SDK's class does not.
    function = card["training_details"]["objective_function"].pop("function")
    assert function == {"function": "Minimize", "facet": "validation:mlogloss"}
    assert ModelCardContent(**card).model_dump(mode="json", exclude_unset=True) == card
    (tested,) = [each for each in card["evaluation_details"] if each["name"] == "Test split"]
    metrics = {each["name"]: each for each in tested["metric_groups"][0]["metric_data"]}
    accuracy = metrics["accuracy"]
    assert 0 < accuracy["value"] <= 1 and accuracy["notes"].startswith("95% interval: ")
    details = card["additional_information"]["custom_details"]
    assert details["training_job"] == training_job and len(details["data_sha256"]) == 64
    return text
