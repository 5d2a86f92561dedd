"""A run: what a runner knows and reports while its job goes on (status, log, metrics, stop requests)."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from core.backends.local.failures import DiskFull
from core.backends.local.programs import Programs
from core.backends.local.runtime import Runtime
from core.backends.records import now
from core.errors import SenderoError
from core.language import tr

if TYPE_CHECKING:
    from types import FrameType
    from typing import Unpack

    from core.backends.record_types import Status, StatusChange

WRITE_EVERY = 0.2  # seconds between two writes of status.json for progress alone
STOP_POLL = 0.1  # seconds between two looks for a stop request

RequestT = TypeVar("RequestT", covariant=True)  # the request of the kind of job that runs, as JSON holds it


class Stopped(Exception):
    """A person asked the job to stop; the message says what was kept."""

    @property
    def message(self) -> str:
        return self.args[0]


def is_full_disk(error: BaseException | None) -> bool:
    """Return whether the system refused to write for want of room."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class Run(Generic[RequestT]):
    """The runner's side of a runtime folder. Everything is written through here."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        given = runtime.input()
        assert given is not None, "its launcher wrote it a moment ago"
        self.request = cast("RequestT", given["request"])  # of the folder's kind
        self.programs = Programs.of(given["programs"])
        status: dict[str, object] = {
            "name": runtime.name,
            "kind": runtime.kind,
            "status": "Creating" if runtime.kind == "endpoint" else "InProgress",
            **{key: given.get(key) for key in ("created", "expires", "training_job") if key in given},
            "phase": "Starting",
            "started": now(),
            "pid": os.getpid(),
        }
        self.status: Status = cast("Status", status)
        self.signalled = False  # set by SIGTERM: somebody ends us from outside
        self._log = runtime.log.open("ab", buffering=0)
        self._written = 0.0  # when status.json was
        self._unwritten = False  # is there progress that it does not have yet?
        self._polled = 0.0  # when a stop request was last looked for
        self._stop = False

    @property
    def name(self) -> str:
        return self.runtime.name

    @property
    def ml(self) -> Path:
        return self.runtime.ml

    @property
    def workspace(self) -> Path:
        return self.runtime.workspace

    # --- reporting --------------------------------------------------------------------------------------

    def update(self, **facts: Unpack[StatusChange]) -> None:
        """Change the status and write it. A full disk shows in the log and the outputs, not here."""
        self.status = {**self.status, **facts}
        with contextlib.suppress(OSError):
            self.runtime.write_status(self.status)
        self._written = time.monotonic()
        self._unwritten = False

    def phase(self, phase: str, message: str = "") -> None:
        self.say(phase + (f": {message}" if message else ""))
        self.update(phase=phase, message=message)

    def progress(self, share: float, message: str | None = None) -> None:
        """Report progress. It is often called, so status.json is written a few times a second at most."""
        self.status["progress"] = min(1.0, max(0.0, share))
        if message is not None:
            self.status["message"] = message
        self._unwritten = True
        self.write_progress()

    def write_progress(self) -> None:
        """Write progress that was held back; called again and again while a step is silent."""
        if self._unwritten and time.monotonic() - self._written >= WRITE_EVERY:
            self.update()

    def say(self, text: str) -> None:
        """Log a line of the runner itself, with the time. Raises DiskFull."""
        self.line(f"-- {now()} {text}".encode())

    def line(self, line: bytes) -> None:
        """Write a line of the log. Raises DiskFull."""
        self._write(self._log, line + b"\n")

    def metric(self, row: dict[str, float]) -> None:
        """Write a row of metrics.jsonl. Raises DiskFull."""
        with self.runtime.metrics.open("ab", buffering=0) as file:
            self._write(file, json.dumps(row).encode() + b"\n")

    def _write(self, file: FileIO, data: bytes) -> None:
        try:
            while data:
                data = data[file.write(data) :]
        except OSError as error:
            raise self.disk_failure(error, tr("The log could not be written.")) from error

    def disk_failure(self, error: OSError, what: str) -> SenderoError | OSError:
        if is_full_disk(error):
            return DiskFull(thing=self.runtime.thing, reason=what)
        return error

    # --- stop requests --------------------------------------------------------------------------------------

    def end_soon(self, signum: int, frame: FrameType | None) -> None:
        """Take SIGTERM as a stop request."""
        self.signalled = True

    def stop_asked(self) -> bool:
        """Return whether this run was asked to stop, by a file or a signal; from the first time on it is Stopping."""
        if self._stop:
            return True
        moment = time.monotonic()
        if not self.signalled and moment - self._polled < STOP_POLL:
            return False
        self._polled = moment
        self._stop = self.signalled or self.runtime.asked_to_stop()
        if self._stop:
            with contextlib.suppress(SenderoError):
                self.say("asked to stop")
            self.update(status="Deleting" if self.runtime.kind == "endpoint" else "Stopping")
        return self._stop

    def stop_point(self) -> None:
        """End the job here, between two steps, if it was asked to stop. Raises Stopped."""
        self._polled = 0.0
        if self.stop_asked():
            raise Stopped("")
