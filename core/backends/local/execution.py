"""An execution of a pipeline: its program launches the jobs of the steps, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.backends.local.run import Run, Stopped
from core.backends.local.runtime import write_json
from core.backends.local.steps import raise_step_failure, run_step

if TYPE_CHECKING:
    from core.backends.record_types import ExecutionRequestJson

GRACE = (
    120.0  # seconds in which a stopped execution stops the job of its step, and that one writes what it has
)


def work(run: Run[ExecutionRequestJson]) -> str:
    """Execute a pipeline; return nothing to say. Raises Stopped, and what its program failed by."""
    run.phase("Executing")
    config = run.ml / "input" / "config" / "execution.json"
    for folder in (config.parent, run.ml / "output"):
        folder.mkdir(parents=True, exist_ok=True)
    write_json(config, {"request": run.request, "workspace": str(run.workspace)})
    end = run_step(run, [*run.programs.execution, "--config", str(config)], grace=GRACE)
    if end.stopped:
        raise Stopped("")
    if end.returncode:
        raise_step_failure(run, end, run.ml / "output" / "message")
    run.status["exit_code"] = 0
    return ""
