"""A model behind a loopback port while a runner lives: what an endpoint and a transform job share."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping

from core import keys
from core.archive import unpack_model
from core.backends.local.run import Run
from core.backends.local.runtime import last_lines
from core.backends.local.steps import Pump, kill_group, start
from core.language import joined, tr
from core.program import signal_words
from core.storage import DiskStorage

HOST = "127.0.0.1"
NO_MODEL = "Unable to load model"  # the container's words
# What damaged bytes do to a reader that trusts them.
CRASHES = (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL)
SICK_FOR = 2.0  # seconds that /ping may answer something other than 200


class NotServing(Exception):
    """The server died or never became healthy; the reason says how."""

    @property
    def reason(self) -> str:
        return self.args[0]


class Unreadable(NotServing):
    """The server does not survive the model, or finds that it is none."""


def fetch_model(run: Run[object], training_job: str, into: str = "model") -> str:
    """Unpack the model of `training_job` into a folder; return the SHA-256 of its archive. Raises what `unpack_model`
    does, StorageFailed."""
    folder, storage, key = run.ml / into, DiskStorage(run.workspace), keys.model(training_job)
    folder.mkdir(parents=True, exist_ok=True)
    unpack_model(storage.path(key), folder)
    return storage.sha256(key)


def start_server(
    run: Run[object], environment: Mapping[str, str] | None = None
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server; return it and its port, open before it starts: no other program can take it between."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, 0))
    listener.listen(128)
    with listener:  # our copy closes at once: the port must die with the server
        fd, port = listener.fileno(), listener.getsockname()[1]
        command = [*run.programs.container, "serve", "--prefix", str(run.ml)]
        command += ["--fd", str(fd), "--endpoint-name", run.name]
        process = start(command, fds=(fd,), environment=environment)
    run.update(server_pid=process.pid, port=port)
    return process, port


def wait_for_ping(run: Run[object], pump: Pump, port: int, check: Callable[[], None]) -> None:
    """Wait until /ping answers 200; `check` is called meanwhile and may raise. Raises NotServing.

    A server that keeps answering otherwise is up and sick: no use to wait long.
    """
    deadline = time.monotonic() + run.programs.ping_deadline
    patience, answer = deadline, tr("no answer")
    while time.monotonic() < min(deadline, patience):
        if not pump.turn():
            raise never_served(run, pump)
        check()
        status, text = ping(port)
        if status == 200:
            return
        if status and patience == deadline:
            patience = time.monotonic() + SICK_FOR
        answer = tr("status {status}: {text}", status=status, text=text) if status else tr("no answer")
    reason = tr("/ping did not become healthy ({answer}).", answer=answer)
    reason = joined([reason, last_lines(run.runtime.log, 3)])
    raise (Unreadable if NO_MODEL in answer else NotServing)(reason)


def ping(port: int) -> tuple[int, str]:
    """Return status and text of GET /ping; status 0 when nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/ping")
        answer = connection.getresponse()
        return answer.status, answer.read(2000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def never_served(run: Run[object], pump: Pump) -> NotServing:
    """Return why the server ended before its first answer: reading the model is all that it does until then."""
    code = pump.process.wait()
    if -code not in CRASHES:
        return died(run, pump, tr("The server ended before it could serve."))
    name = signal_words(code)[0]
    return Unreadable(
        tr("XGBoost ended by {signal} while it read the model: the file is damaged.", signal=name)
    )


def died(run: Run[object], pump: Pump, what: str) -> NotServing:
    """Return how the server ended, in words, with its last lines."""
    code = pump.process.wait()
    how = signal_words(code)[1] if code < 0 else tr("Exit code {code}.", code=code)
    words = last_lines(run.runtime.log, 3)
    return NotServing(joined([what, how, words]))


def end_server(run: Run[object], pump: Pump) -> None:
    """Send SIGTERM, and SIGKILL after the grace period; its last lines still reach the log."""
    if pump.process.poll() is None:
        pump.process.terminate()
    deadline = time.monotonic() + run.programs.grace
    try:
        while pump.turn() and time.monotonic() < deadline:
            continue
    finally:
        kill_group(pump.process)
        pump.close()
