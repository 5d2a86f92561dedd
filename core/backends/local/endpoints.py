"""Endpoints from outside: deploy, describe, delete. What runs inside is endpoint.py."""

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
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core import keys
from core.backends.base import Endpoint, EndpointStatus
from core.backends.local.failures import EndpointFailed, RunnerKilled
from core.backends.local.launch import launch_lock, start_runner
from core.backends.local.programs import Programs
from core.backends.local.runtime import ENDED, FOLDER, Runtime
from core.backends.records import (
    ENDPOINT,
    change_endpoint,
    failure_of,
    optional_time,
    read_endpoint,
    time_of,
    timestamp,
    write_endpoint,
)
from core.backends.requests import EndpointRequest
from core.backends.versions import versions
from core.errors import (
    EndpointError,
    EndpointGone,
    NameTaken,
    NotFound,
    ReportedFailure,
    StorageDamaged,
    StorageFailed,
)
from core.language import tr
from core.storage import DiskStorage, storage_errors

if TYPE_CHECKING:
    from core.backends.record_types import EndpointRecord, EndpointRequestJson, RunnerInput, Status

LISTING = "endpoints"
AGREES = 0.05  # seconds between two looks whether a runner has agreed to another expiry
TIDYING = 30  # seconds that removing a stopped endpoint's files may take


class StillThere(EndpointError):
    """A process of the endpoint outlived its deletion."""

    what = "The endpoint {name} could not be deleted."
    why = "{reason}"
    remedy = "Try again; if it stays, end the process by hand (its number is in the reason)."


def deploy(workspace: Path, request: EndpointRequest, programs: Programs) -> Runtime:
    """Start an endpoint, or return the active one of the same name and training job. Raises NameTaken."""
    storage = DiskStorage(workspace)
    name, training_job = request.name, request.training_job
    runtime = Runtime.of(workspace, ENDPOINT, name)
    with launch_lock(workspace):
        status = runtime.status()
        if status and status["status"] not in ENDED:
            if status.get("training_job") == training_job and status["status"] != "Deleting":
                return runtime
            raise NameTaken(thing="an endpoint", name=name)
        forget_runtime(runtime)  # one of that name that had ended
        moment = datetime.now(UTC)
        created, expires = timestamp(moment), timestamp(moment + timedelta(seconds=request.expires_in))
        record: EndpointRecord = {
            **_json(request),
            "expires": expires,
            "contract": keys.model_contract(training_job),
            "instance": "local",
            "backend": "local",
            "created": created,
            "versions": versions(),
        }
        given: RunnerInput = {
            "request": _json(request),
            "programs": programs.as_dict(),
            "created": created,
            "training_job": training_job,
            "expires": expires,
        }
        first: Status = {
            "name": name,
            "kind": ENDPOINT,
            "status": "Creating",
            "phase": "Starting",
            "created": created,
            "training_job": training_job,
            "expires": expires,
        }
        try:
            write_endpoint(storage, record)
            start_runner(runtime, given, first)
        except BaseException:
            with contextlib.suppress(OSError):
                shutil.rmtree(storage.path(keys.endpoint(name)))
            raise
    return runtime


def _json(request: EndpointRequest) -> EndpointRequestJson:
    return {
        "name": request.name,
        "training_job": request.training_job,
        "expires_in": request.expires_in,
        "made": request.name_generated,
    }


def request_of(workspace: Path, name: str) -> EndpointRequest | None:
    """Return what an endpoint was made for; None where that cannot be read any more."""
    given = Runtime.of(workspace, ENDPOINT, name).input()
    request = (
        cast("EndpointRequestJson", given["request"]) if given else None
    )  # an endpoint's folder has that
    if request is None or not {"training_job", "expires_in", "made"} <= request.keys():
        return None
    return EndpointRequest(
        name, request["training_job"], request["expires_in"], name_generated=request["made"]
    )


def status_of(workspace: Path, name: str) -> Status:
    """Return the true status of an endpoint. Raises NotFound."""
    status = Runtime.of(workspace, ENDPOINT, name).status()
    if status is None:
        status = _from_storage(workspace, name)
    if status is None:
        raise NotFound(thing="endpoint", name=name, listing=LISTING)
    return status


def _from_storage(workspace: Path, name: str) -> Status | None:
    """Return the status of an endpoint whose runtime folder was lost or half deleted; None where it has no record."""
    storage, key = DiskStorage(workspace), keys.endpoint_record(name)
    if not storage.exists(key):
        return None
    status: Status = {"name": name, "kind": ENDPOINT, "status": "Failed", "created": ""}
    try:
        record = read_endpoint(storage, name)
        gone = RunnerKilled(
            thing=tr("The endpoint {name}", name=name), reason=tr("Its runtime folder is gone.")
        )
        status.update(created=record["created"], expires=record["expires"], failure=gone.failure.as_kept())
        status["training_job"] = record["training_job"] or ""
    except (StorageDamaged, StorageFailed) as damaged:  # it is listed all the same, and can be deleted
        try:
            written = datetime.fromtimestamp(storage.path(key).stat().st_mtime, UTC)
        except OSError:  # it vanished meanwhile
            return None
        status.update(created=timestamp(written), failure=damaged.failure.as_kept())
    return status


def set_expiry(workspace: Path, name: str, expires: datetime) -> None:
    """Ask the runner of an endpoint to end at `expires`, and wait until it has agreed.

    Raises NotFound, EndpointGone where it ends before it has.
    """
    runtime, until = Runtime.of(workspace, ENDPOINT, name), timestamp(expires)
    runtime.ask_to_end_at(until)
    while True:
        status = status_of(workspace, name)
        if status["status"] in ENDED:
            raise EndpointGone(name=name, reason=tr("Its status is {status}.", status=status["status"]))
        if status.get("expires") == until:
            break
        time.sleep(AGREES)

    def moved(record: EndpointRecord) -> EndpointRecord:
        return {**record, "expires": until}

    change_endpoint(DiskStorage(workspace), name, moved)


def replace_model(workspace: Path, name: str, training_job: str) -> None:
    """Ask the runner of an endpoint to serve another model, and wait until it does or has said why not.

    Raises NotFound, EndpointGone where it is not in service, ReportedFailure where it keeps the model that it had.
    """
    runtime, request = Runtime.of(workspace, ENDPOINT, name), secrets.token_hex(8)
    status = status_of(workspace, name)
    if status["status"] != EndpointStatus.in_service:
        raise EndpointGone(name=name, reason=tr("Its status is {status}.", status=status["status"]))
    runtime.ask_for_model(request, training_job)
    while status.get("replaced") != request:
        time.sleep(AGREES)
        status = status_of(workspace, name)
        if status["status"] in ENDED:
            raise EndpointGone(name=name, reason=tr("Its status is {status}.", status=status["status"]))
        asked = runtime.asked_model()
        if status.get("replaced") != request and (
            asked is None or asked[0] != request
        ):  # somebody else has asked for another one since
            raise EndpointGone(name=name, reason=tr("Another model was asked for at the same moment."))
    if failure := failure_of(status.get("unreplaced")):
        raise ReportedFailure(**failure.as_dict())
    previous = status.get("previous", "")

    def replaced(record: EndpointRecord) -> EndpointRecord:
        contract = keys.model_contract(training_job)
        return {**record, "training_job": training_job, "contract": contract, "previous": previous}

    change_endpoint(DiskStorage(workspace), name, replaced)


def names(workspace: Path) -> set[str]:
    """Return the names of all endpoints, those whose runtime folder or record is lost included."""
    folder = workspace / FOLDER / ENDPOINT
    there = [path.name for path in folder.iterdir()] if folder.exists() else []
    return {
        name for name in (*there, *DiskStorage(workspace).folders(keys.ENDPOINTS)) if not name.startswith(".")
    }


def delete(workspace: Path, name: str) -> list[str]:
    """Delete endpoint, endpoint config and model, each checked, and return them. Raises NotFound, StillThere."""
    status = status_of(workspace, name)
    runtime = Runtime.of(workspace, ENDPOINT, name)
    grace = _grace(runtime)
    was_alive = runtime.alive()
    if was_alive:
        with storage_errors("delete", tr("endpoint {endpoint}", endpoint=name)):
            runtime.ask_to_stop()
        end_runner(runtime, grace + 5)
        status = runtime.status() or status
    check_gone(runtime, status, was_alive)
    with launch_lock(workspace):  # two who delete at once: one of them does, the other finds nothing
        status_of(workspace, name)
        forget_runtime(runtime)
        with storage_errors("delete", keys.endpoint(name)):
            shutil.rmtree(workspace / "endpoints" / name, ignore_errors=True)
        left = [path for path in (runtime.folder, workspace / "endpoints" / name) if path.exists()]
    if left:
        raise StillThere(
            name=name, reason=tr("These could not be removed: {files}.", files=", ".join(map(str, left)))
        )
    return [
        tr("endpoint {endpoint}", endpoint=name),
        tr("endpoint config {config}", config=name),
        tr("model {model}", model=name),
    ]


def _grace(runtime: Runtime) -> float:
    """Return the seconds from SIGTERM to SIGKILL that an endpoint was deployed with."""
    given = runtime.input()
    grace = given["programs"].get("grace") if given else None
    return grace if isinstance(grace, int | float) else Programs().grace


def end_runner(runtime: Runtime, patience: float) -> None:
    """Wait for the runner to let go of its lock; kill one that does not listen. Raises StillThere."""
    if _wait(lambda: not runtime.alive(), patience):
        return
    pid = (runtime.status() or {}).get("pid")
    if pid and runtime.alive():  # alive, so the number is still its own
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    if not _wait(lambda: not runtime.alive(), 5):
        raise StillThere(name=runtime.name, reason=tr("Its runner (process {pid}) does not end.", pid=pid))


def check_gone(runtime: Runtime, status: Status, was_alive: bool) -> None:
    """See that the server's process and port are gone; kill a server that outlived its runner. Raises StillThere."""
    port, pid = status.get("port"), status.get("server_pid")
    if pid and not _wait(lambda: not _runs(pid, runtime.ml), 2):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _wait(lambda: not _runs(pid, runtime.ml), 3)
    # Of one that ended long ago the number of the port may belong to somebody else by now.
    if pid and (_runs(pid, runtime.ml) or (was_alive and port and not _wait(lambda: not _listens(port), 5))):
        reason = tr("Its server (process {pid}) still runs or listens on port {port}.", pid=pid, port=port)
        raise StillThere(name=runtime.name, reason=reason)


def _runs(pid: int, prefix: Path) -> bool:
    """Return whether process `pid` serves this folder: by its command line, because numbers are used again."""
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


def endpoint_of(status: Status, request: EndpointRequest | None) -> Endpoint:
    """Return the endpoint that a status describes and that was made for `request`."""
    status = _deletion(status) if status["status"] == "Stopped" else status
    serving = status["status"] == EndpointStatus.in_service
    return Endpoint(
        name=status["name"],
        status=EndpointStatus(status["status"]),
        training_job=status.get("training_job") or "",
        created=time_of(status["created"]),
        expires=optional_time(status.get("expires")),
        url=status.get("url") if serving else None,
        failure=failure_of(status.get("failure")),
        previous=status.get("previous", ""),
        model_sha256=status.get("model_sha256", ""),
        request=request and replace(request, training_job=status.get("training_job", "")),
        at_a_time=os.cpu_count() or 1,
    )


def _deletion(status: Status) -> Status:
    """Return the status of an endpoint that ended for its deletion, which goes on or was interrupted."""
    ended = optional_time(status.get("ended"))
    if ended and (datetime.now(UTC) - ended).total_seconds() < TIDYING:
        return {**status, "status": "Deleting"}
    failure = EndpointFailed(name=status["name"], reason=tr("Its deletion was interrupted: delete it again."))
    return {**status, "status": "Failed", "failure": failure.failure.as_kept()}


def why_gone(endpoint: Endpoint) -> str:
    """Return the true reason that nobody answers."""
    if endpoint.status == EndpointStatus.expired:
        return tr(
            "It ended itself at its expiry, {expires} UTC.", expires=f"{endpoint.expires:%Y-%m-%d %H:%M:%S}"
        )
    if endpoint.failure:
        return f"{endpoint.failure.what} {endpoint.failure.why}".strip()
    if endpoint.status == EndpointStatus.creating:
        return tr("It is still being created.")
    if endpoint.status == EndpointStatus.deleting:
        return tr("It is being deleted.")
    return tr("It closed the connection while it was asked.")
