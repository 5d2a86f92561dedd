"""Executions of pipelines as processes: killed, crashed and stopped, and what is said of them and their steps then."""

from __future__ import annotations

import os
import signal

import pytest
from local_rig import until

from core.backends.local import LocalBackend, Programs
from core.backends.local.runtime import Runtime
from core.backends.pipelines import Execution, ExecutionRequest, PipelineRequest
from core.errors import CannotStop, NotFound, StillInUse
from core.pipelines import definition
from tests.test_pipelines import PLAN

# The program writes that its first step goes on, as the true one does, and then what each test says.
BEGIN = """
import json, pathlib, sys, time
config = json.loads(pathlib.Path(sys.argv[2]).read_text())
name, folder = config["request"]["name"], pathlib.Path(config["workspace"])
file = folder / "pipelines" / config["request"]["pipeline"] / "runs" / name / "run.json"
record = json.loads(file.read_text())
record["steps"][0]["status"] = "Executing"
file.write_text(json.dumps(record))
"""


def begin(rig, then: str) -> Execution:
    """Start an execution whose program does `then`; return it once its first step goes on."""
    backend = rig.backend = LocalBackend(rig.workspace, Programs(execution=("-c", BEGIN + then)))
    backend.put_pipeline(PipelineRequest("weekly", definition.definition_of(PLAN, backend.place())))
    request = ExecutionRequest("weekly", {"Threshold": "0.5"}, "token", "me")
    execution = backend.start_execution(request)
    assert backend.start_execution(request).id == execution.id, "one token is one execution"
    until(lambda: first_step(rig, execution).status != "Pending", "its first step")
    return execution


def first_step(rig, execution: Execution):
    return rig.backend.execution_steps("weekly", execution.id)[0]


def ended(rig, execution: Execution) -> Execution:
    def now() -> Execution | None:
        found = rig.backend.execution("weekly", execution.id)
        return None if found.status.active else found

    return until(now, "its end")


def test_a_killed_execution_has_failed_and_is_deleted_with_its_pipeline(rig):
    execution = begin(rig, "time.sleep(600)")
    assert rig.backend.execution("weekly", execution.id).status == "Executing"
    with pytest.raises(StillInUse, match="pipeline stop weekly"):
        rig.backend.delete_pipeline("weekly")
    runtime = Runtime.of(rig.workspace, "execution", execution.id)
    os.kill(runtime.status()["pid"], signal.SIGKILL)
    lost = ended(rig, execution)
    assert (
        lost.status == "Failed" and "killed" in lost.failure.what and lost.parameters == {"Threshold": "0.5"}
    )
    step = first_step(rig, execution)
    assert step.status == "Failed" and "killed" in step.failure
    assert rig.backend.jobs() == [], "it is no job"
    assert rig.backend.delete_pipeline("weekly") == ["pipeline weekly", f"run {execution.id}"]
    assert not runtime.folder.exists() and not rig.backend.storage.exists("pipelines/weekly")
    with pytest.raises(NotFound):
        rig.backend.execution("weekly", execution.id)


def test_a_program_that_crashes_leaves_its_words_and_one_that_is_stopped_stops(rig):
    crashed = ended(rig, begin(rig, "print('out of luck'); sys.exit(3)"))
    assert crashed.status == "Failed" and "out of luck" in crashed.failure.why
    assert "out of luck" in rig.backend.log(crashed.id).text
    rig.backend.delete_pipeline("weekly")

    execution = begin(rig, "time.sleep(600)")
    assert rig.backend.stop_execution("weekly", execution.id).status == "Stopping"
    assert first_step(rig, execution).status in ("Stopping", "Stopped")
    assert (ended(rig, execution).status, first_step(rig, execution).status) == ("Stopped", "Stopped")
    with pytest.raises(CannotStop):
        rig.backend.stop_execution("weekly", execution.id)
