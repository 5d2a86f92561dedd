"""The program of a pipeline's execution: `python -m core.pipeline_execution --config FILE`.

It does step after step; each launches an ordinary job, which is a process of its own. SIGTERM stops the job that
it has started for the step, and then the execution. A failure leaves its words beside the config, as every step of a
job does.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from core import keys
from core.program import STOPPED, fail


class Wish:
    """Whether somebody asked the execution to stop."""

    def __init__(self) -> None:
        self.stopped = False

    def stop(self, signum: int, frame: object) -> None:
        """Take SIGTERM as the wish to stop."""
        self.stopped = True
        os.write(1, b"Asked to stop.\n")  # a handler may not print


def main(arguments: list[str] | None = None) -> int:
    """Execute the pipeline of a request and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="which execution, as JSON")
    options = parser.parse_args(arguments)
    wish = Wish()
    signal.signal(signal.SIGTERM, wish.stop)
    try:
        return run(json.loads(options.config.read_text()), wish)
    except Exception as error:
        return fail(error, options.config.parents[2] / "output" / "message")


def run(config: dict[str, Any], wish: Wish) -> int:
    """Do the steps of an execution; return the exit code. Raises a SenderoError."""
    from core.backends import get_backend  # late: whatever fails now is told in words
    from core.settings import Settings
    from core.verbs import executing

    backend = get_backend(Settings.load(backend="local", workspace=config["workspace"]))
    request = config["request"]
    record = backend.storage.read_json(keys.execution_record(request["pipeline"], request["name"]))

    def say(line: str) -> None:
        print(line, flush=True)

    try:
        executing.execute(executing.RunningExecution(backend, record, lambda: wish.stopped, say))
    except executing.Stopped:
        return STOPPED
    return 0


if __name__ == "__main__":
    sys.exit(main())
