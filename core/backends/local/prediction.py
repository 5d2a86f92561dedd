"""A Prediction Job: an endpoint asked for every row of a file, one file after the other; what it answered is kept."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from core import keys
from core.backends.local.run import Run, Stopped
from core.backends.local.runtime import Runtime, runtimes, write_json
from core.backends.local.staging import put_whole, remove
from core.backends.local.steps import raise_step_failure, run_step
from core.language import tr
from core.numbers import integer

if TYPE_CHECKING:
    from core.backends.record_types import PredictionRequestJson

LOOK = 0.2  # seconds between two looks whether it is this one's turn
# Seconds that a stopped job may take to write what it has: 5 million rows are a minute's work.
GRACE = 900.0


def work(run: Run[PredictionRequestJson]) -> str:
    """Predict a file; return nothing to say. Raises Stopped, StorageFailed, and what its step failed by."""
    wait_for_turn(run)
    run.phase("Predicting")
    config, output = run.ml / "input" / "config" / "prediction.json", run.ml / "upload"
    remove(output)
    for folder in (config.parent, run.ml / "output", output):
        folder.mkdir(parents=True, exist_ok=True)
    given = run.runtime.input()
    asks = (given and given.get("asks")) or {"backend": "local", "workspace": str(run.workspace)}
    write_json(config, {"request": run.request, "workspace": str(run.workspace), "asks": asks})
    command = [*run.programs.prediction, "--config", str(config), "--output", str(output)]
    end = run_step(run, command, grace=GRACE)
    if end.returncode:
        if end.stopped:
            raise Stopped(tr("Stopped before anything was written; what was answered is kept."))
        raise_step_failure(run, end, run.ml / "output" / "message")
    run.status["exit_code"] = 0
    run.phase("Uploading")
    remove(run.workspace / keys.prediction_output(run.name))  # of an earlier run, which was stopped
    told = summary(run)
    put_whole(output, run.workspace, keys.prediction_output(run.name))
    if unanswered := told.get("unanswered"):
        answered = told["rows"] - told["rejected"] - unanswered
        raise Stopped(
            tr(
                "Stopped with {answered} of {rows} rows answered, which are kept.",
                answered=integer(answered),
                rows=integer(told["rows"]),
            )
        )
    return ""


def summary(run: Run[PredictionRequestJson]) -> dict[str, int]:
    """Return what the step says of the rows, in numbers; nothing where it left no word."""
    with suppress(OSError, ValueError):
        return json.loads((run.ml / "upload" / "summary.json").read_text())
    return {}


def wait_for_turn(run: Run[PredictionRequestJson]) -> None:
    """Wait for the Prediction Jobs that were launched before: two at once would take as long, and twice the memory.

    Raises Stopped.
    """
    ours, told = _turn(run.runtime), ""
    before = sorted(
        (each for each in runtimes(run.workspace, run.runtime.kind) if _turn(each) < ours), key=_turn
    )
    while before := [each for each in before if each.alive()]:
        if told != before[0].name:
            told = before[0].name
            run.phase("Waiting", tr("Waits for its turn: {job} was launched before", job=told))
        run.stop_point()
        time.sleep(LOOK)
    run.stop_point()


def _turn(runtime: Runtime) -> tuple[str, str]:
    given = runtime.input()
    return (given.get("created", "") if given else "", runtime.name)
