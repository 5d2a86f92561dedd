"""Starts servers by forking, because importing XGBoost takes most of a server's start.

A script of its own: it reads one JSON line per server (`prefix`, `env`) and answers with its port. At the end of
its input it stops them all.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path

from core.container import serve


def _start(request: dict) -> tuple[int, int]:
    """Fork one server; return its process id and port."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    port = listening.getsockname()[1]
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.environ.update(request["env"])
        os._exit(serve.main(Path(request["prefix"]), "", 0, fd=listening.detach()))
    listening.close()
    return child, port


def main() -> None:
    children = []
    for line in sys.stdin:
        child, port = _start(json.loads(line))
        children.append(child)
        print(port, flush=True)
    for child in children:
        os.kill(child, signal.SIGTERM)
    for child in children:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
