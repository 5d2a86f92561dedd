"""An endpoint's life: unpack the model, serve it on a loopback port, end at the expiry or when asked."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from datetime import datetime

from core.archive import unpack_model
from core.backends.local.failures import EndpointFailed, EndpointStopped, signal_words
from core.backends.local.run import Run, Stopped
from core.backends.local.runtime import last_lines
from core.backends.local.steps import Pump, kill_group, start
from core.storage import DiskStorage

HOST = "127.0.0.1"
SICK_FOR = 2.0  # seconds that /ping may answer something other than 200


def work(run: Run) -> str:
    """Serve until the expiry. Raises EndpointFailed when the server dies, Stopped when asked to end."""
    (run.ml / "model").mkdir(parents=True, exist_ok=True)
    run.phase("Downloading")
    key = f"training/{run.request['training_job']}/output/model.tar.gz"
    unpack_model(DiskStorage(run.workspace).path(key), run.ml / "model")

    run.phase("Starting")
    process, port = start_server(run)
    pump = Pump(run, process)
    try:
        wait_for_ping(run, pump, port)
        run.say(f"InService at http://{HOST}:{port}")
        run.tell(status="InService", phase="InService", url=f"http://{HOST}:{port}")
        serve_until_expiry(run, pump)
    finally:
        end_server(run, pump)
    run.say("expired")
    return "It ended itself at its expiry."


def start_server(run: Run) -> tuple[subprocess.Popen, int]:
    """The server on a port that is open before it starts, so that no other program can take it between."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, 0))
    listener.listen(128)
    with listener:  # our copy closes at once: the port must die with the server
        fd, port = listener.fileno(), listener.getsockname()[1]
        command = [*run.programs["container"], "serve", "--prefix", str(run.ml)]
        process = start([*command, "--fd", str(fd), "--endpoint-name", run.name], fds=(fd,))
    run.tell(server_pid=process.pid, port=port)
    return process, port


def wait_for_ping(run: Run, pump: Pump, port: int) -> None:
    """Until /ping answers 200. A server that keeps answering otherwise is up and sick: no use to wait long."""
    deadline = time.monotonic() + run.programs["ping_deadline"]
    patience, answer = deadline, "no answer"
    while time.monotonic() < min(deadline, patience):
        if not pump.turn():
            raise died(run, pump, "The server ended before it could serve.")
        leave_if_asked(run)
        status, text = ping(port)
        if status == 200:
            return
        if status and patience == deadline:
            patience = time.monotonic() + SICK_FOR
        answer = f"status {status}: {text}" if status else "no answer"
    reason = f"/ping did not become healthy ({answer}). {last_lines(run.runtime.log, 3)}"
    raise EndpointFailed(name=run.name, reason=reason.strip())


def ping(port: int) -> tuple[int, str]:
    """Status and text of GET /ping; status 0 when nobody answers."""
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/ping")
        answer = connection.getresponse()
        return answer.status, answer.read(2000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def serve_until_expiry(run: Run, pump: Pump) -> None:
    # Wall clock on purpose: an endpoint promised until 14:00 is not there at 15:00 after a laptop's sleep.
    expires = datetime.fromisoformat(run.status["expires"]).timestamp()
    while time.time() < expires:
        if not pump.turn():
            raise died(run, pump, "The server died.")
        leave_if_asked(run)


def leave_if_asked(run: Run) -> None:
    if run.stop_asked():
        if run.signalled and not run.runtime.asked_to_stop():
            raise EndpointStopped(name=run.name)
        raise Stopped("Deleted.")


def died(run: Run, pump: Pump, what: str) -> EndpointFailed:
    code = pump.process.wait()
    how = signal_words(code)[1] if code < 0 else f"Exit code {code}."
    words = last_lines(run.runtime.log, 3)
    return EndpointFailed(name=run.name, reason=f"{what} {how} {words}".strip())


def end_server(run: Run, pump: Pump) -> None:
    """SIGTERM, SIGKILL after the grace period; its last lines still reach the log."""
    if pump.process.poll() is None:
        pump.process.terminate()
    deadline = time.monotonic() + run.programs["grace"]
    try:
        while pump.turn() and time.monotonic() < deadline:
            continue
    finally:
        kill_group(pump.process)
        pump.close()
