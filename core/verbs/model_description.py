"""What a model is to whoever sends it rows: its contract, what its answers are, and what each is read by."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import keys
from core.archive import unpack_model
from core.backends.base import Backend, EndpointStatus
from core.encoding.contract import Contract
from core.errors import EndpointGone
from core.evaluation_file import Range
from core.judging.decision_file import Decision
from core.language import tr
from core.scratch import Scratch
from core.verbs.eda import read_contract
from core.verbs.judged import decision_of, range_of


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """How rows for a model are encoded, what its answers are, and what each answer is read by."""

    training_job: str
    contract: Contract
    objective: str
    decision: Decision | None
    range: Range | None  # of a regression

    @property
    def half_width(self) -> float | None:
        """Return how far the range reaches to either side of a prediction, None where that is not known."""
        return self.range["half_width"] if self.range else None


def describe_endpoint(backend: Backend, endpoint: str) -> ModelDescription:
    """Describe the model behind an endpoint that is in service. Raises EndpointGone."""
    now = backend.endpoint(endpoint)
    if now.status != EndpointStatus.in_service:
        why = now.failure.why if now.failure else tr("Its status is {status}.", status=now.status)
        if now.status == EndpointStatus.expired:
            why = tr("It ended itself at its expiry, {time} UTC.", time=f"{now.expires:%Y-%m-%d %H:%M:%S}")
        raise EndpointGone(name=endpoint, reason=why)
    return describe_model(backend, now.training_job)


def describe_model(backend: Backend, training_job: str) -> ModelDescription:
    """Describe the model that a Training Job made. Raises StorageFailed, StorageDamaged."""
    contract = read_contract(backend.storage, keys.model_contract(training_job))
    objective = recorded_request(backend, training_job)["hyperparameters"].get("objective", "")
    around = range_of(backend, training_job) if contract.label.problem == "regression" else None
    return ModelDescription(training_job, contract, objective, decision_of(backend, training_job), around)


def recorded_request(backend: Backend, training_job: str) -> dict[str, Any]:
    """Return what a Training Job was asked. Raises StorageFailed, StorageDamaged."""
    return backend.storage.read_json(keys.job_record("training", training_job), "request")["request"]


@contextmanager
def unpacked_model(backend: Backend, training_job: str) -> Iterator[Path]:
    """Yield a folder with the model of `training_job`, unpacked for the while."""
    key = keys.model(training_job)
    with Scratch("model") as folder, backend.storage.local(key) as archive:
        unpack_model(archive, folder)
        yield folder
