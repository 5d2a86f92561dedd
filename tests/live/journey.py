"""From a CSV to a deleted endpoint by the command line, on whatever account the environment names, and its traces.

Everything goes below one prefix of its own, under names of its own: so cleaning up finds all of it, also after a
failure in the middle, and a sweep can prove that nothing is left.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from core.backends.aws.backend import AwsBackend
from core.backends.aws.resources import registry
from core.backends.aws.session import ownership, paging
from core.backends.aws.session.connection import session_for
from core.backends.base import Estimate
from core.backends.schedules import all_of
from core.names import new_token
from core.settings import Settings
from tests.conftest import FLIGHTS, ROOT
from tests.live.parts import EDA, Part, Step, verify

LONGEST = "30m"  # of any job: what a hanging one can cost is bounded by it
LIFE = "1h"  # of the endpoints, should this process be killed
ROWS = 500  # that are predicted
LOOK_EVERY, PATIENCE = (
    30,
    45 * 60,
)  # seconds between looks for an endpoint that is to end itself, and of all of them


class StepFailed(AssertionError):
    """A verb of the command line failed, with all that it said."""


# Arguments of the command line, the environment and the folder to stand in -> exit code, output, errors.
Call = Callable[[list[str], dict[str, str], Path], tuple[int, str, str]]


def as_a_process(arguments: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
    """Call a verb as a stranger calls it."""
    command = [sys.executable, str(ROOT / "scripts" / "pipeline.py"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    return done.returncode, done.stdout, done.stderr


@dataclass
class Journey:
    """`run` walks the parts, `clean` takes away what they left; `say` is told each step."""

    folder: Path  # for files of its own
    say: Callable[[str], None]
    parts: list[Part]
    types: dict[str, str]  # processing, training, instance, transform, spark -> instance type
    own: dict[str, str]  # settings that only one part takes
    wait: Callable[[float], None] = time.sleep
    call: Call = as_a_process
    data: Path = FLIGHTS
    target: tuple[str, ...] = ("--target", "late", "--drop", "arr_delay", "dep_delay")  # how it is asked for
    suspect: str = "carrier"  # a column of which a twin tells what it makes of a model
    weight: str = "distance"  # a column by which rows may count
    wanted_rows: int = ROWS
    token: str = field(default_factory=new_token)
    eda: str = ""  # the EDA job that all go on from
    model: str = ""  # the Training Job that is served
    decided: dict[str, float] = field(
        default_factory=dict
    )  # Training Job -> the threshold that rows are acted on by

    @property
    def settings(self) -> Settings:
        """The reader's settings, with a prefix of this journey alone."""
        prefix = f"{Settings.load(backend='aws').prefix}/live-{self.token}"
        return Settings.load(backend="aws", prefix=prefix, max_runtime=LONGEST, expires_in=LIFE)

    def estimates(self) -> list[tuple[str, Estimate]]:
        """Every step that costs, with its bounds."""
        backend, size = AwsBackend(self.settings), self.data.stat().st_size

        def estimate(step: Step) -> Estimate:
            where = {"instance_type": self.types.get(step.type, step.type)} | dict(step.more)
            return backend.estimate(step.kind, where, 0 if step.kind == "endpoint" else size, step.jobs)

        told = [("", EDA), *((f"{part.name}: ", step) for part in self.parts for step in part.steps)]
        return [(f"{before}{step.words}", estimate(step)) for before, step in told]

    def run(self) -> dict[str, Any]:
        """Walk every part; answers what the verbs answered, by part. Raises StepFailed."""
        self.eda = self.profile("--instance-type", self.types["processing"])["job"]
        verify(self, self.eda)
        return self.walk()

    def walk(self) -> dict[str, Any]:
        """Walk every part on the EDA job that is there, as `run` does."""
        done = {}
        for part in self.parts:
            self.say(f"--- {part.name}")
            done[part.name] = part.walk(self)
        return done

    # --- for parts --------------------------------------------------------------------------------------

    def name(self, part: str) -> str:
        """The name of a part's endpoint."""
        return f"live-{self.token}-{part}"

    @property
    def rows(self) -> Path:
        """A file of rows to predict."""
        file = self.folder / "rows.csv"
        with self.data.open(newline="") as source, file.open("w", newline="") as target:
            csv.writer(target).writerows(islice(csv.reader(source), self.wanted_rows + 1))
        return file

    def profile(self, *args: object, **changes: str) -> dict[str, Any]:
        """The EDA job of the data."""
        return self.verb("eda", self.data, *self.target, *args, **changes)

    def verb(self, *args: object, **changes: str) -> dict[str, Any]:
        """One verb, with `changes` in its environment; answers its JSON. Raises StepFailed."""
        self.say(" ".join(["pipeline.py", *(str(arg) for arg in args)]))
        settings = self.settings
        env = os.environ | {
            "SENDERO_BACKEND": "aws",
            "SENDERO_PREFIX": settings.prefix,
            "SENDERO_MAX_RUNTIME": LONGEST,
            "SENDERO_EXPIRES_IN": LIFE,
        }
        code, out, err = self.call([*map(str, args), "--json"], env | changes, self.folder)
        if code:
            raise StepFailed(f"{args[0]} ended with {code}.\n{out}\n{err}")
        return json.loads(out)

    def wait_for_end(self, name: str) -> None:
        """Wait until SageMaker knows an endpoint no more, without a look through Sendero, which would end it."""
        for _ in range(PATIENCE // LOOK_EVERY):
            if name not in self._listed("Endpoint"):
                return
            self.wait(LOOK_EVERY)
        raise StepFailed(f"{name} was to be deleted at its expiry, and is there still.")

    def wait_for_run(self, schedule: str) -> dict[str, Any]:
        """Wait until a run of a schedule has ended, and return it. Raises StepFailed where none does."""
        for _ in range(PATIENCE // LOOK_EVERY):
            ended = [run for run in self.verb("schedule", "show", schedule)["runs"] if run["ended"]]
            if ended:
                return ended[0]
            self.wait(LOOK_EVERY)
        raise StepFailed(f"No run of the schedule {schedule} has ended.")

    # --- afterwards -------------------------------------------------------------------------------------

    @contextmanager
    def cleaned(self) -> Iterator[Journey]:
        """Clean up at the end, whatever happened, and raise when something of it is still there."""
        try:
            yield self
        finally:
            self.clean()
            left = self.left()
            self.say("Nothing of this journey is left." if not left else f"STILL THERE: {'; '.join(left)}")
        if left:
            raise AssertionError(f"Still there, and maybe billed: {'; '.join(left)}.")

    def clean(self) -> None:
        """Stop its jobs, delete its endpoints and every object: each is tried, whatever became of the others."""
        backend = AwsBackend(self.settings)
        backend.cache.clear()
        self._try("remove the schedules", lambda: self._remove_schedules(backend))
        self._try("end and delete the pipelines", lambda: self._delete_pipelines(backend))
        for job in self._try("list jobs", backend.jobs) or []:
            if job.status.active:
                self._try(f"stop {job.name}", lambda job=job: backend.stop(job.name))
        for endpoint in self._try("list endpoints", backend.endpoints) or []:
            self._try(f"delete {endpoint.name}", lambda name=endpoint.name: backend.delete_endpoint(name))
        for thing in (ownership.ENDPOINT, ownership.CONFIG, ownership.MODEL):
            for name in (
                self._try(f"list every {thing.noun}", lambda thing=thing: self._listed(thing.field)) or []
            ):
                # One whose record is gone, or was never written.
                self._try(
                    f"delete {thing.noun} {name}",
                    lambda thing=thing, name=name: ownership.delete(backend.session, thing, name),
                )
        self._try("delete what is in the registry, which costs nothing", self._delete_versions)
        self._try("delete the objects", self._delete_objects)

    def left(self) -> list[str]:
        """What of this journey is still there: of SageMaker, of EventBridge, of S3."""
        backend = AwsBackend(self.settings)
        found = [
            f"{item.kind} {item.name}"
            for item in backend.sweep().resources
            if (item.ours and item.kind == "endpoint") or self.token in item.name
        ]
        found += [
            f"{key} {name}"
            for key in ("EndpointConfig", "Model")
            for name in self._listed(key)
            if self.token in name
        ]
        ending = registry.suffix(self.settings)
        listed = paging.pages(backend.session, "sagemaker", "list_pipelines", "PipelineSummaries")
        found += [f"pipeline {row['PipelineName']}" for row in listed if row["PipelineName"].endswith(ending)]
        objects = backend.storage.listed("/")
        return found + ([f"{len(objects)} objects below {backend.storage.root}"] if objects else [])

    def _listed(self, key: str) -> list[str]:
        """Names of all endpoints, endpoint configs or models of the account that bear this journey's token."""
        operation = {
            "Endpoint": "list_endpoints",
            "EndpointConfig": "list_endpoint_configs",
            "Model": "list_models",
        }[key]
        session = session_for(self.settings)
        page = session.call("sagemaker", operation, NameContains=self.token, MaxResults=100)
        return [row[f"{key}Name"] for row in page[f"{key}s"]]

    def _remove_schedules(self, backend: AwsBackend) -> None:
        for schedule in all_of(backend.storage):
            backend.delete_resource(schedule.resource)

    def _delete_pipelines(self, backend: AwsBackend) -> None:
        for execution in backend.executions():
            if execution.status.active:
                backend.stop_execution(execution.pipeline, execution.id)
        for _ in range(PATIENCE // LOOK_EVERY):
            if not any(execution.status.active for execution in backend.executions()):
                break
            self.wait(LOOK_EVERY)
        for pipeline in backend.pipelines():
            backend.delete_pipeline(pipeline.name)

    def _delete_versions(self) -> None:
        """Delete the groups of this journey: the policy of whoever approves allows that, not the user's."""
        session = session_for(self.settings)
        ending = registry.suffix(self.settings)
        for group in session.call("sagemaker", "list_model_package_groups", NameContains=ending)[
            "ModelPackageGroupSummaryList"
        ]:
            named = {"ModelPackageGroupName": group["ModelPackageGroupName"]}
            for each in session.call("sagemaker", "list_model_packages", **named)["ModelPackageSummaryList"]:
                session.call("sagemaker", "delete_model_package", ModelPackageName=each["ModelPackageArn"])
            session.call("sagemaker", "delete_model_package_group", **named)

    def _delete_objects(self) -> None:
        backend = AwsBackend(self.settings)
        for item in backend.storage.listed("/"):
            backend.session.call("s3", "delete_object", Bucket=backend.storage.bucket, Key=item["Key"])
        backend.cache.clear()

    def _try(self, what: str, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Exception as error:  # the next thing is cleaned all the same; `left` tells what stayed
            self.say(f"Could not {what}: {error}")
            return None
