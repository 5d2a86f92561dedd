"""`python -m core.container serve`: load the model folder and answer HTTP until told to stop."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path

import uvicorn

from core.container.app import Container
from core.container.connections import is_loopback, patient
from core.container.invocation import Settings
from core.container.model import Model, ModelError, load
from core.container.tree import Tree

log = logging.getLogger(__name__)


def application(
    prefix: Path, endpoint_name: str | None = None, settings: Settings | None = None, loopback: bool = False
) -> Container:
    """Return the ASGI application for the model in `model/` of the folder that stands for `/opt/ml`.

    A model that cannot be loaded does not raise: the application says why to whoever asks, with status 502.
    """
    tree = Tree(prefix.absolute())
    settings = settings or Settings.from_environment()
    model: Model | str
    try:
        model = load(tree.path("model"), settings.ensemble)
    except ModelError as error:
        log.error("Unable to load model: %s", error)
        model = f"Unable to load model: {error}"
    return Container(model, settings, endpoint_name, loopback)


def main(prefix: Path, host: str, port: int, fd: int | None = None, endpoint_name: str | None = None) -> int:
    """Serve until SIGTERM or SIGINT.

    Args:
        host, port: where to listen; port 0 takes a free one, which is logged.
        fd: a socket that a parent has opened already; it may be listening. `host` and `port` are then ignored.
        endpoint_name: the only name that `/endpoints/<name>/invocations` accepts.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="[%(asctime)s:%(levelname)s] %(message)s",
        datefmt="%Y-%m-%d:%H:%M:%S",
    )
    sockets = None if fd is None else [socket.socket(fileno=fd)]
    loopback = is_loopback(sockets[0].getsockname()[0] if sockets else host)
    config = uvicorn.Config(
        application(prefix, endpoint_name, loopback=loopback),
        http=patient(),
        ws="none",
        host=host,
        port=port,
        access_log=False,
        lifespan="off",
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_keep_alive=60,
        # An idle keep-alive connection would otherwise hold up the end.
        timeout_graceful_shutdown=5,
    )
    uvicorn.Server(config).run(sockets=sockets)
    return 0
