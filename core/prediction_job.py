"""The program of a Prediction Job: `python -m core.prediction_job --config FILE --output FOLDER`.

It opens the backend whose endpoint is to be asked, and does what `predict` does, with what the endpoint answers kept on
the way. SIGTERM ends it early and well: what was answered is written. A failure leaves its words beside the config, as
every step does.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import keys
from core.leaving import leave
from core.program import STOPPED, ProgressLines, fail
from core.storage import DiskStorage

if TYPE_CHECKING:
    from core.verbs.predict import Prediction

ENOUGH_ROWS = 0.25  # share of all work from which on something can have been answered


class Progress:
    """How far it is, and the end of it all where nothing is answered yet."""

    def __init__(self) -> None:
        self.stopped = False
        self._lines = ProgressLines()

    def stop(self, signum: int, frame: object) -> None:
        """Take SIGTERM as the wish to end."""
        self.stopped = True
        os.write(1, b"Asked to stop: what is under way is waited for.\n")  # a handler may not print

    def tell(self, share: float, message: str) -> None:
        """Print how far it is, as the runner reads it."""
        if self.stopped and share < ENOUGH_ROWS:
            sys.exit(STOPPED)
        self._lines.tell(share, message)


def main(arguments: list[str] | None = None) -> int:
    """Predict the file of a request and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, required=True, help="what the job was asked, as JSON")
    parser.add_argument("--output", type=Path, required=True, help="where the predictions go")
    options = parser.parse_args(arguments)
    progress = Progress()
    signal.signal(signal.SIGTERM, progress.stop)
    try:
        predict(json.loads(options.config.read_text()), options.output, progress)
    except Exception as error:
        return fail(error, options.config.parents[2] / "output" / "message")
    return 0


def predict(config: dict[str, Any], output: Path, progress: Progress) -> None:
    """Write the predictions and summary.json. Raises a SenderoError."""
    from core.backends import get_backend  # late: whatever fails now is told in words
    from core.settings import Settings
    from core.verbs.predict import predict_file
    from core.verbs.renames import reading_in

    request, storage = config["request"], DiskStorage(Path(config["workspace"]))
    backend = get_backend(Settings.load(**config["asks"]))
    done = predict_file(
        backend,
        request["endpoint"],
        storage.path(request["rows"]),
        output / f"predictions{request.get('output', '.csv')}",
        progress.tell,
        request.get("guard", True),
        training_job=request["training_job"],
        kept=storage.path(keys.prediction_answers(request["name"])),
        stopped=lambda: progress.stopped,
        file=request.get("file", ""),
        columns=request.get("columns", ()),
        reading=reading_in(request.get("reading", {})),
    )
    write_summary(done, output)


def write_summary(done: Prediction, output: Path) -> None:
    """Write what became of the rows, and by which decision."""
    from core.judging.decision_file import as_json
    from core.verbs.predict import kept_summary

    summary = kept_summary(done) | {"decision": None}
    (output / "summary.json").write_text(json.dumps(summary, ensure_ascii=False), encoding="utf-8")
    if done.decision:
        (output / "decided.json").write_text(json.dumps(as_json(done.decision)), encoding="utf-8")


if __name__ == "__main__":
    leave(main())
