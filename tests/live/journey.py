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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.backends.aws.backend import AwsBackend
from core.backends.aws.session import session_for
from core.backends.base import Estimate
from core.settings import Settings
from core.storage import new_token
from tests.conftest import FLIGHTS, ROOT

LONGEST = "30m"  # of any job: what a hanging one can cost is bounded by it
LIFE = "1h"  # of the endpoints, should this process be killed
ROWS = 500  # that are predicted


class StepFailed(AssertionError):
    """A verb of the command line failed, with all that it said."""


@dataclass
class Journey:
    """`run` walks the path, `clean` takes away what it left; `say` is told each step."""

    folder: Path  # for files of its own
    say: Callable[[str], None]
    instances: dict[str, str]  # processing, training -> instance type
    endpoints: tuple[
        str, ...
    ]  # where the model is served, one after the other: serverless, or an instance type
    changes: dict[str, str] = field(default_factory=dict)  # of the environment, for the command line
    token: str = field(default_factory=new_token)

    @property
    def settings(self) -> Settings:
        """The reader's settings, with a prefix of this journey alone."""
        prefix = f"{Settings.load(backend='aws').prefix}/live-{self.token}"
        return Settings.load(backend="aws", prefix=prefix, max_runtime=LONGEST, expires_in=LIFE)

    def estimates(self) -> list[tuple[str, Estimate]]:
        """Every step that costs, with its bounds."""
        backend, size = AwsBackend(self.settings), FLIGHTS.stat().st_size
        processing = {"instance_type": self.instances["processing"]}
        steps = [
            ("EDA", backend.estimate("processing", processing, size)),
            ("training", backend.estimate("training", {"instance_type": self.instances["training"]}, size)),
        ]
        for instance in self.endpoints:
            steps.append((f"endpoint, {LIFE}", backend.estimate("endpoint", {"instance_type": instance}, 0)))
        return steps

    def run(self) -> dict[str, Any]:
        """The whole path; answers what each verb answered. Raises StepFailed."""
        done: dict[str, Any] = {}
        done["eda"] = self._verb(
            "eda", FLIGHTS, "--target", "late", "--drop", "arr_delay", "dep_delay",
            "--instance-type", self.instances["processing"],
        )  # fmt: skip
        eda = done["eda"]["job"]
        done["train"] = self._verb(
            "train", "--eda", eda, "--set", "num_round=10", "--instance-type", self.instances["training"]
        )
        training = done["train"]["job"]
        for job in (eda, training):
            done[f"verify {job}"] = self._verb("verify", job)
        rows = self._rows()
        for instance in self.endpoints:
            name = f"live-{self.token}-{instance.replace('.', '-')}"
            self._verb("deploy", "--training", training, "--name", name, "--instance-type", instance)
            answers = self.folder / f"{name}.csv"
            predicted = self._verb("predict", name, rows, "--output", answers)
            self._verb("cost")
            done[name] = predicted | {"deleted": self._verb("delete", name)["deleted"]}
        return done

    def _rows(self) -> Path:
        file = self.folder / "rows.csv"
        with FLIGHTS.open(newline="") as source, file.open("w", newline="") as target:
            writer = csv.writer(target)
            for number, row in enumerate(csv.reader(source)):
                if number <= ROWS:
                    writer.writerow(row)
        return file

    def _verb(self, *args: object) -> dict[str, Any]:
        """One verb as a process of its own, as a stranger calls it."""
        self.say(" ".join(["pipeline.py", *(str(arg) for arg in args)]))
        settings = self.settings
        env = os.environ | {
            "SENDERO_BACKEND": "aws",
            "SENDERO_PREFIX": settings.prefix,
            "SENDERO_MAX_RUNTIME": LONGEST,
            "SENDERO_EXPIRES_IN": LIFE,
        }
        command = [sys.executable, ROOT / "scripts" / "pipeline.py", *args, "--json"]
        done = subprocess.run(
            [str(part) for part in command],
            capture_output=True, text=True, cwd=self.folder, env=env | self.changes,
        )  # fmt: skip
        if done.returncode:
            raise StepFailed(f"{args[0]} ended with {done.returncode}.\n{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout)

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
        for job in self._try("list jobs", backend.jobs) or []:
            if job.status.active:
                self._try(f"stop {job.name}", lambda job=job: backend.stop(job.name))
        for endpoint in self._try("list endpoints", backend.endpoints) or []:
            self._try(f"delete {endpoint.name}", lambda name=endpoint.name: backend.delete_endpoint(name))
        for name in self._names():  # one whose record is gone, or was never written
            for thing, key in (
                ("endpoint", "Endpoint"),
                ("endpoint_config", "EndpointConfig"),
                ("model", "Model"),
            ):
                if name in self._listed(key):
                    field = {f"{key}Name": name}
                    self._try(
                        f"delete {thing} {name}",
                        lambda thing=thing, field=field: backend.session.call(
                            "sagemaker", f"delete_{thing}", **field
                        ),
                    )
        self._try("delete the objects", self._delete_objects)

    def left(self) -> list[str]:
        """What of this journey is still there: of SageMaker, of EventBridge, of S3."""
        backend = AwsBackend(self.settings)
        found = [
            f"{item.kind} {item.name}"
            for item in backend.sweep().found
            if (item.ours and item.kind == "endpoint") or self.token in item.name
        ]
        found += [
            f"{key} {name}"
            for key in ("EndpointConfig", "Model")
            for name in self._listed(key)
            if self.token in name
        ]
        objects = backend.storage.listed("/")
        return found + ([f"{len(objects)} objects below {backend.storage.root}"] if objects else [])

    def _names(self) -> list[str]:
        return [f"live-{self.token}-{instance.replace('.', '-')}" for instance in self.endpoints]

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
