"""What a backend is asked to run: one frozen request for each kind of job, and one for an endpoint.

Keys are storage keys below `Backend.storage.root`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core.backends.records import jsonable

if TYPE_CHECKING:
    from core.backends.record_types import JobRequestJson


class JobKind(StrEnum):
    """SageMaker's kinds of jobs, and the one that runs beside the app; named as their folders in storage."""

    processing = "processing"
    training = "training"
    tuning = "tuning"
    transform = "transform"
    prediction = "prediction"  # of this machine on every backend: it asks an endpoint, wherever that is


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a Processing Job on several instances needs: an image by its name in the SDK's table, and a start."""

    image: dict[str, str]
    entrypoint: tuple[str, ...]
    arguments: tuple[str, ...]  # of the script, beside those of one machine
    packages: tuple[str, ...]  # what the job imports beyond that image
    instances: int


@dataclass(frozen=True, slots=True)
class ProcessingRequest:
    """Run `script` with `config` over `inputs`; what it writes arrives below `processing/<name>/output/`."""

    name: str
    script: str  # a file in scripts/, e.g. "eda_script.py"
    config: dict[str, object]
    inputs: dict[str, str]  # input name -> storage key of a file or folder; "input" is the data set
    resources: dict[str, str] = field(default_factory=dict)  # Choice.name -> value; the rest is its default
    cluster: Cluster | None = None
    twin_of: str = ""  # the EDA job that it stands beside, so that a column can be judged by its absence
    without: tuple[str, ...] = ()  # the columns of that one which it leaves out, if it does
    kind: JobKind = JobKind.processing


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """Train the built-in algorithm; `training/<name>/output/model.tar.gz` and `evaluation.json` arrive."""

    name: str
    hyperparameters: dict[str, str]
    channels: dict[str, str]  # channel -> storage key of its folder; all ContentType text/csv
    contract: str  # storage key of contract.json, copied beside the model
    test: str | None  # storage key of the test split's folder: evaluated once the model is there
    processing_job: str
    resources: dict[str, str] = field(default_factory=dict)
    more_rows: str = ""  # storage key of a folder whose rows are trained on beside those of the train channel
    all_rows_of: str = (
        ""  # the Training Job that it repeats on all rows; its decision is copied beside the model
    )
    twin_of: str = ""  # the EDA job whose twin it is trained for, where it is on other splits than that one's
    fold_of: str = ""  # the Training Job that this one cross-validates, by the rows of its fold
    fold: int = 0  # its number, from 1
    kind: JobKind = JobKind.training


@dataclass(frozen=True, slots=True)
class TuningRequest:
    """Train `max_jobs` times with values drawn from `ranges`; the best by `objective` is kept."""

    name: str
    training: TrainingRequest  # its name is the prefix of the trials' names
    ranges: dict[str, tuple[float, float]]
    objective: str  # e.g. "validation:auc"
    maximize: bool
    max_jobs: int
    seed: int
    max_seconds: int = 0  # after which it ends with what it has; 0: there is no such limit
    parent: str = ""  # the tuning job from whose trials it goes on
    kind: JobKind = JobKind.tuning


@dataclass(frozen=True, slots=True)
class TransformRequest:
    """Batch Transform: ask the model of `training_job` for every line of a CSV of encoded rows, no endpoint.

    The answers arrive below `transform/<name>/output/`, one line a row, in the rows' order.
    """

    name: str
    training_job: str
    rows: str  # storage key of the CSV: numbers only, no header, no label
    file: str = ""  # what the file of raw rows was called
    resources: dict[str, str] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)  # what a person says of how the raw rows are read
    kind: JobKind = JobKind.transform


@dataclass(frozen=True, slots=True)
class PredictionRequest:
    """Ask `endpoint` for every row of a file: a process of this machine, whichever backend the endpoint is on.

    What it answers is kept as it comes, below `prediction/<name>/answers/`, so that the same request goes on where
    it ended; `predictions.csv`, or another `output`, and `summary.json` arrive below `prediction/<name>/output/`.
    """

    name: str
    endpoint: str
    training_job: (
        str  # whose model the endpoint served at the launch: no other one's answers may stand beside its
    )
    rows: str  # storage key of the file as it was given
    file: str = ""  # what it was called
    guard: bool = True  # no spreadsheet runs a cell of the output
    output: str = ".csv"  # what is written: this, .xlsx or .parquet
    columns: Sequence[str] = ()  # those to write, all if none
    reading: dict[str, Any] = field(default_factory=dict)  # what a person says of how the rows are read
    kind: JobKind = JobKind.prediction


SageMakerRequest = ProcessingRequest | TrainingRequest | TuningRequest | TransformRequest
Request = SageMakerRequest | PredictionRequest


@dataclass(frozen=True, slots=True)
class EndpointRequest:
    """Serve the model of `training_job` as `name` until `expires_in` seconds have passed.

    `name_generated`: nobody chose the name, so that an equal request may mean the same endpoint.
    """

    name: str
    training_job: str
    expires_in: float
    name_generated: bool = False
    resources: dict[str, str] = field(default_factory=dict)


def request_json(request: Request) -> JobRequestJson:
    """Return a request as JSON holds it."""
    return json.loads(json.dumps(jsonable(asdict(request))))
