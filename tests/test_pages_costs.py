"""Money on the pages, by AppTest over a backend that is billed: the meter, the sweep, and its typed confirmation."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.backends.base import Capabilities, Endpoint, EndpointStatus
from core.backends.inventory import BillableResource, Deletion, Inventory
from core.backends.local import LocalBackend
from core.ui import page
from tests.page_rig import open_page, texts


class Billed(LocalBackend):
    """This machine's backend with an account's endpoints: one that was forgotten, and a job."""

    def __init__(self, workspace: Path) -> None:
        super().__init__(workspace)
        self.capabilities = Capabilities("Some cloud", costs_money=True)
        self.old = old = datetime.now(UTC) - timedelta(hours=100)
        self.swept = [
            BillableResource(
                "endpoint", "forgotten", "InService", "2 x ml.m5.xlarge", old, "not Sendero's", False, 0.46
            ),
            BillableResource(
                "training", "busy", "InProgress", "1 x ml.m5.large", old, "this workspace", True, 0.115
            ),
        ]
        self.sweeps = 0

    def endpoints(self) -> list[Endpoint]:
        old = self.old
        serving = Endpoint("mine", EndpointStatus.creating, "train-1", old, old + timedelta(hours=200))
        return [replace(serving, instance="ml.m5.large", per_hour=0.115, ends_by="EventBridge Scheduler")]

    def sweep(self) -> Inventory:
        self.sweeps += 1
        return Inventory(
            "account 123", tuple(self.swept), ("Transform jobs could not be listed.",), "A list."
        )

    def delete_resource(self, item: BillableResource) -> Deletion:
        self.swept.remove(item)
        return Deletion((f"endpoint {item.name}",), ("model m: endpoint config c names it",))


@pytest.fixture
def billed(workspace: Path, monkeypatch) -> Billed:
    backend = Billed(workspace)
    monkeypatch.setattr(page, "get_backend", lambda settings: backend)
    return backend


@pytest.fixture
def swept(billed) -> AppTest:
    at = open_page("Overview")
    assert billed.sweeps == 0, "nobody asks an account before the section is opened"
    at.session_state["sweep"] = True
    return at.run()


def test_the_sweep_shows_all_that_runs_whose_it_is_and_what_it_costs(billed, swept):
    assert not swept.exception
    rows = swept.dataframe[0].value.set_index("Name")
    assert list(rows.index) == ["forgotten", "busy"]
    assert rows.loc["forgotten", "Whose"] == "not Sendero's"
    assert rows.loc["forgotten", "So far"] == pytest.approx(46.0, abs=0.1)  # 100 hours at 0.46
    assert rows.loc["forgotten", "A month"] == pytest.approx(335.8)  # 730 x 0.46
    said = texts(swept)
    assert "account 123: 0.575 USD an hour" in said and "A list." in said  # 0.46 + 0.115
    assert "The oldest is forgotten: 100 h 0" in said.replace("\\", "")
    assert "Transform jobs could not be listed" in said
    swept.button(key="sweep-open").click().run()
    assert swept.selectbox(key="sweep-name").options == ["forgotten"], "jobs are stopped, not deleted"


def test_only_its_typed_name_deletes_an_endpoint(billed, swept):
    def delete(typed: str) -> None:
        """In the dialog, which a whole run (AppTest has no other) draws where its button is clicked too."""
        swept.text_input(key="sweep-confirm-forgotten").set_value(typed)
        swept.button(key="sweep-open").click()
        swept.button(key="sweep-delete").click().run()

    swept.button(key="sweep-open").click().run()
    delete("forgot")
    assert "nothing was deleted" in texts(swept) and len(billed.swept) == 2
    delete("forgotten")
    assert not swept.exception
    said = texts(swept).replace("\\", "")
    assert "Deleted and checked: endpoint forgotten." in said and "Kept: model m" in said
    assert list(swept.dataframe[0].value["Name"]) == ["busy"]


def test_an_account_is_not_swept_at_every_click(billed, swept):
    swept.run()
    assert billed.sweeps == 1
    swept.button(key="sweep-again").click().run()
    assert billed.sweeps == 2


def test_an_endpoint_that_is_billed_has_its_meter_beside_it(billed):
    at = open_page("Inference", endpoint="mine")
    said = texts(at).replace("\\", "")
    assert re.search(
        r"ml\.m5\.large: 0\.115 USD an hour, 11\.5\d so far, 83\.95 a month", said
    )  # 100 h, 730 h
    assert "by EventBridge Scheduler" in said
