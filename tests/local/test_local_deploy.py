"""One request is one endpoint: clicks that wait behind each other, and processes at the same moment."""

from __future__ import annotations

import json
import os
import time

import pytest
from local_rig import Rig

from core.verbs import launching
from core.verbs.endpoints import deploy


@pytest.fixture
def trained(rig: Rig) -> Rig:
    rig.run(rig.training())
    return rig


def deploy_at_once(rig: Rig, requests: list[dict[str, str]]) -> None:
    """Every one of `requests` from a process of its own, at the same moment."""
    start = time.time() + 0.3
    children = []
    for request in requests:
        if (pid := os.fork()) == 0:
            code = 1
            try:
                time.sleep(max(0.0, start - time.time()))
                code = 0 if deploy(rig.backend, "t", **request).status.active else 2
            finally:
                os._exit(code)
        children.append(pid)
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children] == [0] * len(requests)


def test_five_processes_with_made_names_deploy_one_endpoint(trained):
    deploy_at_once(trained, [{"token": f"20261123-10150{i}-abcd"} for i in range(5)])
    (endpoint,) = trained.backend.endpoints()
    assert endpoint.name.startswith("t-20261123-10150")
    assert trained.backend.storage.folders("endpoints") == [endpoint.name]


def test_typed_names_make_as_many_as_were_named(trained):
    deploy_at_once(trained, [{"name": name} for name in ("one", "two", "three")])
    assert {endpoint.name for endpoint in trained.backend.endpoints()} == {"one", "two", "three"}


def test_a_click_that_waited_is_the_first_one_and_a_later_one_is_not(trained, monkeypatch):
    first = deploy(trained.backend, "t", token="a")
    assert first.name == "t-a"
    trained.endpoint_with("InService", "t-a")
    assert deploy(trained.backend, "t", token="b").name == "t-a"
    monkeypatch.setattr(launching, "SECOND_CLICK", 0.0)
    assert deploy(trained.backend, "t", token="c").name == "t-c"


def test_another_expiry_another_name_or_a_deletion_is_another_request(trained):
    deploy(trained.backend, "t", token="a")
    assert deploy(trained.backend, "t", expires_in="1h", token="b").name == "t-b"
    assert deploy(trained.backend, "t", "typed").name == "typed"
    for name in ("t-a", "t-b"):
        trained.backend.delete_endpoint(name)
    assert deploy(trained.backend, "t", token="c").name == "t-c", "a typed one is somebody's own"


def test_the_runners_input_says_whether_the_name_was_made(trained):
    deploy(trained.backend, "t", token="a")
    given = json.loads((trained.workspace / ".runtime/endpoint/t-a/request.json").read_text())
    assert given["request"]["made"] is True
