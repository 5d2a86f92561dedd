"""Choosing where jobs run, by somebody who has no AWS account: told what to do, nothing hangs, and the way back."""

from __future__ import annotations

import json
import os

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serving
from tests.browser.rig import go, settled
from tests.browser.test_accessibility import violations
from tests.browser.test_journey import press


@pytest.fixture
def app(workspace, tmp_path, monkeypatch):
    """The app in a folder of its own, on a machine without credentials."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")
    with serving(workspace, tmp_path / "server.log", folder=tmp_path) as server:
        yield server


def test_without_credentials_sagemaker_says_what_to_do_and_can_be_left(app, tab):
    go(tab, "Configuration")
    press(tab, "This machine")
    tab.get_by_test_id("stRadio").get_by_text("Amazon SageMaker").click()
    settled(tab)
    tab.get_by_role("textbox", name="Region").fill("eu-central-1")
    tab.get_by_role("textbox", name="S3 bucket").fill("my-bucket")
    press(tab, "Save and check")
    table = tab.get_by_role("table")
    expect(table.get_by_text("aws configure sso")).to_be_visible()
    assert json.loads((app.folder / "sendero.json").read_text())["backend"] == "aws"

    tab.get_by_text("More settings").click()
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        tab.wait_for_timeout(500)
        assert violations(tab, scheme) == {}

    tab.keyboard.press("Escape")
    settled(tab)
    for name in ("EDA", "Training", "Inference", "Report"):  # each stands, and leads back
        go(tab, name)
        expect(
            tab.get_by_test_id("stMain").get_by_text("No AWS credentials were found").first
        ).to_be_visible()
        expect(tab.get_by_role("link", name="Set up where jobs run")).to_be_visible()

    tab.get_by_role("link", name="Set up where jobs run").click()
    settled(tab)
    press(tab, "Amazon SageMaker")
    tab.get_by_text("Policies to copy").click()
    expect(tab.get_by_text("YOUR-ACCOUNT").first).to_be_visible()
    tab.get_by_test_id("stRadio").get_by_text("This machine").click()
    settled(tab)
    press(tab, "Run jobs here")
    tab.keyboard.press("Escape")
    expect(tab.get_by_text("the sample is one click away")).to_be_visible()
