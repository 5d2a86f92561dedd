"""One step of a job: a child process whose lines become log, progress and metrics; it never outlives us."""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.backends.local.failures import AlgorithmError, StepKilled
from core.backends.local.run import Run
from core.backends.local.runtime import last_lines
from core.errors import brief
from core.language import joined, tr
from core.program import FAILURE, PROGRESS, reported_failure, signal_words
from core.project import PROJECT

LONGEST_LINE = 65536
TICK = 0.1
AFTER_EXIT = 5.0  # seconds we go on reading a pipe that a grandchild still fills

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step ended; `stopped` when we had asked it to."""

    returncode: int
    stopped: bool


def die_with_parent(parent: int) -> Callable[[], None]:
    """Return a preexec_fn by which the kernel kills the child when its runner dies, even by kill -9 (Linux)."""

    def prepare() -> None:
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it died between the fork and the call above
                os._exit(1)

    return prepare


def start(
    command: Sequence[str], *, fds: tuple[int, ...] = (), environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, with one pipe for both of its streams.

    `environment` is added to the runner's own.
    """
    return subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        cwd=PROJECT,
        env=os.environ | (environment or {}),
        pass_fds=fds,
        start_new_session=True,
        preexec_fn=die_with_parent(os.getpid()),
    )


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the child and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_step(
    run: Run[object],
    command: Sequence[str],
    on_line: Callable[[str], None] | None = None,
    grace: float | None = None,
) -> StepEnd:
    """Run a child to its end; SIGTERM when a stop is asked, SIGKILL after the grace period (the programs')."""
    process = start(command)
    grace = run.programs.grace if grace is None else grace
    pump = Pump(run, process, on_line)
    stopped_at = None
    forced = False
    try:
        while pump.turn():
            if stopped_at is None and run.stop_asked():
                stopped_at = time.monotonic()
                process.terminate()
            elif stopped_at is not None and not forced and time.monotonic() - stopped_at > grace:
                forced = True
                kill_group(process)
    finally:
        kill_group(process)
        pump.close()
    return StepEnd(process.returncode, stopped_at is not None)


class Pump:
    """Carries a child's output into the log, line by line, as it comes."""

    def __init__(
        self, run: Run[object], process: subprocess.Popen[bytes], on_line: Callable[[str], None] | None = None
    ) -> None:
        assert process.stdout is not None, "started with a pipe"
        self.run, self.process, self.on_line, self._output = run, process, on_line, process.stdout
        self._rest = b""
        self._open = True
        self._exited = 0.0

    def turn(self, tick: float = TICK) -> bool:
        """Wait up to `tick` seconds for output and carry it. False once the child is gone and its pipe empty."""
        data = None
        self.run.write_progress()
        if not self._open:
            time.sleep(tick)
        elif select.select([self._output], [], [], tick)[0]:
            data = self._output.read(65536)
            self._take(data or b"")
            self._open = data != b""
        if not self._exited:
            if self.process.poll() is None:
                return True
            self._exited = time.monotonic()
            return self._open
        return bool(data) and time.monotonic() - self._exited < AFTER_EXIT

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._line(line)

    def _line(self, line: bytes) -> None:
        self.run.line(line)
        text = line.decode(errors="replace").rstrip("\r")
        if progress := PROGRESS.fullmatch(text):
            self.run.progress(float(progress[1]) / 100, progress[2])
        elif self.on_line:
            self.on_line(text)

    def close(self) -> None:
        self._output.close()
        if self._rest:
            with contextlib.suppress(Exception):  # already ending, maybe because the disk is full
                self._line(self._rest)
            self._rest = b""


def raise_step_failure(run: Run[object], end: StepEnd, message_file: Path) -> None:
    """Raise what a step's non-zero end means: its own words when it left some, else its last lines.

    A step may leave `failure.json` beside its message, with kind, what, why and remedy. Of a traceback only
    the reason is raised; the whole text is in the log.
    """
    run.status["exit_code"] = end.returncode
    thing, name = run.runtime.thing, run.name
    words = ""
    with contextlib.suppress(OSError):
        words = message_file.read_text(errors="replace").strip()
    log_words(run, words)
    if end.returncode < 0:
        signal_name, reason = signal_words(end.returncode)
        reason = joined([reason, brief(words)])
        raise StepKilled(thing=thing, name=name, signal=signal_name, reason=reason)
    if reported := reported_failure(message_file.with_name(FAILURE)):
        raise reported
    if not words:
        words = last_lines(run.runtime.log, 60)
        words = words if "Traceback" in words else last_lines(run.runtime.log, 3)
    told = brief(words) or tr("It wrote nothing.")
    reason = tr("{words} (exit code {code})", words=told, code=end.returncode)
    raise AlgorithmError(thing=thing, name=name, reason=reason)


def log_words(run: Run[object], words: str) -> None:
    """Keep in the log what is too long to raise, unless the step has written it there itself."""
    lines = words.splitlines()
    if len(lines) > 1 and lines[-1].strip() not in last_lines(run.runtime.log, 60):
        for line in lines:
            run.line(line.encode())
