"""The Configuration page's first section: choosing where jobs run, and what a person without an account sees."""

from __future__ import annotations

import json
import os

import pytest

from tests.page_rig import open_page, texts


@pytest.fixture
def nobody(workspace, monkeypatch, tmp_path):
    """A folder without settings, on a machine without AWS credentials."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "SENDERO_"))]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("SENDERO_WORKSPACE", str(workspace))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def opened():
    """The Configuration page with its dialog on where jobs run."""
    return open_page("Configuration").button(key="place").click().run()


def choose(at, name: str):
    at.radio[0].set_value(name).run()
    assert not at.exception
    return at


def press(at, label: str):
    (button,) = [button for button in at.button if button.label == label]
    return button.click().run()


def saved(at):
    """Save, and open what is folded."""
    press(at, "Save and check")
    at.session_state["place-checks"] = at.session_state["place-policies"] = True
    at.run()
    assert not at.exception
    return at


def fill(at, **values: str):
    for label, value in values.items():
        (field,) = [field for field in at.text_input if field.label == label.replace("_", " ")]
        field.set_value(value)


def test_this_machine_asks_for_nothing(nobody):
    at = opened()
    assert not at.exception and not at.error
    assert "no account, no network, no cost" in texts(at)
    assert not [button for button in at.button if button.label == "Save and check"]


def test_choosing_sagemaker_without_credentials_explains_what_to_do_and_leaves_a_way_back(nobody):
    at = choose(opened(), "aws")
    fill(at, Region="eu-central-1", S3_bucket="my-bucket", Execution_role="runner")
    at = saved(at)
    assert json.loads((nobody / "sendero.json").read_text()) == {
        "backend": "aws",
        "region": "eu-central-1",
        "bucket": "my-bucket",
        "role": "runner",
    }
    (line,) = at.table[0].value.to_dict("records")
    assert "fail" in line["Result"] and "aws configure sso" in line["What to do"]
    assert "No AWS credentials were found" in at.error[0].value, "the page below says it too"

    for name in ("Overview", "Training"):  # every page stands, and says what to do
        other = open_page(name)
        assert not other.exception
        assert "aws configure sso" in texts(other)

    at.radio[0].set_value("local").run()
    press(at, "Run jobs here")
    assert not at.exception and not at.error
    assert "backend" not in json.loads((nobody / "sendero.json").read_text())
    assert "the sample is one click away" in texts(at)


def test_a_bucket_that_is_not_named_is_asked_for(nobody):
    at = saved(choose(opened(), "aws"))
    assert "SENDERO_BUCKET" in texts(at)
    assert [button for button in at.button if button.label == "Save and check"], "the form is still there"


def test_a_value_that_cannot_be_used_is_refused_and_stays_in_the_form(nobody):
    at = choose(opened(), "aws")
    fill(at, S3_bucket="Not A Bucket")
    press(at, "Save and check")
    assert "bucket cannot be used" in at.error[0].value
    assert [field.value for field in at.text_input if field.label == "S3 bucket"] == ["Not A Bucket"]
    assert not (nobody / "sendero.json").exists()


def test_what_the_environment_fixes_is_locked_and_not_saved(nobody, monkeypatch):
    monkeypatch.setenv("SENDERO_BUCKET", "fixed-bucket")
    at = choose(opened(), "aws")
    (field,) = [field for field in at.text_input if field.label == "S3 bucket"]
    assert (field.value, field.disabled) == ("fixed-bucket", True)
    assert "Fixed by environment SENDERO\\_BUCKET" in texts(at)
    fill(at, Region="eu-central-1")
    press(at, "Save and check")
    assert "bucket" not in json.loads((nobody / "sendero.json").read_text())


def test_a_place_that_the_environment_fixes_cannot_be_left(nobody, monkeypatch):
    monkeypatch.setenv("SENDERO_BACKEND", "aws")
    at = opened()
    assert at.radio[0].disabled
    assert "Fixed by environment SENDERO\\_BACKEND" in texts(at)


def test_policies_and_the_bucket_are_offered(nobody):
    at = choose(opened(), "aws")
    fill(at, Region="eu-central-1", S3_bucket="my-bucket")
    at = saved(at)
    assert "YOUR-ACCOUNT" in at.code[0].value and "my-bucket/sendero" in at.code[0].value
    assert "Block all public access" in texts(at)
    press(at, "Create it")
    assert "No AWS credentials were found" in texts(at)
