"""Every recorded request to the real container, sent to the stand-in over HTTP, one server process per group."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys

import pytest
from golden_cases import (
    EXPECTED_DIFFERENCES,
    GROUPS,
    HERE,
    IMAGE,
    body_of,
    compare_answer,
    lay_out_model,
    load,
    requests,
)

_SETTINGS = (
    "SAGEMAKER_BATCH",
    "SAGEMAKER_INFERENCE_OUTPUT",
    "SAGEMAKER_INFERENCE_ENSEMBLE",
    "MAX_CONTENT_LENGTH",
)


@pytest.fixture(scope="module")
def start_server(tmp_path_factory):
    """Start a server for a model folder and environment; returns its port."""
    environment = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    environment["PYTHONPATH"] = str(HERE.parent.parent)
    log = (tmp_path_factory.mktemp("log") / "servers.txt").open("w")
    command = [sys.executable, str(HERE / "golden_server.py")]
    with (
        log,
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as starter,
    ):

        def start(prefix, env):
            print(json.dumps({"prefix": str(prefix), "env": env}), file=starter.stdin, flush=True)
            return int(starter.stdout.readline())

        yield start
        starter.stdin.close()


@pytest.fixture(scope="module")
def connections(start_server, tmp_path_factory):
    """group -> an open connection to its server. Servers start when first asked for."""
    opened = {}

    def connection(group):
        if group not in opened:
            prefix = tmp_path_factory.mktemp(group)
            recording = load("serve", group)
            lay_out_model(recording, prefix)
            port = start_server(prefix, recording["env"])
            opened[group] = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        return opened[group]

    yield connection
    for connection_ in opened.values():
        connection_.close()


@pytest.mark.parametrize(("group", "name"), requests())
def test_request(group, name, connections, request):
    if f"{group}-{name}" in EXPECTED_DIFFERENCES:
        request.applymarker(pytest.mark.xfail(reason=EXPECTED_DIFFERENCES[f"{group}-{name}"], strict=True))
    recording = load("serve", group)
    index = next(number for number, each in enumerate(recording["requests"]) if each["id"] == name)
    recorded, expected = recording["requests"][index], recording["responses"][IMAGE][index]
    connection = connections(group)

    connection.request(
        recorded["method"], recorded["path"], body=body_of(recorded), headers=recorded["headers"]
    )
    answer = connection.getresponse()
    body = answer.read()
    # One more request on a connection after one that was refused unread would be garbage.
    if answer.will_close or answer.status == 413:
        connection.close()

    compare_answer(expected, recorded, answer.status, answer.headers["Content-Type"], body)


def test_all_groups_are_recorded_for_this_image():
    assert all(IMAGE in load("serve", group)["responses"] for group in GROUPS)
