"""Pipelines as every backend keeps them: a definition in SageMaker's own form, and its executions.

The statuses are SageMaker's words. A step's work is an ordinary job, which its step names.
https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core import keys
from core.backends.records import failure_of, jsonable, optional_time, time_of
from core.errors import Failure, PipelineChanged
from core.retelling import told

if TYPE_CHECKING:
    from core.storage import Storage

EXECUTION = "execution"  # the kind of a runtime folder that is no job's


class ExecutionStatus(StrEnum):
    """SageMaker's own words for PipelineExecutionStatus."""

    executing = "Executing"
    stopping = "Stopping"
    stopped = "Stopped"
    failed = "Failed"
    succeeded = "Succeeded"

    @property
    def active(self) -> bool:
        """Return whether it still goes on."""
        return self in (ExecutionStatus.executing, ExecutionStatus.stopping)


class StepStatus(StrEnum):
    """SageMaker's own words for StepStatus, and one for what it does not list yet."""

    pending = "Pending"  # ours: its turn has not come, or never will
    starting = "Starting"
    executing = "Executing"
    stopping = "Stopping"
    stopped = "Stopped"
    failed = "Failed"
    succeeded = "Succeeded"

    @property
    def active(self) -> bool:
        """Return whether it goes on at this moment."""
        return self in (StepStatus.starting, StepStatus.executing, StepStatus.stopping)


@dataclass(frozen=True, slots=True)
class Place:
    """What a definition has to know of the backend whose jobs its steps are."""

    root: str  # the address that storage keys are below, without a slash at its end
    role: str  # ARN of the execution role
    image: str  # for processing, training and serving
    code: str  # storage key of the folder with the programs of jobs
    processing_instance: str
    training_instance: str
    group_ending: str = ""  # of the name of every group of versions there
    # What each step of a type is asked beside the work itself (network, volume, time), merged into its Arguments.
    processing: Mapping[str, Any] = field(default_factory=dict[str, Any])
    training: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class PipelineRequest:
    """Keep `definition` (SageMaker's form, version 2020-12-01) as the pipeline `name`.

    `seen`: the state, by `mark_of`, of the one that is there, over which alone it is written; "" where there is none.
    """

    name: str
    definition: Mapping[str, Any]
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline, and when it was last saved (UTC)."""

    name: str
    definition: Mapping[str, Any]
    updated: datetime


def mark_of(storage: Storage, name: str, definition: Mapping[str, Any] | None) -> str:
    """Return what tells the state of a pipeline from every other one, by what the backend has and what storage keeps.

    "" where the backend has none. Raises StorageFailed.
    """
    key = keys.pipeline_definition(name)
    return _mark(definition, storage.read_bytes(key) if storage.exists(key) else None)


def keep_definition(storage: Storage, request: PipelineRequest, definition: Mapping[str, Any] | None) -> None:
    """Keep the definition in storage, if what is there is as the writer saw it; the backend has `definition` now.

    Raises PipelineChanged, StorageFailed.
    """

    def change(before: bytes | None) -> bytes:
        if _mark(definition, before) != request.seen:
            raise PipelineChanged(name=request.name)
        return json.dumps(dict(request.definition), indent=1, ensure_ascii=False).encode()

    if not storage.update(keys.pipeline_definition(request.name), change):
        raise PipelineChanged(name=request.name)


def _mark(definition: Mapping[str, Any] | None, kept: bytes | None) -> str:
    if definition is None:
        return ""
    return hashlib.sha256(json.dumps(definition, sort_keys=True).encode() + (kept or b"")).hexdigest()


@dataclass(frozen=True, slots=True)
class ExecutionRequest:
    """Start `pipeline` with these parameters beside its defaults; requests with one `token` are one execution."""

    pipeline: str
    parameters: Mapping[str, str]
    token: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    """One execution of a pipeline. Times are UTC."""

    pipeline: str
    id: str
    status: ExecutionStatus
    created: datetime
    ended: datetime | None = None
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])  # that it was started with
    failure: Failure | None = None
    who: str = ""
    schedule: str = ""  # that the backend itself has started it for
    outside: bool = (
        False  # was it started without Sendero: by a schedule, in the console, by another program?
    )

    @property
    def seconds(self) -> float:
        """Return the wall clock from the start to the end, or until now while it is active."""
        return ((self.ended or datetime.now(UTC)) - self.created).total_seconds()

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        plain = {name: jsonable(value) for name, value in asdict(self).items() if name != "id"}
        return {**plain, "run": self.id, "seconds": round(self.seconds, 3)}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Execution:
        """Return the execution that a record describes."""
        return cls(
            pipeline=record["pipeline"],
            id=record["run"],
            status=ExecutionStatus(record["status"]),
            created=time_of(record["created"]),
            ended=optional_time(record.get("ended")),
            parameters=record.get("parameters") or {},
            failure=failure_of(record.get("failure")),
            who=record.get("who") or "",
            schedule=record.get("schedule") or "",
            outside=bool(record.get("outside")),
        )


@dataclass(frozen=True, slots=True)
class ExecutionStep:
    """A step of an execution. `job` is the ordinary job that does its work, in our own name for it."""

    name: str
    type: str  # SageMaker's: Processing, Training, Condition, RegisterModel, Fail
    status: StepStatus = StepStatus.pending
    started: datetime | None = None
    ended: datetime | None = None
    job: str = ""
    cached_from: str = ""  # the execution whose result it took, as its inputs are the same
    outcome: str = ""  # of a condition: True or False
    message: str = ""  # what it found, in a sentence
    failure: str = ""  # why it failed, in a sentence

    def as_dict(self) -> dict[str, object]:
        """Return it as JSON holds it."""
        return {name: jsonable(value) for name, value in asdict(self).items()}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> ExecutionStep:
        """Return the step that a record describes."""
        return cls(
            name=record["name"],
            type=record["type"],
            status=StepStatus(record["status"]),
            started=optional_time(record.get("started")),
            ended=optional_time(record.get("ended")),
            **{name: record.get(name) or "" for name in ("job", "cached_from", "outcome")},
            **{name: told(record, name) if record.get(name) else "" for name in ("message", "failure")},
        )
