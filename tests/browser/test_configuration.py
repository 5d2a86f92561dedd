"""Configuration saves each choice as it is made, by a slow hand and a hurried one, and says *saved* of nothing else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import expect

from core import configuration
from core.backends.requests import JobKind
from tests.browser.rig import press_slowly, settled
from tests.browser.test_journey import choose, press

ROW, TICK = (
    32.8,
    25,
)  # pixels of the editor of columns: a row's height, and from its edge to the middle of a tick


@pytest.fixture
def workspace(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "workspace", symlinks=True)
    return tmp_path / "workspace"


@dataclass
class Tick:
    """*Use* of the column in a row of the editor, which is a canvas."""

    page: Any
    row: int

    def bounding_box(self) -> dict[str, float]:
        grid = self.page.get_by_test_id("stDataFrame").bounding_box()
        top = grid["y"] + ROW * (self.row + 1)
        return {"x": grid["x"], "y": top, "width": 2 * TICK, "height": ROW}

    def click(self) -> None:
        box = self.bounding_box()
        self.page.mouse.click(box["x"] + TICK, box["y"] + ROW / 2)


@pytest.mark.parametrize("hand", ["slow", "hurried"])
def test_every_choice_is_saved(app, blank, hand):
    storage = app.backend().storage
    blank.goto(f"{app.url}/Configuration")
    settled(blank)
    saved = blank.get_by_text("check saved", exact=True)
    unsaved = blank.get_by_text("not saved", exact=False)
    expect(saved).to_be_visible()

    def click(what) -> None:
        press_slowly(blank, what) if hand == "slow" else what.click()

    for row in (1, 2, 4):
        click(Tick(blank, row))
    settled(blank)
    expect(blank.get_by_text("13 of 19 columns are used")).to_be_visible()
    expect(saved).to_be_visible()
    assert set(configuration.load(storage).drop) == {"arr_delay", "dep_delay", "carrier", "flight", "origin"}

    choose(blank, "Hold out rows", "by group of")
    expect(unsaved).to_be_visible()
    expect(saved).to_have_count(0)
    choose(blank, "Column", "dest")
    expect(saved).to_be_visible()
    expect(unsaved).to_have_count(0)

    press(blank, "Derive a column")
    choose(blank, "of these columns", "distance")
    blank.keyboard.press("Escape")
    expect(blank.get_by_role("textbox", name="Formula")).to_have_value("distance")
    click(blank.get_by_role("button", name="Add the column"))
    expect(blank.get_by_text("derived: distance_sum = distance")).to_be_visible()
    expect(saved).to_be_visible()

    press(blank, "More")
    blank.get_by_role("spinbutton", name="Seed of the split").fill("7")
    click(blank.get_by_role("button", name="Run the EDA"))  # with the field still open
    expect(blank.get_by_role("heading", name="EDA", level=1)).to_be_visible()
    config = app.backend().jobs(JobKind.processing)[0].request["config"]
    assert (config["seed"], config["split_column"], list(config["derive"])) == (7, "dest", ["distance_sum"])
    assert config["drop"] == list(configuration.load(storage).drop)
