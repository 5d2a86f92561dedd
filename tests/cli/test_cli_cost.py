"""`cost` says what the backend says: of one that is billed it never says nothing."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from core.backends.base import Capabilities, Estimate
from core.cli import costs as commands


def backend(costs_money: bool, *prices: float | None) -> SimpleNamespace:
    active, now = SimpleNamespace(active=True), datetime.now(UTC)
    running = [
        SimpleNamespace(name="e", status=active, per_hour=usd, created=now - timedelta(hours=10))
        for usd in prices
    ]
    words = {"processing": "0.23 USD an hour.", "endpoint": "0.12 USD an hour until it is deleted."}
    return SimpleNamespace(
        capabilities=Capabilities("Some cloud", costs_money),
        endpoints=lambda: running,
        jobs=lambda: [],
        estimate=lambda kind, resources, size: Estimate(0.05, 0.1, 0.2, words[kind], "A list of today."),
    )


def cost(monkeypatch, *prices: float | None):
    monkeypatch.setattr(commands, "backend_of", lambda _: backend(True, *prices))
    return commands.cost(Namespace())


def test_a_backend_that_is_billed_says_its_own_words_and_whose_prices(monkeypatch):
    answer = cost(monkeypatch, 0.5)
    assert "0.12 USD an hour until it is deleted." in answer.text and "0.23 USD" in answer.data["note"]
    assert answer.data["costs_money"] is True and answer.data["prices"] == "A list of today."


def test_what_runs_is_metered_and_summed(monkeypatch):
    data = cost(monkeypatch, 0.5, 0.25).data
    assert data["per_hour"] == 0.75  # 0.5 + 0.25
    assert data["per_month"] == 547.5  # 0.75 x 730
    assert data["so_far"] == pytest.approx(7.5, abs=0.01)  # 0.75 x 10 hours
    assert [each["per_hour"] for each in data["meters"]] == [0.5, 0.25]


def test_a_price_that_nobody_told_is_not_nothing(monkeypatch):
    answer = cost(monkeypatch, 0.5, None)
    assert answer.data["per_hour"] is None and "price not known" in answer.text


def test_nothing_runs_nothing_costs(monkeypatch):
    assert cost(monkeypatch).data["per_hour"] == 0.0


def test_this_machine_costs_nothing(call, workspace):
    answer = call(workspace, "cost").data
    assert (answer["per_hour"], answer["costs_money"]) == (0.0, False)
    assert "nothing" in answer["note"]


def test_a_price_is_said_before_a_launch_where_there_is_one(capsys):
    from core.cli.answer import say_cost

    say_cost(backend(True), lambda: Estimate(0.1, 0.2, 0.3, "Because.", "A list."))
    assert capsys.readouterr().err == "Cost: 0.10 to 0.20 USD. Because. A list.\n"
    say_cost(backend(False), lambda: pytest.fail("nobody has to reckon where nothing is billed"))
    assert capsys.readouterr().err == ""
