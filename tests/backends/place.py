"""A place where jobs run, whichever backend it is: what the contract's tests say over and over."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core import datasets
from core.backends import get_backend
from core.backends.base import Backend, Endpoint, EndpointStatus, Job
from core.backends.requests import TrainingRequest
from core.configuration import Configuration
from core.errors import NotFound, SenderoError
from core.settings import Settings
from core.verbs import training
from core.verbs.eda import launch_eda
from tests.cli.data import penguins

PATIENCE = 180  # seconds; only ever used up by a failure
QUICK = {"num_round": "4", "max_depth": "2"}
MANY = "1000000"  # rounds that no test waits for
POLL = 0.3  # seconds between two looks at SageMaker: more of them cost more than the jobs themselves


def until(condition: Callable[[], Any], what: str = "it") -> Any:
    """Wait until `condition` holds; answers what it answered."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {PATIENCE} s for {what}"
        time.sleep(0.05)
    return answer


def aws_settings(aws: Any, prefix: str, **changes: Any) -> Settings:
    """Settings of the aws backend for the rig `aws`, below a prefix of its own."""
    given = {
        "backend": "aws",
        "bucket": aws.bucket,
        "prefix": prefix,
        "role": aws.role_name,
        "region": aws.region,
    }
    return Settings.load(**given | {"poll_seconds": POLL} | changes)


@dataclass
class Place:
    """One backend, and everything that a test has seen of each job on its way."""

    settings: Settings
    scratch: Path
    seen: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def backend(self) -> Backend:
        """Made anew each time, as each run of a page does."""
        return get_backend(self.settings)

    def environment(self) -> dict[str, str]:
        """Return what lets a program or a page find this place."""
        settings = self.settings
        given = {"BACKEND": settings.backend, "WORKSPACE": str(settings.workspace)}
        if settings.backend == "aws":
            given |= {
                "BUCKET": settings.bucket,
                "PREFIX": settings.prefix,
                "ROLE": settings.role,
                "REGION": settings.region,
            }
        return {f"SENDERO_{name}": value for name, value in given.items()}

    def add_penguins(self) -> str:
        return datasets.add(self.backend.storage, penguins(self.scratch / "penguins.csv")).name

    def eda(self, target: str = "species", token: str = "", **choices: Any) -> Job:
        """Profile and split the penguins, to the end."""
        name = self.add_penguins()
        return self.end(launch_eda(self.backend, Configuration(target, dataset=name, **choices), token).name)

    def train(self, eda: str, token: str = "", **given: str) -> Job:
        """Train to the end."""
        return self.end(training.launch_training(self.backend, eda, given=QUICK | given, token=token).name)

    def end(self, name: str) -> Job:
        """The job once it has ended; what it said of itself meanwhile is kept in `seen`."""
        seen = self.seen.setdefault(name, [])

        def ended() -> Job | None:
            job = self.backend.job(name)
            if (job.status.value, job.phase) not in seen:
                seen.append((job.status.value, job.phase))
            return None if job.status.active else job

        return until(ended, f"the end of {name}")

    def whole_log(self, name: str) -> str:
        text, token = "", ""
        while (chunk := self.backend.log(name, token)).text:
            text, token = text + chunk.text, chunk.token
        return text

    def in_service(self, name: str) -> Endpoint:
        def there() -> Endpoint | None:
            found = self.backend.endpoint(name)
            assert found.status != EndpointStatus.failed, found.failure
            return found if found.status == EndpointStatus.in_service else None

        return until(there, f"{name} in service")

    def training_request(self, eda: str, name: str, **hyperparameters: str) -> TrainingRequest:
        """A request as the verb makes it, but with hyperparameters that no one has checked, and not evaluated.

        It never stops early: what takes long must do so.
        """
        request = training.training_request(self.backend, eda, "balanced", QUICK, "", None)
        values = request.hyperparameters | hyperparameters
        values.pop("early_stopping_rounds", None)
        return replace(request, name=name, hyperparameters=values, test=None)

    def tidy(self) -> None:
        """Leave nothing running."""
        backend = self.backend
        for job in backend.jobs():
            if job.status.active and job.phase != "Evaluating":
                with suppress(SenderoError):  # it has ended by now
                    backend.stop(job.name)
        for endpoint in backend.endpoints():
            backend.delete_endpoint(endpoint.name)


def gone(backend: Backend, endpoint: str) -> bool:
    try:
        backend.endpoint(endpoint)
    except NotFound:
        return True
    return False
