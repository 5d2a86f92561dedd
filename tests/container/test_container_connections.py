"""Connections of which nobody makes use: closed in the end, and never an error in the log."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from container_rig import save, small_model

from core.container.connections import patient
from core.container.serve import application

HEAD = b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory) -> Iterator[int]:
    """The port of a server that soon loses patience."""
    prefix = tmp_path_factory.mktemp("connections")
    save(small_model(), prefix)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            application(prefix),
            http=patient(0.3),
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET", HEAD, HEAD + b"Content-Length: 9\r\n\r\n", HEAD + b"Content-Length: 9\r\n\r\n1,2"],
    ids=["nothing", "a word", "half a head", "a head", "half a body"],
)
def test_a_connection_that_sends_no_more_is_closed(port, sent):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(sent)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(100) == b""


def test_a_request_in_good_time_is_answered(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(HEAD + b"Content-Length: 7\r\n\r\n1,2,3,4")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_an_upgrade_to_a_websocket_is_an_ordinary_request_and_no_line_of_the_log(port, caplog):
    caplog.set_level(logging.DEBUG)
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /ping HTTP/1.1\r\nHost: localhost\r\n" + upgrade + b"\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")
    assert [record.message for record in caplog.records if record.levelno >= logging.WARNING] == []
