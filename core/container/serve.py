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
from core.container.replacement import on_signal
from core.container.tree import Tree

log = logging.getLogger(__name__)


def application(
    prefix: Path, endpoint_name: str | None = None, settings: Settings | None = None, loopback: bool = False
) -> Container:
    """Return the ASGI application for the model in `model/` of the folder that stands for `/opt/ml`.

    A model that cannot be loaded does not raise: the application says why to whoever asks, with status 502.
    """
    settings = settings or Settings.from_environment()
    return Container(_loaded(prefix, settings), settings, endpoint_name, loopback)


def _loaded(prefix: Path, settings: Settings) -> Model | str:
    """Return the model of the folder, or why there is none."""
    try:
        return load(Tree(prefix.absolute()).path("model"), settings.ensemble)
    except ModelError as error:
        log.error("Unable to load model: %s", error)
        return f"Unable to load model: {error}"


def main(prefix: Path, host: str, port: int, fd: int | None = None, endpoint_name: str | None = None) -> int:
    """Serve until SIGTERM or SIGINT; on SIGUSR1 load the model folder again, and serve that from then on.

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
    settings = Settings.from_environment()
    container = application(prefix, endpoint_name, settings, loopback)
    on_signal(lambda: _loaded(prefix, settings), container.serve)
    config = uvicorn.Config(
        container,
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
