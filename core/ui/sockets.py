"""The server's sockets: what is written is sent at once.

A TCP socket may hold a small message back until the one before has been confirmed, and a browser confirms after 40 ms
(Nagle's algorithm, and delayed acknowledgements). asyncio switches that off where a socket says that it is TCP; the one
that Streamlit 1.67 opens does not, so each small file and each element of a page could wait.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress

OPEN_FILES = "/dev/fd"  # of this process, on Linux and macOS


def send_at_once() -> None:
    """Have the sockets that listen, and so whatever connects to them from now on, hold nothing back."""
    with suppress(OSError):  # Windows has no such folder
        for name in os.listdir(OPEN_FILES):
            with suppress(OSError):  # no socket, or closed by now
                _send_at_once(int(name))


def _send_at_once(descriptor: int) -> None:
    found = socket.socket(fileno=descriptor)
    try:
        if found.family in (socket.AF_INET, socket.AF_INET6) and found.type == socket.SOCK_STREAM:
            found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    finally:
        found.detach()  # it is the server's, and stays open
