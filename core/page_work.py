"""The program of a page's work on a large file: `python -m core.page_work TASK --folder FOLDER`.

A page that waits for it has written into the folder what is asked, for whom, and by which settings; there go the answer
or the failure. It ends by SIGTERM, and as soon as its input does, which is when nobody waits any longer.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import locales
from core.leaving import leave
from core.program import STOPPED, ProgressLines, fail

if TYPE_CHECKING:
    from core.backends.base import Backend
    from core.verbs.predict import Progress

PATIENCE = 10.0  # seconds to tidy up in


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked, write the answer, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--folder", type=Path, required=True, help="what is asked, and where the answer goes")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(STOPPED))
    threading.Thread(target=end_with_input, daemon=True).start()
    try:
        answer = do(options.task, options.folder, ProgressLines().tell)
        (options.folder / "answer.json").write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
    except SystemExit:
        return STOPPED
    except Exception as error:
        return fail(error, options.folder / "message")
    return 0


def end_with_input() -> None:
    """End this process once its input has ended: in good order, if it can."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(STOPPED)


def do(task: str, folder: Path, tell: Progress) -> object:
    """Return what a task answers. Raises what it raises."""
    from core.backends import get_backend  # late: whatever fails now is told in words
    from core.settings import Settings

    given = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    locales.follow(lambda: given["locale"], lambda: given["language"])
    return TASKS[task](get_backend(Settings.load(**given["settings"])), given["asked"], tell)


def prepare_transform(backend: Backend, asked: dict[str, Any], tell: Progress) -> object:
    """Encode the rows of a transform job that is to be launched; return the names of their columns."""
    from core.verbs import transform

    return transform.prepare(backend, **asked, tell=tell)


def write(backend: Backend, asked: dict[str, Any], tell: Progress) -> object:
    """Write the predictions of a job as they are wanted; return the name of the file."""
    from core.verbs import written

    return written.write(backend, **asked, progress=tell)


TASKS: dict[str, Callable[[Backend, dict[str, Any], Progress], object]] = {
    "prepare_transform": prepare_transform,
    "write": write,
}

if __name__ == "__main__":
    leave(main())
