"""A run: what a runner knows and tells while its job goes on (status, log, metrics, stop requests)."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from pathlib import Path
from typing import Any

from core.backends.local.failures import DiskFull
from core.backends.local.runtime import Runtime, Status, now
from core.errors import SenderoError

TELL_EVERY = 0.2  # seconds between two writes of status.json for progress alone
LOOK_EVERY = 0.1  # seconds between two looks for a stop request


class Stopped(Exception):
    """A person asked the job to stop; the message says what was kept."""


class Run:
    """The runner's side of a runtime folder. Everything is written through here."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        letter = runtime.request()
        self.request: dict[str, Any] = letter["request"]
        self.programs: dict[str, Any] = letter["programs"]
        first = {key: letter[key] for key in ("created", "expires", "training_job") if key in letter}
        word = "Creating" if runtime.kind == "endpoint" else "InProgress"
        self.status: Status = {"name": runtime.name, "kind": runtime.kind, "status": word}
        self.status |= first | {"phase": "Starting", "started": now(), "pid": os.getpid()}
        self.signalled = False  # set by SIGTERM: somebody ends us from outside
        self._log = runtime.log.open("ab", buffering=0)
        self._told = 0.0
        self._untold = False
        self._looked = 0.0
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

    # --- telling ----------------------------------------------------------------------------------------

    def tell(self, **facts: Any) -> None:
        """Change the status and write it. A full disk is found by the log and the outputs, not here."""
        self.status |= facts
        with contextlib.suppress(OSError):
            self.runtime.write_status(self.status)
        self._told = time.monotonic()
        self._untold = False

    def phase(self, phase: str, message: str = "") -> None:
        self.say(phase + (f": {message}" if message else ""))
        self.tell(phase=phase, message=message)

    def progress(self, share: float, message: str | None = None) -> None:
        """Often called, so status.json is written a few times a second at most."""
        self.status["progress"] = min(1.0, max(0.0, share))
        if message is not None:
            self.status["message"] = message
        self._untold = True
        self.tell_progress()

    def tell_progress(self) -> None:
        """Write progress that was held back; called again and again while a step is silent."""
        if self._untold and time.monotonic() - self._told >= TELL_EVERY:
            self.tell()

    def say(self, text: str) -> None:
        """A line of the runner itself, with the time."""
        self.line(f"-- {now()} {text}".encode())

    def line(self, line: bytes) -> None:
        """A line of the log. Raises DiskFull."""
        self._write(self._log, line + b"\n")

    def metric(self, row: dict[str, float]) -> None:
        """A row of metrics.jsonl. Raises DiskFull."""
        with self.runtime.metrics.open("ab", buffering=0) as file:
            self._write(file, json.dumps(row).encode() + b"\n")

    def _write(self, file: Any, data: bytes) -> None:
        try:
            while data:
                data = data[file.write(data) :]
        except OSError as error:
            raise self.disk_failure(error, "The log could not be written.") from error

    def disk_failure(self, error: OSError, what: str) -> SenderoError | OSError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return DiskFull(thing=self.runtime.thing, reason=what)
        return error

    # --- listening --------------------------------------------------------------------------------------

    def stop_asked(self) -> bool:
        """Was this run asked to stop, by a file or a signal? Tells Stopping when it first sees it."""
        if self._stop:
            return True
        moment = time.monotonic()
        if not self.signalled and moment - self._looked < LOOK_EVERY:
            return False
        self._looked = moment
        self._stop = self.signalled or self.runtime.asked_to_stop()
        if self._stop:
            with contextlib.suppress(SenderoError):
                self.say("asked to stop")
            self.tell(status="Deleting" if self.runtime.kind == "endpoint" else "Stopping")
        return self._stop

    def stop_point(self) -> None:
        """A place between steps where a job may end. Raises Stopped."""
        self._looked = 0.0
        if self.stop_asked():
            raise Stopped("")
