"""One job's or endpoint's runtime folder, and the truth about it.

The truth is made of two facts: somebody holds the exclusive flock on `lock` (the runner is alive), and
what `status.json` says. Alive is asked first: the runner writes its last status before it lets go of
the lock, so the other order would see a normal finish as a loss.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.backends.local.failures import RunnerKilled
from core.backends.records import checked_status, is_object, timestamp, with_written
from core.errors import StorageDamaged
from core.language import tr

if TYPE_CHECKING:
    from core.backends.record_types import RunnerInput, Status

FOLDER = ".runtime"
LAST_WORDS = 4096  # bytes kept free inside `lock` for a status that a full disk keeps out of status.json
LARGEST = 16 * 2**20  # bytes of a file that a runtime folder may hold; larger, and it is none of ours
NO_JOBS = ("endpoint", "execution")  # kinds that have a runtime folder, and no record of a job
ENDED = frozenset({"Completed", "Failed", "Stopped", "Expired"})


@dataclass(frozen=True, slots=True)
class Runtime:
    """`<workspace>/.runtime/<kind>/<name>/`: lock, status.json, request.json, log.txt, metrics.jsonl, ml/."""

    folder: Path

    @classmethod
    def of(cls, workspace: Path, kind: str, name: str) -> Runtime:
        return cls(workspace / FOLDER / kind / name)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def kind(self) -> str:
        return self.folder.parent.name

    @property
    def workspace(self) -> Path:
        return self.folder.parents[2]

    @property
    def ml(self) -> Path:
        """Return the container's tree, which stands for /opt/ml."""
        return self.folder / "ml"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.jsonl"

    @property
    def thing(self) -> str:
        """Return what failures call it."""
        if self.kind == "endpoint":
            return tr("The endpoint {name}", name=self.name)
        if self.kind == "execution":
            return tr("The execution {name}", name=self.name)
        return tr("The job {name}", name=self.name)

    # --- the lock ---------------------------------------------------------------------------------------

    def create_lock(self) -> int:
        """Make `lock`, take it, and return its descriptor: whoever inherits that holds the lock."""
        fd = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        os.write(fd, b" " * LAST_WORDS)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return fd

    def alive(self) -> bool:
        """Return whether the runner lives: a shared try, so that two who ask never see each other as the runner."""
        try:
            fd = os.open(self.folder / "lock", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return True
            raise
        finally:
            os.close(fd)

    def ended(self, patience: float = 2.0) -> bool:
        """Return whether the runner is gone, once it has had a moment after its last status."""
        deadline = time.monotonic() + patience
        while (alive := self.alive()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return not alive

    def remove(self) -> None:
        """Remove the folder of a runner that has ended; it is no runtime folder any more from the first moment on."""
        draft = self.folder.with_name(f".{self.name}.{secrets.token_hex(4)}")
        with contextlib.suppress(FileNotFoundError):
            os.rename(self.folder, draft)
            shutil.rmtree(draft)

    # --- the status -------------------------------------------------------------------------------------

    def input(self) -> RunnerInput | None:
        """Return what the runner was given; None where that cannot be read any more."""
        given = _read_json(self.folder / "request.json")
        if not given or not all(is_object(given.get(part)) for part in ("request", "programs")):
            return None
        return cast("RunnerInput", given)

    def write_status(self, status: Status) -> None:
        """Write it atomically. The last status is forced to the disk, so that a power cut cannot take it back."""
        write_json(self.folder / "status.json", with_written(status), sync=status["status"] in ENDED)

    def write_last_words(self, status: Status) -> None:
        """Write it on a full disk: over the bytes that `lock` has kept free, which needs no new block."""
        data = json.dumps(status).encode()
        if len(data) > LAST_WORDS:
            short: dict[str, object] = {key: value for key, value in status.items() if key != "message"}
            if failure := status.get("failure"):
                short["failure"] = {key: str(text)[:600] for key, text in failure.items() if key != "written"}
            data = json.dumps(short).encode()
        with contextlib.suppress(OSError):
            fd = os.open(self.folder / "lock", os.O_RDWR)
            try:
                os.pwrite(fd, data[:LAST_WORDS].ljust(LAST_WORDS), 0)
            finally:
                os.close(fd)

    def ask_to_stop(self, why: str = "") -> None:
        """Ask the runner to stop, with a sentence for its last message where no person asks."""
        (self.folder / "stop").write_text(why)

    def stop_reason(self) -> str:
        """Return that sentence."""
        with contextlib.suppress(OSError):
            return (self.folder / "stop").read_text()
        return ""

    def asked_to_stop(self) -> bool:
        return (self.folder / "stop").exists()

    def ask_to_end_at(self, expires: str) -> None:
        """Ask the runner of an endpoint to take `expires`, an ISO 8601 time, for its expiry."""
        write_json(self.folder / "expiry.json", {"expires": expires})

    def asked_expiry(self) -> str | None:
        """Return the expiry that was last asked for, None where none was."""
        request = _read_json(self.folder / "expiry.json")
        return str(request["expires"]) if request and "expires" in request else None

    def ask_for_model(self, request: str, training_job: str) -> None:
        """Ask the runner of an endpoint to serve the model of `training_job`; `request` names the asking."""
        write_json(self.folder / "model.json", {"request": request, "training_job": training_job})

    def asked_model(self) -> tuple[str, str] | None:
        """Return the last such request and its training job, None where there was none."""
        asked = _read_json(self.folder / "model.json")
        if asked is None or not {"request", "training_job"} <= asked.keys():
            return None
        return str(asked["request"]), str(asked["training_job"])

    def status(self) -> Status | None:
        """Return the true status, or None when there is no such job or endpoint."""
        status = self._written()
        if status and status["status"] in ENDED:
            return status  # nothing comes after the last status, so the lock need not be asked
        if self.alive():
            status = self._written() or status
            return status and self._with_stop(status)
        status = self._written()
        if status is None or status["status"] in ENDED:
            return status
        words = _read_json(self.folder / "lock")
        with contextlib.suppress(StorageDamaged):
            if words and words.get("status") is not None:
                return checked_status({**status, **words}, "lock", self.kind, self.name)
        return self._lost(status)

    def status_version(self) -> tuple[int, int] | None:
        """Return what tells one status.json from the next; None where there is none."""
        return version_of(self.folder / "status.json")

    def _written(self) -> Status | None:
        """Read status.json; None where it is not there, or damaged: then storage's record has the word."""
        status = _read_json(self.folder / "status.json")
        with contextlib.suppress(StorageDamaged):
            if status and status.get("status") is not None:
                return checked_status(status, "status.json", self.kind, self.name)
        return None

    def _with_stop(self, status: Status) -> Status:
        if status["status"] not in ENDED and self.asked_to_stop():
            return {**status, "status": "Deleting" if self.kind == "endpoint" else "Stopping"}
        return status

    def _lost(self, status: Status) -> Status:
        """Return the status of one whose runner ended without a word: Failed, at its last sign of life."""
        signs = [path.stat().st_mtime for path in (self.log, self.metrics) if path.exists()]
        signs.append((self.folder / "status.json").stat().st_mtime)
        words = last_lines(self.log, 3)
        reason = tr("Its last lines: {lines}", lines=words) if words else ""
        failure = RunnerKilled(thing=self.thing, reason=reason)
        return {
            **status,
            "status": "Failed",
            "phase": "Failed",
            "ended": timestamp(datetime.fromtimestamp(max(signs), UTC)),
            "failure": failure.failure.as_kept(),
            "lost": True,
        }


def runtimes(workspace: Path, kind: str) -> list[Runtime]:
    """Return every runtime folder of a kind; drafts, which begin with a dot, left out."""
    try:
        with os.scandir(workspace / FOLDER / kind) as entries:
            return [Runtime(Path(entry.path)) for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []


def last_lines(log: Path, count: int) -> str:
    """Return the last lines that the step itself wrote, without the runner's own (which open with `-- `)."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 16384))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    own = [line.strip() for line in lines if line.strip() and not line.startswith("-- ")]
    return "\n".join(own[-count:])


def write_json(path: Path, value: Mapping[str, object], *, sync: bool = False) -> None:
    """Write a file, whole or not at all: a temporary name beside the target, then a rename."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=1, ensure_ascii=False)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def version_of(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from what was written in its place later, as another file; None where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns


def _read_json(path: Path) -> dict[str, object] | None:
    """Read the object in a file; None where it is not there, cut short by a power cut, or something else."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        value = json.loads(data) if len(data) <= LARGEST else None
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError, RecursionError):
        return None
    return value if is_object(value) else None
