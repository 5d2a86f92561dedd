"""A container as the rig has it: a folder that stands for /opt/ml and a real process, whose lines go to CloudWatch.

The process gets no project, no credentials and another folder to stand in: what it needs must have travelled
through S3. It ends with the rig, even by kill -9 (setpriv's parent death signal).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from botocore.exceptions import ClientError

from .account import Account

OPT_ML = "/opt/ml"
GRACE = 10  # seconds between SIGTERM and SIGKILL; SageMaker gives 120
FLUSH = 0.1
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "OMP_NUM_THREADS", "JAVA_HOME")


@cache
def can_isolate() -> bool:
    """Can a process be cut off from the network? As root on Linux, by a network namespace of its own."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode == 0


class Container:
    """One run of a command in a folder that stands for /opt/ml."""

    def __init__(self, account: Account, folder: Path, group: str, stream: str, role: str = "") -> None:
        self.account, self.ml = account, folder
        self._log = LogStream(account, group, stream, role)
        self.process: subprocess.Popen | None = None
        self.lines: list[str] = []
        self._reader: threading.Thread | None = None

    def here(self, text: str) -> str:
        """A path of the container -> where it is on this machine."""
        return text.replace(OPT_ML, str(self.ml))

    def path(self, path: str) -> Path:
        return Path(self.here(path))

    def start(
        self,
        command: Sequence[str],
        environment: dict[str, str] | None = None,
        *,
        cwd: Path | None = None,
        isolated: bool = False,
        fds: tuple[int, ...] = (),
    ) -> None:
        """Start the command; `python` and `python3` are this interpreter."""
        words = [sys.executable if word in ("python", "python3") else self.here(word) for word in command]
        site = self.ml.with_name("site-packages")  # where a job's own pip installs
        env = {name: os.environ[name] for name in KEPT if name in os.environ}
        env |= {"PIP_TARGET": str(site), "PYTHONPATH": str(site), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        env |= {name: self.here(value) for name, value in (environment or {}).items()}
        before = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        if isolated and can_isolate():
            before += ["unshare", "--net"]
        self.process = subprocess.Popen(
            [*before, *words],
            cwd=cwd or self.ml.parent,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=fds,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace").rstrip("\r\n")
            self.lines.append(line)
            self._log.add(line)

    def wait(self, stop: threading.Event, seconds: float) -> tuple[int, str]:
        """Wait for the end: the exit code, and why we ended it ("stop", "time") or ""."""
        deadline, why, asked = time.monotonic() + seconds, "", 0.0
        while self.process.poll() is None:
            time.sleep(0.02)
            self._log.flush(FLUSH)
            if not why and (stop.is_set() or time.monotonic() > deadline):
                why, asked = ("stop" if stop.is_set() else "time"), time.monotonic()
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGTERM)
            if self.account.closing.is_set() or (why and time.monotonic() - asked > GRACE):
                self.kill()
        self.kill()
        return self.process.returncode, why

    def kill(self) -> None:
        """End the process and whatever it started, and keep its last lines."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        if not self.account.closing.is_set():
            self._log.flush()

    def say(self, line: str) -> None:
        """A line of SageMaker's own in the same log."""
        self._log.add(line)
        self._log.flush()


class LogStream:
    """One CloudWatch Logs stream. Neither it nor its group exists before the first line; a TAB becomes #011."""

    def __init__(self, account: Account, group: str, stream: str, role: str = "") -> None:
        self.account, self.group, self.stream, self.role = account, group, stream, role
        self._waiting: list[tuple[int, str]] = []
        self._lock = threading.Lock()
        self._made = False
        self._flushed = 0.0

    def add(self, line: str) -> None:
        with self._lock:
            self._waiting.append(
                (int(self.account.now().timestamp() * 1000), line.replace("\t", "#011") or " ")
            )

    def flush(self, every: float = 0.0) -> None:
        """Send what has been added, unless the last time was less than `every` seconds ago."""
        if time.monotonic() - self._flushed < every:
            return
        with self._lock:
            lines, self._waiting = self._waiting, []
        self._flushed = time.monotonic()
        if not lines:
            return
        with contextlib.suppress(ClientError):  # whose role may not write has no log; `missed` tells
            self._send(lines)

    def _send(self, lines: list[tuple[int, str]]) -> None:
        logs = self.account.client("logs", self.role)
        if not self._made:
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=self.group)
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(logGroupName=self.group, logStreamName=self.stream)
            self._made = True
        logs.put_log_events(
            logGroupName=self.group,
            logStreamName=self.stream,
            logEvents=[{"timestamp": when, "message": line} for when, line in lines],
        )
