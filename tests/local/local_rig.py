"""What the tests of the local backend say over and over: a workspace, waiting, looking at processes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.backends.base import Endpoint, Job
from core.backends.local import LocalBackend, Programs
from core.backends.local.runtime import Runtime, runtimes
from core.backends.requests import EndpointRequest, ProcessingRequest, TrainingRequest

HERE = Path(__file__).parent
PROGRAMS = Programs(
    scripts=str(HERE / "scripts"),
    container=(str(HERE / "scripts" / "container.py"),),
    evaluation=(str(HERE / "scripts" / "evaluation.py"),),
    gain=("-c", "raise SystemExit(1)"),  # its models are texts
    ping_deadline=60,
)
HASTY = replace(
    PROGRAMS, grace=0.5
)  # for what is deaf to SIGTERM; a busy machine lets others wait for longer
PATIENCE = 120  # seconds; only ever used up by a failure


def until(condition: Callable[[], Any], what: str = "it") -> Any:
    """Wait until `condition` holds; answers what it answered."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.03)
    return answer


class Rig:
    """A backend with the few sentences that tests say over and over."""

    def __init__(self, workspace: Path, programs: Programs = PROGRAMS) -> None:
        self.workspace = workspace
        self.backend = LocalBackend(workspace, programs)

    def fill(self) -> None:
        write = self.backend.storage.write_bytes
        write("datasets/iris/iris.csv", b"a,b\n1,2\n3,4\n")
        for split in ("train", "validation", "test"):
            write(f"processing/eda/output/{split}/{split}.csv", b"0,1,2\n1,3,4\n")
        self.backend.storage.write_json("processing/eda/output/contract/contract.json", {"version": 1})

    def processing(self, *do: list[Any], name: str = "p", **changes: Any) -> ProcessingRequest:
        facts = {"script": "job.py", "config": {"do": do}, "inputs": {"input": "datasets/iris"}}
        return ProcessingRequest(name, **(facts | changes))

    def training(self, name: str = "t", test: bool = False, **hyperparameters: Any) -> TrainingRequest:
        values = {"num_round": 3} | hyperparameters
        return TrainingRequest(
            name=name,
            hyperparameters={key: str(value) for key, value in values.items()},
            channels={split: f"processing/eda/output/{split}" for split in ("train", "validation")},
            contract="processing/eda/output/contract/contract.json",
            test="processing/eda/output/test" if test else None,
            processing_job="eda",
        )

    def end(self, name: str) -> Job:
        """The job once it has ended."""

        def ended() -> Job | None:
            job = self.backend.job(name)
            return None if job.status.active else job

        return until(ended, f"the end of {name}")

    def run(self, request: Any) -> Job:
        return self.end(self.backend.launch(request).name)

    def log(self, name: str) -> str:
        return self.backend.log(name).text

    def word(self, name: str, lead: str) -> str:
        """What follows `lead` on a line of the log, once it is there (`child` -> its process number)."""

        def found() -> str | None:
            lines = [line for line in self.log(name).splitlines() if line.startswith(f"{lead} ")]
            return lines[-1].removeprefix(f"{lead} ") if lines else None

        return until(found, f"'{lead}' in the log of {name}")

    def status_file(self, kind: str, name: str) -> dict[str, Any]:
        return json.loads((self.workspace / ".runtime" / kind / name / "status.json").read_text())

    def runner(self, kind: str, name: str) -> int:
        return until(lambda: self.status_file(kind, name).get("pid"), "the runner")

    def deploy(self, name: str = "e", expires_in: float = 600, training_job: str = "t") -> Endpoint:
        return self.backend.deploy(EndpointRequest(name, training_job, expires_in))

    def endpoint_with(self, status: str, name: str = "e") -> Endpoint:
        def found() -> Endpoint | None:
            endpoint = self.backend.endpoint(name)
            return endpoint if endpoint.status == status else None

        return until(found, f"{name} to be {status}")

    def end_all(self) -> None:
        """kill -9 of every runner, those that were launched a moment ago too."""
        for kind in ("tuning", "prediction", "processing", "training", "endpoint"):
            for runtime in runtimes(self.backend.workspace, kind):

                def pid(runtime: Runtime = runtime) -> int | None:
                    return (runtime.status() or {}).get("pid") if runtime.alive() else -1

                if (found := until(pid, "a runner that can be ended")) > 0:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(found, signal.SIGKILL)


def runs(pid: str | int) -> bool:
    """Does the process run? One that ended but was not waited for does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
