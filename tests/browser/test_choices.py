"""Every picker keeps what is chosen: with a slow mouse, by the keyboard, again and again, and with the back button.

And a deletion can be confirmed on a small screen.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from core.storage import DiskStorage
from tests.browser.conftest import lent
from tests.browser.rig import press_slowly, settled
from tests.browser.test_journey import press


def twin(folder: Path, record: str, name: str) -> None:
    """A copy of what is in `folder`, under another name."""
    shutil.copytree(folder, folder.with_name(name), symlinks=True)
    storage = DiskStorage(folder.parent)
    told = storage.read_json(f"{name}/{record}")
    changed = {key: value.replace(folder.name, name) for key, value in told.items() if key in ("name", "key")}
    storage.write_json(f"{name}/{record}", told | changed)


@pytest.fixture(scope="module")
def doubled(trained, tmp_path_factory) -> Path:
    """A workspace with two of everything that can be picked."""
    folder = tmp_path_factory.mktemp("doubled") / "workspace"
    shutil.copytree(trained, folder, symlinks=True)
    for kind, record in (("datasets", "dataset.json"), ("processing", "job.json"), ("training", "job.json")):
        (one,) = (folder / kind).iterdir()
        twin(one, record, f"twin-of-{kind}")
    (training,) = (name for name in (folder / "training").iterdir() if "twin" not in name.name)
    for name in ("one", "other"):  # their processes have long ended: they can be looked at, and deleted
        ended = {"training_job": training.name, "created": "2026-11-23T10:15:00.000Z", "expires": None}
        DiskStorage(folder).write_json(f"endpoints/{name}/endpoint.json", {"name": name} | ended)
    return folder


@pytest.fixture(scope="module")
def shared_app(server, doubled):
    return lent(server, doubled)


@pytest.fixture
def app(app_once):
    return app_once


PICKERS = [
    ("Configuration", "Data set", "dataset"),
    ("EDA", "Run", "job"),
    ("Inference", "Endpoint", "endpoint"),
    ("Report", "Column", "column"),
]


@pytest.mark.parametrize(("where", "label", "key"), PICKERS, ids=[label for _, label, _ in PICKERS])
def test_every_choice_is_kept(app, blank, where, label, key):
    blank.goto(f"{app.url}/{where}")
    settled(blank)
    if where == "Report":
        blank.get_by_role("tab", name="Columns").click()
        settled(blank)
    picker = blank.get_by_role("combobox", name=label, exact=True)
    picker.scroll_into_view_if_needed()
    chosen = []

    def kept(wanted: str) -> None:
        expect(picker).to_have_value(wanted)
        name = ".*" if label == "Run" else wanted  # a run is shown by its title
        expect(blank).to_have_url(re.compile(f"[?&]{key}={name}(&|$)"))
        settled(blank)
        expect(picker).to_have_value(wanted)
        chosen.append(wanted)

    for turn in range(3):
        press_slowly(blank, picker)
        option = blank.get_by_role("option").nth(1 - turn % 2)
        wanted = option.inner_text()
        option.scroll_into_view_if_needed()  # a long list opens at what is chosen
        press_slowly(blank, option)
        kept(wanted)
    picker.focus()
    blank.keyboard.type(chosen[-2])
    blank.keyboard.press("Enter")
    kept(chosen[-2])
    blank.go_back()
    kept(chosen[-2])


def test_a_click_on_the_leaderboard_opens_a_run_and_two_ticks_compare(app, blank):
    def at(x: int, row: int) -> None:
        box = blank.get_by_role("region", name="Runs, the best first").bounding_box()
        blank.mouse.click(box["x"] + x, box["y"] + 35 * row + 50, delay=120)

    blank.goto(f"{app.url}/Training")
    settled(blank)
    expect(blank.get_by_role("region", name="Runs, the best first")).to_be_visible()
    blank.wait_for_timeout(500)  # the table draws itself
    for row in (1, 0):
        at(100, row)
        expect(blank).to_have_url(re.compile("job="))
        settled(blank)
    opened = blank.url
    at(100, 1)
    expect(blank).not_to_have_url(opened)
    settled(blank)
    blank.go_back()
    expect(blank).to_have_url(opened)
    settled(blank)
    at(20, 0)
    settled(blank)
    at(20, 1)
    expect(blank.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")
    expect(blank.get_by_text("are the same within noise")).to_be_visible()


def test_an_endpoint_is_deleted_on_a_small_screen(app, blank):
    storage = DiskStorage(app.workspace)
    storage.write_json(
        "endpoints/third/endpoint.json", storage.read_json("endpoints/one/endpoint.json") | {"name": "third"}
    )
    blank.set_viewport_size({"width": 390, "height": 700})
    blank.goto(f"{app.url}/Inference?endpoint=third")
    settled(blank)
    press(blank, "More")
    press(blank, "Delete this endpoint")
    field = blank.get_by_label("Type its name to confirm")
    field.fill("one")
    press(blank, "Delete")
    expect(blank.get_by_text("nothing was deleted")).to_be_visible()
    assert storage.exists("endpoints/third/endpoint.json")
    field.fill("third")
    press(blank, "Delete")
    expect(blank.get_by_text("Deleted and checked: endpoint third")).to_be_visible()
    expect(field).to_be_hidden()
