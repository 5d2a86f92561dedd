"""A container that serves: the model unpacked from S3, `core.container serve`, and requests to it."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from .account import Account
from .archive import BadArchive, unpack
from .containers import Container
from .models import container_of, model_data
from .tables import Facts
from .transfer import fetch

TIMEOUT = 60  # seconds; SageMaker's own limit for an answer


class NotServing(Exception):
    """The container does not answer its ping, or the model cannot be had; the text says which."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the container answered."""

    status: int
    content_type: str
    body: bytes


class Server:
    """One model being served, in a room of its own."""

    def __init__(self, account: Account, room: Path, model: Facts, group: str, stream: str) -> None:
        self.account, self.model = account, model
        self.role = model["ExecutionRoleArn"]
        self.container = Container(account, room / "ml", group, stream, self.role)
        self.port = 0

    def start(self, environment: dict[str, str] | None = None) -> None:
        """Download, unpack, serve, and wait for a healthy ping. Raises NotServing.

        `environment` is SageMaker's own, beside the model's.
        """
        ml = self.container.ml
        archive = ml.parent / "model.tar.gz"
        if why := self.account.access.prepare(self.role, self.model):
            raise NotServing(why)
        try:
            fetch(self.account, model_data(self.model), archive, self.role)
            unpack(archive, ml / "model")
        except (ClientError, BadArchive) as error:
            raise NotServing(
                f'Failed to download model data for container "container_1" from URL: "{model_data(self.model)}". '
                f"Please ensure that the object is there and can be read. ({error})"
            ) from error
        # An inherited socket answers in our network even where the process has none of its own.
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        image = self.account.image
        self.container.start(
            image.command(image.serve, ml=ml, fd=listening.fileno()),
            container_of(self.model).get("Environment", {}) | (environment or {}),
            cwd=image.folder,
            isolated=self.model.get("EnableNetworkIsolation", False),
            fds=(listening.fileno(),),
        )
        listening.close()
        deadline = time.monotonic() + TIMEOUT
        while not self._healthy():
            if self.container.process.poll() is not None or time.monotonic() > deadline:
                raise NotServing("ping")
            if self.account.closing.is_set():
                raise NotServing("closing")
            time.sleep(0.05)

    def _healthy(self) -> bool:
        try:
            status = self.request("GET", "/ping").status
        except OSError:
            return False
        if status >= 500:  # the model is loaded or it never will be: the container says so at once
            raise NotServing("ping")
        return status == 200

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers or {})
            got = connection.getresponse()
            return Reply(got.status, got.headers.get("Content-Type", ""), got.read())
        finally:
            connection.close()

    def run_until(self, ended: threading.Event) -> None:
        """Stay with the process, whose life hangs on this thread, until it is no longer wanted."""
        self.container.wait(ended, float("inf"))

    def kill(self) -> None:
        self.container.kill()
