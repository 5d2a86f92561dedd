"""`cost` says what the backend says: of one that is billed it never says nothing."""

from __future__ import annotations

from argparse import Namespace
from types import SimpleNamespace

from core.backends.base import Capabilities, Estimate
from core.cli import place


def backend(costs_money: bool, running: int) -> SimpleNamespace:
    active = SimpleNamespace(name="e", status=SimpleNamespace(active=True))
    words = {"processing": "0.23 USD an hour.", "endpoint": "0.12 USD an hour until it is deleted."}
    return SimpleNamespace(
        capabilities=Capabilities("Some cloud", costs_money),
        endpoints=lambda: [active] * running,
        jobs=lambda: [],
        estimate=lambda kind, resources, size: Estimate(0.05, 0.1, 0.2, words[kind]),
    )


def test_a_backend_that_is_billed_says_its_own_words(monkeypatch):
    monkeypatch.setattr(place, "backend_of", lambda _: backend(True, 1))
    answer = place.cost(Namespace())
    assert "0.12 USD an hour until it is deleted." in answer.text and "0.23 USD" in answer.data["note"]
    assert answer.data["costs_money"] is True and answer.data["per_hour"] is None


def test_nothing_runs_nothing_costs(monkeypatch):
    monkeypatch.setattr(place, "backend_of", lambda _: backend(True, 0))
    assert place.cost(Namespace()).data["per_hour"] == 0.0


def test_this_machine_costs_nothing(call, workspace):
    answer = call(workspace, "cost").data
    assert (answer["per_hour"], answer["costs_money"]) == (0.0, False)
    assert "nothing" in answer["note"]
