"""`python -m core.backends.local.runner <runtime folder> [<locked fd>]`: the life of one job or endpoint.

Detached from whoever launched it, it holds the folder's lock until it ends, and it writes its last
status before it lets go. It imports the standard library only, to be up in tens of milliseconds.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.backends.local.failures import DiskFull, RunnerBroken
from core.backends.local.records import close_record
from core.backends.local.run import Run, Stopped, is_full_disk
from core.backends.local.runtime import NO_JOBS, Runtime
from core.backends.local.staging import clear, remove
from core.backends.records import now
from core.errors import SenderoError, StorageFailed
from core.language import joined, tr
from core.scratch import Scratch

if TYPE_CHECKING:
    from core.backends.record_types import StatusChange


def work_by_kind(run: Run[Any]) -> str:
    """Do what a kind of job does; return its last message. Raises a SenderoError or Stopped."""
    kind = run.runtime.kind
    if kind == "processing":
        from core.backends.local.processing import work
    elif kind == "training":
        from core.backends.local.training import work
    elif kind == "tuning":
        from core.backends.local.tuning import work
    elif kind == "transform":
        from core.backends.local.transform import work
    elif kind == "prediction":
        from core.backends.local.prediction import work
    elif kind == "execution":
        from core.backends.local.execution import work
    else:
        from core.backends.local.endpoint import work
    return work(run)


def main(folder: str, fd: str = "") -> None:
    """Run the job or endpoint of a runtime folder to its end, under the lock that the launcher took."""
    runtime = Runtime(Path(folder))
    lock = int(fd) if fd else os.open(runtime.folder / "lock", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ours already when it was handed over
    os.set_inheritable(lock, False)  # a step that held it would look like us
    run: Run[object] = Run(runtime)
    signal.signal(signal.SIGTERM, run.end_soon)
    run.update()
    # What the steps put into the temporary folder goes with their runner, however it ends.
    with Scratch("job") as scratch:
        os.environ["TMPDIR"] = str(scratch)
        end(run, outcome(run))


def outcome(run: Run[object]) -> StatusChange:
    """Do the work; return how it ended as the fields of the last status."""
    try:
        run.say(f"runner {os.getpid()} of {run.runtime.thing.lower()}")
        run.stop_point()
        message = work_by_kind(run)
        word = "Expired" if run.runtime.kind == "endpoint" else "Completed"
        return {"status": word, "phase": word, "progress": 1.0, "message": message}
    except Stopped as stopped:
        message = joined([tr(run.runtime.stop_reason()), stopped.message])
        return {"status": "Stopped", "phase": "Stopped", "message": message}
    except SenderoError as error:
        return failed(run, error)
    except OSError as error:
        known = run.disk_failure(error, tr("There was no room for the job's files."))
        return failed(run, known if isinstance(known, SenderoError) else broken(run, error))
    except Exception as error:
        return failed(run, broken(run, error))


def broken(run: Run[object], error: Exception) -> SenderoError:
    """Return the failure of a runner that met what it does not know, with the traceback in the log."""
    with contextlib.suppress(Exception):
        run.line(traceback.format_exc().encode())
    return RunnerBroken(thing=run.runtime.thing, reason=f"{type(error).__name__}: {error}")


def failed(run: Run[object], error: SenderoError) -> StatusChange:
    """Return the fields of the last status of a job that failed by `error`."""
    if isinstance(error, StorageFailed) and is_full_disk(error.__cause__):
        error = DiskFull(thing=run.runtime.thing, reason=f"{error.failure.what}")
    return {"status": "Failed", "phase": "Failed", "message": "", "failure": error.failure.as_kept()}


def end(run: Run[object], last: StatusChange) -> None:
    """Record the end in storage, then in status.json; when the disk is full, in the bytes kept for that."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    run.status = {**run.status, **last, "ended": now(), "peak_memory_bytes": peak or None}
    clear(run.ml, failed=run.status["status"] != "Completed")  # first: it makes room on a full disk
    is_job = run.runtime.kind not in NO_JOBS
    if is_job:
        try:
            close_record(run.workspace, run.runtime.kind, run.name, run.status)
        except (SenderoError, OSError) as error:
            if run.status["status"] == "Completed":  # outputs that nothing vouches for are not a result
                remove(run.workspace / run.runtime.kind / run.name / "output")
                known = error if isinstance(error, SenderoError) else broken(run, error)
                run.status = {**run.status, **failed(run, known)}
                with contextlib.suppress(SenderoError, OSError):
                    close_record(run.workspace, run.runtime.kind, run.name, run.status)
    with contextlib.suppress(SenderoError):
        failure = run.status.get("failure") if run.status["status"] == "Failed" else None
        words = (run.status["status"], run.status.get("message"), failure and failure["why"])
        run.say(" ".join(word for word in words if word))
    try:
        run.runtime.write_status(run.status)
    except OSError:
        run.runtime.write_last_words(run.status)


if __name__ == "__main__":
    main(*sys.argv[1:])
