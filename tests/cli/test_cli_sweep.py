"""`sweep` on this machine: what runs is found, and nothing is deleted before it was confirmed."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest

from core.backends.local import LocalBackend
from core.backends.requests import JobKind

pytestmark = pytest.mark.slow  # whole jobs or large tables, which `make fast` leaves out


@pytest.fixture
def deployed(call, trained: Path, workspace: Path) -> Path:
    shutil.copytree(trained, workspace, dirs_exist_ok=True, symlinks=True)
    training = LocalBackend(workspace).jobs(JobKind.training)[0].name
    call(workspace, "deploy", "--training", training, "--name", "forgotten")
    return workspace


def test_an_endpoint_is_found_and_deleted_only_once_it_is_confirmed(call, deployed):
    found = call(deployed, "sweep").data
    assert [(item["kind"], item["name"]) for item in found["found"]] == [("endpoint", "forgotten")]
    assert found["total"] == {"per_hour": 0.0, "so_far": 0.0, "per_month": 0.0}
    assert found["found"][0]["owner"] == "this workspace" and found["unseen"] == []

    refused = call(deployed, "sweep", "--delete", "forgotten", code=1).data
    assert refused["error"]["kind"] == "NotConfirmed" and "--yes" in refused["error"]["remedy"]
    assert len(call(deployed, "sweep").data["found"]) == 1

    receipt = call(deployed, "sweep", "--delete", "forgotten", "--yes").data
    assert receipt["deleted"][0] == "endpoint forgotten" and receipt["kept"] == []
    assert call(deployed, "sweep").data["found"] == []


@pytest.mark.parametrize(("typed", "deleted"), [("forgotten\n", True), ("forgot\n", False), ("", False)])
def test_at_a_terminal_its_name_is_asked_for(call, deployed, monkeypatch, typed, deleted):
    terminal = io.StringIO(typed)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    answer = call(deployed, "sweep", "--delete", "forgotten", code=0 if deleted else 1)
    assert "Type its name to confirm" in answer.err
    assert (LocalBackend(deployed).endpoints() == []) is deleted


def test_a_name_that_is_not_there_is_not_found(call, workspace):
    answer = call(workspace, "sweep", "--delete", "nothing", "--yes", code=1).data
    assert answer["error"]["kind"] == "NotFound" and "sweep" in answer["error"]["remedy"]
