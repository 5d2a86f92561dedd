"""Endpoints from outside: deploy, look, delete. What runs inside is endpoint.py."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core.backends.base import Endpoint, EndpointStatus
from core.backends.checked import checked_record
from core.backends.local.failures import EndpointFailed, RunnerKilled
from core.backends.local.launch import launch_lock, runtimes, start_runner
from core.backends.local.programs import Programs
from core.backends.local.runtime import ENDED, Runtime, Status, now, stamp
from core.backends.records import failure_of, time_of
from core.backends.versions import versions
from core.errors import NameTaken, NotFound, SenderoError, StorageDamaged, StorageFailed
from core.storage import DiskStorage, storage_errors

KIND = "endpoint"
LISTING = "endpoints"
TIDYING = 30  # seconds that removing a stopped endpoint's files may take
SECOND_CLICK = 5.0  # seconds in which a second request with a made name is the first one again


class StillThere(SenderoError):
    """A process of the endpoint outlived its deletion."""

    what = "The endpoint {name} could not be deleted."
    why = "{reason}"
    remedy = "Try again; if it stays, end the process by hand (its number is in the reason)."


def deploy(
    workspace: Path, name: str, training_job: str, expires_in: float, programs: Programs, made: bool = False
) -> Runtime:
    """Start an endpoint, or answer the active one of the same name and training job. Raises NameTaken.

    With `made` (nobody chose the name) also an equal one that was made a moment ago: a second click that
    waited behind the first comes with a name of its own.
    """
    storage = DiskStorage(workspace)
    runtime = Runtime.of(workspace, KIND, name)
    request = {"name": name, "training_job": training_job, "expires_in": expires_in, "made": made}
    with launch_lock(workspace):
        if made and (twin := _made_just_now(workspace, request)):
            return twin
        status = runtime.status()
        if status and status["status"] not in ENDED:
            if status.get("training_job") == training_job and status["status"] != "Deleting":
                return runtime
            raise NameTaken(thing="an endpoint", name=name)
        forget_runtime(runtime)  # one of that name that had ended
        created = now()
        expires = stamp(datetime.now(UTC) + timedelta(seconds=expires_in))
        facts = {"training_job": training_job, "expires": expires}
        record = (
            request
            | facts
            | {
                "contract": f"training/{training_job}/output/contract.json",
                "instance": "local",
                "backend": "local",
                "created": created,
                "versions": versions(),
            }
        )
        letter = {"request": request, "programs": programs.as_dict(), "created": created, **facts}
        try:
            storage.write_json(f"endpoints/{name}/endpoint.json", record)
            return start_runner(runtime, letter, status="Creating", facts=facts)[0]
        except BaseException:
            with contextlib.suppress(OSError):
                shutil.rmtree(storage.path(f"endpoints/{name}"))
            raise


def _made_just_now(workspace: Path, request: dict[str, Any]) -> Runtime | None:
    """The endpoint of an equal request that is still being created, or is hardly older than a click."""
    wish = {key: value for key, value in request.items() if key != "name"}
    for runtime in runtimes(workspace, KIND):
        asked = runtime.request().get("request", {})
        if {key: asked.get(key) for key in wish} != wish or not (status := runtime.status()):
            continue
        age = (datetime.now(UTC) - datetime.fromisoformat(status["created"])).total_seconds()
        if status["status"] == "Creating" or (status["status"] == "InService" and age < SECOND_CLICK):
            return runtime
    return None


def status_of(workspace: Path, name: str) -> Status:
    """The true status of an endpoint. Raises NotFound."""
    status = Runtime.of(workspace, KIND, name).status()
    if status is None:
        status = _from_storage(workspace, name)
    if status is None:
        raise NotFound(thing="endpoint", name=name, listing=LISTING)
    return status


def _from_storage(workspace: Path, name: str) -> Status | None:
    """An endpoint of which only the record is left: its runtime folder was lost or half deleted."""
    storage, key = DiskStorage(workspace), f"endpoints/{name}/endpoint.json"
    if not storage.exists(key):
        return None
    failure: SenderoError = RunnerKilled(thing=f"The endpoint {name}", reason="Its runtime folder is gone.")
    fields = ("name", "training_job", "created", "expires")
    try:
        record = checked_record(storage.read_json(key, *fields), key, KIND, name)
        record["training_job"] = record["training_job"] or ""
    except (StorageDamaged, StorageFailed) as damaged:  # it is listed all the same, and can be deleted
        failure = damaged
        try:
            when = stamp(datetime.fromtimestamp(storage.path(key).stat().st_mtime, UTC))
        except OSError:  # it vanished meanwhile
            return None
        record = {"name": name, "training_job": "", "created": when, "expires": None}
    known = {field: record[field] for field in fields}
    return known | {"status": "Failed", "failure": failure.failure.as_dict()}


def names(workspace: Path) -> set[str]:
    folder = workspace / ".runtime" / KIND
    there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    return {
        name for name in there | set(DiskStorage(workspace).folders("endpoints")) if not name.startswith(".")
    }


def delete(workspace: Path, name: str) -> list[str]:
    """Endpoint, endpoint config and model, in that order, each checked. Raises NotFound, StillThere."""
    status = status_of(workspace, name)
    runtime = Runtime.of(workspace, KIND, name)
    grace = runtime.request().get("programs", {}).get("grace")
    grace = grace if isinstance(grace, int | float) else 10.0
    was_alive = runtime.alive()
    if was_alive:
        with storage_errors("delete", f"endpoint {name}"):
            runtime.ask_to_stop()
        end_runner(runtime, grace + 5)
        status = runtime.status() or status
    check_gone(runtime, status, was_alive)
    with launch_lock(workspace):  # two who delete at once: one of them does, the other finds nothing
        status_of(workspace, name)
        forget_runtime(runtime)
        with storage_errors("delete", f"endpoints/{name}"):
            shutil.rmtree(workspace / "endpoints" / name, ignore_errors=True)
        left = [path for path in (runtime.folder, workspace / "endpoints" / name) if path.exists()]
    if left:
        raise StillThere(name=name, reason=f"These could not be removed: {', '.join(map(str, left))}.")
    return [f"endpoint {name}", f"endpoint config {name}", f"model {name}"]


def end_runner(runtime: Runtime, patience: float) -> None:
    """Wait for the runner to let go of its lock; kill one that does not listen."""
    if _wait(lambda: not runtime.alive(), patience):
        return
    pid = (runtime.status() or {}).get("pid")
    if pid and runtime.alive():  # alive, so the number is still its own
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if not _wait(lambda: not runtime.alive(), 5):
        raise StillThere(name=runtime.name, reason=f"Its runner (process {pid}) does not end.")


def check_gone(runtime: Runtime, status: Status, was_alive: bool) -> None:
    """The server's process and its port. Where the kernel does not end it with its runner, we do."""
    port, pid = status.get("port"), status.get("server_pid")
    if pid and not _wait(lambda: not _runs(pid, runtime.ml), 2):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _wait(lambda: not _runs(pid, runtime.ml), 3)
    # Of one that ended long ago the number of the port may belong to somebody else by now.
    if pid and (_runs(pid, runtime.ml) or (was_alive and not _wait(lambda: not _listens(port), 5))):
        reason = f"Its server (process {pid}) still runs or listens on port {port}."
        raise StillThere(name=runtime.name, reason=reason)


def _runs(pid: int, prefix: Path) -> bool:
    """Is process `pid` a server for this folder? By its command line, because numbers are used again."""
    try:
        return os.fsencode(prefix) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        if sys.platform == "linux":
            return False
    shown = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, check=False)
    return os.fsencode(prefix) in shown.stdout


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def forget_runtime(runtime: Runtime) -> None:
    """Remove the folder in two moves, so that nobody ever sees half of it."""
    gone = runtime.folder.with_name(f".{runtime.name}.{secrets.token_hex(4)}")
    with contextlib.suppress(FileNotFoundError):
        os.rename(runtime.folder, gone)
        shutil.rmtree(gone, ignore_errors=True)


# --- as every face shows it ---------------------------------------------------------------------------------


def endpoint_of(status: dict[str, Any]) -> Endpoint:
    """The endpoint that a status tells of."""
    status = _deletion(status) if status["status"] == "Stopped" else status
    serving = status["status"] == EndpointStatus.in_service
    return Endpoint(
        name=status["name"],
        status=EndpointStatus(status["status"]),
        training_job=status.get("training_job") or "",
        created=time_of(status["created"]),
        expires=time_of(status.get("expires")),
        url=status.get("url") if serving else None,
        failure=failure_of(status),
    )


def _deletion(status: dict[str, Any]) -> dict[str, Any]:
    """An endpoint that ended for its deletion: whoever deletes it tidies up now, or was killed before."""
    ended = time_of(status.get("ended"))
    if ended and (datetime.now(UTC) - ended).total_seconds() < TIDYING:
        return status | {"status": "Deleting"}
    failure = EndpointFailed(name=status["name"], reason="Its deletion was interrupted: delete it again.")
    return status | {"status": "Failed", "failure": failure.failure.as_dict()}


def why_gone(endpoint: Endpoint) -> str:
    """The true reason that nobody answers."""
    if endpoint.status == EndpointStatus.expired:
        return f"It ended itself at its expiry, {endpoint.expires:%Y-%m-%d %H:%M:%S} UTC."
    if endpoint.failure:
        return f"{endpoint.failure.what} {endpoint.failure.why}".strip()
    if endpoint.status == EndpointStatus.creating:
        return "It is still being created."
    if endpoint.status == EndpointStatus.deleting:
        return "It is being deleted."
    return "It closed the connection while it was asked."
