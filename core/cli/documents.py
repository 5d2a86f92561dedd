"""The JSON documents that the commands print and the command `run` puts together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.report.schema import ReportWarning
    from core.storage import FileFacts


class EdaDocument(TypedDict):
    """What `eda` prints."""

    job: str
    status: str
    outputs: dict[str, FileFacts]
    rows: int
    columns: int
    warnings: list[ReportWarning]


class TrainingDocument(TypedDict):
    """What `train` prints."""

    job: str
    status: str
    metrics: dict[str, float]  # of the round whose model is kept
    kept: str  # the same in words
    evaluation: Mapping[str, Any] | None  # evaluation.json, its metrics as numbers, at the top too
    unjudged: str  # why there is no evaluation


class ServedEndpoint(TypedDict):
    """What became of the endpoint of `run`."""

    name: str
    deleted: list[str]
    kept: bool


class RunDocument(TypedDict):
    """What `run` prints."""

    eda: EdaDocument
    training: TrainingDocument
    all_rows: NotRequired[TrainingDocument]  # of the model that was served, with --all-rows
    endpoint: ServedEndpoint
    predictions: dict[str, Any]  # a TestSplitCheck
    seconds: dict[str, float]  # of each step
    gates: list[dict[str, object]]  # of --fail-below: what was asked for, and how the model stands
