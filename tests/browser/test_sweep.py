"""The sweep on Home, in a real browser over the AWS double: a stranger's endpoint is seen, priced, and deleted."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.aws_double import ask
from tests.aws_double.rig import AwsRig
from tests.browser.test_journey import press

pytestmark = pytest.mark.aws


@pytest.fixture
def settings(aws: AwsRig) -> dict[str, str]:
    """The app works on the double, where somebody left an endpoint."""
    model = ask.train(aws, "train-one")["ModelArtifacts"]["S3ModelArtifacts"]
    ask.deploy(aws, "left-behind", model)
    ask.endpoint(aws, "left-behind", "InService")
    return {"backend": "aws", "bucket": aws.bucket, "role": aws.role, "poll_seconds": "0.2"}


def test_a_forgotten_endpoint_of_somebody_else_is_found_and_deleted(app, tab, aws):
    tab.get_by_text("What runs, and what it costs").click()
    expect(tab.get_by_text("0.115 USD an hour")).to_be_visible()
    expect(tab.get_by_text("The oldest is left-behind")).to_be_visible()
    expect(tab.get_by_test_id("stDataFrame")).to_be_visible()
    press(tab, "Delete one of them")
    expect(tab.get_by_text("Somebody may be using it")).to_be_visible()
    tab.get_by_label("Type its name to confirm").fill("left-behind")
    press(tab, "Delete")
    expect(tab.get_by_text("Deleted and checked: endpoint left-behind")).to_be_visible()
    expect(tab.get_by_text("Nothing runs in account")).to_be_visible()
    sagemaker = aws.client("sagemaker")
    assert sagemaker.list_endpoints()["Endpoints"] == sagemaker.list_models()["Models"] == []
