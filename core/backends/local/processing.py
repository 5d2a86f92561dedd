"""A Processing Job: stage the inputs, run the script, put its output into storage in one move."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core import keys
from core.backends.local.run import Run, Stopped
from core.backends.local.runtime import write_json
from core.backends.local.staging import put_whole, stage
from core.backends.local.steps import raise_step_failure, run_step
from core.errors import BRING_BACK, StorageFailed
from core.language import tr
from core.numbers import integer

if TYPE_CHECKING:
    from core.backends.record_types import ProcessingRequestJson


def work(run: Run[ProcessingRequestJson]) -> str:
    """Do a Processing Job; return its last message. Raises Stopped, StorageFailed, and what its step failed by."""
    request, ml = run.request, run.ml
    output = ml / "processing" / "output"
    config = ml / "input" / "config" / "processing.json"
    for folder in (output, config.parent, ml / "output", ml / "processing" / "input"):
        folder.mkdir(parents=True, exist_ok=True)
    write_json(config, request["config"])

    run.phase("Downloading")
    for name, key in request["inputs"].items():
        size = stage(run.workspace, key, ml / "processing" / name)
        run.say(f"{key} -> processing/{name} ({integer(size)} bytes)")

    run.stop_point()
    run.phase("Processing")
    end = run_step(run, [script(run), *arguments(ml, config)])
    if end.stopped:
        raise Stopped(tr("Stopped while processing; no output was kept."))
    if end.returncode:
        raise_step_failure(run, end, ml / "output" / "message")
    run.status["exit_code"] = 0

    run.stop_point()
    run.phase("Uploading")
    put_whole(output, run.workspace, keys.eda_output(run.name))
    return ""


def script(run: Run[ProcessingRequestJson]) -> str:
    """Return the path of the script to run. Raises StorageFailed."""
    path = Path(run.programs.scripts) / run.request["script"]
    if not path.is_file():
        reason = tr("There is no such script.")
        raise StorageFailed(action="find the script", key=path.name, reason=reason, advice=BRING_BACK)
    return str(path)


def arguments(ml: Path, config: Path) -> list[str]:
    """Return the script's command line."""
    inputs, output = ml / "processing" / "input", ml / "processing" / "output"
    return ["--input-data", str(inputs), "--output-data", str(output), "--config", str(config)]
