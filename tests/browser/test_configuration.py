"""Configuration keeps what is typed, however often it is saved, and says *Saved* of nothing else."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect

from core import configuration
from tests.browser.rig import press_slowly, settled
from tests.browser.test_journey import choose


@pytest.fixture
def workspace(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "workspace", symlinks=True)
    return tmp_path / "workspace"


@pytest.mark.parametrize("hand", ["slow", "hurried"])
def test_every_save_keeps_what_was_typed(app, blank, hand):
    storage = app.backend().storage
    blank.goto(f"{app.url}/Configuration")
    settled(blank)
    save = blank.get_by_role("button", name="Save", exact=True)
    saved, unsaved = blank.get_by_text("Saved: predict late"), blank.get_by_text("Not saved yet.")
    derived = blank.get_by_role("textbox", name="Derived columns")

    def press_save() -> None:
        save.scroll_into_view_if_needed()
        press_slowly(blank, save) if hand == "slow" else save.click()
        settled(blank)

    expect(saved).to_be_visible()
    drop = ["arr_delay", "dep_delay"]
    for column in ("carrier", "tailnum", "origin"):
        choose(blank, "Columns to drop", column)
        blank.keyboard.press("Escape")
        expect(unsaved).to_be_visible()
        expect(saved).to_have_count(0)
        press_save()
        expect(saved).to_be_visible()
        expect(unsaved).to_have_count(0)
        drop.append(column)
        assert configuration.load(storage).drop == tuple(drop)
    for text in ("miles = distance * 2", "miles = distance * 3"):
        derived.fill(text)
        press_save()
        expect(saved).to_be_visible()
        expect(derived).to_have_value(text)
        assert configuration.load(storage).derive == {"miles": text.partition(" = ")[2]}
    derived.fill("miles = dest * 2")
    press_save()
    expect(blank.get_by_text("a column of text")).to_be_visible()
    expect(saved).to_have_count(0)
    expect(derived).to_have_value("miles = dest * 2")
    choose(blank, "Positive class", "no")
    derived.fill("")
    press_save()
    expect(saved).to_be_visible()
    assert (configuration.load(storage).positive, configuration.load(storage).derive) == ("no", {})
    blank.reload()
    settled(blank)
    expect(saved).to_be_visible()
    expect(blank.get_by_role("combobox", name="Positive class")).to_have_value("no")
    blank.get_by_role("button", name="Go to EDA").click()
    expect(blank.get_by_role("heading", name="EDA", level=1)).to_be_visible()
