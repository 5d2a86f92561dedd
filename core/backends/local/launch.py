"""Starting a runner: once, however many clicks, tabs or processes ask for it.

The launcher takes the job's lock itself and hands the locked descriptor to the runner. So there is no
moment at which a job that was just launched looks killed because its runner has not opened its eyes yet.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from core import keys
from core.backends.local.programs import Programs
from core.backends.local.runtime import FOLDER, Runtime, write_json
from core.backends.records import new_job, now, read_job, write_job
from core.backends.versions import fingerprint
from core.errors import NameTaken, StorageDamaged
from core.language import tr
from core.project import PROJECT
from core.storage import DiskStorage, storage_errors

if TYPE_CHECKING:
    from core.backends.record_types import JobRequestJson, RunnerInput, Status

JOB_KINDS = ("processing", "training", "tuning", "transform", "prediction")
RESUMED = ("prediction",)  # kinds of jobs that go on where they ended when they are launched again


def launch_job(
    workspace: Path,
    kind: str,
    request: JobRequestJson,
    programs: Programs,
    *,
    share: bool = True,
    preexec: Callable[[], None] | None = None,
    asks: dict[str, object] | None = None,
    execution: str = "",
) -> tuple[Runtime, subprocess.Popen[bytes] | None]:
    """Return the runtime of the job for `request`, and its runner if this call started it.

    With `share`, a job of the same name and request is returned instead of a second one; if it was stopped or has
    failed, and is of a kind that can, it goes on. `asks` are the settings of the backend that it asks, if another;
    `execution` says whose step it is, of a pipeline.
    Raises NameTaken when the name stands for something else.
    """
    name, mark = request["name"], fingerprint(request)
    earlier, storage = None, DiskStorage(workspace)
    begun = storage.exists(keys.job_record(kind, name))
    with launch_lock(workspace):
        for other in JOB_KINDS:
            known = Runtime.of(workspace, other, name)
            if known.folder.exists():
                if share and other == kind and _fingerprint(known) == mark:
                    if not _goes_on(known):
                        return known, None
                    earlier = known
                    break
                raise NameTaken(thing=tr("a {kind} job", kind=other), name=name)
            if storage.exists(keys.job_record(other, name)):
                if share and other == kind in RESUMED and _recorded(storage, kind, name) == mark:
                    break  # what it has is in storage: it goes on without its runtime folder
                raise NameTaken(thing=tr("a {kind} job", kind=other), name=name)
        created = now()
        given: RunnerInput = {
            "request": request,
            "fingerprint": mark,
            "programs": programs.as_dict(),
            "created": created,
        }
        if asks:
            given["asks"] = asks
        runtime = Runtime.of(workspace, kind, name)
        status: Status = {
            "name": name,
            "kind": kind,
            "status": "InProgress",
            "phase": "Starting",
            "created": created,
        }
        try:
            record = new_job(kind, request, backend="local", created=created, execution=execution)
            write_job(storage, record)
            return runtime, start_runner(runtime, given, status, preexec=preexec, earlier=earlier)
        except BaseException:
            if begun:  # what it has so far stays
                raise
            with contextlib.suppress(OSError):
                shutil.rmtree(storage.path(keys.job(kind, name)))
            raise


def _goes_on(known: Runtime) -> bool:
    """Return whether a job that is launched again goes on: it has ended without being Completed."""
    status = known.status() if known.kind in RESUMED else None
    return bool(status and status["status"] in ("Stopped", "Failed") and known.ended())


def start_runner(
    runtime: Runtime,
    given: RunnerInput,
    status: Status,
    *,
    preexec: Callable[[], None] | None = None,
    earlier: Runtime | None = None,
) -> subprocess.Popen[bytes]:
    """Make the runtime folder, whole or not at all, and return its runner, started under its lock.

    Its log goes on from that of an `earlier` runtime, whose folder it takes.
    """
    folder = runtime.folder
    draft = Runtime(folder.with_name(f".{folder.name}.{secrets.token_hex(4)}"))
    fd = -1
    with storage_errors("start", keys.job(runtime.kind, runtime.name)):
        try:
            draft.folder.mkdir(parents=True)
            write_json(draft.folder / "request.json", given)
            draft.write_status(status)
            fd = draft.create_lock()
            if earlier:
                with contextlib.suppress(FileNotFoundError):
                    os.replace(earlier.log, draft.log)
                earlier.remove()
            with draft.log.open("ab") as log:
                os.rename(draft.folder, folder)
                try:
                    process = subprocess.Popen(
                        [sys.executable, "-m", "core.backends.local.runner", str(folder), str(fd)],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        cwd=PROJECT,
                        env=runner_environment(secrets="asks" in given),
                        pass_fds=(fd,),
                        start_new_session=True,
                        preexec_fn=preexec,
                    )
                except BaseException:
                    shutil.rmtree(folder, ignore_errors=True)
                    raise
        finally:
            shutil.rmtree(draft.folder, ignore_errors=True)
            if fd >= 0:
                os.close(fd)
    if preexec is None:
        # Reaps the runner at its end, so that this process keeps no zombies; it does no work.
        threading.Thread(target=process.wait, daemon=True).start()
    return process


def runner_environment(secrets: bool = False) -> dict[str, str]:
    """Return this environment, in which the project is importable; without `secrets` it has no AWS credentials, which
    no step needs but one that asks an endpoint there.
    """
    kept = {key: value for key, value in os.environ.items() if secrets or not key.startswith("AWS_")}
    return kept | {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}


@contextmanager
def launch_lock(workspace: Path, name: str = "launch") -> Generator[None, None, None]:
    """Hold one lock of a workspace, over all processes: `launch`, under which names are taken, or `request`, under
    which it is seen whether a request is new. Who needs both takes `request` first. Raises StorageFailed.
    """
    with storage_errors("open", FOLDER):
        (workspace / FOLDER).mkdir(parents=True, exist_ok=True)
        fd = os.open(workspace / FOLDER / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _fingerprint(runtime: Runtime) -> str:
    given = runtime.input()
    return given.get("fingerprint", "") if given else ""


def _recorded(storage: DiskStorage, kind: str, name: str) -> str:
    """Return the fingerprint of the request in a job's record; nothing of one that is damaged."""
    with contextlib.suppress(StorageDamaged):
        return fingerprint(read_job(storage, kind, name)["request"])
    return ""
