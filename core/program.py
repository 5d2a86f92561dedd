"""What a program tells whoever runs it: its progress in lines, its failure in a file, and by its end what killed it."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import sys
import traceback
from pathlib import Path

from core.errors import Failure, ReportedFailure, SenderoError
from core.language import tr

PROGRESS = re.compile(r"progress (\d+(?:\.\d+)?) ?% *(.*)")
FAILURE = "failure.json"  # beside the message of a program that failed
STOPPED = 128 + signal.SIGTERM  # the exit code of a program that was asked to end, as a shell tells it


class ProgressLines:
    """The lines by which a program tells how far it is: one for each percent or new work."""

    def __init__(self) -> None:
        self._told = (-1, "")

    def tell(self, share: float, message: str) -> None:
        """Print how far it is, as `PROGRESS` reads it."""
        line = (int(100 * share), message)
        if line != self._told:
            self._told = line
            print(f"progress {line[0]}% {message}", flush=True)


def fail(error: Exception, message: Path) -> int:
    """Tell the reason in one line, and in the files that a runner reads; of a defect its traceback too.

    Return the exit code.
    """
    line = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, SenderoError):
        failure = json.dumps(error.failure.as_kept(), ensure_ascii=False)
        message.with_name(FAILURE).write_text(failure, encoding="utf-8")
    else:
        traceback.print_exc()
    message.write_text(line, encoding="utf-8")
    print(line, file=sys.stderr, flush=True)
    return 1


def reported_failure(file: Path) -> ReportedFailure | None:
    """Return the failure that a program left in `file`; None where it left no whole one."""
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError, KeyError):
        words = json.loads(file.read_text(encoding="utf-8"))
        return ReportedFailure(**Failure.from_dict(words).as_dict())
    return None


def signal_words(returncode: int) -> tuple[str, str]:
    """Return (name of the signal, why it may have come) of a negative return code."""
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        name = f"signal {-returncode}"
    if name == "SIGKILL":
        return name, tr(
            "Killed by SIGKILL: out of memory? Nobody asked for it, so most likely the machine ran out of memory."
        )
    return name, tr("The process ended by {signal}.", signal=name)
